/**
 * Where key rows live: the port that the key ring needs and a store fills in. Rows are never deleted, because old mail must keep
 * verifying.
 *
 * **Gotchas**
 * - `update` is compare-and-set on the status, so that a revocation cannot be undone by a rotation that read the row before.
 * - `insertOperatorKeyIfNone` must be atomic between processes: a partial unique index on `operator` over rows with
 *   `kind = 'operator' AND status = 'active'` does it.
 */
import { Context, Effect, Layer, Schema } from "effect";
import type { KeyStatus, StoredKey } from "./KeyRecord.ts";

/** The store of keys failed. `duplicate`: the key id is taken, or the operator has an active key already. */
export class KeyStoreError extends Schema.TaggedError<KeyStoreError>()("KeyStoreError", {
  reason: Schema.Literals(["unavailable", "duplicate", "corrupt"]),
  message: Schema.String,
  hint: Schema.String,
}) {}

export class KeyRecords extends Context.Service<
  KeyRecords,
  {
    /** Adds a row, durably. Fails with `duplicate` when the kid is taken. */
    readonly insert: (row: StoredKey) => Effect.Effect<void, KeyStoreError>;
    /** The row, or `null` when there is none. */
    readonly find: (kid: string) => Effect.Effect<StoredKey | null, KeyStoreError>;
    /** All rows, or those of one kind, oldest first (a kid sorts by its time). */
    readonly list: (kind?: StoredKey["kind"]) => Effect.Effect<readonly StoredKey[], KeyStoreError>;
    /**
     * Writes `status` and `validTo` of the row with this kid, if its status is still `expected`; nothing else of a row ever changes.
     * `true` = written, `false` = the row has another status by now, or does not exist.
     */
    readonly update: (row: StoredKey, expected: KeyStatus) => Effect.Effect<boolean, KeyStoreError>;
    /**
     * Adds `row` if `row.operator` has no active operator key; answers the row that is active afterwards: the one given, or the one that
     * was there first. Of any number of processes that call it at once, all get the same answer.
     */
    readonly insertOperatorKeyIfNone: (row: StoredKey) => Effect.Effect<StoredKey, KeyStoreError>;
  }
>()("countersign/identity/KeyRecords") {}

/** In this process's memory: for tests and embedders who keep keys elsewhere. Everything is gone when the process ends. */
export const layerMemory: Layer.Layer<KeyRecords> = Layer.sync(KeyRecords, () => {
  const rows = new Map<string, StoredKey>();
  const activeOperatorKey = (operator: string): StoredKey | undefined =>
    [...rows.values()].find((row) => row.kind === "operator" && row.status === "active" && row.operator === operator);
  const insert = (row: StoredKey): Effect.Effect<void, KeyStoreError> =>
    Effect.suspend(() => {
      const taken = rows.has(row.kid) || (row.kind === "operator" && activeOperatorKey(row.operator) !== undefined);
      if (taken) {
        const message = "This key, or another active operator key, exists already.";
        return Effect.fail(new KeyStoreError({ reason: "duplicate", message, hint: "Read the existing key." }));
      }
      rows.set(row.kid, row);
      return Effect.void;
    });
  return KeyRecords.of({
    insert,
    find: (kid) => Effect.sync(() => rows.get(kid) ?? null),
    list: (kind) =>
      Effect.sync(() =>
        [...rows.keys()]
          .sort()
          .map((kid) => rows.get(kid)!)
          .filter((row) => kind === undefined || row.kind === kind),
      ),
    update: (row, expected) =>
      Effect.sync(() => {
        const old = rows.get(row.kid);
        if (old === undefined || old.status !== expected) return false;
        rows.set(row.kid, { ...old, status: row.status, validTo: row.validTo });
        return true;
      }),
    insertOperatorKeyIfNone: (row) =>
      Effect.suspend(() => {
        const existing = activeOperatorKey(row.operator);
        return existing === undefined ? Effect.as(insert(row), row) : Effect.succeed(existing);
      }),
  });
});
