/**
 * The statements of one batch: every row that a `Writes` names, and nothing read.
 *
 * **Gotchas**
 * - A record is inserted when the batch did not find it, else updated where its version is still the one the batch found.
 * - An outbox row that is both put and deleted is put: a hand-over too many is refused at dispatch, one too few is never made.
 */
import type { MailboxState, MessageState, TenantState } from "../../model/State.ts";
import { type Loaded, type Writes } from "../Journal.ts";
import { type Columns, insertInto, type Statement, statement, type Value, write, type Write } from "./Write.ts";
import type { ApiKeyRow, MailboxRow, TenantRow } from "../../model/records/account.ts";
import type { EntryRow, LogHead } from "../../model/records/log.ts";
import {
  parked,
  type ContentRow,
  type DecisionRow,
  type IdempotencyRow,
  type MessageRow,
  type OutboxRow,
} from "../../model/records/message.ts";
import type { HoldRow, RetentionRow } from "../../model/records/operator.ts";

interface Versioned {
  readonly id: string;
  readonly version: number;
}

/** A record's new state, with its row when it is new and the version that must be there when it is not. */
interface Change<State, Row> {
  readonly state: State;
  readonly row: Row | null;
  readonly was: number;
  /** Seconds. */
  readonly at: number;
}

const changesOf = <State extends Versioned, Row extends { readonly id: string }>(
  states: readonly State[],
  rows: readonly Row[],
  loaded: ReadonlyMap<string, State>,
  at: (id: string) => number,
): readonly Change<State, Row>[] => {
  const last = new Map(states.map((state) => [state.id, state]));
  const newRows = new Map(rows.map((row) => [row.id, row]));
  return [...last.values()].map((state) => ({
    state,
    row: newRows.get(state.id) ?? null,
    was: loaded.get(state.id)?.version ?? state.version - 1,
    at: at(state.id),
  }));
};

const fixed = <Row>(type: "text" | "integer", of: (row: Row) => Value) =>
  [type, (change: Change<unknown, Row>) => of(change.row!)] as const;

type StateColumns<State> = Columns<Change<State, unknown>>;

const stateColumns: StateColumns<Versioned> = {
  version: ["integer", ({ state }) => state.version],
  state: ["text", ({ state }) => JSON.stringify(state)],
};

const messageStateColumns: StateColumns<MessageState> = {
  ...stateColumns,
  updated_at: ["integer", ({ at }) => at],
  status: ["text", ({ state }) => state.status],
  revision: ["integer", ({ state }) => state.revision],
  digest: ["text", ({ state }) => state.digest],
  send_at: ["integer", ({ state }) => state.sendAt],
  decide_by: ["integer", ({ state }) => state.decideBy],
  approvals: ["integer", ({ state }) => state.approvals.length],
};

const tenantColumns: Columns<Change<TenantState, TenantRow>> = {
  id: ["text", ({ state }) => state.id],
  name: fixed("text", (row) => row.name),
  created_at: fixed("integer", (row) => row.createdAt),
};

const mailboxColumns: Columns<Change<MailboxState, MailboxRow>> = {
  id: ["text", ({ state }) => state.id],
  tenant: fixed("text", (row) => row.tenant),
  address: fixed("text", (row) => row.address),
  agent: fixed("text", (row) => row.agent),
  agent_ref: fixed("text", (row) => row.agentRef),
  display_name: fixed("text", (row) => row.displayName),
  oversight_address: fixed("text", (row) => row.oversightAddress),
  kid: fixed("text", (row) => row.kid),
  created_at: fixed("integer", (row) => row.createdAt),
};

const messageColumns: Columns<Change<MessageState, MessageRow>> = {
  id: ["text", ({ state }) => state.id],
  tenant: fixed("text", (row) => row.tenant),
  mailbox: fixed("text", (row) => row.mailbox),
  thread: fixed("text", (row) => row.thread),
  agent: fixed("text", (row) => row.agent),
  message_id: fixed("text", (row) => row.messageId),
  credential: fixed("text", (row) => row.credential),
  created_at: fixed("integer", (row) => row.createdAt),
};

