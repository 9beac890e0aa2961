/** Who decided what on a message. Never changed but by an erasure, which takes the reason. */
import { Schema } from "effect";
import { DecisionRow } from "../../model/records/message.ts";
import { type Columns, columnsOf } from "../sql/Column.ts";
import { type Dialect, table } from "../sql/Table.ts";
import { insertInto } from "../sql/Write.ts";
import { appendOnly } from "./appendOnly.ts";
import { changedByErasureOnly, eraseIn } from "./erasure.ts";

export const decisions = table("decisions", DecisionRow, {
  renamed: { by: "decided_by", at: "decided_at", index: "idx" },
  steps: {
    1: [
      `CREATE TABLE decisions (
        idx {integer} PRIMARY KEY, message {text} NOT NULL REFERENCES messages (id), revision {integer} NOT NULL,
        decision {text} NOT NULL, decided_by {text} NOT NULL, decided_at {integer} NOT NULL, reason {text}
      ) {strict}`,
      `CREATE INDEX decisions_by_message ON decisions (message, idx)`,
      ...appendOnly("decisions"),
    ],
    2: changedByErasureOnly("decisions", {
      kept: ["idx", "message", "revision", "decision", "decided_by", "decided_at"],
      blank: "NEW.reason IS NULL",
    }),
  },
});

export const insertDecisions = insertInto(decisions);

export const eraseReasons = eraseIn("decisions", "reason = NULL", "t.reason IS NOT NULL");

/** For a SELECT: all decisions on the message in `row`, the name of a row of `messages`, oldest first. */
export const decisionsOn = (row: string, dialect: Dialect): Columns<{ readonly list: readonly DecisionRow[] }> => {
  const [array, object] = dialect === "pg" ? ["json_agg", "json_build_object"] : ["json_group_array", "json_object"];
  const fields = decisions.columns.map(({ field, name }) => `'${field}', ${name}`).join(", ");
  return columnsOf(Schema.Struct({ list: Schema.Array(DecisionRow) }), {
    list: `(SELECT CAST(coalesce(${array}(${object}(${fields}) ORDER BY idx), '[]') AS text)
      FROM decisions AS d WHERE d.message = ${row}.id)`,
  });
};
