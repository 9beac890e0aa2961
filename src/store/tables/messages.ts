/**
 * The messages, each with its state. Its text is in `contents`.
 *
 * - `erased_at` is set by the erasure alone, and refused to a message that has not ended, is still to be handed over, or is
 *   held. @spec OV-84
 */
import { Schema } from "effect";
import { MessageRow } from "../../model/records/message.ts";
import { MessageState } from "../../model/State.ts";
import { Erasure } from "../Journal.ts";
import { columnsOf } from "../sql/Column.ts";
import { stateTable } from "../sql/StateTable.ts";
import { statement } from "../sql/Write.ts";
import { heldMessage } from "./legalHolds.ts";

const { status, revision, digest, sendAt, decideBy } = MessageState.fields;

/** A message that nothing can happen to any more, by its status. */
export const endedStatus = "IN ('refused', 'rejected', 'cancelled', 'expired', 'delivered', 'failed')";

/** Whether nothing forbids to erase the message in `row`, the name of a row of `messages`. Step 2 has these words, too: to change them takes a new step. */
export const erasable = (row: string): string =>
  `${row}.status ${endedStatus} AND NOT EXISTS (SELECT 1 FROM outbox AS o WHERE o.message = ${row}.id)
    AND NOT ${heldMessage(row)}`;

export const messages = stateTable("messages", {
  row: MessageRow,
  state: MessageState,
  searched: {
    /** `approvals` counts them. */
    record: Schema.Struct({ status, revision, digest, sendAt, decideBy, approvals: Schema.Int, updatedAt: Schema.Int }),
    of: (state, at) => ({
      status: state.status,
      revision: state.revision,
      digest: state.digest,
      sendAt: state.sendAt,
      decideBy: state.decideBy,
      approvals: state.approvals.length,
      updatedAt: at,
    }),
  },
  steps: {
    1: [
      `CREATE TABLE messages (
        id {text} PRIMARY KEY, tenant {text} NOT NULL, mailbox {text} NOT NULL REFERENCES mailboxes (id),
        thread {text} NOT NULL, agent {text} NOT NULL, message_id {text} NOT NULL, credential {text} NOT NULL,
        created_at {integer} NOT NULL, updated_at {integer} NOT NULL,
        version {integer} NOT NULL, status {text} NOT NULL, revision {integer} NOT NULL, digest {text} NOT NULL,
        send_at {integer} NOT NULL, decide_by {integer} NOT NULL, approvals {integer} NOT NULL, state {text} NOT NULL
      ) {strict}`,
      `CREATE INDEX messages_by_tenant ON messages (tenant, id)`,
      `CREATE INDEX messages_by_mailbox ON messages (mailbox, id)`,
      `CREATE INDEX messages_unsent ON messages (tenant, id)
        WHERE status IN ('pending_approval', 'scheduled', 'queued', 'dispatching', 'uncertain')`,
      `CREATE INDEX messages_undecided ON messages (decide_by) WHERE status = 'pending_approval'`,
      `CREATE INDEX messages_scheduled ON messages (send_at) WHERE status = 'scheduled'`,
      `CREATE INDEX messages_with_approvals ON messages (id) WHERE status IN ('scheduled', 'queued') AND approvals > 0`,
    ],
    2: [
      `ALTER TABLE messages ADD COLUMN erased_at {integer}`,
      {
        sqlite: `CREATE TRIGGER messages_erasure BEFORE UPDATE OF erased_at ON messages
          WHEN NEW.erased_at IS NULL OR NOT (${erasable("OLD")})
          BEGIN SELECT RAISE(ABORT, 'messages: this one may not be erased'); END`,
        pg: `CREATE FUNCTION messages_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN
            IF NEW.erased_at IS NOT NULL AND (${erasable("OLD")}) THEN RETURN NEW; END IF;
            RAISE EXCEPTION 'messages: this one may not be erased' USING ERRCODE = 'restrict_violation';
          END $$`,
      },
      {
        pg: `CREATE TRIGGER messages_erasure BEFORE UPDATE OF erased_at ON messages
          FOR EACH ROW EXECUTE FUNCTION messages_erasure()`,
      },
    ],
  },
});

/** Marks messages as erased. Comes before every `eraseIn`; each row must find its message, ended and not held. */
export const markErased = statement(
  columnsOf(Erasure),
  (input) => `UPDATE messages AS t SET erased_at = n.at FROM ${input}
    WHERE t.id = n.message AND t.tenant = n.tenant AND ${erasable("t")}`,
);