/** How the records of one table are written: new ones whole, known ones' states where the version is the one that was read. */
interface RecordStatements<State, Row> {
  readonly insert: Statement<Change<State, Row>>;
  readonly update: Statement<Change<State, Row>>;
}

const recordStatements = <State extends Versioned, Row>(
  table: string,
  fixedColumns: Columns<Change<State, Row>>,
  states: StateColumns<State>,
): RecordStatements<State, Row> => {
  const sets = Object.keys(states).map((column) => `${column} = n.${column}`);
  return {
    insert: insertInto(table, { ...fixedColumns, ...states }),
    update: statement(
      { id: ["text", ({ state }) => state.id], was: ["integer", ({ was }) => was], ...states },
      (input) => `UPDATE ${table} AS t SET ${sets.join(", ")} FROM ${input} WHERE t.id = n.id AND t.version = n.was`,
    ),
  };
};

const tenantStatements = recordStatements("tenants", tenantColumns, stateColumns);
const mailboxStatements = recordStatements("mailboxes", mailboxColumns, stateColumns);
const messageStatements = recordStatements("messages", messageColumns, messageStateColumns);

const recordWrites = <State, Row>(
  { insert, update }: RecordStatements<State, Row>,
  changes: readonly Change<State, Row>[],
): readonly [inserts: Write, updates: Write] => [
  write(
    insert,
    changes.filter(({ row }) => row !== null),
  ),
  write(
    update,
    changes.filter(({ row }) => row === null),
  ),
];

const insertContents = insertInto<ContentRow>("contents", {
  message: ["text", (row) => row.message],
  revision: ["integer", (row) => row.revision],
  digest: ["text", (row) => row.digest],
  sender: ["text", (row) => row.from],
  recipients: ["text", (row) => JSON.stringify(row.recipients)],
  summary: ["text", (row) => JSON.stringify(row.summary)],
  raw: ["bytes", (row) => row.raw],
});

const insertDecisions = insertInto<DecisionRow>("decisions", {
  idx: ["integer", (row) => row.index],
  message: ["text", (row) => row.message],
  revision: ["integer", (row) => row.revision],
  decision: ["text", (row) => row.decision],
  decided_by: ["text", (row) => row.by],
  decided_at: ["integer", (row) => row.at],
  reason: ["text", (row) => row.reason],
});

const putOutbox = insertInto<OutboxRow>(
  "outbox",
  {
    message: ["text", (row) => row.message],
    kind: ["text", (row) => row.kind],
    due_at: ["integer", (row) => row.dueAt],
    lease_owner: ["text", (row) => row.leaseOwner],
    lease_until: ["integer", (row) => row.leaseUntil],
    tries: ["integer", (row) => row.tries],
    remaining: ["text", (row) => (row.remaining === null ? null : JSON.stringify(row.remaining))],
  },
  `ON CONFLICT (message, kind) DO UPDATE SET due_at = excluded.due_at, lease_owner = excluded.lease_owner,
    lease_until = excluded.lease_until, tries = excluded.tries,
    remaining = COALESCE(excluded.remaining, outbox.remaining)`,
);

const deleteOutbox = statement<Pick<OutboxRow, "message" | "kind">>(
  { message: ["text", (row) => row.message], kind: ["text", (row) => row.kind] },
  (input) => `DELETE FROM outbox WHERE (message, kind) IN (SELECT n.message, n.kind FROM ${input})`,
);

const insertKeys = insertInto<ApiKeyRow>("api_keys", {
  id: ["text", (row) => row.id],
  tenant: ["text", (row) => row.tenant],
  name: ["text", (row) => row.name],
  hash: ["text", (row) => row.hash],
  prefix: ["text", (row) => row.prefix],
  scopes: ["text", (row) => JSON.stringify(row.scopes)],
  principal_kind: ["text", (row) => row.principalKind],
  principal: ["text", (row) => row.principal],
  owner: ["text", (row) => row.owner],
  mailboxes: ["text", (row) => (row.mailboxes === null ? null : JSON.stringify(row.mailboxes))],
  created_at: ["integer", (row) => row.createdAt],
  revoked_at: ["integer", (row) => row.revokedAt],
});

