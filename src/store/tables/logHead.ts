/** The log's head: one row, which every batch locks. */
import { Schema } from "effect";
import { LogHead } from "../../model/records/log.ts";
import { columnsOf } from "../sql/Column.ts";
import { table } from "../sql/Table.ts";
import { statement } from "../sql/Write.ts";

/** The RFC 6962 root of the empty log: SHA-256 of nothing. */
const emptyRoot = new Uint8Array(
  Buffer.from("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "hex"),
);

const HASH = 32;

/** With the hashes of its frontier one after another. */
const Stored = Schema.Struct({ ...LogHead.fields, frontier: Schema.Uint8Array });
type Stored = typeof Stored.Type;

export const logHead = table("log_head", Stored, {
  steps: {
    1: [
      `CREATE TABLE log_head (
        id {integer} PRIMARY KEY CHECK (id = 1), size {integer} NOT NULL, frontier {bytes} NOT NULL, root {bytes} NOT NULL,
        at {integer} NOT NULL
      ) {strict}`,
      (sql) =>
        sql`INSERT INTO log_head (id, size, frontier, root, at) VALUES (1, 0, ${new Uint8Array()}, ${emptyRoot}, 0)`,
    ],
  },
});

/** The head in a row; `null` when the row is damaged. */
export const headIn = ({ frontier, ...rest }: Stored): LogHead | null =>
  frontier.length % HASH !== 0
    ? null
    : {
        ...rest,
        frontier: Array.from({ length: frontier.length / HASH }, (_, i) => frontier.slice(i * HASH, (i + 1) * HASH)),
      };

/** The head after a batch, as its row, and the size the head had before. */
export const movedHead = ({ frontier, ...rest }: LogHead, was: number) => ({
  ...rest,
  frontier: Buffer.concat(frontier),
  was,
});

/** Must find the head at the size it had before. */
export const moveHead = statement(
  columnsOf(Schema.Struct({ ...Stored.fields, was: Schema.Int })),
  (input) => `UPDATE log_head AS t SET size = n.size, frontier = n.frontier, root = n.root, at = n.at
    FROM ${input} WHERE t.id = 1 AND t.size = n.was`,
);
