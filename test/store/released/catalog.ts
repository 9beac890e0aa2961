/** A database's own description of its schema, line by line: tables, columns, constraints, indexes, triggers and functions. */
import { Effect } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import type { SqlError } from "effect/sql/SqlError";

/** White space is the source's, which may be indented in another way. */
const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

const inSqlite = `SELECT sql AS line FROM sqlite_master WHERE sql IS NOT NULL`;

const inPostgres = `
  SELECT concat_ws(' ', 'column', c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), o.collname,
      CASE WHEN a.attnotnull THEN 'NOT NULL' END, pg_get_expr(d.adbin, d.adrelid)) AS line
    FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid AND c.relnamespace = 'public'::regnamespace
      LEFT JOIN pg_collation AS o ON o.oid = a.attcollation LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind = 'r'
  UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
  UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT pg_get_triggerdef(t.oid) FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace
  UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace`;

/** Sorted, each on one line. */
export const catalog: Effect.Effect<readonly string[], SqlError, SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient;
  const query = sql.onDialectOrElse({ sqlite: () => inSqlite, orElse: () => inPostgres });
  const rows = yield* sql.unsafe<{ readonly line: string }>(query);
  return rows.map(({ line }) => oneLine(line)).toSorted();
});
