/**
 * The durable side of the one door: a batch of events in, one transaction, all or nothing. @spec OV-36, OV-56
 *
 * - `transact` locks the head of the log, reads the records the batch touches, calls a pure function with them, and writes
 *   what that function returns, in ONE durable transaction (SQLite: `BEGIN IMMEDIATE`, WAL, synchronous=FULL; PostgreSQL: the
 *   head row `FOR UPDATE`, synchronous_commit=on). When it succeeds, everything is on stable storage; when it fails, nothing is.
 * - The store knows nothing of oversight: it never decides, and never reads the clock.
 *
 * **Gotchas**: the pure function may be called again when the transaction has to be retried (serialisation failure), so it
 * must not have effects. Every write of a record is compare-and-set on its `version`.
 */
import { Context, type Effect, Schema } from "effect";
import type { MailboxState, MessageState, TenantState } from "../model/State.ts";
import type { TenantRow, MailboxRow, ApiKeyRow } from "../model/records/account.ts";
import type { LogHead, EntryRow, TreeNodeRow } from "../model/records/log.ts";
import {
  type IdempotencyRow,
  type MessageRow,
  type ContentRow,
  type DecisionRow,
  type OutboxRow,
  DeliveryRow,
} from "../model/records/message.ts";
import type { RiskPolicyRow, RetentionRow, HoldRow } from "../model/records/operator.ts";

/** What a batch wants to read before it decides. */
export interface Needs {
  readonly tenants: readonly string[];
  readonly mailboxes: readonly string[];
  readonly messages: readonly string[];
  /** Idempotency keys: `${tenant} ${key}`. */
  readonly idempotency: readonly string[];
}

export interface Loaded {
  readonly head: LogHead;
  readonly tenants: ReadonlyMap<string, TenantState>;
  readonly mailboxes: ReadonlyMap<string, MailboxState>;
  readonly messages: ReadonlyMap<string, MessageState>;
  readonly idempotency: ReadonlyMap<string, IdempotencyRow>;
  /** Of each tenant in `needs`, the index of its newest entry. */
  readonly lastOf: ReadonlyMap<string, number>;
}

const { Int, NullOr, String: Text, Struct } = Schema;

/** Puts back to work what is `queued` and parked (due at `parked`) in a mailbox, or in the whole tenant (`null`): due at `at`. */
export const Wake = Struct({ tenant: Text, mailbox: NullOr(Text), at: Int });
export type Wake = typeof Wake.Type;

export const KeyRevocation = Struct({ id: Text, at: Int });
export type KeyRevocation = typeof KeyRevocation.Type;

export const HoldRelease = Struct({ id: Text, tenant: Text, at: Int });
export type HoldRelease = typeof HoldRelease.Type;

/** A message loses its contents and everything personal beside its entries. */
export const Erasure = Struct({ message: Text, tenant: Text, at: Int });
export type Erasure = typeof Erasure.Type;

/** What a batch writes. Order inside one list is kept; lists are independent of each other. */
export interface Writes {
  readonly head: LogHead;
  readonly entries: readonly EntryRow[];
  /** The perfect subtrees of 2^8, 2^16, … leaves that these entries complete: the tiles' hashes, above the leaves. */
  readonly nodes: readonly TreeNodeRow[];
  /**
   * Last state of each changed record: inserted when it was not loaded (with the matching row below), else updated where the
   * stored version is still the one loaded. A record may have moved by more than one version in a batch.
   */
  readonly tenants: readonly TenantState[];
  readonly mailboxes: readonly MailboxState[];
  readonly messages: readonly MessageState[];
  readonly tenantRows: readonly TenantRow[];
  readonly mailboxRows: readonly MailboxRow[];
  readonly messageRows: readonly MessageRow[];
  readonly contents: readonly ContentRow[];
  readonly decisions: readonly DecisionRow[];
  /** Put over what is there; of a message one at most. */
  readonly deliveries: readonly DeliveryRow[];
  /** Put over what is there; `remaining: null` leaves the stored `remaining` as it is. */
  readonly outboxPuts: readonly OutboxRow[];
  readonly outboxDeletes: readonly Pick<OutboxRow, "message" | "kind">[];
  readonly wakes: readonly Wake[];
  readonly apiKeys: readonly ApiKeyRow[];
  readonly revokedKeys: readonly KeyRevocation[];
  readonly idempotency: readonly IdempotencyRow[];
  readonly riskPolicies: readonly RiskPolicyRow[];
  readonly retention: readonly RetentionRow[];
  readonly holds: readonly HoldRow[];
  readonly releasedHolds: readonly HoldRelease[];
  /** The batch fails with `conflict` if one of the messages is not there, has not ended or is held. */
  readonly erasures: readonly Erasure[];
}

/** The store failed. Nothing of the batch was written, unless `reason` is `outcome_unknown`. */
export class StoreError extends Schema.TaggedError<StoreError>()("StoreError", {
  reason: Schema.Literals(["unavailable", "conflict", "corrupt", "locked", "outcome_unknown"]),
  message: Schema.String,
  hint: Schema.String,
}) {}

export class Journal extends Context.Service<
  Journal,
  {
    /**
     * Runs `decide` between one read and one write of the records in `needs`, durably.
     * Fails with `conflict` when a unique constraint (a taken address, a used id) refuses the whole batch.
     */
    readonly transact: <A>(
      needs: Needs,
      decide: (loaded: Loaded) => { readonly writes: Writes; readonly result: A },
    ) => Effect.Effect<A, StoreError>;
    /** Other processes may have this store open too, and decide in it. */
    readonly shared: boolean;
    readonly head: Effect.Effect<LogHead, StoreError>;
    /** Runs reads that all see the store as it was at one moment, whatever others commit meanwhile. */
    readonly snapshot: <A, E, R>(reads: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreError, R>;
    /** Entries with `from <= index < to`, in order; at most `limit`. */
    readonly entries: (range: {
      readonly from: number;
      readonly to?: number;
      readonly limit: number;
      readonly tenant?: string;
      readonly mailbox?: string;
      readonly message?: string;
      readonly since?: number;
      readonly until?: number;
    }) => Effect.Effect<readonly EntryRow[], StoreError>;
  }
>()("countersign/store/Journal") {}
