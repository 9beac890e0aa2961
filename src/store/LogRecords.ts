/**
 * What the store is asked about the log as a public record: hashes of its tree, the keys that sign it, its checkpoints; and about what
 * is personal: how long it is kept, what is held, what may be erased.
 *
 * - Entries themselves are read through `Journal.entries`; what is erased or held is written with its entry, through `Journal.transact`.
 * - Log keys, checkpoints and cosignatures are no events: they are written here, and never changed.
 *
 * **Gotchas**: `addCheckpoint` takes only one that is larger than every one before it, also between processes; whoever signs decides
 * before whether it is consistent.
 */
import { Context, Effect, Layer, Schema } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import { anyOf } from "./sql/anyOf.ts";
import { endedStatus, erasable, heldMessage } from "./tables/erasure.ts";
import type { StoreError } from "./Journal.ts";
import { countOf, query } from "./sql/query.ts";
import { recoverSqlDefects, storeError } from "./sql/storeError.ts";
import type { HoldRow, RetentionRow } from "../model/records/operator.ts";

const { Int, NullOr, String: Text, Struct, Uint8Array: Bytes } = Schema;

const LogKey = Struct({
  kid: Text,
  /** The log's name, which is the key's name. */
  origin: Text,
  algorithm: Schema.Literals(["ed25519", "p256"]),
  /** SPKI, base64. */
  publicKey: Text,
  sealedPrivateKey: Text,
  /** Seconds. */
  createdAt: Int,
});
/** A key that signs the log, with its sealed private half. */
export type LogKey = typeof LogKey.Type;

const CheckpointRow = Struct({ origin: Text, size: Int, root: Bytes, note: Text, at: Int });
/** A checkpoint as it was signed. `note` is the whole signed note, `at` seconds. */
export type CheckpointRow = typeof CheckpointRow.Type;

const Cosignature = Struct({ origin: Text, size: Int, witness: Text, line: Text, at: Int });
/** A witness's signature line over one checkpoint, with its newline. */
export type Cosignature = typeof Cosignature.Type;

const Hash = Struct({ hash: Bytes });
const Hold = Struct({
  id: Text,
  tenant: Text,
  mailbox: NullOr(Text),
  message: NullOr(Text),
  reason: NullOr(Text),
  placedBy: Text,
  placedAt: Int,
  index: Int,
  releasedAt: NullOr(Int),
});
const Candidate = Struct({ id: Text, erasable: Int, held: Int, ended: Int });

/** A message somebody asks to erase, and what stands against it. */
export interface EraseCandidate {
  readonly id: string;
  readonly erasable: boolean;
  readonly held: boolean;
  readonly ended: boolean;
}

type Answer<A> = Effect.Effect<A, StoreError>;

export class LogRecords extends Context.Service<
  LogRecords,
  {
    /** Hashes of the tree's level 0, 8, 16, …, `from <= index < to`, in order; as many as there are. */
    readonly hashes: (range: {
      readonly level: number;
      readonly from: number;
      readonly to: number;
    }) => Answer<readonly Uint8Array[]>;
    readonly logKeys: (origin: string) => Answer<readonly LogKey[]>;
    /** Adds the key unless its log has one of the algorithm; answers the one there is then. Safe between processes. */
    readonly addLogKeyIfNone: (row: LogKey) => Answer<LogKey>;
    readonly checkpointAt: (of: { readonly origin: string; readonly size: number }) => Answer<CheckpointRow | null>;
    readonly lastCheckpoint: (origin: string) => Answer<CheckpointRow | null>;
    /** Adds a checkpoint, durably; `false` when there is one of this size or above. */
    readonly addCheckpoint: (row: CheckpointRow) => Answer<boolean>;
    /** Of one checkpoint, by witness. */
    readonly cosignatures: (of: { readonly origin: string; readonly size: number }) => Answer<readonly Cosignature[]>;
    /** The first one of a witness for a checkpoint stays. */
    readonly addCosignatures: (rows: readonly Cosignature[]) => Answer<void>;
    /** The newest size a witness has signed; 0 when it has signed none. */
    readonly witnessed: (of: { readonly origin: string; readonly witness: string }) => Answer<number>;

    readonly retentions: Answer<readonly RetentionRow[]>;
    /** `days: null` when nothing was said. */
    readonly retention: (tenant: string) => Answer<RetentionRow>;
    /** Oldest first; released ones too. */
    readonly holds: (tenant: string) => Answer<readonly HoldRow[]>;
    /** Messages that ended before `before` and may be erased, oldest id first, from after `after` on. */
    readonly due: (page: {
      readonly tenant: string;
      readonly before: number;
      readonly after: string;
      readonly limit: number;
    }) => Answer<readonly string[]>;
    /** Those of `ids` that exist, with what stands against erasing them. */
    readonly candidates: (tenant: string, ids: readonly string[]) => Answer<readonly EraseCandidate[]>;
    /** Messages with the address among their recipients or as their sender, not yet erased. Reads every content of the tenant. */
    readonly messagesWith: (tenant: string, address: string) => Answer<readonly string[]>;
    /** Overwrites what was erased where the store would keep it in its files. Nothing on PostgreSQL, whose vacuum does it. */
    readonly scrub: Answer<void>;
  }
>()("countersign/store/LogRecords") {}

const keyColumns = `kid, origin, algorithm, public_key AS "publicKey", sealed_private_key AS "sealedPrivateKey",
  created_at AS "createdAt"`;
const checkpointColumns = "origin, size, root, note, at";
const holdColumns = `id, tenant, mailbox, message, reason, placed_by AS "placedBy", placed_at AS "placedAt", idx AS "index",
  released_at AS "releasedAt"`;

