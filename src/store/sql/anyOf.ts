/** `column` is one of `values`: one parameter however many there are, so the statement's text stays the same and prepared. */
import type { SqlClient } from "effect/sql/SqlClient";
import type { Fragment } from "effect/sql/Statement";

export const anyOf = (sql: SqlClient, column: string, values: readonly string[]): Fragment =>
  sql.onDialectOrElse({
    sqlite: () => sql`${sql.literal(column)} IN (SELECT value FROM json_each(${JSON.stringify(values)}))`,
    orElse: () => sql`${sql.literal(column)} = ANY(${values}::text[])`,
  });
