/** `LogRecords` on SQL, the same on both stores. */
import { Effect, Layer } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import { EraseCandidate, LogRecords } from "../LogRecords.ts";
import { checkpoints, insertCheckpoint } from "../tables/checkpoints.ts";
import { cosignatures, insertCosignatureIfNone } from "../tables/cosignatures.ts";
import { heldMessage, legalHolds } from "../tables/legalHolds.ts";
import { insertLogKeyIfNone, logKeys } from "../tables/logKeys.ts";
import { endedStatus, erasable, messages } from "../tables/messages.ts";
import { retention } from "../tables/retention.ts";
import { treeNodes } from "../tables/treeNodes.ts";
import { anyOf } from "./anyOf.ts";
import { columnsOf, only } from "./Column.ts";
import { countOf, query } from "./query.ts";
import { recoverSqlDefects, storeError } from "./storeError.ts";

const hash = query("tree_nodes", only(treeNodes.columns, "hash"));
const ids = query("messages", only(messages.columns, "id"));
const origins = query("log_keys", only(logKeys.columns, "origin"));
const sizes = query("cosignatures", only(cosignatures.columns, "size"));

const flag = (condition: string) => `CASE WHEN ${condition} THEN 1 ELSE 0 END`;

const candidates = query(
  "messages",
  columnsOf(EraseCandidate, {
    id: "m.id",
    erasable: flag(erasable("m")),
    held: flag(heldMessage("m")),
    ended: flag(`m.status ${endedStatus}`),
  }),
);

const make = Effect.map(SqlClient, (sql) => {
  const literal = (text: string) => sql.literal(text);
  const isPostgres = sql.onDialectOrElse({ sqlite: () => false, orElse: () => true });
  // Addresses are compared in lower case; `instr` and `strpos` know no wild cards.
  const within = literal(isPostgres ? "strpos" : "instr");

  return LogRecords.of({
    hashes: ({ level, from, to }) =>
      Effect.map(
        hash.all(
          level === 0
            ? sql`SELECT leaf_hash AS hash FROM entries WHERE idx >= ${from} AND idx < ${to} ORDER BY idx`
            : sql`SELECT hash FROM tree_nodes WHERE level = ${level} AND idx >= ${from} AND idx < ${to} ORDER BY idx`,
        ),
        (rows) => rows.map((row) => row.hash),
      ),
    logKeys: (origin) => logKeys.all(sql`${logKeys.select} WHERE origin = ${origin} ORDER BY algorithm`),
    logNames: Effect.map(origins.all(sql`SELECT origin FROM log_keys ORDER BY created_at, kid`), (rows) => [
      ...new Set(rows.map(({ origin }) => origin)),
    ]),
    addLogKeyIfNone: (row) =>
      Effect.gen(function* () {
        yield* countOf("log_keys", insertLogKeyIfNone(sql, row));
        const there = yield* logKeys.one(sql`${logKeys.select}
          WHERE origin = ${row.origin} AND algorithm = ${row.algorithm}`);
        return there ?? row;
      }),
    checkpointAt: ({ origin, size }) =>
      checkpoints.one(sql`${checkpoints.select} WHERE origin = ${origin} AND size = ${size}`),
    lastCheckpoint: (origin) =>
      checkpoints.one(sql`${checkpoints.select}
        WHERE origin = ${origin} ORDER BY size DESC LIMIT 1`),
    addCheckpoint: (row) =>
      Effect.gen(function* () {
        // One at a time, so that of two processes the later one sees what the earlier has signed.
        if (isPostgres) yield* sql`LOCK TABLE checkpoints IN SHARE ROW EXCLUSIVE MODE`;
        const [above] = yield* sql`SELECT 1 AS one FROM checkpoints
          WHERE origin = ${row.origin} AND size >= ${row.size} LIMIT 1`;
        if (above !== undefined) return false;
        yield* insertCheckpoint(sql, row);
        return true;
      }).pipe(sql.withTransaction, recoverSqlDefects, Effect.mapError(storeError("LogRecords, checkpoints"))),
    cosignatures: ({ origin, size }) =>
      cosignatures.all(sql`${cosignatures.select}
        WHERE origin = ${origin} AND size = ${size} ORDER BY witness`),
    addCosignatures: (rows) =>
      Effect.forEach(rows, (row) => countOf("cosignatures", insertCosignatureIfNone(sql, row)), { discard: true }),
    witnessed: ({ origin, witness }) =>
      Effect.map(
        sizes.one(sql`SELECT size FROM cosignatures WHERE origin = ${origin} AND witness = ${witness}
          ORDER BY size DESC LIMIT 1`),
        (row) => row?.size ?? 0,
      ),

    retentions: retention.all(sql`${retention.select} ORDER BY tenant`),
    retention: (tenant) =>
      Effect.map(
        retention.one(sql`${retention.select} WHERE tenant = ${tenant}`),
        (row) => row ?? { tenant, days: null },
      ),
    holds: (tenant) => legalHolds.all(sql`${legalHolds.select} WHERE tenant = ${tenant} ORDER BY id`),
    due: ({ tenant, before, after, limit }) =>
      Effect.map(
        ids.all(sql`SELECT m.id FROM messages AS m
          WHERE m.tenant = ${tenant} AND m.id > ${after} AND m.erased_at IS NULL AND m.updated_at < ${before}
            AND ${literal(erasable("m"))} ORDER BY m.id LIMIT ${limit}`),
        (rows) => rows.map(({ id }) => id),
      ),
    candidates: (tenant, wanted) =>
      candidates.all(sql`SELECT ${candidates.list} FROM messages AS m
        WHERE m.tenant = ${tenant} AND ${anyOf(sql, "m.id", wanted)} ORDER BY m.id`),
    messagesWith: (tenant, address) => {
      const wanted = address.toLowerCase();
      return Effect.map(
        ids.all(sql`SELECT DISTINCT m.id FROM messages AS m JOIN contents AS c ON c.message = m.id
          WHERE m.tenant = ${tenant} AND m.erased_at IS NULL
            AND (lower(c.sender) = ${wanted} OR ${within}(lower(c.recipients), ${JSON.stringify(wanted)}) > 0)
          ORDER BY m.id`),
        (rows) => rows.map(({ id }) => id),
      );
    },
    scrub: isPostgres
      ? Effect.void
      : Effect.asVoid(sql`PRAGMA wal_checkpoint(TRUNCATE)`).pipe(Effect.mapError(storeError("LogRecords, scrub"))),
  });
});

/** Needs a database brought up to date by `migrate`. */
export const layer: Layer.Layer<LogRecords, never, SqlClient> = Layer.effect(LogRecords, make);
