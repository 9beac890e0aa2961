/**
 * Maps a failure of the database to the store's error.
 *
 * **Gotchas**: the messages name tables and constraints, never values.
 */
import { Effect } from "effect";
import { isSqlError, type SqlError } from "effect/sql/SqlError";
import { StoreError } from "../Journal.ts";

const SQLITE_ERROR = 1;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

/** PostgreSQL's class of errors for values that a column cannot hold. */
const DATA_EXCEPTION = /^22/;

interface Cause {
  readonly message: string;
  /** SQLite's primary result code, or 0. */
  readonly errno: number;
  /** PostgreSQL's SQLSTATE, or nothing. */
  readonly code: string;
}

const causeOf = (error: SqlError): Cause => {
  const { message, errno, code } = (error.reason.cause ?? {}) as { readonly [name in keyof Cause]?: unknown };
  const text = typeof message === "string" ? message : error.message;
  return {
    message: text.slice(0, 300),
    errno: typeof errno === "number" ? errno & 0xff : 0,
    code: typeof code === "string" ? code : "",
  };
};

/** `what` is the operation that failed, as in `"Journal.transact"`. */
export const storeError =
  (what: string) =>
  (error: SqlError | StoreError): StoreError => {
    if (error._tag === "StoreError") return error;
    const cause = causeOf(error);
    const fail = (reason: StoreError["reason"], hint: string): StoreError =>
      new StoreError({ reason, message: `${what}: ${cause.message}`, hint });
    if (cause.errno === SQLITE_CORRUPT || cause.errno === SQLITE_NOTADB) {
      return fail("corrupt", "The file is damaged or not a database; restore it from a backup.");
    }
    if (cause.errno === SQLITE_FULL) return fail("unavailable", "The disk is full; free some space and try again.");
    const otherTables = () =>
      fail("corrupt", "The database does not have the tables this version needs; was it changed by hand?");
    if (cause.errno === SQLITE_ERROR) return otherTables();
    if (DATA_EXCEPTION.test(cause.code)) return fail("conflict", "A value cannot be stored as it is; change it.");
    switch (error.reason._tag) {
      case "UniqueViolation":
        return fail("conflict", "Something with this id, address or name exists already; read it, or choose another.");
      case "ConstraintError":
        return fail("conflict", "It does not fit what is stored; read the records it refers to and try again.");
      case "SqlSyntaxError":
        return otherTables();
      case "AuthenticationError":
      case "AuthorizationError":
        return fail("unavailable", "Check the database user's name, password and rights.");
      case "ConnectionError":
        return fail("unavailable", "Check that the database is running and reachable, and try again.");
      default:
        return fail("unavailable", "Try again; if it stays, see the database's log.");
    }
  };

/** A row that the program cannot read. */
export const corrupt = (what: string, why: string): StoreError =>
  new StoreError({
    reason: "corrupt",
    message: `${what}: ${why.slice(0, 300)}`,
    hint: "A stored row does not decode; it was changed by hand or by another version. Restore it from a backup.",
  });

/** A transaction whose ROLLBACK or clean-up failed too (the connection died) ends as a defect; this makes it a failure again. */
export const recoverSqlDefects = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | SqlError, R> =>
  Effect.catchDefect(self, (defect) => (isSqlError(defect) ? Effect.fail(defect) : Effect.die(defect)));
