/** Triggers that refuse every change of a table whose rows must only be added. */
import type { Change, Steps } from "../sql/Table.ts";

/** What the triggers call on PostgreSQL. Made before any table. */
export const refusal: { readonly steps: Steps } = {
  steps: {
    1: [
      {
        pg: `CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$`,
      },
    ],
  },
};

const refuseOnSqlite = (table: string, action: "UPDATE" | "DELETE"): Change => ({
  sqlite: `CREATE TRIGGER ${table}_no_${action.toLowerCase()} BEFORE ${action} ON ${table}
    BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END`,
});

const refuseOnPostgres = (table: string, actions: string): Change => ({
  pg: `CREATE TRIGGER ${table}_append_only BEFORE ${actions} ON ${table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
});

/** No row is changed or removed. */
export const appendOnly = (table: string): readonly Change[] => [
  refuseOnSqlite(table, "UPDATE"),
  refuseOnSqlite(table, "DELETE"),
  refuseOnPostgres(table, "UPDATE OR DELETE OR TRUNCATE"),
];

/** No row is removed. */
export const neverDeletedOnPostgres = (table: string): Change => refuseOnPostgres(table, "DELETE OR TRUNCATE");

/** No row is removed. */
export const neverDeleted = (table: string): readonly Change[] => [
  refuseOnSqlite(table, "DELETE"),
  neverDeletedOnPostgres(table),
];
