/**
 * The tables, and how a database gets to the newest version of them.
 *
 * - One text for both dialects; `{text}`, `{bytes}`, `{integer}`, `{strict}` and `{keyed}` (small rows, kept in the order of their
 *   key) stand for what differs. JSON is kept as text on both: PostgreSQL's own JSON types refuse the escape `\u0000`, which
 *   people's text may hold.
 * - All steps that are missing run in one transaction. Of several processes that start at once, one does it and the others wait.
 * - Triggers refuse every change of what must only grow: entries, tree heads, contents, decisions. One is let through, from the second
 *   step on: the erasure of what is personal.
 *
 * **Gotchas**: a step that was released is never edited; a change is a new step.
 */
import { Effect } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import type { SqlError } from "effect/sql/SqlError";
import { auditTables, auditTriggers, fillNodes } from "./auditTables.ts";
import { StoreError } from "../Journal.ts";
import { contactTables, contactTriggers, riskTables, riskTriggers } from "./riskTables.ts";
import { recoverSqlDefects, storeError } from "../sql/storeError.ts";

/** The RFC 6962 root of the empty log: SHA-256 of nothing. */
const emptyRoot = new Uint8Array(
  Buffer.from("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "hex"),
);

const appendOnly = ["entries", "tree_heads", "contents", "decisions"] as const;

const tables = [
  `CREATE TABLE tenants (
    id {text} PRIMARY KEY, name {text} NOT NULL, created_at {integer} NOT NULL,
    version {integer} NOT NULL, state {text} NOT NULL
  ) {strict}`,
  `CREATE TABLE mailboxes (
    id {text} PRIMARY KEY, tenant {text} NOT NULL REFERENCES tenants (id), address {text} NOT NULL,
    agent {text} NOT NULL, agent_ref {text}, display_name {text}, oversight_address {text}, kid {text} NOT NULL,
    created_at {integer} NOT NULL, version {integer} NOT NULL, state {text} NOT NULL
  ) {strict}`,
  // However it is written: Ada@… and ada@… are one mailbox.
  `CREATE UNIQUE INDEX mailboxes_by_address ON mailboxes (lower(address))`,
  `CREATE INDEX mailboxes_by_tenant ON mailboxes (tenant, id)`,
  `CREATE TABLE messages (
    id {text} PRIMARY KEY, tenant {text} NOT NULL, mailbox {text} NOT NULL REFERENCES mailboxes (id),
    thread {text} NOT NULL, agent {text} NOT NULL, message_id {text} NOT NULL, credential {text} NOT NULL,
    created_at {integer} NOT NULL, updated_at {integer} NOT NULL,
    version {integer} NOT NULL, status {text} NOT NULL, revision {integer} NOT NULL, digest {text} NOT NULL,
    send_at {integer} NOT NULL, decide_by {integer} NOT NULL, approvals {integer} NOT NULL, state {text} NOT NULL
  ) {strict}`,
  `CREATE INDEX messages_by_tenant ON messages (tenant, id)`,
  `CREATE INDEX messages_by_mailbox ON messages (mailbox, id)`,
  `CREATE INDEX messages_unsent ON messages (tenant, id)
    WHERE status IN ('pending_approval', 'scheduled', 'queued', 'dispatching', 'uncertain')`,
  `CREATE INDEX messages_undecided ON messages (decide_by) WHERE status = 'pending_approval'`,
  `CREATE INDEX messages_scheduled ON messages (send_at) WHERE status = 'scheduled'`,
  `CREATE INDEX messages_with_approvals ON messages (id) WHERE status IN ('scheduled', 'queued') AND approvals > 0`,
  `CREATE TABLE contents (
    message {text} NOT NULL REFERENCES messages (id), revision {integer} NOT NULL, digest {text} NOT NULL,
    sender {text} NOT NULL, recipients {text} NOT NULL, summary {text} NOT NULL, raw {bytes} NOT NULL,
    PRIMARY KEY (message, revision)
  ) {strict}`,
  `CREATE TABLE decisions (
    idx {integer} PRIMARY KEY, message {text} NOT NULL REFERENCES messages (id), revision {integer} NOT NULL,
    decision {text} NOT NULL, decided_by {text} NOT NULL, decided_at {integer} NOT NULL, reason {text}
  ) {strict}`,
  `CREATE INDEX decisions_by_message ON decisions (message, idx)`,
  `CREATE TABLE outbox (
    message {text} NOT NULL REFERENCES messages (id), kind {text} NOT NULL, due_at {integer} NOT NULL,
    lease_owner {text}, lease_until {integer} NOT NULL, tries {integer} NOT NULL, remaining {text},
    PRIMARY KEY (message, kind)
  ) {keyed}`,
  `CREATE INDEX outbox_due ON outbox (due_at, message)`,
  `CREATE TABLE api_keys (
    id {text} PRIMARY KEY, tenant {text} NOT NULL REFERENCES tenants (id), name {text} NOT NULL,
    hash {text} NOT NULL UNIQUE, prefix {text} NOT NULL, scopes {text} NOT NULL,
    principal_kind {text} NOT NULL, principal {text} NOT NULL, owner {text}, mailboxes {text},
    created_at {integer} NOT NULL, revoked_at {integer}
  ) {strict}`,
  `CREATE INDEX api_keys_by_tenant ON api_keys (tenant, id)`,
  `CREATE TABLE entries (
    idx {integer} PRIMARY KEY, tenant {text} NOT NULL, mailbox {text}, message {text}, type {text} NOT NULL, at {integer} NOT NULL,
    leaf {text} NOT NULL, leaf_hash {bytes} NOT NULL, personal {text}
  ) {strict}`,
  `CREATE INDEX entries_by_tenant ON entries (tenant, idx)`,
  `CREATE INDEX entries_by_mailbox ON entries (mailbox, idx) WHERE mailbox IS NOT NULL`,
  `CREATE INDEX entries_by_message ON entries (message, idx) WHERE message IS NOT NULL`,
  `CREATE TABLE log_head (
    id {integer} PRIMARY KEY CHECK (id = 1), size {integer} NOT NULL, frontier {bytes} NOT NULL, root {bytes} NOT NULL,
    at {integer} NOT NULL
  ) {strict}`,
  `CREATE TABLE tree_heads (size {integer} PRIMARY KEY, root {bytes} NOT NULL, at {integer} NOT NULL) {strict}`,
  `CREATE TABLE idempotency (
    tenant {text} NOT NULL, key {text} NOT NULL, request_hash {text} NOT NULL, message {text} NOT NULL,
    created_at {integer} NOT NULL, PRIMARY KEY (tenant, key)
  ) {keyed}`,
  `CREATE TABLE lists (
    tenant {text} NOT NULL REFERENCES tenants (id), direction {text} NOT NULL, kind {text} NOT NULL, entry {text} NOT NULL,
    reason {text}, created_at {integer} NOT NULL, PRIMARY KEY (tenant, direction, kind, entry)
  ) {strict}`,
  `CREATE TABLE identity_keys (
    kid {text} PRIMARY KEY, kind {text} NOT NULL, tenant {text}, mailbox {text}, agent {text}, operator {text} NOT NULL,
    public_key_pem {text} NOT NULL, sealed_private_key {text} NOT NULL, status {text} NOT NULL,
    valid_from {integer} NOT NULL, valid_to {integer}
  ) {strict}`,
  `CREATE UNIQUE INDEX identity_keys_one_active_operator_key ON identity_keys (operator)
    WHERE kind = 'operator' AND status = 'active'`,
];

const refusalsSqlite = appendOnly.flatMap((table) =>
  ["UPDATE", "DELETE"].map(
    (action) => `CREATE TRIGGER ${table}_no_${action.toLowerCase()} BEFORE ${action} ON ${table}
      BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END`,
  ),
);

const refusalsPostgres = [
  `CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$`,
  ...appendOnly.map(
    (table) => `CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`,
  ),
];

type Dialect = "sqlite" | "pg";

const words: Readonly<Record<Dialect, Readonly<Record<string, string>>>> = {
  sqlite: { text: "TEXT", bytes: "BLOB", integer: "INTEGER", strict: "STRICT", keyed: "STRICT, WITHOUT ROWID" },
  // Ids sort by their bytes on both stores.
  pg: { text: 'TEXT COLLATE "C"', bytes: "BYTEA", integer: "BIGINT", strict: "", keyed: "" },
};

interface Step {
  readonly statements: (dialect: Dialect) => readonly string[];
  /** What is computed from the rows that are there. */
  readonly fill?: (sql: SqlClient) => Effect.Effect<void, SqlError>;
}

/** A step's place in the list, counted from 1, is the version it leads to. */
const steps: readonly Step[] = [
  { statements: (dialect) => [...tables, ...(dialect === "pg" ? refusalsPostgres : refusalsSqlite)] },
  { statements: (dialect) => [...auditTables, ...auditTriggers(dialect)], fill: fillNodes },
  { statements: (dialect) => [...riskTables, ...riskTriggers(dialect)] },
  { statements: (dialect) => [...contactTables, ...contactTriggers(dialect)] },
];

/** Any number, the same in every process: the lock under which PostgreSQL is migrated. */
const advisoryLock = 7_227_001;

/** Brings the database to a version, or leaves it where it is if that is newer. For the tests of a step; the program wants `migrate`. */
export const migrateTo = Effect.fnUntraced(function* (target: number) {
  const sql = yield* SqlClient;
  const dialect: Dialect = sql.onDialectOrElse({ sqlite: () => "sqlite" as const, orElse: () => "pg" as const });
  const run = (text: string) => sql.unsafe(text.replace(/\{(\w+)\}/g, (_, word: string) => words[dialect][word] ?? ""));
  const bringUpToDate = Effect.gen(function* () {
    if (dialect === "pg") yield* sql`SELECT pg_advisory_xact_lock(${advisoryLock})`;
    yield* run(`CREATE TABLE IF NOT EXISTS schema_version (version {integer} PRIMARY KEY) {strict}`);
    const [row] = yield* sql<{ version: number | null }>`SELECT max(version) AS version FROM schema_version`;
    const version = row?.version ?? 0;
    if (version > steps.length) {
      return yield* new StoreError({
        reason: "unavailable",
        message: `The database is at version ${version}; this program knows ${steps.length}.`,
        hint: "Start the newer program that made it so.",
      });
    }
    for (const [i, step] of steps.slice(version, target).entries()) {
      for (const text of step.statements(dialect)) yield* run(text);
      if (step.fill !== undefined) yield* step.fill(sql);
      yield* sql`INSERT INTO schema_version (version) VALUES (${version + i + 1})`;
    }
    if (version === 0) {
      yield* sql`INSERT INTO log_head (id, size, frontier, root, at)
        VALUES (1, 0, ${new Uint8Array()}, ${emptyRoot}, 0)`;
    }
  });
  yield* sql.withTransaction(bringUpToDate);
});

/**
 * Brings the database to the version this program needs. Does nothing when it is there already.
 * Fails with `unavailable` when a newer program has been at work on it.
 */
export const migrate: Effect.Effect<void, StoreError, SqlClient> = migrateTo(steps.length).pipe(
  recoverSqlDefects,
  Effect.mapError(storeError("Migrations")),
);
