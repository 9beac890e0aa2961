/**
 * Many rows, few round trips: a list of statements over rows, sent together.
 *
 * - On PostgreSQL, a statement's rows are `unnest($1::text[], …)`, and all statements of a list become one (`WITH … AS (…)`). On
 *   SQLite, they are one row of parameters, and each statement runs once a row, all of them in one message to the thread. So
 *   neither the number of round trips nor that of parameters depends on the number of rows, and every text stays prepared.
 *
 * **Gotchas**
 * - On PostgreSQL, the statements of one list do not see each other's rows, and must not write the same row twice.
 * - Must run inside `sql.withTransaction`.
 */
import { PgTypes } from "@effect/sql-pg";
import { Effect, Option, Result } from "effect";
import type { SqlClient } from "effect/sql/SqlClient";
import type { SqlError } from "effect/sql/SqlError";
import { StoreError } from "../Journal.ts";
import { types } from "../postgres/Postgres.ts";
import { SqliteConnection, toSqlite } from "../sqlite/Sqlite.ts";
import type { ColumnType } from "./Column.ts";
import type { Write } from "./Write.ts";

const pgTypes: Readonly<Record<ColumnType, { readonly name: string; readonly oid: number }>> = {
  text: { name: "text", oid: PgTypes.OID.text },
  integer: { name: "bigint", oid: PgTypes.OID.int8 },
  bytes: { name: "bytea", oid: PgTypes.OID.bytea },
};

const runOnPostgres = (sql: SqlClient, writes: readonly Write[]): Effect.Effect<readonly number[], SqlError> => {
  const params: unknown[] = [];
  const parts = writes.map(({ sql: text, names, types: columns, rows }, i) => {
    const arrays = columns.map((type, column) => {
      const values = rows.map((row) => row[column]!);
      params.push(Result.getOrThrow(PgTypes.array(values, pgTypes[type].oid, types)));
      return `$${params.length}::${pgTypes[type].name}[]`;
    });
    const input = `unnest(${arrays.join(", ")}) AS n(${names})`;
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
      writes.map(({ sqlite, rows }) => ({ sql: sqlite, rows: rows.map((values) => values.map(toSqlite)) })),
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
