/**
 * Every version of every risk policy; the newest counts. A change is a row more, so it also records who decided what, when.
 *
 * - Two changes at once take the same version, and one of them is refused.
 */
import { RiskPolicyRow } from "../../model/records/operator.ts";
import { table } from "../sql/Table.ts";
import { insertInto } from "../sql/Write.ts";
import { appendOnly } from "./appendOnly.ts";

export const riskPolicies = table("risk_policies", RiskPolicyRow, {
  steps: {
    3: [
      `CREATE TABLE risk_policies (
        tenant {text} NOT NULL REFERENCES tenants (id), mailbox {text} NOT NULL, version {integer} NOT NULL, policy {text} NOT NULL,
        changed_by {text} NOT NULL, changed_at {integer} NOT NULL, PRIMARY KEY (tenant, mailbox, version)
      ) {keyed}`,
      ...appendOnly("risk_policies"),
    ],
  },
});

export const insertPolicies = insertInto(riskPolicies);
