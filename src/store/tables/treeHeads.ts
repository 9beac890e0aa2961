/** The root of the log's tree after each commit. */
import { TreeHeadRow } from "../../model/records/log.ts";
import { table } from "../sql/Table.ts";
import { insertInto } from "../sql/Write.ts";
import { appendOnly } from "./appendOnly.ts";

export const treeHeads = table("tree_heads", TreeHeadRow, {
  steps: {
    1: [
      `CREATE TABLE tree_heads (size {integer} PRIMARY KEY, root {bytes} NOT NULL, at {integer} NOT NULL) {strict}`,
      ...appendOnly("tree_heads"),
    ],
  },
});

export const insertTreeHeads = insertInto(treeHeads);
