/**
 * The statements of one batch, in order: every row that a `Writes` names, and nothing read.
 *
 * **Gotchas**: an outbox row that is both put and deleted is put: a hand-over too many is refused at dispatch, one too few is
 * never made.
 */
import type { OutboxRow } from "../../model/records/message.ts";
import type { Loaded, Writes } from "../Journal.ts";
import { insertApiKeys, revokeApiKeys } from "../tables/apiKeys.ts";
import { eraseContents, insertContents } from "../tables/contents.ts";
import { eraseDeliveries, putDeliveries } from "../tables/deliveries.ts";
import { eraseReasons, insertDecisions } from "../tables/decisions.ts";
import { eraseEntries, insertEntries } from "../tables/entries.ts";
import { insertIdempotency } from "../tables/idempotency.ts";
import { insertHolds, releaseHolds } from "../tables/legalHolds.ts";
import { movedHead, moveHead } from "../tables/logHead.ts";
import { mailboxes } from "../tables/mailboxes.ts";
import { markErased, messages } from "../tables/messages.ts";
import { deleteOutbox, putOutbox, wake } from "../tables/outbox.ts";
import { putRetention } from "../tables/retention.ts";
import { insertPolicies } from "../tables/riskPolicies.ts";
import { tenants } from "../tables/tenants.ts";
import { insertTreeHeads } from "../tables/treeHeads.ts";
import { insertNodes } from "../tables/treeNodes.ts";
import { write, type Write } from "./Write.ts";

const keyOf = (row: Pick<OutboxRow, "message" | "kind">): string => `${row.message} ${row.kind}`;

/** All of a batch but its `wakes` and `erasures`. Of the statements in `checked`, each row must have found what it changes. */
export const batchOf = (
  loaded: Loaded,
  writes: Writes,
): { readonly writes: readonly Write[]; readonly checked: ReadonlySet<Write> } => {
  const now = writes.entries.at(-1)?.at ?? 0;
  // Records carry the time of their last entry.
  const entryAt = new Map(writes.entries.map((entry) => [entry.message, entry.at]));
  const at = (id: string): number => entryAt.get(id) ?? now;

  const ofTenants = tenants.writes({ states: writes.tenants, rows: writes.tenantRows, loaded: loaded.tenants, at });
  const ofMailboxes = mailboxes.writes({
    states: writes.mailboxes,
    rows: writes.mailboxRows,
    loaded: loaded.mailboxes,
    at,
  });
  const ofMessages = messages.writes({
    states: writes.messages,
    rows: writes.messageRows,
    loaded: loaded.messages,
    at,
  });

  const puts = new Map(writes.outboxPuts.map((row) => [keyOf(row), row]));
  const drops = new Map(writes.outboxDeletes.filter((row) => !puts.has(keyOf(row))).map((row) => [keyOf(row), row]));

  // A key that is made and revoked in one batch is stored revoked: the statements do not see each other's rows.
  const revoked = new Map(writes.revokedKeys.map((key) => [key.id, key.at]));
  const newKeys = new Set(writes.apiKeys.map((key) => key.id));
  const apiKeys = writes.apiKeys.map((key) => ({ ...key, revokedAt: key.revokedAt ?? revoked.get(key.id) ?? null }));

  const { size, root, at: headAt } = writes.head;
  const grown = writes.entries.length > 0;
  const head = write(moveHead, grown ? [movedHead(writes.head, loaded.head.size)] : []);
  const released = write(releaseHolds, writes.releasedHolds);

  return {
    writes: [
      // What others refer to comes first: SQLite checks a reference as soon as it is written.
      ofTenants.inserts,
      ofTenants.updates,
      ofMailboxes.inserts,
      ofMailboxes.updates,
      ofMessages.inserts,
      ofMessages.updates,
      write(insertContents, writes.contents),
      write(insertDecisions, writes.decisions),
      write(deleteOutbox, [...drops.values()]),
      write(putOutbox, [...puts.values()]),
      write(putDeliveries, writes.deliveries),
      write(insertApiKeys, apiKeys),
      write(
        revokeApiKeys,
        writes.revokedKeys.filter((key) => !newKeys.has(key.id)),
      ),
      write(insertIdempotency, writes.idempotency),
      write(insertEntries, writes.entries),
      write(insertNodes, writes.nodes),
      write(insertTreeHeads, grown ? [{ size, root, at: headAt }] : []),
      write(insertPolicies, writes.riskPolicies),
      write(putRetention, writes.retention),
      write(insertHolds, writes.holds),
      released,
      head,
    ],
    checked: new Set([ofTenants.updates, ofMailboxes.updates, ofMessages.updates, released, head]),
  };
};

/** Puts what was parked in a mailbox, or in a whole tenant, back to work. */
export const wakesOf = ({ wakes }: Writes): readonly Write[] => [write(wake, wakes)];

/**
 * The erasures of a batch, in two lists: what is erased must be marked first, for the triggers let nothing else be blanked. Each
 * row of `marks` must find its message.
 */
export const erasuresOf = ({ erasures }: Writes): { readonly marks: Write; readonly blanks: readonly Write[] } => ({
  marks: write(markErased, erasures),
  blanks: [eraseEntries, eraseContents, eraseReasons, eraseDeliveries].map((statement) => write(statement, erasures)),
});
