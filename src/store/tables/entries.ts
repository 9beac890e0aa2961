/** The log, entry by entry. Never changed but by an erasure, which takes what is personal and leaves the leaf. */
import { EntryRow } from "../../model/records/log.ts";
import { table } from "../sql/Table.ts";
import { insertInto } from "../sql/Write.ts";
import { appendOnly } from "./appendOnly.ts";
import { changedByErasureOnly, eraseIn } from "./erasure.ts";

export const entries = table("entries", EntryRow, {
  renamed: { index: "idx" },
  steps: {
    1: [
      `CREATE TABLE entries (
        idx {integer} PRIMARY KEY, tenant {text} NOT NULL, mailbox {text}, message {text}, type {text} NOT NULL, at {integer} NOT NULL,
        leaf {text} NOT NULL, leaf_hash {bytes} NOT NULL, personal {text}
      ) {strict}`,
      `CREATE INDEX entries_by_tenant ON entries (tenant, idx)`,
      `CREATE INDEX entries_by_mailbox ON entries (mailbox, idx) WHERE mailbox IS NOT NULL`,
      `CREATE INDEX entries_by_message ON entries (message, idx) WHERE message IS NOT NULL`,
      ...appendOnly("entries"),
    ],
    2: changedByErasureOnly("entries", {
      kept: ["idx", "tenant", "mailbox", "message", "type", "at", "leaf", "leaf_hash"],
      blank: "NEW.personal IS NULL",
    }),
  },
});

export const insertEntries = insertInto(entries);

export const eraseEntries = eraseIn("entries", "personal = NULL", "t.personal IS NOT NULL");
