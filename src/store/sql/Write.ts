/**
 * Statements over rows that the program holds, and their rows. `runWrites` sends them.
 *
 * - A statement is written once for both dialects, over a relation `n` that has the rows, under their columns' names.
 * - Each statement answers how many rows it wrote: that is what compare-and-set is checked by.
 */
import type { Columns, ColumnType, Value } from "./Column.ts";

/** A statement over rows, made once. */
export interface Statement<Row> {
  readonly sql: (input: string) => string;
  readonly names: string;
  readonly types: readonly ColumnType[];
  readonly read: readonly ((row: Row) => Value)[];
  /** The text for SQLite, which is the same every time. */
  readonly sqlite: string;
}

/** `sql` is what is done with the rows; its `input` is the relation they are in, named `n`. */
export const statement = <Row>(columns: Columns<Row>, sql: (input: string) => string): Statement<Row> => ({
  sql,
  names: columns.map(({ name }) => name).join(", "),
  types: columns.map(({ type }) => type),
  read: columns.map(({ valueOf }) => valueOf),
  sqlite: sql(`(SELECT ${columns.map(({ name }) => `? AS ${name}`).join(", ")}) AS n`),
});

/** New rows of a table; `onConflict` may state what becomes of those there already. */
export const insertInto = <Row>(
  { name, columns }: { readonly name: string; readonly columns: Columns<Row> },
  onConflict = "",
): Statement<Row> => {
  const names = columns.map((column) => column.name).join(", ");
  // SQLite takes ON CONFLICT after a SELECT only when that has a WHERE.
  return statement(
    columns,
    (input) => `INSERT INTO ${name} (${names}) SELECT ${names} FROM ${input} WHERE true ${onConflict}`,
  );
};

/** A statement with its rows, as values in the order of its columns. */
export interface Write extends Omit<Statement<never>, "read"> {
  readonly rows: readonly (readonly Value[])[];
}

export const write = <Row>(of: Statement<Row>, rows: readonly Row[]): Write => ({
  ...of,
  rows: rows.map((row) => of.read.map((read) => read(row))),
});
