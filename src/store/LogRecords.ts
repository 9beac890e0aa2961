/**
 * What the store is asked about the log as a public record: hashes of its tree, the keys that sign it, its checkpoints; and about what
 * is personal: how long it is kept, what is held, what may be erased.
 *
 * - Entries themselves are read through `Journal.entries`; what is erased or held is written with its entry, through `Journal.transact`.
 * - Log keys, checkpoints and cosignatures are no events: they are written here, and never changed.
 *
 * **Gotchas**: `addCheckpoint` takes only one that is larger than every one before it, also between processes; the signer checks
 * before that it is consistent.
 */
import { Context, type Effect, Schema } from "effect";
import type { CheckpointRow, CosignatureRow, LogKeyRow } from "../model/records/log.ts";
import type { HoldRow, RetentionRow } from "../model/records/operator.ts";
import type { StoreError } from "./Journal.ts";

/** A message asked to be erased, and what stands against it. */
export const EraseCandidate = Schema.Struct({
  id: Schema.String,
  erasable: Schema.Boolean,
  held: Schema.Boolean,
  ended: Schema.Boolean,
});
export type EraseCandidate = typeof EraseCandidate.Type;

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
    readonly logKeys: (origin: string) => Answer<readonly LogKeyRow[]>;
    /** Names of the logs that there are keys of, newest key last. */
    readonly logNames: Answer<readonly string[]>;
    /** Adds the key unless its log has one of the algorithm; answers the one there is then. Safe between processes. */
    readonly addLogKeyIfNone: (row: LogKeyRow) => Answer<LogKeyRow>;
    readonly checkpointAt: (of: { readonly origin: string; readonly size: number }) => Answer<CheckpointRow | null>;
    readonly lastCheckpoint: (origin: string) => Answer<CheckpointRow | null>;
    /** Adds a checkpoint, durably; `false` when there is one of this size or above. */
    readonly addCheckpoint: (row: CheckpointRow) => Answer<boolean>;
    /** Of one checkpoint, by witness. */
    readonly cosignatures: (of: {
      readonly origin: string;
      readonly size: number;
    }) => Answer<readonly CosignatureRow[]>;
    /** The first one of a witness for a checkpoint stays. */
    readonly addCosignatures: (rows: readonly CosignatureRow[]) => Answer<void>;
    /** The newest size a witness has signed; 0 when it has signed none. */
    readonly witnessed: (of: { readonly origin: string; readonly witness: string }) => Answer<number>;

    readonly retentions: Answer<readonly RetentionRow[]>;
    /** `days: null` when none was set. */
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
