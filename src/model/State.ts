/**
 * What is true now. `State` is the fold of the log and nothing else: three maps of small records, each owned by one machine.
 *
 * **Gotchas**: all durations and moments are whole seconds; scores are basis points.
 */
import { Schema } from "effect";
import { Digest, Policy, Seconds, Verdict } from "./Event.ts";
import { Mode } from "./Mode.ts";

export const statuses = [
  "new",
  "pending_approval",
  "scheduled",
  "queued",
  "dispatching",
  "uncertain",
  "refused",
  "rejected",
  "cancelled",
  "expired",
  "delivered",
  "failed",
] as const;

/** Where an outbound message is in its life. `new` is the moment before its submit is accepted; it is never stored. */
export const Status = Schema.Literals(statuses);
export type Status = typeof Status.Type;

const ends: ReadonlySet<Status> = new Set(["refused", "rejected", "cancelled", "expired", "delivered", "failed"]);
/** No event changes a message that has ended. @spec OV-17 */
export const isEnd = (status: Status): boolean => ends.has(status);

const unsent: ReadonlySet<Status> = new Set(["pending_approval", "scheduled", "queued"]);
/** Nothing of it has been handed over, or what was is known not to have been taken (`spec/lifecycle.md`, Conventions). */
export const isUnsent = (status: Status): boolean => unsent.has(status);

/** One person's word that one digest may leave. */
export const Approval = Schema.Struct({
  reviewer: Schema.String,
  digest: Digest,
  at: Seconds,
  /** The API key it was given with; 0.1.0 did not record it. @spec OV-126 */
  credential: Schema.optionalKey(Schema.String),
});
export type Approval = typeof Approval.Type;

export const MessageState = Schema.Struct({
  id: Schema.String,
  tenant: Schema.String,
  mailbox: Schema.String,
  status: Status,
  /** Counts accepted events; every write is compare-and-set on it. */
  version: Schema.Int,
  author: Schema.String,
  owner: Schema.NullOr(Schema.String),
  digest: Digest,
  /** Counts contents: 1 at submit, one more for each edit. */
  revision: Schema.Int,
  requestedMode: Schema.NullOr(Mode),
  sendAt: Seconds,
  verdict: Verdict,
  /** The end of the decision window while `pending_approval`. */
  decideBy: Seconds,
  approvals: Schema.Array(Approval),
  /** Counts hand-overs; names the one under way while `dispatching`. */
  attempt: Schema.Int,
});
export type MessageState = typeof MessageState.Type;

export const MailboxState = Schema.Struct({
  id: Schema.String,
  tenant: Schema.String,
  mode: Mode,
  policy: Policy,
  version: Schema.Int,
});
export type MailboxState = typeof MailboxState.Type;

export const TenantState = Schema.Struct({
  id: Schema.String,
  halted: Schema.Boolean,
  /** Reviewers whose approvals no longer count, sorted. */
  revoked: Schema.Array(Schema.String),
  version: Schema.Int,
});
export type TenantState = typeof TenantState.Type;

/** All that the log determines. */
export interface State {
  readonly tenants: ReadonlyMap<string, TenantState>;
  readonly mailboxes: ReadonlyMap<string, MailboxState>;
  readonly messages: ReadonlyMap<string, MessageState>;
}

export const emptyState: State = { tenants: new Map(), mailboxes: new Map(), messages: new Map() };
