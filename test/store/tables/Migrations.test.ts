/** The database that the steps make is the one that the records' Schemas describe, on both stores. */
import { assert, describe, it } from "@effect/vitest";
import { Effect } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import type { ColumnType } from "../../../src/store/sql/Column.ts";
import { newest, steps, tables } from "../../../src/store/tables/Migrations.ts";
import { bothStores, onFresh } from "../stores.ts";

/** A column as it is in a database. */
interface Found {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly nullable: number;
}

const inSqlite = `SELECT m.name AS "table", c.name, c.type, (c."notnull" = 0 AND c.pk = 0) AS nullable
  FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'`;

const inPostgres = `SELECT table_name::text AS "table", column_name::text AS name, data_type::text AS type,
    CASE WHEN is_nullable = 'YES' THEN 1 ELSE 0 END AS nullable
  FROM information_schema.columns WHERE table_schema = 'public'`;

const types: Readonly<Record<string, ColumnType>> = {
  TEXT: "text",
  INTEGER: "integer",
  BLOB: "bytes",
  text: "text",
  bigint: "integer",
  bytea: "bytes",
};

/** Columns that no record has. */
const beside = [
  // Marks the one row there is.
  "log_head.id integer",
  // Set by the erasure, read by nothing but statements.
  "messages.erased_at integer NULL",
];

/** Tables without a record: the version, and what triggers alone keep. */
const unread = ["risk_bounces", "risk_domains", "risk_hours", "schema_version"];

const line = (table: string, name: string, type: string | undefined, nullable: boolean): string =>
  `${table}.${name} ${type}${nullable ? " NULL" : ""}`;

it("has a statement in every step, and no step beyond the newest", () => {
  assert.deepEqual(
    Array.from({ length: newest }, (_, i) => steps(i + 1).length > 0),
    Array.from({ length: newest }, () => true),
  );
  assert.deepEqual(steps(newest + 1), []);
});

describe.each(bothStores())("the tables on $name", (store) => {
  it.live(
    "have a column for each field of their record, of its type, and no other",
    () =>
      onFresh(
        store,
        Effect.gen(function* () {
          const sql = yield* SqlClient;
          const text = sql.onDialectOrElse({ sqlite: () => inSqlite, orElse: () => inPostgres });
          const found = yield* sql.unsafe<Found>(text);
          assert.deepEqual(
            found
              .filter(({ table }) => !unread.includes(table))
              .map(({ table, name, type, nullable }) => line(table, name, types[type], nullable === 1))
              .toSorted(),
            [
              ...beside,
              ...tables.flatMap((table) =>
                ("written" in table ? table.written : table.columns).map(({ name, type, nullable }) =>
                  line(table.name, name, type, nullable),
                ),
              ),
            ].toSorted(),
          );
          assert.deepEqual(
            [...new Set(found.map(({ table }) => table))].toSorted(),
            [...unread, ...tables.map(({ name }) => name)].toSorted(),
          );
        }),
      ),
    30_000,
  );
});