const revokeKeys = statement<Writes["revokedKeys"][number]>(
  { id: ["text", (row) => row.id], at: ["integer", (row) => row.at] },
  (input) => `UPDATE api_keys AS t SET revoked_at = n.at FROM ${input} WHERE t.id = n.id AND t.revoked_at IS NULL`,
);

const insertIdempotency = insertInto<IdempotencyRow>("idempotency", {
  tenant: ["text", (row) => row.tenant],
  key: ["text", (row) => row.key],
  request_hash: ["text", (row) => row.requestHash],
  message: ["text", (row) => row.message],
  created_at: ["integer", (row) => row.createdAt],
});

const insertEntries = insertInto<EntryRow>("entries", {
  idx: ["integer", (row) => row.index],
  tenant: ["text", (row) => row.tenant],
  mailbox: ["text", (row) => row.mailbox],
  message: ["text", (row) => row.message],
  type: ["text", (row) => row.type],
  at: ["integer", (row) => row.at],
  leaf: ["text", (row) => row.leaf],
  leaf_hash: ["bytes", (row) => row.leafHash],
  personal: ["text", (row) => row.personal],
});

const insertNodes = insertInto<Writes["nodes"][number]>("tree_nodes", {
  level: ["integer", (row) => row.level],
  idx: ["integer", (row) => row.index],
  hash: ["bytes", (row) => row.hash],
});

const putRetention = insertInto<RetentionRow>(
  "retention",
  { tenant: ["text", (row) => row.tenant], days: ["integer", (row) => row.days] },
  "ON CONFLICT (tenant) DO UPDATE SET days = excluded.days",
);

const insertPolicies = insertInto<Writes["riskPolicies"][number]>("risk_policies", {
  tenant: ["text", (row) => row.tenant],
  mailbox: ["text", (row) => row.mailbox],
  version: ["integer", (row) => row.version],
  policy: ["text", (row) => row.policy],
  changed_by: ["text", (row) => row.changedBy],
  changed_at: ["integer", (row) => row.changedAt],
});

const insertHolds = insertInto<HoldRow>("legal_holds", {
  id: ["text", (row) => row.id],
  tenant: ["text", (row) => row.tenant],
  mailbox: ["text", (row) => row.mailbox],
  message: ["text", (row) => row.message],
  reason: ["text", (row) => row.reason],
  placed_by: ["text", (row) => row.placedBy],
  placed_at: ["integer", (row) => row.placedAt],
  idx: ["integer", (row) => row.index],
  released_at: ["integer", (row) => row.releasedAt],
});

const releaseHolds = statement<Writes["releasedHolds"][number]>(
  { id: ["text", (row) => row.id], tenant: ["text", (row) => row.tenant], at: ["integer", (row) => row.at] },
  (input) => `UPDATE legal_holds AS t SET released_at = n.at FROM ${input}
    WHERE t.id = n.id AND t.tenant = n.tenant AND t.released_at IS NULL`,
);

/** The head after a batch, and the size it had before. */
interface NewHead extends LogHead {
  readonly was: number;
}

const insertTreeHead = insertInto<NewHead>("tree_heads", {
  size: ["integer", (row) => row.size],
  root: ["bytes", (row) => row.root],
  at: ["integer", (row) => row.at],
});

const moveHead = statement<NewHead>(
  {
    size: ["integer", (row) => row.size],
    frontier: ["bytes", (row) => Buffer.concat(row.frontier)],
    root: ["bytes", (row) => row.root],
    at: ["integer", (row) => row.at],
    was: ["integer", (row) => row.was],
  },
  (input) => `UPDATE log_head AS t SET size = n.size, frontier = n.frontier, root = n.root, at = n.at
    FROM ${input} WHERE t.id = 1 AND t.size = n.was`,
);

