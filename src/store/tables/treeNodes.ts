/**
 * The hashes of perfect subtrees of 2^8, 2^16, … leaves: the tiles of the levels above the leaves. All others are computed from
 * these and from the entries' own hashes, 256 at a time.
 */
import { createHash } from "node:crypto";
import { Effect } from "effect";
import type { SqlClient } from "effect/sql/SqlClient";
import type { SqlError } from "effect/sql/SqlError";
import { TreeNodeRow } from "../../model/records/log.ts";
import { table } from "../sql/Table.ts";
import { insertInto } from "../sql/Write.ts";
import { appendOnly } from "./appendOnly.ts";

/** Leaves under one hash of the next level of tiles. */
const width = 256;

/** RFC 6962 over a power of two of hashes. */
const rootOver = (hashes: readonly Uint8Array[]): Uint8Array => {
  let level = hashes;
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      above.push(
        createHash("sha256")
          .update(Uint8Array.of(1))
          .update(level[i]!)
          .update(level[i + 1]!)
          .digest(),
      );
    }
    level = above;
  }
  return level[0]!;
};

/** Computes the nodes of a log that was there before them, level by level, a tile at a time. */
const fillNodes = (sql: SqlClient): Effect.Effect<void, SqlError> =>
  Effect.gen(function* () {
    const [head] = yield* sql<{ size: number }>`SELECT size FROM log_head WHERE id = 1`;
    let below = head?.size ?? 0;
    for (let level = 8; below >= width; level += 8) {
      const count = Math.floor(below / width);
      for (let index = 0; index < count; index++) {
        const [from, to] = [index * width, (index + 1) * width];
        const rows =
          level === 8
            ? yield* sql<{ hash: Uint8Array }>`SELECT leaf_hash AS hash FROM entries
                WHERE idx >= ${from} AND idx < ${to} ORDER BY idx`
            : yield* sql<{ hash: Uint8Array }>`SELECT hash FROM tree_nodes
                WHERE level = ${level - 8} AND idx >= ${from} AND idx < ${to} ORDER BY idx`;
        // The replay at start reports a log with a gap; here it only must not stop the step.
        if (rows.length === width) {
          yield* sql`INSERT INTO tree_nodes (level, idx, hash) VALUES (${level}, ${index}, ${rootOver(rows.map(({ hash }) => hash))})`;
        }
      }
      below = count;
    }
  });

export const treeNodes = table("tree_nodes", TreeNodeRow, {
  renamed: { index: "idx" },
  steps: {
    2: [
      `CREATE TABLE tree_nodes (
        level {integer} NOT NULL, idx {integer} NOT NULL, hash {bytes} NOT NULL, PRIMARY KEY (level, idx)
      ) {keyed}`,
      ...appendOnly("tree_nodes"),
      fillNodes,
    ],
  },
});

export const insertNodes = insertInto(treeNodes);
