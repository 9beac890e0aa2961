/** The tenants, each with its state: whether all sending is halted, which reviewers are revoked. */
import { TenantRow } from "../../model/records/account.ts";
import { TenantState } from "../../model/State.ts";
import { stateTable } from "../sql/StateTable.ts";

export const tenants = stateTable("tenants", {
  row: TenantRow,
  state: TenantState,
  steps: {
    1: [
      `CREATE TABLE tenants (
        id {text} PRIMARY KEY, name {text} NOT NULL, created_at {integer} NOT NULL,
        version {integer} NOT NULL, state {text} NOT NULL
      ) {strict}`,
    ],
  },
});
