/**
 * What the store is asked outside the journal: reads, and the few writes that are no events and are not in the log (leases on
 * the outbox, identity keys, send lists).
 *
 * - Everything is decoded through the model's schemas; a row that does not decode fails with `corrupt`.
 * - All moments are epoch seconds, given by the caller. "`null`" answers: there is no such record, or it is another tenant's.
 *
 * **Gotchas**: a read is one statement, not a snapshot: two reads may see different moments. Decide only inside
 * `Journal.transact`.
 */
import { Context, type Effect } from "effect";
import type { ApiKeyRow, IdentityKeyRow, ListEntryRow, MailboxRow, TenantRow } from "../model/records/account.ts";
import type { EntryRow, TreeHeadRow } from "../model/records/log.ts";
import {
  type ContentRow,
  type DecisionRow,
  type IdempotencyRow,
  type MessageRow,
  type OutboxRow,
  DeliveryRow,
} from "../model/records/message.ts";
import type { MailboxState, MessageState, Status, TenantState } from "../model/State.ts";
import type { StoreError } from "./Journal.ts";

export type Tenant = TenantRow & { readonly state: TenantState };
export type Mailbox = MailboxRow & { readonly state: MailboxState };

/** A message, its newest content without the bytes, and who decided what, oldest first. */
export interface Message {
  readonly row: MessageRow;
  readonly state: MessageState;
  readonly content: Omit<ContentRow, "raw">;
  readonly decisions: readonly DecisionRow[];
}

/** All that a hand-over needs to know about a message: its newest content with the bytes, where it comes from, what stops it. */
export interface Dispatchable {
  readonly row: MessageRow;
  readonly state: MessageState;
  readonly content: ContentRow;
  readonly mailbox: Mailbox;
  readonly tenant: TenantState;
}

export interface MessageFilter {
  readonly tenant: string;
  /** Mailbox ids; left out = all of the tenant. */
  readonly mailboxes?: readonly string[];
  /** Left out = any. */
  readonly statuses?: readonly Status[];
  readonly limit: number;
  /** Only messages older than this id. */
  readonly before?: string;
  /** Only messages newer than this id. */
  readonly sinceId?: string;
}

export interface States {
  readonly tenant: TenantState;
  readonly mailbox: MailboxState;
  readonly message: MessageState;
}

type OutboxKey = Pick<OutboxRow, "message" | "kind">;
type Answer<A> = Effect.Effect<A, StoreError>;

