/**
 * The second step of the database: what an auditor needs beside the entries, and what may be erased.
 *
 * - `tree_nodes` holds the hashes of perfect subtrees of 2^8, 2^16, … leaves: the tiles of the levels above the leaves. All others are
 *   computed from these and from the entries' own hashes, 256 at a time. A log that is there already gets its nodes here.
 * - From here on `entries`, `contents` and `decisions` take one change: the blanking of what is personal, of a message that is marked
 *   as erased; and the mark is refused to what has not ended or is held. @spec OV-81 OV-84
 */
import { createHash } from "node:crypto";
import { Effect } from "effect";
import type { SqlClient } from "effect/sql/SqlClient";
import type { SqlError } from "effect/sql/SqlError";
import { erasable, erasedContent } from "./erasure.ts";

/** Leaves under one hash of the next level of tiles. */
const width = 256;

export const auditTables = [
  `CREATE TABLE tree_nodes (
    level {integer} NOT NULL, idx {integer} NOT NULL, hash {bytes} NOT NULL, PRIMARY KEY (level, idx)
  ) {keyed}`,
  `CREATE TABLE log_keys (
    kid {text} PRIMARY KEY, origin {text} NOT NULL, algorithm {text} NOT NULL, public_key {text} NOT NULL,
    sealed_private_key {text} NOT NULL, created_at {integer} NOT NULL, UNIQUE (origin, algorithm)
  ) {strict}`,
  `CREATE TABLE checkpoints (
    origin {text} NOT NULL, size {integer} NOT NULL, root {bytes} NOT NULL, note {text} NOT NULL, at {integer} NOT NULL,
    PRIMARY KEY (origin, size)
  ) {keyed}`,
  `CREATE TABLE cosignatures (
    origin {text} NOT NULL, size {integer} NOT NULL, witness {text} NOT NULL, line {text} NOT NULL, at {integer} NOT NULL,
    PRIMARY KEY (origin, size, witness)
  ) {keyed}`,
  `CREATE TABLE retention (
    tenant {text} PRIMARY KEY REFERENCES tenants (id), days {integer} CHECK (days IS NULL OR days >= 183)
  ) {strict}`,
  `CREATE TABLE legal_holds (
    id {text} PRIMARY KEY, tenant {text} NOT NULL REFERENCES tenants (id), mailbox {text}, message {text}, reason {text},
    placed_by {text} NOT NULL, placed_at {integer} NOT NULL, idx {integer} NOT NULL, released_at {integer}
  ) {strict}`,
  `CREATE INDEX legal_holds_standing ON legal_holds (tenant) WHERE released_at IS NULL`,
  `ALTER TABLE messages ADD COLUMN erased_at {integer}`,
];

const onlyGrow = ["tree_nodes", "checkpoints", "cosignatures", "log_keys"] as const;

/** Of each table, the columns that no change may touch, and what the others must have become. */
const blanks = {
  entries: {
    kept: ["idx", "tenant", "mailbox", "message", "type", "at", "leaf", "leaf_hash"],
    blank: "NEW.personal IS NULL",
  },
  contents: {
    kept: ["message", "revision", "digest"],
    blank: `length(NEW.raw) = 0 AND ${Object.entries(erasedContent)
      .map(([column, value]) => `NEW.${column} = ${value}`)
      .join(" AND ")}`,
  },
  decisions: {
    kept: ["idx", "message", "revision", "decision", "decided_by", "decided_at"],
    blank: "NEW.reason IS NULL",
  },
} as const;

type Blanked = keyof typeof blanks;

const isErasure = (table: Blanked, same: string): string => {
  const { kept, blank } = blanks[table];
  return `${kept.map((column) => `NEW.${column} ${same} OLD.${column}`).join(" AND ")} AND ${blank}
    AND EXISTS (SELECT 1 FROM messages AS m WHERE m.id = OLD.message AND m.erased_at IS NOT NULL)`;
};

const tables = Object.keys(blanks) as readonly Blanked[];

const triggersSqlite = [
  ...onlyGrow.flatMap((table) =>
    ["UPDATE", "DELETE"].map(
      (action) => `CREATE TRIGGER ${table}_no_${action.toLowerCase()} BEFORE ${action} ON ${table}
        BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END`,
    ),
  ),
  ...tables.flatMap((table) => [
    `DROP TRIGGER ${table}_no_update`,
    `CREATE TRIGGER ${table}_no_update BEFORE UPDATE ON ${table} WHEN NOT (${isErasure(table, "IS")})
      BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END`,
  ]),
  `CREATE TRIGGER messages_erasure BEFORE UPDATE OF erased_at ON messages WHEN NEW.erased_at IS NULL OR NOT (${erasable("OLD")})
    BEGIN SELECT RAISE(ABORT, 'messages: this one may not be erased'); END`,
  `CREATE TRIGGER legal_holds_no_delete BEFORE DELETE ON legal_holds
    BEGIN SELECT RAISE(ABORT, 'legal_holds is append-only'); END`,
];

const triggersPostgres = [
  ...onlyGrow.map(
    (table) => `CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
  ),
  ...tables.flatMap((table) => [
    `DROP TRIGGER ${table}_append_only ON ${table}`,
    `CREATE TRIGGER ${table}_append_only BEFORE DELETE OR TRUNCATE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
    `CREATE FUNCTION ${table}_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF ${isErasure(table, "IS NOT DISTINCT FROM")} THEN RETURN NEW; END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
      END $$`,
    `CREATE TRIGGER ${table}_erasure BEFORE UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${table}_erasure()`,
  ]),
  `CREATE FUNCTION messages_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.erased_at IS NOT NULL AND (${erasable("OLD")}) THEN RETURN NEW; END IF;
      RAISE EXCEPTION 'messages: this one may not be erased' USING ERRCODE = 'restrict_violation';
    END $$`,
  `CREATE TRIGGER messages_erasure BEFORE UPDATE OF erased_at ON messages
    FOR EACH ROW EXECUTE FUNCTION messages_erasure()`,
  `CREATE TRIGGER legal_holds_append_only BEFORE DELETE OR TRUNCATE ON legal_holds
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
];

export const auditTriggers = (dialect: "sqlite" | "pg"): readonly string[] =>
  dialect === "pg" ? triggersPostgres : triggersSqlite;

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
export const fillNodes = (sql: SqlClient): Effect.Effect<void, SqlError> =>
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
        // A log with a gap is told by the replay at start; here it only must not stop the step.
        if (rows.length === width) {
          yield* sql`INSERT INTO tree_nodes (level, idx, hash) VALUES (${level}, ${index}, ${rootOver(rows.map(({ hash }) => hash))})`;
        }
      }
      below = count;
    }
  });
