/** What witnesses signed. Never changed. */
import type { SqlClient } from "effect/sql/SqlClient";
import { CosignatureRow } from "../../model/records/log.ts";
import { insertRow, table } from "../sql/Table.ts";
import { appendOnly } from "./appendOnly.ts";

export const cosignatures = table("cosignatures", CosignatureRow, {
  steps: {
    2: [
      `CREATE TABLE cosignatures (
        origin {text} NOT NULL, size {integer} NOT NULL, witness {text} NOT NULL, line {text} NOT NULL, at {integer} NOT NULL,
        PRIMARY KEY (origin, size, witness)
      ) {keyed}`,
      ...appendOnly("cosignatures"),
    ],
  },
});

/** The first one of a witness for a checkpoint stays. */
export const insertCosignatureIfNone = (sql: SqlClient, row: CosignatureRow) =>
  sql`${insertRow(sql, cosignatures, row)} ON CONFLICT (origin, size, witness) DO NOTHING`;
