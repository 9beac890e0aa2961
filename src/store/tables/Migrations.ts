/**
 * How a database gets to the newest version: the steps of all tables, put in order.
 *
 * - One text for both dialects; `{text}`, `{bytes}`, `{integer}`, `{strict}` and `{keyed}` (small rows, kept in the order of their
 *   key) stand for what differs. JSON is kept as text on both: PostgreSQL's own JSON types refuse the escape `\u0000`, which
 *   people's text may hold.
 * - All steps that are missing run in one transaction. Of several processes that start at once, one does it and the others wait.
 *
 * **Gotchas**: a step that was released is never edited; a change is a new step. `test/store/released/` holds them to it.
 */
import { Effect } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import { StoreError } from "../Journal.ts";
import { recoverSqlDefects, storeError } from "../sql/storeError.ts";
import type { Change, Dialect, Steps } from "../sql/Table.ts";
import { apiKeys } from "./apiKeys.ts";
import { refusal } from "./appendOnly.ts";
import { checkpoints } from "./checkpoints.ts";
import { contacts } from "./contacts.ts";
import { contents } from "./contents.ts";
import { cosignatures } from "./cosignatures.ts";
import { deliveries } from "./deliveries.ts";
import { decisions } from "./decisions.ts";
import { entries } from "./entries.ts";
import { idempotency } from "./idempotency.ts";
import { identityKeys } from "./identityKeys.ts";
import { legalHolds } from "./legalHolds.ts";
import { lists } from "./lists.ts";
import { logHead } from "./logHead.ts";
import { logKeys } from "./logKeys.ts";
import { mailboxes } from "./mailboxes.ts";
import { messages } from "./messages.ts";
import { outbox } from "./outbox.ts";
import { retention } from "./retention.ts";
import { riskPolicies } from "./riskPolicies.ts";
import { tenants } from "./tenants.ts";
import { treeHeads } from "./treeHeads.ts";
import { treeNodes } from "./treeNodes.ts";

/** Within a step, in this order: what others refer to comes first. */
export const tables = [
  tenants,
  mailboxes,
  messages,
  contents,
  decisions,
  outbox,
  apiKeys,
  entries,
  logHead,
  treeHeads,
  idempotency,
  lists,
  identityKeys,
  treeNodes,
  logKeys,
  checkpoints,
  cosignatures,
  retention,
  legalHolds,
  riskPolicies,
  deliveries,
] as const;

const parts: readonly { readonly steps: Steps }[] = [refusal, ...tables, contacts];

/** The version this program needs. */
export const newest = Math.max(...parts.flatMap((part) => Object.keys(part.steps).map(Number)));

/** What the step to `version` does, in order. */
export const steps = (version: number): readonly Change[] => parts.flatMap((part) => part.steps[version] ?? []);

const words: Readonly<Record<Dialect, Readonly<Record<string, string>>>> = {
  sqlite: { text: "TEXT", bytes: "BLOB", integer: "INTEGER", strict: "STRICT", keyed: "STRICT, WITHOUT ROWID" },
  // Ids sort by their bytes on both stores.
  pg: { text: 'TEXT COLLATE "C"', bytes: "BYTEA", integer: "BIGINT", strict: "", keyed: "" },
};

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
    if (version > newest) {
      return yield* new StoreError({
        reason: "unavailable",
        message: `The database is at version ${version}; this program knows ${newest}.`,
        hint: "Start the newer program that made it so.",
      });
    }
    for (let next = version + 1; next <= target; next++) {
      for (const change of steps(next)) {
        if (typeof change === "function") yield* change(sql);
        else {
          const text = typeof change === "string" ? change : change[dialect];
          if (text !== undefined) yield* run(text);
        }
      }
      yield* sql`INSERT INTO schema_version (version) VALUES (${next})`;
    }
  });
  yield* sql.withTransaction(bringUpToDate);
});

/**
 * Brings the database to the version this program needs. Does nothing when it is there already.
 * Fails with `unavailable` when a newer program has been at work on it.
 */
export const migrate: Effect.Effect<void, StoreError, SqlClient> = migrateTo(newest).pipe(
  recoverSqlDefects,
  Effect.mapError(storeError("Migrations")),
);
