/**
 * The thread that owns the SQLite database. `node:sqlite` is synchronous, and a commit waits for the disk, so it must not run
 * on the event loop.
 *
 * - One message carries lists of statements, each with one or more rows of parameters; they run in order, and the first failure
 *   ends its list. One reply per message, in the order of the messages.
 * - `locking_mode=EXCLUSIVE` keeps every other process out for as long as this one lives, and saves the shared-memory file.
 *
 * **Gotchas**: POSIX drops all locks of a process on a file when it closes any descriptor of that file. Nothing here opens an
 * existing database file except SQLite itself.
 */
import { chmodSync, closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";

export interface SqliteSettings {
  /** A file, or `:memory:`. */
  readonly path: string;
  /** How long to wait while another process has the file, milliseconds. */
  readonly busyTimeout: number;
}

export type SqliteValue = string | number | bigint | Uint8Array | null;

export interface SqliteStatement {
  readonly sql: string;
  /** Run once for each row of parameters. */
  readonly rows: readonly (readonly SqliteValue[])[];
}

export interface SqliteResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** Rows written, over all runs of the statement. */
  readonly changes: number;
}

export interface SqliteFailure {
  readonly message: string;
  /** SQLite's extended result code; 0 when the failure is not SQLite's. */
  readonly errno: number;
}

/** Lists of statements; or the end. */
export type SqliteRequest = readonly (readonly SqliteStatement[])[] | "close";

export interface SqliteOutcome {
  readonly results: readonly SqliteResult[];
  readonly failure: SqliteFailure | null;
}

export interface SqliteReply {
  /** One for each list. */
  readonly outcomes: readonly SqliteOutcome[];
  /** A transaction is open after the last statement. */
  readonly inTransaction: boolean;
}

/** Statements kept prepared. The whole store has fewer than a hundred. */
const maxPrepared = 256;
/** Blobs from this size on are handed over instead of copied, bytes. */
const transferFrom = 32 * 1024;

const pragmas = [
  "locking_mode=EXCLUSIVE",
  "journal_mode=WAL",
  "synchronous=FULL",
  // macOS: fsync() alone does not reach the platter.
  "fullfsync=ON",
  "foreign_keys=ON",
  // Without it, INSERT OR REPLACE would slip past the triggers that keep the log append-only.
  "recursive_triggers=ON",
  // What is erased is overwritten, not only unlinked.
  "secure_delete=ON",
  "trusted_schema=OFF",
  "temp_store=MEMORY",
  "cache_size=-32768",
  "wal_autocheckpoint=4000",
] as const;

const failureOf = (error: unknown): SqliteFailure => {
  const { message, errcode } = error as { readonly message?: unknown; readonly errcode?: unknown };
  return { message: String(message ?? error), errno: typeof errcode === "number" ? errcode : 0 };
};

const open = ({ path, busyTimeout }: SqliteSettings): DatabaseSync => {
  if (path !== ":memory:") {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    try {
      closeSync(openSync(path, "wx", 0o600));
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== "EEXIST") throw error;
      // A folder's mode is not ours to change.
      if (!statSync(path).isFile()) throw new Error(`${path} is no file: name a file, for example one in that folder`);
    }
    // SQLite gives the write-ahead log the mode of the database.
    chmodSync(path, 0o600);
  }
  const db = new DatabaseSync(path, { timeout: busyTimeout, enableDoubleQuotedStringLiterals: false });
  try {
    for (const pragma of pragmas) db.exec(`PRAGMA ${pragma}`);
    // Takes the lock now rather than at the first write.
    db.exec("BEGIN IMMEDIATE; COMMIT");
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};

const serve = (port: MessagePort, db: DatabaseSync): void => {
  const prepared = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    let statement = prepared.get(sql);
    if (statement === undefined) {
      statement = db.prepare(sql);
      statement.setReturnArrays(true);
      if (prepared.size >= maxPrepared) prepared.delete(prepared.keys().next().value!);
    } else {
      prepared.delete(sql);
    }
    prepared.set(sql, statement);
    return statement;
  };

  const run = ({ sql, rows }: SqliteStatement): SqliteResult => {
    const statement = prepare(sql);
    const columns = statement.columns().map((column) => column.name);
    if (columns.length === 0) {
      let changes = 0;
      for (const row of rows) changes += Number(statement.run(...row).changes);
      return { columns, rows: [], changes };
    }
    // With `setReturnArrays`, a row is an array of values; the declared type only knows records.
    const found = rows.flatMap((row) => statement.all(...row) as unknown as (readonly unknown[])[]);
    return { columns, rows: found, changes: found.length };
  };

  const runList = (statements: readonly SqliteStatement[]): SqliteOutcome => {
    const results: SqliteResult[] = [];
    try {
      for (const statement of statements) results.push(run(statement));
      return { results, failure: null };
    } catch (error) {
      return { results, failure: failureOf(error) };
    }
  };

  port.on("message", (request: SqliteRequest) => {
    if (request === "close") {
      db.close();
      port.close();
      return;
    }
    const outcomes = request.map(runList);
    const reply: SqliteReply = { outcomes, inTransaction: db.isTransaction };
    port.postMessage(reply, largeBlobs(outcomes));
  });
};

/** The memory of large values: handed over, for this thread needs it no more. */
const largeBlobs = (outcomes: readonly SqliteOutcome[]): ArrayBuffer[] => {
  const large: ArrayBuffer[] = [];
  for (const { results } of outcomes) {
    for (const { rows } of results) {
      for (const row of rows) {
        for (const value of row) {
          if (value instanceof Uint8Array && value.byteLength >= transferFrom) large.push(value.buffer as ArrayBuffer);
        }
      }
    }
  }
  return large;
};

if (parentPort !== null) {
  const port = parentPort;
  try {
    const db = open(workerData as SqliteSettings);
    serve(port, db);
    port.postMessage({ outcomes: [{ results: [], failure: null }], inTransaction: false } satisfies SqliteReply);
  } catch (error) {
    const outcomes = [{ results: [], failure: failureOf(error) }];
    port.postMessage({ outcomes, inTransaction: false } satisfies SqliteReply);
  }
}
