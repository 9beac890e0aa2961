/**
 * SQLite as an Effect `SqlClient`: Node's built-in `node:sqlite` in a worker thread, one connection, one process.
 *
 * - Write-ahead log with `synchronous=FULL`: a COMMIT that returned is on the disk.
 * - The file belongs to one process: a second one fails with `locked` when it starts.
 * - `SqliteConnection.runAll` sends a list of statements in one message to the thread; a message and its reply cost 20 to 40 µs.
 *
 * **Gotchas**: statements wait for each other, and for an open transaction of another fiber.
 */
import { Effect, Layer, Scope, Semaphore, Stream } from "effect";
import * as Reactivity from "effect/reactivity/Reactivity";
import * as SqlClient from "effect/sql/SqlClient";
import type { Connection } from "effect/sql/SqlConnection";
import { classifySqliteError, ConnectionError, SqlError, UniqueViolation } from "effect/sql/SqlError";
import { makeCompilerSqlite } from "effect/sql/Statement";
import { Worker } from "node:worker_threads";
import { StoreError } from "../Journal.ts";
import type {
  SqliteFailure,
  SqliteReply,
  SqliteRequest,
  SqliteResult,
  SqliteSettings,
  SqliteStatement,
  SqliteValue,
} from "./sqliteWorker.ts";
import { storeError } from "../sql/storeError.ts";

export interface SqliteOptions {
  /** The file; its directory is made when missing. `:memory:` is for tests: everything is gone when the layer closes. */
  readonly path: string;
  /** How long to wait while another process has the file, milliseconds. Default 2000. */
  readonly busyTimeout?: number;
}

// SQLite's extended result codes (https://sqlite.org/rescode.html).
const SQLITE_BUSY = 5;
const SQLITE_CONSTRAINT_PRIMARYKEY = 1555;

const sqlError = (failure: SqliteFailure): SqlError => {
  const cause = Object.assign(new Error(failure.message), { errno: failure.errno });
  return new SqlError({
    reason:
      failure.errno === SQLITE_CONSTRAINT_PRIMARYKEY
        ? new UniqueViolation({ cause, constraint: failure.message.replace(/^.*: /, "") })
        : classifySqliteError(cause),
  });
};

const threadEnded = (why: string): SqlError =>
  new SqlError({ reason: new ConnectionError({ cause: new Error(why), message: why }) });

/** `value` as SQLite binds it. Throws a `TypeError` for what no column can hold. */
export const toSqlite = (value: unknown): SqliteValue => {
  if (typeof value === "string" || typeof value === "number" || typeof value === "bigint") return value;
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  // A view would take its whole buffer along through the message.
  if (value instanceof Uint8Array) return value.byteLength === value.buffer.byteLength ? value : value.slice();
  throw new TypeError(`SQLite cannot store a ${typeof value}`);
};

const records = ({ columns, rows }: SqliteResult): readonly Record<string, unknown>[] =>
  rows.map((row) => {
    const record: Record<string, unknown> = {};
    for (let i = 0; i < columns.length; i++) record[columns[i]!] = row[i];
    return record;
  });

type Transform = (<A extends object>(rows: ReadonlyArray<A>) => ReadonlyArray<A>) | undefined;

/** A list of statements on its way, and who waits for it. */
interface Request {
  readonly statements: readonly SqliteStatement[];
  readonly resume: (reply: Effect.Effect<readonly SqliteResult[], SqlError>) => void;
}

const BEGIN = "BEGIN IMMEDIATE";
const noResult: SqliteResult = { columns: [], rows: [], changes: 0 };

/**
 * The one connection of a SQLite client.
 *
 * **Details**: BEGIN goes with the first statement after it, and lists that are asked for in one turn of the event loop go in one
 * message, each with its own outcome.
 */