const wake = statement<Writes["wakes"][number]>(
  {
    tenant: ["text", (row) => row.tenant],
    mailbox: ["text", (row) => row.mailbox],
    at: ["integer", (row) => row.at],
  },
  (input) => `UPDATE outbox AS t SET due_at = n.at FROM ${input}, messages AS m
    WHERE t.due_at = ${parked} AND m.id = t.message AND m.status = 'queued' AND m.tenant = n.tenant
      AND (n.mailbox IS NULL OR m.mailbox = n.mailbox)`,
);

const keyOf = (row: Pick<OutboxRow, "message" | "kind">): string => `${row.message} ${row.kind}`;

/** All of a batch but its `wakes`. Of the statements in `checked`, each row must have found what it wanted to change. */
export const batchOf = (
  loaded: Loaded,
  writes: Writes,
): { readonly writes: readonly Write[]; readonly checked: ReadonlySet<Write> } => {
  const now = writes.entries.at(-1)?.at ?? 0;
  // Records carry the time of their last entry.
  const entryAt = new Map(writes.entries.map((entry) => [entry.message, entry.at]));
  const at = (id: string): number => entryAt.get(id) ?? now;

  const tenants = changesOf(writes.tenants, writes.tenantRows, loaded.tenants, at);
  const mailboxes = changesOf(writes.mailboxes, writes.mailboxRows, loaded.mailboxes, at);
  const messages = changesOf(writes.messages, writes.messageRows, loaded.messages, at);
  const [newTenants, knownTenants] = recordWrites(tenantStatements, tenants);
  const [newMailboxes, knownMailboxes] = recordWrites(mailboxStatements, mailboxes);
  const [newMessages, knownMessages] = recordWrites(messageStatements, messages);

  const puts = new Map(writes.outboxPuts.map((row) => [keyOf(row), row]));
  const drops = new Map(writes.outboxDeletes.filter((row) => !puts.has(keyOf(row))).map((row) => [keyOf(row), row]));

  // A key that is made and revoked in one batch is stored revoked: the statements do not see each other's rows.
  const revoked = new Map(writes.revokedKeys.map((key) => [key.id, key.at]));
  const newKeys = new Set(writes.apiKeys.map((key) => key.id));
  const apiKeys = writes.apiKeys.map((key) => ({ ...key, revokedAt: key.revokedAt ?? revoked.get(key.id) ?? null }));

  const grown = writes.entries.length > 0 ? [{ ...writes.head, was: loaded.head.size }] : [];
  const head = write(moveHead, grown);
  const released = write(releaseHolds, writes.releasedHolds);

  return {
    writes: [
      // What others refer to comes first: SQLite checks a reference as soon as it is written.
      newTenants,
      knownTenants,
      newMailboxes,
      knownMailboxes,
      newMessages,
      knownMessages,
      write(insertContents, writes.contents),
      write(insertDecisions, writes.decisions),
      write(deleteOutbox, [...drops.values()]),
      write(putOutbox, [...puts.values()]),
      write(insertKeys, apiKeys),
      write(
        revokeKeys,
        writes.revokedKeys.filter((key) => !newKeys.has(key.id)),
      ),
      write(insertIdempotency, writes.idempotency),
      write(insertEntries, writes.entries),
      write(insertNodes, writes.nodes),
      write(insertTreeHead, grown),
      write(insertPolicies, writes.riskPolicies),
      write(putRetention, writes.retention),
      write(insertHolds, writes.holds),
      released,
      head,
    ],
    checked: new Set([knownTenants, knownMailboxes, knownMessages, released, head]),
  };
};

/** Puts what was parked in a mailbox, or in a whole tenant, back to work. */
export const wakesOf = ({ wakes }: Writes): readonly Write[] => [write(wake, wakes)];
