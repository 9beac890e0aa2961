/** What messages say: a row for each content, never changed but by an erasure. */
import { ContentRow, type MessageSummary } from "../../model/records/message.ts";
import { table } from "../sql/Table.ts";
import { insertInto } from "../sql/Write.ts";
import { appendOnly } from "./appendOnly.ts";
import { changedByErasureOnly, eraseIn } from "./erasure.ts";

/** What people are shown of a content that was erased. Never edited: the trigger of step 2 knows it. */
const erasedSummary: MessageSummary = {
  subject: "[erased]",
  from: "",
  to: [],
  cc: [],
  bcc: [],
  replyTo: null,
  text: "",
  attachments: [],
  risk: { score: 0, flags: ["erased"], signals: [] },
  identityHeader: "",
  note: null,
};

/** Text columns of a content that was erased, with their values as SQL. Its `raw` is empty. */
const erased = Object.entries({
  sender: "''",
  recipients: "'[]'",
  summary: `'${JSON.stringify(erasedSummary)}'`,
});

export const contents = table("contents", ContentRow, {
  renamed: { from: "sender" },
  steps: {
    1: [
      `CREATE TABLE contents (
        message {text} NOT NULL REFERENCES messages (id), revision {integer} NOT NULL, digest {text} NOT NULL,
        sender {text} NOT NULL, recipients {text} NOT NULL, summary {text} NOT NULL, raw {bytes} NOT NULL,
        PRIMARY KEY (message, revision)
      ) {strict}`,
      ...appendOnly("contents"),
    ],
    2: changedByErasureOnly("contents", {
      kept: ["message", "revision", "digest"],
      blank: `length(NEW.raw) = 0 AND ${erased.map(([column, value]) => `NEW.${column} = ${value}`).join(" AND ")}`,
    }),
  },
});

export const insertContents = insertInto(contents);

export const eraseContents = eraseIn(
  "contents",
  `${erased.map(([column, value]) => `${column} = ${value}`).join(", ")}, raw = substr(t.raw, 1, 0)`,
  "length(t.raw) > 0",
);
