/** Statements whose rows are decoded and whose failures are the store's: what every read of `Records` is made of. */
import { Effect, type Schema } from "effect";
import type { SqlError } from "effect/sql/SqlError";
import type { StoreError } from "../Journal.ts";
import { decoder } from "./rows.ts";
import { storeError } from "./storeError.ts";

type Statement = Effect.Effect<readonly unknown[], SqlError>;

export interface Query<A> {
  readonly all: (statement: Statement) => Effect.Effect<readonly A[], StoreError>;
  /** The first row, or `null`. */
  readonly one: (statement: Statement) => Effect.Effect<A | null, StoreError>;
}

/** `what` names the rows in errors. */
export const query = <S extends Schema.ConstraintDecoder<unknown>>(what: string, schema: S): Query<S["Type"]> => {
  const decode = decoder(what, schema);
  const all = (statement: Statement) =>
    Effect.mapError(Effect.flatMap(statement, decode), storeError(`Records, ${what}`));
  return { all, one: (statement) => Effect.map(all(statement), (rows) => rows[0] ?? null) };
};

/** How many rows a statement with RETURNING answers. */
export const countOf = (what: string, statement: Statement): Effect.Effect<number, StoreError> =>
  Effect.mapError(
    Effect.map(statement, (rows) => rows.length),
    storeError(`Records, ${what}`),
  );
