/** `Records` about identity keys. Rows are never deleted: old mail must keep verifying. */
import { Effect } from "effect";
import type { SqlClient } from "effect/sql/SqlClient";
import { StoreError } from "../Journal.ts";
import { countOf, query } from "./query.ts";
import type { Records } from "../Records.ts";
import { IdentityKey, identityKeyColumns } from "./rows.ts";

type KeyRecords = Pick<
  Records["Service"],
  "insertKey" | "insertOperatorKeyIfNone" | "findKey" | "listKeys" | "updateKey"
>;

const moved = new StoreError({
  reason: "conflict",
  message: "The operator's active key was replaced at the same moment.",
  hint: "Try again; read the key that is active now.",
});

export const keyRecords = (sql: SqlClient): KeyRecords => {
  const keys = query("identity_keys", IdentityKey);
  const columns = sql.literal(identityKeyColumns);
  const insert = (row: IdentityKey) =>
    sql`INSERT INTO identity_keys ${sql.insert({
      kid: row.kid,
      kind: row.kind,
      tenant: row.tenant,
      mailbox: row.mailbox,
      agent: row.agent,
      operator: row.operator,
      public_key_pem: row.publicKeyPem,
      sealed_private_key: row.sealedPrivateKey,
      status: row.status,
      valid_from: row.validFrom,
      valid_to: row.validTo,
    })}`;

  return {
    insertKey: (row) => Effect.asVoid(countOf("identity_keys", insert(row))),
    insertOperatorKeyIfNone: (row) =>
      Effect.gen(function* () {
        yield* countOf(
          "identity_keys",
          sql`${insert(row)} ON CONFLICT (operator) WHERE kind = 'operator' AND status = 'active' DO NOTHING`,
        );
        const active = yield* keys.one(sql`SELECT ${columns} FROM identity_keys
          WHERE operator = ${row.operator} AND kind = 'operator' AND status = 'active'`);
        return active ?? (yield* moved);
      }),
    findKey: (kid) => keys.one(sql`SELECT ${columns} FROM identity_keys WHERE kid = ${kid}`),
    listKeys: (kind) =>
      keys.all(
        kind === undefined
          ? sql`SELECT ${columns} FROM identity_keys ORDER BY kid`
          : sql`SELECT ${columns} FROM identity_keys WHERE kind = ${kind} ORDER BY kid`,
      ),
    updateKey: (row, expected) =>
      Effect.map(
        countOf(
          "identity_keys",
          sql`UPDATE identity_keys SET status = ${row.status}, valid_to = ${row.validTo}
            WHERE kid = ${row.kid} AND status = ${expected} RETURNING kid`,
        ),
        (count) => count > 0,
      ),
  };
};
