/**
 * The yes-or-no facts on which the machines decide, computed from one situation and one event.
 *
 * Everything with arithmetic in it (clocks, quorum, the order of modes) happens here, so that the machines themselves are
 * finite and can be checked exhaustively against `spec/transitions.json`.
 */
import type { MessageEvent } from "../model/Event.ts";
import { isGated, effectiveMode } from "../model/Mode.ts";
import type { Role } from "../model/Actor.ts";
import type { Approval } from "../model/State.ts";
import { type Situation, liveApprovals, meets, isFresh, isTakenBy } from "../model/approvals.ts";

/** Names and meanings are those of `spec/transitions.json`. */
export interface Facts {
  readonly role: Role;
  readonly outcome: "delivered" | "failed" | "retry" | "none";
  /** The actor wrote the message, or answers for the credential that did. */
  readonly self: boolean;
  /** An agent edits under another owner than the one named at the submit. */
  readonly other_owner: boolean;
  /** The actor is a reviewer whom an operator has revoked. */
  readonly revoked: boolean;
  /** The digest the actor named is the message's digest. */
  readonly current: boolean;
  /** The decision window is over; for a message that waits to leave: an approval it needs is past its age. */
  readonly lapsed: boolean;
  readonly blocked: boolean;
  readonly halted: boolean;
  /** The effective mode is `read_only`. */
  readonly read_only: boolean;
  /** The actor approves this digest already. */
  readonly repeated: boolean;
  /** With the actor's approval (after `revoke`: without the revoked one) the quorum is met. */
  readonly complete: boolean;
  /** It may leave as it stands: approved, or in an ungated mode and not held by risk. */
  readonly clear: boolean;
  /** `sendAt` has come. */
  readonly due: boolean;
  /** The effective mode is `monitored`. */
  readonly copied: boolean;
  /** The attempt the event speaks of is the one under way. */
  readonly attempt: boolean;
  /** The reviewer named by `revoke` approves this message, with the key that it names, if any. */
  readonly approver: boolean;
}

/** Every fact, in one order. */
export const factNames: readonly (keyof Facts)[] = [
  "role",
  "outcome",
  "self",
  "other_owner",
  "revoked",
  "current",
  "lapsed",
  "blocked",
  "halted",
  "read_only",
  "repeated",
  "complete",
  "clear",
  "due",
  "copied",
  "attempt",
  "approver",
];

/** Computes every fact. Total: whatever the event lacks is `false`, the careful reading. */
export const factsOf = (situation: Situation, event: MessageEvent): Facts => {
  const { tenant, mailbox, message } = situation;
  const { actor, at } = event;
  const verdict = "verdict" in event ? event.verdict : message.verdict;
  const requestedMode = "requestedMode" in event ? event.requestedMode : message.requestedMode;
  const sendAt = "sendAt" in event ? event.sendAt : message.sendAt;
  const named = event.type === "revise" ? event.base : "digest" in event ? event.digest : null;
  const mode = effectiveMode(mailbox.mode, requestedMode, verdict.held, tenant.halted);
  // A submit or an edit brings new content, which no reviewer can have approved.
  const fresh = event.type === "submit" || event.type === "revise";
  const live = fresh ? [] : liveApprovals(situation, message.digest, at);
  const own: Approval = { reviewer: actor.principal, digest: message.digest, at };
  const counted =
    event.type === "revoke"
      ? live.filter((approval) => !isTakenBy(approval, event))
      : actor.role === "reviewer" && (event.type === "approve" || event.type === "resolve")
        ? // A retry after `uncertain` needs fresh decisions: what was approved before is spent.
          [...(event.type === "resolve" ? [] : live), own]
        : live;
  return {
    role: actor.role,
    outcome: event.type === "resolve" ? event.outcome : "none",
    self: event.type !== "submit" && (actor.principal === message.author || actor.principal === message.owner),
    // For a message that was never submitted, the actor counts as its author, and their owner as its owner.
    other_owner:
      event.type === "revise" &&
      actor.role === "agent" &&
      message.status !== "new" &&
      event.owner !== undefined &&
      event.owner !== message.owner,
    revoked: tenant.revoked.includes(actor.principal),
    current: named !== null && named === message.digest,
    lapsed:
      message.status === "pending_approval"
        ? at >= message.decideBy
        : message.approvals.some((approval) => !isFresh(approval, mailbox.policy, at)) && !meets(live, mailbox.policy),
    blocked: verdict.blocked,
    halted: tenant.halted,
    read_only: mode === "read_only",
    repeated: live.some((approval) => approval.reviewer === actor.principal),
    complete: meets(counted, mailbox.policy),
    clear:
      mode !== "read_only" &&
      !verdict.blocked &&
      (!isGated(mode) || (event.type !== "resolve" && meets(live, mailbox.policy))),
    due: sendAt <= at,
    copied: mode === "monitored",
    attempt: "attempt" in event && event.attempt === message.attempt,
    approver: event.type === "revoke" && message.approvals.some((approval) => isTakenBy(approval, event)),
  };
};
