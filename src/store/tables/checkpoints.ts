/** What was signed of the log. Never changed. */
import type { SqlClient } from "effect/sql/SqlClient";
import { CheckpointRow } from "../../model/records/log.ts";
import { insertRow, table } from "../sql/Table.ts";
import { appendOnly } from "./appendOnly.ts";

export const checkpoints = table("checkpoints", CheckpointRow, {
  steps: {
    2: [
      `CREATE TABLE checkpoints (
        origin {text} NOT NULL, size {integer} NOT NULL, root {bytes} NOT NULL, note {text} NOT NULL, at {integer} NOT NULL,
        PRIMARY KEY (origin, size)
      ) {keyed}`,
      ...appendOnly("checkpoints"),
    ],
  },
});

export const insertCheckpoint = (sql: SqlClient, row: CheckpointRow) => insertRow(sql, checkpoints, row);
