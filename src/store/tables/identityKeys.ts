/** The keys that sign mail. Rows are never deleted: old mail must keep verifying. */
import type { SqlClient } from "effect/sql/SqlClient";
import { IdentityKeyRow } from "../../model/records/account.ts";
import { insertRow, table } from "../sql/Table.ts";

export const identityKeys = table("identity_keys", IdentityKeyRow, {
  steps: {
    1: [
      `CREATE TABLE identity_keys (
        kid {text} PRIMARY KEY, kind {text} NOT NULL, tenant {text}, mailbox {text}, agent {text}, operator {text} NOT NULL,
        public_key_pem {text} NOT NULL, sealed_private_key {text} NOT NULL, status {text} NOT NULL,
        valid_from {integer} NOT NULL, valid_to {integer}
      ) {strict}`,
      `CREATE UNIQUE INDEX identity_keys_one_active_operator_key ON identity_keys (operator)
        WHERE kind = 'operator' AND status = 'active'`,
    ],
  },
});

export const insertKey = (sql: SqlClient, row: IdentityKeyRow) => insertRow(sql, identityKeys, row);

/** Adds nothing where the operator has an active operator key. */
export const insertOperatorKeyIfNone = (sql: SqlClient, row: IdentityKeyRow) =>
  sql`${insertKey(sql, row)} ON CONFLICT (operator) WHERE kind = 'operator' AND status = 'active' DO NOTHING`;

/** Writes `status` and `validTo`, where the status is still `expected`. Answers the key's id. */
export const updateKey = (
  sql: SqlClient,
  { kid, status, validTo }: IdentityKeyRow,
  expected: IdentityKeyRow["status"],
) =>
  sql`UPDATE identity_keys SET status = ${status}, valid_to = ${validTo}
    WHERE kid = ${kid} AND status = ${expected} RETURNING kid`;
