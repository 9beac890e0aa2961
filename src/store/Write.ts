/**
 * Many rows, few round trips: a list of statements over rows that the program holds, sent together.
 *
 * - A statement is written once for both dialects, over a relation `n` that has the rows. On PostgreSQL, `n` is
 *   `unnest($1::text[], …)`, and all statements of a list become one (`WITH … AS (…)`); on SQLite, `n` is one row of parameters, and
 *   each statement runs once a row, all of them in one message to the thread. So neither the number of round trips nor the
 *   number of parameters depends on the number of rows, and every text stays prepared.
 * - Each statement answers how many rows it wrote: that is what compare-and-set is checked by.
 *
 * **Gotchas**
 * - On PostgreSQL, the statements of one list do not see each other's rows, and must not write the same row twice.
 * - Must run inside `sql.withTransaction`.
 */
import { PgTypes } from "@effect/sql-pg";
import { Effect, Option, Result } from "effect";
import type { SqlClient } from "effect/sql/SqlClient";
import type { SqlError } from "effect/sql/SqlError";
import { StoreError } from "./Journal.ts";
import { types } from "./Postgres.ts";
import { SqliteConnection, toSqlite } from "./Sqlite.ts";

export type ColumnType = "text" | "integer" | "bytes";
export type Value = string | number | Uint8Array | null;

export interface Write {
  /** The statement; `input` is the relation with the rows, named `n`. */
  readonly sql: (input: string) => string;
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Values in the order of `columns`. */
  readonly rows: readonly (readonly Value[])[];
}

/** Columns of `Row`, each with its type and where its value comes from. */
export type Columns<Row> = Readonly<Record<string, readonly [ColumnType, (row: Row) => Value]>>;

const typesOf = <Row>(columns: Columns<Row>): Write["columns"] =>
  Object.fromEntries(Object.entries(columns).map(([name, [type]]) => [name, type]));

const valuesOf = <Row>(columns: Columns<Row>, rows: readonly Row[]): Write["rows"] => {
  const read = Object.values(columns).map(([, of]) => of);
  return rows.map((row) => read.map((of) => of(row)));
};

/** `rows` through a statement of one's own. */
export const write = <Row>(columns: Columns<Row>, rows: readonly Row[], sql: Write["sql"]): Write => ({
  sql,
  columns: typesOf(columns),
  rows: valuesOf(columns, rows),
});

/** New rows of `table`; `onConflict` may say what to do with those there already. */
export const insert = <Row>(table: string, columns: Columns<Row>, rows: readonly Row[], onConflict = ""): Write => {
  const names = Object.keys(columns).join(", ");
  // SQLite takes ON CONFLICT after a SELECT only when that has a WHERE.
  return write(
    columns,
    rows,
    (input) => `INSERT INTO ${table} (${names}) SELECT ${names} FROM ${input} WHERE true ${onConflict}`,
  );
};

const pgTypes: Readonly<Record<ColumnType, { readonly name: string; readonly oid: number }>> = {
  text: { name: "text", oid: PgTypes.OID.text },
  integer: { name: "bigint", oid: PgTypes.OID.int8 },
  bytes: { name: "bytea", oid: PgTypes.OID.bytea },
};

const runOnPostgres = (sql: SqlClient, writes: readonly Write[]): Effect.Effect<readonly number[], SqlError> => {
  const params: unknown[] = [];
  const parts = writes.map(({ sql: text, columns, rows }, i) => {
    const arrays = Object.values(columns).map((type, column) => {
      const values = rows.map((row) => row[column]!);
      params.push(Result.getOrThrow(PgTypes.array(values, pgTypes[type].oid, types)));
      return `$${params.length}::${pgTypes[type].name}[]`;
    });
    const input = `unnest(${arrays.join(", ")}) AS n(${Object.keys(columns).join(", ")})`;
    return `w${i} AS (${text(input)} RETURNING 1)`;
  });
  const counts = writes.map((_, i) => `(SELECT count(*) FROM w${i})`);
  return Effect.map(
    sql.unsafe<{ readonly counts: readonly number[] }>(
      `WITH ${parts.join(", ")} SELECT ARRAY[${counts.join(", ")}] AS counts`,
      params,
    ),
    ([row]) => row!.counts,
  );
};

const runOnSqlite = (sql: SqlClient, writes: readonly Write[]): Effect.Effect<readonly number[], SqlError> =>
  Effect.gen(function* () {
    const transaction = yield* Effect.serviceOption(sql.transactionService);
    const connection = Option.isSome(transaction) ? transaction.value[0] : null;
    if (!(connection instanceof SqliteConnection)) return yield* Effect.die("runWrites needs an open transaction");
    const results = yield* connection.runAll(
      writes.map(({ sql: text, columns, rows }) => {
        const row = Object.keys(columns).map((name) => `? AS ${name}`);
        return { sql: text(`(SELECT ${row.join(", ")}) AS n`), rows: rows.map((values) => values.map(toSqlite)) };
      }),
    );
    return results.map((result) => result.changes);
  });

const hasNul = ({ rows }: Write): boolean =>
  rows.some((row) => row.some((value) => typeof value === "string" && value.includes("\0")));

/** Runs the statements that have rows, and answers for each of `writes` how many rows it wrote. */
export const runWrites = (
  sql: SqlClient,
  writes: readonly Write[],
): Effect.Effect<readonly number[], SqlError | StoreError> => {
  const some = writes.filter(({ rows }) => rows.length > 0);
  if (some.length === 0) return Effect.succeed(writes.map(() => 0));
  // PostgreSQL has no NUL in a text. Refused on both, so that what one store takes the other takes too.
  if (some.some(hasNul)) {
    const hint = "Leave it out; a NUL character has no place in a name, reason or address.";
    return Effect.fail(new StoreError({ reason: "conflict", message: "A text holds a NUL character.", hint }));
  }
  const run = sql.onDialectOrElse({ sqlite: () => runOnSqlite, orElse: () => runOnPostgres });
  return Effect.map(run(sql, some), (counts) => {
    let next = 0;
    return writes.map(({ rows }) => (rows.length > 0 ? counts[next++]! : 0));
  });
};
