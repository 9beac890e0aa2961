/** `Records` about identity keys. */
import { Effect } from "effect";
import type { SqlClient } from "effect/sql/SqlClient";
import { StoreError } from "../Journal.ts";
import type { Records } from "../Records.ts";
import { identityKeys, insertKey, insertOperatorKeyIfNone, updateKey } from "../tables/identityKeys.ts";
import { countOf } from "./query.ts";

type IdentityKeyRecords = Pick<
  Records["Service"],
  "insertKey" | "insertOperatorKeyIfNone" | "findKey" | "listKeys" | "updateKey"
>;

const moved = new StoreError({
  reason: "conflict",
  message: "The operator's active key was replaced at the same moment.",
  hint: "Try again; read the key that is active now.",
});

export const identityKeyRecords = (sql: SqlClient): IdentityKeyRecords => {
  const { one, all, select } = identityKeys;
  return {
    insertKey: (row) => Effect.asVoid(countOf("identity_keys", insertKey(sql, row))),
    insertOperatorKeyIfNone: (row) =>
      Effect.gen(function* () {
        yield* countOf("identity_keys", insertOperatorKeyIfNone(sql, row));
        const active = yield* one(sql`${select}
          WHERE operator = ${row.operator} AND kind = 'operator' AND status = 'active'`);
        return active ?? (yield* moved);
      }),
    findKey: (kid) => one(sql`${select} WHERE kid = ${kid}`),
    listKeys: (kind) =>
      all(kind === undefined ? sql`${select} ORDER BY kid` : sql`${select} WHERE kind = ${kind} ORDER BY kid`),
    updateKey: (row, expected) =>
      Effect.map(countOf("identity_keys", updateKey(sql, row, expected)), (count) => count > 0),
  };
};
