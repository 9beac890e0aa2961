/**
 * The dispatcher's port to the outbox: which rows are due or orphaned, and whose they are. The composition root binds it to
 * the store.
 *
 * - A row is claimable when `dueAt` has come and no lease on it is still running.
 * - All moments are epoch seconds.
 */
import { Context, type Effect } from "effect";
import type { Status } from "../model/State.ts";
import type { Oversight } from "../contracts/Oversight.ts";

/** An intent to hand over, as `Oversight.dispatch` takes it. */
export type OutboxRow = Parameters<Oversight["Service"]["dispatch"]>[0][number];

/** A claimed row, and where its message is: `dispatching` means that an earlier process died with it. */
export type ClaimedRow = OutboxRow & { readonly status: Status };

/** What the store may fail with. Only its message is used; the dispatcher tries again whatever it is. */
export interface ClaimFailure {
  readonly message: string;
}

export class OutboxClaims extends Context.Service<
  OutboxClaims,
  {
    /** Leases at most `limit` claimable rows to `owner`, earliest due first. */
    readonly claim: (request: {
      readonly owner: string;
      readonly now: number;
      readonly leaseUntil: number;
      readonly limit: number;
    }) => Effect.Effect<readonly ClaimedRow[], ClaimFailure>;
    /** Moves the end of all leases of `owner`. With a moment that has come, gives them up. */
    readonly renew: (request: { readonly owner: string; readonly until: number }) => Effect.Effect<void, ClaimFailure>;
    /** Frees the intent to copy until `dueAt`, with its count of failed tries. Does nothing when there is none. */
    readonly deferCopy: (copy: {
      readonly message: string;
      readonly dueAt: number;
      readonly tries: number;
    }) => Effect.Effect<void, ClaimFailure>;
  }
>()("countersign/delivery/OutboxClaims") {}
