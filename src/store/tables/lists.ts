/** The send lists: whom a tenant's mailboxes may write to, and whom not. */
import type { SqlClient } from "effect/sql/SqlClient";
import { ListEntryRow } from "../../model/records/account.ts";
import { insertRow, table } from "../sql/Table.ts";

export const lists = table("lists", ListEntryRow, {
  steps: {
    1: [
      `CREATE TABLE lists (
        tenant {text} NOT NULL REFERENCES tenants (id), direction {text} NOT NULL, kind {text} NOT NULL, entry {text} NOT NULL,
        reason {text}, created_at {integer} NOT NULL, PRIMARY KEY (tenant, direction, kind, entry)
      ) {strict}`,
    ],
  },
});

/** An entry that is there already gets the new reason and keeps its date. */
export const putListEntry = (sql: SqlClient, row: ListEntryRow) =>
  sql`${insertRow(sql, lists, row)} ON CONFLICT (tenant, direction, kind, entry) DO UPDATE SET reason = excluded.reason`;

/** Answers the entry. */
export const deleteListEntry = (
  sql: SqlClient,
  { tenant, direction, kind, entry }: Pick<ListEntryRow, "tenant" | "direction" | "kind" | "entry">,
) =>
  sql`DELETE FROM lists WHERE tenant = ${tenant} AND direction = ${direction} AND kind = ${kind} AND entry = ${entry}
    RETURNING entry`;
