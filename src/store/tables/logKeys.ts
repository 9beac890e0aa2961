/** The keys that sign the log. Never changed. */
import type { SqlClient } from "effect/sql/SqlClient";
import { LogKeyRow } from "../../model/records/log.ts";
import { insertRow, table } from "../sql/Table.ts";
import { appendOnly } from "./appendOnly.ts";

export const logKeys = table("log_keys", LogKeyRow, {
  steps: {
    2: [
      `CREATE TABLE log_keys (
        kid {text} PRIMARY KEY, origin {text} NOT NULL, algorithm {text} NOT NULL, public_key {text} NOT NULL,
        sealed_private_key {text} NOT NULL, created_at {integer} NOT NULL, UNIQUE (origin, algorithm)
      ) {strict}`,
      ...appendOnly("log_keys"),
    ],
  },
});

/** Adds nothing where the log has a key of the algorithm. */
export const insertLogKeyIfNone = (sql: SqlClient, row: LogKeyRow) =>
  sql`${insertRow(sql, logKeys, row)} ON CONFLICT (origin, algorithm) DO NOTHING`;
