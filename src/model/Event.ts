/**
 * Everything that can happen. An event is what one actor did at one moment, with every fact that was observed then and
 * that later replay could not observe again: the risk verdict, a list match, the clock.
 *
 * **Gotchas**
 * - `at` is in whole seconds since 1970-01-01T00:00:00Z. Time never comes from anywhere else (`@spec OV-18`).
 * - Nothing here is content: messages appear as digests, people as ids. An event may be published.
 */
import { Schema } from "effect";
import { Actor } from "./Actor.ts";
import { Mode } from "./Mode.ts";

/** Whole seconds since the epoch. */
export const Seconds = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0));

/** `sha256:` and 64 lower-case hex digits, over everything a recipient would see (`spec/signing.md`). */
export const Digest = Schema.String.check(Schema.isPattern(/^sha256:[0-9a-f]{64}$/));

/** What was known about the recipients at the moment of the event. */
export const Verdict = Schema.Struct({
  /** Risk in basis points, 0 … 10000. */
  score: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10_000 })),
  /** The score is over the mailbox's threshold, so a person must look, whatever the mode. */
  held: Schema.Boolean,
  /** A send block (deny list, or an allow list that lacks the recipient) matches. */
  blocked: Schema.Boolean,
});
export type Verdict = typeof Verdict.Type;

const stamp = { at: Seconds, actor: Actor, tenant: Schema.String };
const onMailbox = { ...stamp, mailbox: Schema.String };
const onMessage = { ...onMailbox, message: Schema.String };

const event = <Type extends string, Fields extends Schema.Struct.Fields>(type: Type, fields: Fields) =>
  Schema.Struct({ type: Schema.Literal(type), ...fields });

// --- one message -------------------------------------------------------------------------------------------------

export const Submit = event("submit", {
  ...onMessage,
  digest: Digest,
  /** The person answerable for the credential, who may not decide either; `null` when none is named. */
  owner: Schema.NullOr(Schema.String),
  /** A mode the request asked for. It can only tighten. */
  requestedMode: Schema.NullOr(Mode),
  /** Not before this moment; 0 = at once. */
  sendAt: Seconds,
  verdict: Verdict,
});
export const Approve = event("approve", { ...onMessage, digest: Digest, verdict: Verdict });
export const Reject = event("reject", { ...onMessage, digest: Digest });
export const Revise = event("revise", {
  ...onMessage,
  /** The digest the editor started from; another one is a lost update. */
  base: Digest,
  digest: Digest,
  /** The person answerable for the credential that edits; `null` when none is named. Absent in 0.1.0. @spec OV-123 */
  owner: Schema.optionalKey(Schema.NullOr(Schema.String)),
  requestedMode: Schema.NullOr(Mode),
  sendAt: Seconds,
  verdict: Verdict,
});
export const Cancel = event("cancel", onMessage);
export const Expire = event("expire", onMessage);
export const Release = event("release", onMessage);
export const Dispatch = event("dispatch", { ...onMessage, verdict: Verdict });
/**
 * The next four report on one hand-over; `attempt` fences off a worker that lost its lease. `reply` is the server's reply and
 * enhanced status code alone (`250 2.0.0`), or `""`: the words after it may name people and stay out of the log's leaves.
 */
export const Delivered = event("delivered", { ...onMessage, attempt: Schema.Int, reply: Schema.String });
export const Failed = event("failed", { ...onMessage, attempt: Schema.Int, reply: Schema.String });
export const Deferred = event("deferred", { ...onMessage, attempt: Schema.Int, reply: Schema.String });
export const Lost = event("lost", { ...onMessage, attempt: Schema.Int, reply: Schema.String });
export const Resolution = Schema.Literals(["delivered", "failed", "retry"]);
export const Resolve = event("resolve", { ...onMessage, outcome: Resolution, digest: Digest, verdict: Verdict });
/** One message's share of `revoke_reviewer`, or of `revoke_key`: the approval of `reviewer` no longer counts. */
export const Revoke = event("revoke", {
  ...onMessage,
  reviewer: Schema.String,
  /** Only what was given with this API key; left out = whatever it was given with. @spec OV-126 */
  key: Schema.optionalKey(Schema.String),
  verdict: Verdict,
});

export type Revocation = typeof Revoke.Type;

export const MessageEvent = Schema.Union([
  Submit,
  Approve,
  Reject,
  Revise,
  Cancel,
  Expire,
  Release,
  Dispatch,
  Delivered,
  Failed,
  Deferred,
  Lost,
  Resolve,
  Revoke,
]);
export type MessageEvent = typeof MessageEvent.Type;
export type MessageEventType = MessageEvent["type"];

// --- one mailbox -------------------------------------------------------------------------------------------------

/** What an operator may ask for: people, and seconds. */
export const policyBounds = {
  quorum: { minimum: 1, maximum: 16 },
  seconds: { minimum: 60, maximum: 366 * 86_400 },
} as const;

/** What an operator decides for a mailbox once, and may change later. Durations in seconds. */
export const Policy = Schema.Struct({
  /** How many distinct people must approve the same digest. */
  quorum: Schema.Int.check(Schema.isBetween(policyBounds.quorum)),
  /** How long a message waits for a decision before it expires. */
  decisionWindow: Seconds,
  /** How long an approval stays good for a hand-over that has not happened. */
  approvalMaxAge: Seconds,
});
export type Policy = typeof Policy.Type;

export const CreateMailbox = event("create_mailbox", { ...onMailbox, mode: Mode, policy: Policy });
export const SetMode = event("set_mode", { ...onMailbox, mode: Mode });
export const SetPolicy = event("set_policy", { ...onMailbox, policy: Policy });
export const MailboxEvent = Schema.Union([CreateMailbox, SetMode, SetPolicy]);
export type MailboxEvent = typeof MailboxEvent.Type;

// --- the tenant --------------------------------------------------------------------------------------------------

export const CreateTenant = event("create_tenant", stamp);
export const Halt = event("halt", stamp);
export const Resume = event("resume", stamp);
export const RevokeReviewer = event("revoke_reviewer", { ...stamp, reviewer: Schema.String });
export const ReinstateReviewer = event("reinstate_reviewer", { ...stamp, reviewer: Schema.String });
export const CreateKey = event("create_key", {
  ...stamp,
  key: Schema.String,
  principal: Schema.String,
  scopes: Schema.Array(Schema.String),
});
export const RevokeKey = event("revoke_key", { ...stamp, key: Schema.String });
export const TenantEvent = Schema.Union([
  CreateTenant,
  Halt,
  Resume,
  RevokeReviewer,
  ReinstateReviewer,
  CreateKey,
  RevokeKey,
]);
export type TenantEvent = typeof TenantEvent.Type;

export const Event = Schema.Union([MessageEvent, MailboxEvent, TenantEvent]);
export type Event = typeof Event.Type;
export type EventType = Event["type"];