export class Records extends Context.Service<
  Records,
  {
    // --- accounts
    readonly tenant: (id: string) => Answer<Tenant | null>;
    /** By id or, with an `@` in it, by address. */
    readonly mailbox: (tenant: string, idOrAddress: string) => Answer<Mailbox | null>;
    /** By id. */
    readonly mailboxes: (tenant: string) => Answer<readonly Mailbox[]>;
    /** In any tenant. */
    readonly addressTaken: (address: string) => Answer<boolean>;
    /** Names the identity key a mailbox signs with, if it is still `from`; else `false`. */
    readonly setMailboxKey: (change: {
      readonly tenant: string;
      readonly mailbox: string;
      readonly from: string;
      readonly to: string;
    }) => Answer<boolean>;
    /** Revoked keys too. */
    readonly apiKeyByHash: (hash: string) => Answer<ApiKeyRow | null>;
    /** Revoked keys too, oldest first. */
    readonly apiKeys: (tenant: string) => Answer<readonly ApiKeyRow[]>;
    /** By direction, kind and entry. */
    readonly lists: (tenant: string) => Answer<readonly ListEntryRow[]>;
    /** An entry that is there already gets the new reason and keeps its date. */
    readonly addListEntry: (tenant: string, entry: Omit<ListEntryRow, "tenant">) => Answer<void>;
    /** `false` when there was no such entry. */
    readonly removeListEntry: (
      tenant: string,
      entry: Pick<ListEntryRow, "direction" | "kind" | "entry">,
    ) => Answer<boolean>;

    // --- messages
    readonly message: (tenant: string, id: string) => Answer<Message | null>;
    /** Newest first; ids sort by time. */
    readonly messages: (filter: MessageFilter) => Answer<readonly Message[]>;
    readonly contentOf: (message: string, revision: number) => Answer<ContentRow | null>;
    /** The message's content with this digest; its newest, should an edit have brought it back. */
    readonly contentWith: (message: string, digest: string) => Answer<ContentRow | null>;
    /** Those of `ids` that exist, in no particular order. */
    readonly contentsOf: (ids: readonly string[]) => Answer<readonly Dispatchable[]>;
    /** The deliveries of those of `ids` that a report came of, by message. */
    readonly deliveries: (ids: readonly string[]) => Answer<ReadonlyMap<string, DeliveryRow>>;
    /** Where the message and what surrounds it stand now. */
    readonly situation: (tenant: string, id: string) => Answer<States | null>;
    /** The request that was made with this idempotency key. */
    readonly repeated: (tenant: string, key: string) => Answer<IdempotencyRow | null>;
    /** The newest accepted log entry of this type about the message. */
    readonly lastEntry: (message: string, type: string) => Answer<Pick<EntryRow, "index" | "leafHash" | "at"> | null>;
    /** The newest hand-over that asked for a copy. */
    readonly lastCopied: (message: string) => Answer<EntryRow | null>;
    /** Whether a copy of the content with this digest was asked for by an earlier hand-over. */
    readonly copied: (message: string, digest: string) => Answer<boolean>;
    /** What a clock must look at: `scheduled` and due, `pending_approval` and past its window. Longest overdue first. */
    readonly waiting: (at: { readonly now: number; readonly limit: number }) => Answer<readonly MessageState[]>;
    /** `scheduled` or `queued` with an approval, by id, from after `after` on. */
    readonly withApprovals: (page: {
      readonly limit: number;
      readonly after: string | null;
    }) => Answer<readonly MessageState[]>;
    /** Every message of the tenant that has not ended and carries an approval of this reviewer. */
    readonly approvedBy: (by: {
      readonly tenant: string;
      readonly reviewer: string;
    }) => Answer<readonly MessageState[]>;
    /** Every accepted log entry of the tenant of these types, in order. For types that are rare. */
    readonly acceptedEntries: (of: {
      readonly tenant: string;
      readonly types: readonly string[];
    }) => Answer<readonly EntryRow[]>;
    /** Every stored state of one kind, by id, page by page. */
    readonly allStates: <Kind extends keyof States>(page: {
      readonly kind: Kind;
      readonly after: string | null;
      readonly limit: number;
    }) => Answer<readonly States[Kind][]>;
    /** The root over the first `size` entries, if a commit ended there. */
    readonly treeHead: (size: number) => Answer<TreeHeadRow | null>;

    // --- outbox
    /**
     * Leases rows that are due and free, earliest first. Of any number of callers, one gets a given row.
     * Answers each row as it is now, with its message's status.
     */
    readonly claim: (request: {
      readonly owner: string;
      readonly now: number;
      readonly leaseUntil: number;
      readonly limit: number;
    }) => Answer<readonly (OutboxRow & { readonly status: Status })[]>;
    /** Moves the end of all leases of `owner`; answers how many. */
    readonly renewLeases: (request: { readonly owner: string; readonly until: number }) => Answer<number>;
    /** Frees the leases of `owner`; `"all"` is for a store that no other process has open. Answers how many. */
    readonly releaseLeases: (owner: string) => Answer<number>;
    /** Frees one row that `owner` holds, as it is, when the outcome of the hand-over is unknown. `false` when it is another's. */
    readonly release: (row: OutboxKey, owner: string) => Answer<boolean>;
    /** Puts a row off and frees it. `false` when it is gone. For what is not journaled: copies. */
    readonly defer: (row: OutboxKey & Pick<OutboxRow, "dueAt" | "tries" | "remaining">) => Answer<boolean>;
    /** `false` when it was gone. For what is not journaled: copies. */
    readonly remove: (row: OutboxKey) => Answer<boolean>;
    /** What is still to be handed over of those of `ids`, by message; not their copies. */
    readonly outboxOf: (ids: readonly string[]) => Answer<ReadonlyMap<string, OutboxRow>>;
    /** Makes a message's deferred hand-over due at `now`; `false` when there is none that waits for its time. */
    readonly hasten: (message: string, now: number) => Answer<boolean>;
    readonly outboxCounts: Answer<{
      readonly messages: number;
      readonly copies: number;
      /** Of these, held by a process. */
      readonly leased: number;
      /** Of these, waiting for a halt or a `read_only` to end. */
      readonly parked: number;
    }>;

    // --- identity keys
    /** Fails with `conflict` when the kid is taken, or the operator has an active operator key already. */
    readonly insertKey: (row: IdentityKeyRow) => Answer<void>;
    /** Adds `row` unless its operator has an active operator key; answers the active one. Safe between processes. */
    readonly insertOperatorKeyIfNone: (row: IdentityKeyRow) => Answer<IdentityKeyRow>;
    readonly findKey: (kid: string) => Answer<IdentityKeyRow | null>;
    /** All, or of one kind, by kid. */
    readonly listKeys: (kind?: IdentityKeyRow["kind"]) => Answer<readonly IdentityKeyRow[]>;
    /** Writes `status` and `validTo`, if the status is still `expected`; else `false`. Nothing else of a key changes. */
    readonly updateKey: (row: IdentityKeyRow, expected: IdentityKeyRow["status"]) => Answer<boolean>;
  }
>()("countersign/store/Records") {}