const make = Effect.map(SqlClient, (sql) => {
  const hashes = query("tree_nodes", Hash);
  const keys = query("log_keys", LogKey);
  const checkpoints = query("checkpoints", CheckpointRow);
  const cosigned = query("cosignatures", Cosignature);
  const retained = query("retention", Struct({ tenant: Text, days: NullOr(Int) }));
  const held = query("legal_holds", Hold);
  const ids = query("messages", Struct({ id: Text }));
  const candidate = query("messages", Candidate);
  const sizes = query("cosignatures", Struct({ size: Int }));
  const literal = (text: string) => sql.literal(text);
  const isPostgres = sql.onDialectOrElse({ sqlite: () => false, orElse: () => true });
  const flag = (condition: string) => `CASE WHEN ${condition} THEN 1 ELSE 0 END`;
  // Addresses are compared in lower case; `instr` and `strpos` know no wild cards.
  const within = literal(isPostgres ? "strpos" : "instr");

  return LogRecords.of({
    hashes: ({ level, from, to }) =>
      Effect.map(
        hashes.all(
          level === 0
            ? sql`SELECT leaf_hash AS hash FROM entries WHERE idx >= ${from} AND idx < ${to} ORDER BY idx`
            : sql`SELECT hash FROM tree_nodes WHERE level = ${level} AND idx >= ${from} AND idx < ${to} ORDER BY idx`,
        ),
        (rows) => rows.map(({ hash }) => hash),
      ),
    logKeys: (origin) =>
      keys.all(sql`SELECT ${literal(keyColumns)} FROM log_keys WHERE origin = ${origin} ORDER BY algorithm`),
    addLogKeyIfNone: (row) =>
      Effect.gen(function* () {
        yield* countOf(
          "log_keys",
          sql`INSERT INTO log_keys ${sql.insert({
            kid: row.kid,
            origin: row.origin,
            algorithm: row.algorithm,
            public_key: row.publicKey,
            sealed_private_key: row.sealedPrivateKey,
            created_at: row.createdAt,
          })} ON CONFLICT (origin, algorithm) DO NOTHING`,
        );
        const there = yield* keys.one(sql`SELECT ${literal(keyColumns)} FROM log_keys
          WHERE origin = ${row.origin} AND algorithm = ${row.algorithm}`);
        return there ?? row;
      }),
    checkpointAt: ({ origin, size }) =>
      checkpoints.one(
        sql`SELECT ${literal(checkpointColumns)} FROM checkpoints WHERE origin = ${origin} AND size = ${size}`,
      ),
    lastCheckpoint: (origin) =>
      checkpoints.one(sql`SELECT ${literal(checkpointColumns)} FROM checkpoints
        WHERE origin = ${origin} ORDER BY size DESC LIMIT 1`),
    addCheckpoint: (row) =>
      Effect.gen(function* () {
        // One at a time, so that of two processes the later one sees what the earlier has signed.
        if (isPostgres) yield* sql`LOCK TABLE checkpoints IN SHARE ROW EXCLUSIVE MODE`;
        const [above] = yield* sql`SELECT 1 AS one FROM checkpoints
          WHERE origin = ${row.origin} AND size >= ${row.size} LIMIT 1`;
        if (above !== undefined) return false;
        yield* sql`INSERT INTO checkpoints ${sql.insert({ ...row })}`;
        return true;
      }).pipe(sql.withTransaction, recoverSqlDefects, Effect.mapError(storeError("LogRecords, checkpoints"))),
    cosignatures: ({ origin, size }) =>
      cosigned.all(sql`SELECT origin, size, witness, line, at FROM cosignatures
        WHERE origin = ${origin} AND size = ${size} ORDER BY witness`),
    addCosignatures: (rows) =>
      Effect.forEach(
        rows,
        (row) =>
          countOf(
            "cosignatures",
            sql`INSERT INTO cosignatures ${sql.insert({ ...row })} ON CONFLICT (origin, size, witness) DO NOTHING`,
          ),
        { discard: true },
      ),
    witnessed: ({ origin, witness }) =>
      Effect.map(
        sizes.one(sql`SELECT size FROM cosignatures WHERE origin = ${origin} AND witness = ${witness}
          ORDER BY size DESC LIMIT 1`),
        (row) => row?.size ?? 0,
      ),

    retentions: retained.all(sql`SELECT tenant, days FROM retention ORDER BY tenant`),
    retention: (tenant) =>
      Effect.map(
        retained.one(sql`SELECT tenant, days FROM retention WHERE tenant = ${tenant}`),
        (row) => row ?? { tenant, days: null },
      ),
    holds: (tenant) =>
      held.all(sql`SELECT ${literal(holdColumns)} FROM legal_holds WHERE tenant = ${tenant} ORDER BY id`),
    due: ({ tenant, before, after, limit }) =>
      Effect.map(
        ids.all(sql`SELECT m.id FROM messages AS m
          WHERE m.tenant = ${tenant} AND m.id > ${after} AND m.erased_at IS NULL AND m.updated_at < ${before}
            AND ${literal(erasable("m"))} ORDER BY m.id LIMIT ${limit}`),
        (rows) => rows.map(({ id }) => id),
      ),
    candidates: (tenant, wanted) =>
      Effect.map(
        candidate.all(sql`SELECT m.id, ${literal(flag(erasable("m")))} AS erasable,
            ${literal(flag(heldMessage("m")))} AS held, ${literal(flag(`m.status ${endedStatus}`))} AS ended
          FROM messages AS m WHERE m.tenant = ${tenant} AND ${anyOf(sql, "m.id", wanted)} ORDER BY m.id`),
        (rows) =>
          rows.map((row) => ({
            id: row.id,
            erasable: row.erasable === 1,
            held: row.held === 1,
            ended: row.ended === 1,
          })),
      ),
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
