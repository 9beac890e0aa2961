/** What may not be erased, and since when. A hold is released, never removed. */
import { HoldRow } from "../../model/records/operator.ts";
import { HoldRelease } from "../Journal.ts";
import { columnsOf } from "../sql/Column.ts";
import { table } from "../sql/Table.ts";
import { insertInto, statement } from "../sql/Write.ts";
import { neverDeleted } from "./appendOnly.ts";

export const legalHolds = table("legal_holds", HoldRow, {
  renamed: { index: "idx" },
  steps: {
    2: [
      `CREATE TABLE legal_holds (
        id {text} PRIMARY KEY, tenant {text} NOT NULL REFERENCES tenants (id), mailbox {text}, message {text}, reason {text},
        placed_by {text} NOT NULL, placed_at {integer} NOT NULL, idx {integer} NOT NULL, released_at {integer}
      ) {strict}`,
      `CREATE INDEX legal_holds_standing ON legal_holds (tenant) WHERE released_at IS NULL`,
      ...neverDeleted("legal_holds"),
    ],
  },
});

/** Whether a hold stands on the message in `row`, the name of a row of `messages`. */
export const heldMessage = (row: string): string =>
  `EXISTS (SELECT 1 FROM legal_holds AS h WHERE h.tenant = ${row}.tenant AND h.released_at IS NULL
    AND (h.mailbox IS NULL OR h.mailbox = ${row}.mailbox) AND (h.message IS NULL OR h.message = ${row}.id))`;

export const insertHolds = insertInto(legalHolds);

/** Each row must find its hold, standing. */
export const releaseHolds = statement(
  columnsOf(HoldRelease),
  (input) => `UPDATE legal_holds AS t SET released_at = n.at FROM ${input}
    WHERE t.id = n.id AND t.tenant = n.tenant AND t.released_at IS NULL`,
);
