/**
 * PostgreSQL as an Effect `SqlClient`, from a `postgres://` URL, through `@effect/sql-pg`.
 *
 * - Integers come back as numbers on both stores; no column holds one beyond 2^53.
 * - A server set to `synchronous_commit=off` is refused: it answers COMMIT before the commit is durable.
 *
 * **Gotchas**: sessions must be real ones. A pooler between us and the server has to run in session mode.
 */
import { PgClient, PgTypes } from "@effect/sql-pg";
import { Effect, Layer, Redacted, Result } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import { StoreError } from "../Journal.ts";
import { storeError } from "../sql/storeError.ts";

/** Largest message taken from the server, bytes: one row, so a message's content (at most 25 MiB) with room to spare. */
const maxMessageSize = 64 * 1024 * 1024;

/** The codecs of every client here: the usual ones, but `bigint` columns are JavaScript numbers. */
export const types: PgTypes.Registry = PgTypes.makeRegistry();
types.register<number | bigint>(PgTypes.OID.int8, {
  encode: (value) => {
    if (typeof value === "number" && !Number.isSafeInteger(value)) {
      return Result.fail(new PgTypes.CodecError({ message: `Not an integer: ${value}` }));
    }
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigInt64(0, BigInt(value));
    return Result.succeed(bytes);
  },
  decode: (bytes) => {
    const value = Number(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigInt64(0));
    return Number.isSafeInteger(value)
      ? Result.succeed(value)
      : Result.fail(new PgTypes.CodecError({ message: `Integer out of range: ${value}` }));
  },
});

/** `postgres://user:password@host:port/database?sslmode=…`, without what must not be printed. */
const printable = (url: string): string => {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
  } catch {
    return "postgres://…";
  }
};

const checkDurable = Effect.gen(function* () {
  const sql = yield* SqlClient;
  const [row] = yield* sql<{ setting: string }>`SELECT current_setting('synchronous_commit') AS setting`;
  if (row?.setting === "off") {
    return yield* new StoreError({
      reason: "unavailable",
      message: "The PostgreSQL server runs with synchronous_commit=off, so a commit could be lost.",
      hint: "Turn it on for this database: ALTER DATABASE … SET synchronous_commit = on.",
    });
  }
});

/** The client, connected. Fails with `unavailable` when the server cannot be reached or does not let us in. */
export const layer = (url: string): Layer.Layer<SqlClient, StoreError> => {
  const client = PgClient.layer({
    url: Redacted.make(url),
    applicationName: "countersign",
    types,
    maxMessageSize,
    maxConnections: 10,
    // Every statement here finds its rows by an index. The planner, deciding once for a prepared statement while a table is
    // still small, would read the whole table for ever.
    startupParameters: { enable_seqscan: "off", enable_hashjoin: "off", enable_mergejoin: "off" },
  });
  return Layer.effectDiscard(checkDurable).pipe(
    Layer.provideMerge(client),
    Layer.catch((error) => Layer.effect(SqlClient, Effect.fail(storeError(`Cannot use ${printable(url)}`)(error)))),
  );
};
