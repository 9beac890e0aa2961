/** The keys that open the API, by their hash. */
import { ApiKeyRow } from "../../model/records/account.ts";
import { KeyRevocation } from "../Journal.ts";
import { columnsOf } from "../sql/Column.ts";
import { table } from "../sql/Table.ts";
import { insertInto, statement } from "../sql/Write.ts";

export const apiKeys = table("api_keys", ApiKeyRow, {
  steps: {
    1: [
      `CREATE TABLE api_keys (
        id {text} PRIMARY KEY, tenant {text} NOT NULL REFERENCES tenants (id), name {text} NOT NULL,
        hash {text} NOT NULL UNIQUE, prefix {text} NOT NULL, scopes {text} NOT NULL,
        principal_kind {text} NOT NULL, principal {text} NOT NULL, owner {text}, mailboxes {text},
        created_at {integer} NOT NULL, revoked_at {integer}
      ) {strict}`,
      `CREATE INDEX api_keys_by_tenant ON api_keys (tenant, id)`,
    ],
  },
});

export const insertApiKeys = insertInto(apiKeys);

/** A key that was revoked before keeps its date. */
export const revokeApiKeys = statement(
  columnsOf(KeyRevocation),
  (input) => `UPDATE api_keys AS t SET revoked_at = n.at FROM ${input} WHERE t.id = n.id AND t.revoked_at IS NULL`,
);
