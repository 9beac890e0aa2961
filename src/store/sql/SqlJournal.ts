/**
 * The `Journal` on SQL, the same on both stores: BEGIN, lock the head, read what the batch needs, decide, write, COMMIT.
 *
 * - Five round trips on PostgreSQL and three on SQLite, whatever the size of the batch (`runWrites.ts`); one more when something
 *   parked is put back to work.
 * - The head's lock puts all batches of all servers in one row, so the log has no gaps and never forks. Records are compared
 *   with the version that was read all the same.
 * - PostgreSQL may ask to start over (deadlock, serialisation) or lose the connection before COMMIT: tried again a few times.
 *
 * **Gotchas**: a COMMIT that got no answer fails with `outcome_unknown`: the batch may or may not be there.
 */
import { Effect, Layer, Schedule } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import { isSqlError, type SqlError } from "effect/sql/SqlError";
import { Journal, type Loaded, type Needs, StoreError, type Writes } from "../Journal.ts";
import { entries } from "../tables/entries.ts";
import { headIn, logHead } from "../tables/logHead.ts";
import { makeLoad } from "./journalLoad.ts";
import { batchOf, erasuresOf, wakesOf } from "./journalWrites.ts";
import { runWrites } from "./runWrites.ts";
import { corrupt, recoverSqlDefects, storeError } from "./storeError.ts";
import type { LogHead } from "../../model/records/log.ts";

const outcomeUnknown = (error: SqlError): StoreError =>
  new StoreError({
    reason: "outcome_unknown",
    message: `Journal.transact: COMMIT got no answer: ${error.message}`,
    hint: "The batch may have been stored. Read the records before doing it again.",
  });

const notErasable = new StoreError({
  reason: "conflict",
  message: "Journal.transact: a message to be erased is not there, has not ended, or is held",
  hint: "Look again for what may be erased.",
});

/** Failures of COMMIT after which the transaction is known to be undone. */
const undone = (error: SqlError): boolean =>
  error.reason.operation === "commit" ||
  ["UniqueViolation", "ConstraintError", "DeadlockError", "SerializationError", "LockTimeoutError"].includes(
    error.reason._tag,
  );

/** Failures that say nothing about the batch itself, of transactions that were not committed. */
const worthAnotherTry = (error: SqlError | StoreError): boolean =>
  isSqlError(error) && ["DeadlockError", "SerializationError", "ConnectionError"].includes(error.reason._tag);

/** What no batch may do: leave a gap in the log, or take from it. */
const faultIn = (loaded: Loaded, writes: Writes): string | null => {
  const { size } = loaded.head;
  const gap = writes.entries.findIndex((entry, i) => entry.index !== size + i);
  if (gap !== -1) return `entry ${writes.entries[gap]?.index} where ${size + gap} is next`;
  if (writes.head.size !== size + writes.entries.length) {
    return `a head of ${writes.head.size} after ${size} and ${writes.entries.length} entries`;
  }
  let nodes = 0;
  for (let width = 256; width <= writes.head.size; width *= 256) {
    nodes += Math.floor(writes.head.size / width) - Math.floor(size / width);
  }
  if (writes.nodes.length !== nodes) return `${writes.nodes.length} tree nodes where ${nodes} are due`;
  return null;
};

const make = Effect.gen(function* () {
  const sql = yield* SqlClient;
  const load = makeLoad(sql);
  // PostgreSQL reads only after it has the lock. SQLite has it since BEGIN, and both go in one message.
  const concurrency = sql.onDialectOrElse({ sqlite: () => 2, orElse: () => 1 });
  const forUpdate = sql.onDialectOrElse({ sqlite: () => "", orElse: () => "FOR UPDATE" });
  // SQLite has one connection, and an open transaction has it alone.
  const beginSnapshot = sql.onDialectOrElse({
    sqlite: () => Effect.void,
    orElse: () => Effect.asVoid(sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`),
  });

  const readHead = (lock: string): Effect.Effect<LogHead, SqlError | StoreError> =>
    Effect.gen(function* () {
      const [row] = yield* logHead.decode(yield* sql`${logHead.select} WHERE id = 1 ${sql.literal(lock)}`);
      const head = row === undefined ? null : headIn(row);
      return head ?? (yield* corrupt("log_head", "no head"));
    });

  const attempt = <A>(needs: Needs, decide: (loaded: Loaded) => { readonly writes: Writes; readonly result: A }) =>
    Effect.suspend(() => {
      let committing = false;
      return Effect.gen(function* () {
        const [head, found] = yield* Effect.all([readHead(forUpdate), load(needs)], { concurrency });
        const loaded: Loaded = { head, ...found };
        const { writes, result } = decide(loaded);
        const fault = faultIn(loaded, writes);
        if (fault !== null) return yield* corrupt("Journal.transact", fault);
        const batch = batchOf(loaded, writes);
        const counts = yield* runWrites(sql, batch.writes);
        const lost = batch.writes.findIndex((write, i) => batch.checked.has(write) && counts[i] !== write.rows.length);
        if (lost !== -1) {
          return yield* new StoreError({
            reason: "conflict",
            message: "Journal.transact: a record has changed since it was read",
            hint: "Read it again and decide on what it is now.",
          });
        }
        // After the puts of this batch, which may have parked what this wakes.
        yield* runWrites(sql, wakesOf(writes));
        if (writes.erasures.length > 0) {
          const { marks, blanks } = erasuresOf(writes);
          const [marked] = yield* runWrites(sql, [marks]);
          if (marked !== writes.erasures.length) return yield* notErasable;
          yield* runWrites(sql, blanks);
        }
        committing = true;
        return result;
      }).pipe(
        sql.withTransaction,
        recoverSqlDefects,
        Effect.mapError((error) => (committing && isSqlError(error) && !undone(error) ? outcomeUnknown(error) : error)),
      );
    });

  return Journal.of({
    transact: (needs, decide) =>
      attempt(needs, decide).pipe(
        Effect.retry({ while: worthAnotherTry, times: 5, schedule: Schedule.exponential("20 millis") }),
        Effect.mapError(storeError("Journal.transact")),
        Effect.withSpan("Journal.transact"),
      ),
    snapshot: (reads) =>
      beginSnapshot.pipe(
        Effect.mapError(storeError("Journal.snapshot")),
        Effect.andThen(reads),
        sql.withTransaction,
        Effect.mapError((error) => (isSqlError(error) ? storeError("Journal.snapshot")(error) : error)),
      ),
    // A file of SQLite's is opened by one process alone.
    shared: sql.onDialectOrElse({ sqlite: () => false, orElse: () => true }),
    head: readHead("").pipe(Effect.mapError(storeError("Journal.head"))),
    entries: ({ from, to, limit, tenant, mailbox, message, since, until }) =>
      sql`${entries.select} WHERE ${sql.and([
        sql`idx >= ${from}`,
        ...(to === undefined ? [] : [sql`idx < ${to}`]),
        ...(tenant === undefined ? [] : [sql`tenant = ${tenant}`]),
        ...(mailbox === undefined ? [] : [sql`mailbox = ${mailbox}`]),
        ...(message === undefined ? [] : [sql`message = ${message}`]),
        ...(since === undefined ? [] : [sql`at >= ${since}`]),
        ...(until === undefined ? [] : [sql`at < ${until}`]),
      ])} ORDER BY idx LIMIT ${limit}`.pipe(
        Effect.flatMap(entries.decode),
        Effect.mapError(storeError("Journal.entries")),
      ),
  });
});

/** Needs a database brought up to date by `migrate`. */
export const layer: Layer.Layer<Journal, never, SqlClient> = Layer.effect(Journal, make);
