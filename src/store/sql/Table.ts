/**
 * A table: how it came to be, step by step, and how its rows are read and written. One file of `store/tables/` holds one.
 *
 * - `steps` is the history: the statements of each numbered step of the database (`Migrations.ts`) that concern the table. The
 *   record's Schema is what it is today. A test holds the two together.
 */
import type { Effect } from "effect";
import type { SqlClient } from "effect/sql/SqlClient";
import type { SqlError } from "effect/sql/SqlError";
import { type Fragment, fragment, literal } from "effect/sql/Statement";
import { type Columns, columnsOf, listed, type RecordSchema, valuesOf } from "./Column.ts";
import { query, type Query } from "./query.ts";

export type Dialect = "sqlite" | "pg";

/**
 * One statement of a step, with `{text}`, `{bytes}`, `{integer}`, `{strict}` and `{keyed}` where the dialects differ; or what it
 * is on each, if it is anything there; or what is computed from the rows that are there.
 */
export type Change =
  string | Readonly<Partial<Record<Dialect, string>>> | ((sql: SqlClient) => Effect.Effect<unknown, SqlError>);

/** By the number of the step, which is the version it leads to. What was released is never edited. */
export type Steps = Readonly<Record<number, readonly Change[]>>;

export interface Table<Row> extends Query<Row> {
  readonly name: string;
  readonly columns: Columns<Row>;
  readonly steps: Steps;
  /** `SELECT … FROM` the table, for `all` and `one`. */
  readonly select: Fragment;
}

export const tableOf = <Row>(name: string, columns: Columns<Row>, steps: Steps): Table<Row> => ({
  ...query(name, columns),
  name,
  columns,
  steps,
  select: fragment([literal(`SELECT ${listed(columns)} FROM ${name}`)]),
});

/** `renamed`: columns that have another name than their field in snake_case. */
export const table = <Row>(
  name: string,
  record: RecordSchema<Row>,
  { steps, renamed }: { readonly steps: Steps; readonly renamed?: { readonly [field in keyof Row]?: string } },
): Table<Row> => tableOf(name, columnsOf(record, renamed), steps);

/** One new row, where there is no batch. */
export const insertRow = <Row>(sql: SqlClient, { name, columns }: Table<Row>, row: Row) =>
  sql`INSERT INTO ${sql(name)} ${sql.insert(valuesOf(columns, row))}`;
