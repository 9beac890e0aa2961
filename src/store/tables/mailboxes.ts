/** The mailboxes, each with its state: its mode and policy. */
import type { SqlClient } from "effect/sql/SqlClient";
import { MailboxRow } from "../../model/records/account.ts";
import { MailboxState } from "../../model/State.ts";
import { stateTable } from "../sql/StateTable.ts";

export const mailboxes = stateTable("mailboxes", {
  row: MailboxRow,
  state: MailboxState,
  steps: {
    1: [
      `CREATE TABLE mailboxes (
        id {text} PRIMARY KEY, tenant {text} NOT NULL REFERENCES tenants (id), address {text} NOT NULL,
        agent {text} NOT NULL, agent_ref {text}, display_name {text}, oversight_address {text}, kid {text} NOT NULL,
        created_at {integer} NOT NULL, version {integer} NOT NULL, state {text} NOT NULL
      ) {strict}`,
      // However it is written: Ada@… and ada@… are one mailbox.
      `CREATE UNIQUE INDEX mailboxes_by_address ON mailboxes (lower(address))`,
      `CREATE INDEX mailboxes_by_tenant ON mailboxes (tenant, id)`,
    ],
  },
});

/** Names the key a mailbox signs with, where it is still `from`. Answers the mailbox's id. */
export const setKey = (
  sql: SqlClient,
  { tenant, mailbox, from, to }: Readonly<Record<"tenant" | "mailbox" | "from" | "to", string>>,
) => sql`UPDATE mailboxes SET kid = ${to} WHERE tenant = ${tenant} AND id = ${mailbox} AND kid = ${from} RETURNING id`;
