/** Statements whose rows are decoded and whose failures are the store's: what every read outside a batch is made of. */
import { Effect, Result, Schema } from "effect";
import type { SqlError } from "effect/sql/SqlError";
import { type Fragment, fragment, literal } from "effect/sql/Statement";
import type { StoreError } from "../Journal.ts";
import { type Columns, listed } from "./Column.ts";
import { corrupt, storeError } from "./storeError.ts";

type Statement = Effect.Effect<readonly unknown[], SqlError>;
type Decode<A> = (rows: readonly unknown[]) => Effect.Effect<readonly A[], StoreError>;

export interface Query<A> {
  /** What a SELECT or a RETURNING lists to be read by this. */
  readonly list: Fragment;
  readonly all: (statement: Statement) => Effect.Effect<readonly A[], StoreError>;
  /** The first row, or `null`. */
  readonly one: (statement: Statement) => Effect.Effect<A | null, StoreError>;
  readonly decode: Decode<A>;
}

export type RowOf<Q> = Q extends Query<infer A> ? A : never;

const inOrder =
  <A>(what: string, read: (row: unknown) => Result.Result<A, unknown>): Decode<A> =>
  (rows) =>
    Effect.suspend(() => {
      const found: A[] = [];
      for (const row of rows) {
        const result = read(row);
        if (Result.isFailure(result)) return Effect.fail(corrupt(what, String(result.failure)));
        found.push(result.success);
      }
      return Effect.succeed(found);
    });

/** Reads values one by one; the first that does not decode fails with `corrupt`, naming `what`. */
export const decoder = <S extends Schema.ConstraintDecoder<unknown>>(what: string, schema: S): Decode<S["Type"]> =>
  inOrder(what, Schema.decodeUnknownResult(schema));

/** A row with these columns, under their fields' names, as the record it is. */
const recordIn = <Row>(
  columns: readonly { readonly field: string; readonly schema: Schema.ConstraintDecoder<unknown> }[],
): ((row: unknown) => Result.Result<Row, unknown>) => {
  const fields = Object.fromEntries(columns.map(({ field, schema }) => [field, schema]));
  return Schema.decodeUnknownResult(Schema.Struct(fields)) as (row: unknown) => Result.Result<Row, unknown>;
};

const queried = <A>(what: string, list: string, decode: Decode<A>): Query<A> => {
  const all = (statement: Statement) =>
    Effect.mapError(Effect.flatMap(statement, decode), storeError(`Records, ${what}`));
  return {
    list: fragment([literal(list)]),
    all,
    decode,
    one: (statement) => Effect.map(all(statement), (rows) => rows[0] ?? null),
  };
};

/** `what` names the rows in errors. */
export const query = <Row>(what: string, columns: Columns<Row>): Query<Row> =>
  queried(what, listed(columns), inOrder(what, recordIn<Row>(columns)));

type RecordIn<Part> = Part extends Columns<infer Row> ? Row : never;

/** Rows of several records, as of a join: each under the name it has here. */
export const joined = <const Parts extends Readonly<Record<string, Columns<never>>>>(
  what: string,
  parts: Parts,
): Query<{ readonly [part in keyof Parts]: RecordIn<Parts[part]> }> => {
  type Row = { readonly [part in keyof Parts]: RecordIn<Parts[part]> };
  const places = Object.entries<Columns<never>>(parts).map(([part, columns]) => ({
    part,
    fields: columns.map(({ field, name, schema }) => ({ field, name, schema, key: `${part}.${field}` })),
  }));
  // Decoded as one record, then taken apart: that costs less than to decode each part.
  const flat = places.flatMap(({ fields }) => fields.map(({ key, name, schema }) => ({ field: key, name, schema })));
  const read = recordIn<Readonly<Record<string, unknown>>>(flat);
  const apart = (row: Readonly<Record<string, unknown>>): Row => {
    const found: Record<string, unknown> = {};
    for (const { part, fields } of places) {
      const record: Record<string, unknown> = {};
      for (const { field, key } of fields) record[field] = row[key];
      found[part] = record;
    }
    return found as Row;
  };
  return queried(
    what,
    listed(flat),
    inOrder(what, (row) => Result.map(read(row), apart)),
  );
};

/** How many rows a statement with RETURNING answers. */
export const countOf = (what: string, statement: Statement): Effect.Effect<number, StoreError> =>
  Effect.mapError(
    Effect.map(statement, (rows) => rows.length),
    storeError(`Records, ${what}`),
  );
