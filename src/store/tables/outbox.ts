/** What is still to be handed over. `outboxRecords.ts` leases it out. */
import { OutboxRow, parked } from "../../model/records/message.ts";
import { Wake } from "../Journal.ts";
import { columnsOf, only } from "../sql/Column.ts";
import { table } from "../sql/Table.ts";
import { insertInto, statement } from "../sql/Write.ts";

export const outbox = table("outbox", OutboxRow, {
  steps: {
    1: [
      `CREATE TABLE outbox (
        message {text} NOT NULL REFERENCES messages (id), kind {text} NOT NULL, due_at {integer} NOT NULL,
        lease_owner {text}, lease_until {integer} NOT NULL, tries {integer} NOT NULL, remaining {text},
        PRIMARY KEY (message, kind)
      ) {keyed}`,
      `CREATE INDEX outbox_due ON outbox (due_at, message)`,
    ],
  },
});

/** `remaining: null` leaves the stored one as it is. */
export const putOutbox = insertInto(
  outbox,
  `ON CONFLICT (message, kind) DO UPDATE SET due_at = excluded.due_at, lease_owner = excluded.lease_owner,
    lease_until = excluded.lease_until, tries = excluded.tries,
    remaining = COALESCE(excluded.remaining, outbox.remaining)`,
);

export const deleteOutbox = statement(
  only(outbox.columns, "message", "kind"),
  (input) => `DELETE FROM outbox WHERE (message, kind) IN (SELECT n.message, n.kind FROM ${input})`,
);

/** Puts what is `queued` and parked back to work. */
export const wake = statement(
  columnsOf(Wake),
  (input) => `UPDATE outbox AS t SET due_at = n.at FROM ${input}, messages AS m
    WHERE t.due_at = ${parked} AND m.id = t.message AND m.status = 'queued' AND m.tenant = n.tenant
      AND (n.mailbox IS NULL OR m.mailbox = n.mailbox)`,
);