export class SqliteConnection implements Connection {
  readonly #worker: Worker;
  /** Asked for in this turn. */
  #gathered: Request[] = [];
  /** Sent; replies come in the order of the messages. */
  readonly #sent: (readonly Request[])[] = [];
  /** A transaction is open in the thread, as of the last reply. */
  #open = false;
  /** A BEGIN waits for the next statement. */
  #begin = false;
  /** Lists with a BEGIN whose reply is due: a caller that is interrupted meanwhile has a transaction to roll back. */
  #beginning = 0;
  #ended: SqlError | null = null;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on("message", (reply: SqliteReply) => this.#receive(reply));
    worker.on("error", (error) => this.#end(`The database thread failed: ${(error as Error).message}`));
    worker.on("exit", () => this.#end("The database is closed"));
  }

  #receive({ outcomes, inTransaction }: SqliteReply): void {
    this.#open = inTransaction;
    for (const [i, request] of (this.#sent.shift() ?? []).entries()) {
      const { results, failure } = outcomes[i]!;
      request.resume(failure === null ? Effect.succeed(results) : Effect.fail(sqlError(failure)));
    }
  }

  #end(why: string): void {
    this.#ended ??= threadEnded(why);
    for (const { resume } of [...this.#sent.splice(0).flat(), ...this.#gathered.splice(0)]) {
      resume(Effect.fail(this.#ended));
    }
  }

  #flush(): void {
    const requests = this.#gathered;
    this.#gathered = [];
    if (requests.length === 0) return;
    this.#worker.postMessage(requests.map(({ statements }) => statements) satisfies SqliteRequest);
    this.#sent.push(requests);
  }

  get inTransaction(): boolean {
    return this.#open || this.#begin || this.#beginning > 0;
  }

  /** Waits for the thread to have opened the file, or to say why not. */
  readonly opened: Effect.Effect<void, SqlError> = Effect.asVoid(
    Effect.callback<readonly SqliteResult[], SqlError>((resume) => {
      if (this.#ended !== null) resume(Effect.fail(this.#ended));
      else this.#sent.push([{ statements: [], resume }]);
    }),
  );

  /** Runs statements in order. The first failure ends the list; what ran before it stays, until rolled back. */
  readonly runAll = (statements: readonly SqliteStatement[]): Effect.Effect<readonly SqliteResult[], SqlError> =>
    Effect.callback((resume) => {
      if (this.#ended !== null) return resume(Effect.fail(this.#ended));
      const begun = this.#begin;
      this.#begin = false;
      if (this.#gathered.length === 0) queueMicrotask(() => this.#flush());
      if (!begun) {
        this.#gathered.push({ statements, resume });
        return;
      }
      this.#beginning += 1;
      this.#gathered.push({
        statements: [{ sql: BEGIN, rows: [[]] }, ...statements],
        resume: (reply) => {
          this.#beginning -= 1;
          resume(Effect.map(reply, (results) => results.slice(1)));
        },
      });
    });

  readonly #run = (sql: string, params: ReadonlyArray<unknown>): Effect.Effect<SqliteResult, SqlError> =>
    Effect.suspend(() => {
      if (sql === BEGIN) {
        this.#begin = true;
        return Effect.succeed(noResult);
      }
      if (this.#begin && (sql === "COMMIT" || sql === "ROLLBACK")) {
        this.#begin = false;
        return Effect.succeed(noResult);
      }
      return Effect.map(this.runAll([{ sql, rows: [params.map(toSqlite)] }]), (results) => results[0]!);
    });

  execute(sql: string, params: ReadonlyArray<unknown>, transform: Transform) {
    return Effect.map(this.#run(sql, params), (result) => transform?.(records(result)) ?? records(result));
  }
  executeRaw(sql: string, params: ReadonlyArray<unknown>) {
    return this.#run(sql, params);
  }
  executeValues(sql: string, params: ReadonlyArray<unknown>) {
    return Effect.map(this.#run(sql, params), (result) => result.rows);
  }
  executeValuesUnprepared(sql: string, params: ReadonlyArray<unknown>) {
    return this.executeValues(sql, params);
  }
  executeUnprepared(sql: string, params: ReadonlyArray<unknown>, transform: Transform) {
    return this.execute(sql, params, transform);
  }
  executeStream(sql: string, params: ReadonlyArray<unknown>, transform: Transform) {
    return Stream.fromIterableEffect(this.execute(sql, params, transform));
  }

  /** Folds the write-ahead log into the file and ends the thread; resolves when it has ended. */
  readonly close: Effect.Effect<void> = Effect.callback((resume) => {
    if (this.#ended !== null) return resume(Effect.void);
    this.#worker.once("exit", () => resume(Effect.void));
    this.#flush();
    this.#worker.postMessage("close" satisfies SqliteRequest);
  });
}

// The same file name under Node's type stripping and after the build.
const workerFile = new URL(
  import.meta.url.endsWith(".ts") ? "./sqliteWorker.ts" : "./sqliteWorker.js",
  import.meta.url,
);

const openConnection = ({ path, busyTimeout = 2000 }: SqliteOptions) =>
  Effect.gen(function* () {
    const connection = yield* Effect.acquireRelease(
      Effect.sync(
        () =>
          new SqliteConnection(new Worker(workerFile, { workerData: { path, busyTimeout } satisfies SqliteSettings })),
      ),
      (opened) => opened.close,
    );
    yield* connection.opened;
    return connection;
  }).pipe(
    Effect.mapError((error) => {
      const { errno } = error.reason.cause as { readonly errno?: number };
      return errno !== undefined && (errno & 0xff) === SQLITE_BUSY
        ? new StoreError({
            reason: "locked",
            message: `Another server has this database open: ${path}`,
            hint: "Stop the other server, or give this one a database of its own. Several servers share one PostgreSQL.",
          })
        : storeError(`Cannot open ${path}`)(error);
    }),
  );

/** The client. Fails with `locked` when another process has the file open, `unavailable` or `corrupt` when it cannot be read. */
export const make = (
  options: SqliteOptions,
): Effect.Effect<SqlClient.SqlClient, StoreError, Scope.Scope | Reactivity.Reactivity> =>
  Effect.gen(function* () {
    const connection = yield* openConnection(options);
    return yield* SqlClient.make({
      ...SqlClient.makeSqliteAcquirers({
        connection: Effect.succeed(connection),
        semaphore: Semaphore.makeUnsafe(1),
        isTransaction: (open) => open.inTransaction,
      }),
      compiler: makeCompilerSqlite(),
      driver: "sqlite-node-worker",
      prepareTransactionControls: true,
      // Takes the write lock first, so that no transaction has to be given up half-way.
      beginTransaction: BEGIN,
      releaseSavepoint: (name) => `RELEASE SAVEPOINT ${name}`,
      spanAttributes: [["db.system.name", "sqlite"]],
    });
  });

export const layer = (options: SqliteOptions): Layer.Layer<SqlClient.SqlClient, StoreError> =>
  Layer.effect(SqlClient.SqlClient, make(options)).pipe(Layer.provide(Reactivity.layer));
