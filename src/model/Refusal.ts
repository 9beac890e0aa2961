/**
 * Why an event was refused: a closed list, the same words in `spec/`, in the log and on the wire.
 */
import { Schema } from "effect";
import type { Advice } from "./Advice.ts";

export const refusals = [
  "not_permitted",
  "wrong_status",
  "self_decision",
  "reviewer_revoked",
  "stale_digest",
  "window_closed",
  "recipient_blocked",
  "already_approved",
  "read_only",
  "halted",
  "not_due",
  "stale_attempt",
  "not_approved_by",
  "mode_raise",
  "no_change",
  "unknown_mailbox",
  "unknown_tenant",
  "exists",
] as const;

export const Refusal = Schema.Literals(refusals);
export type Refusal = typeof Refusal.Type;

/** What happened, in one sentence. */
export const plain: Readonly<Record<Refusal, string>> = {
  not_permitted: "That is not permitted to this credential.",
  wrong_status: "The message is no longer where that could be done.",
  self_decision: "Whoever wrote or owns a message may not decide on it.",
  reviewer_revoked: "This reviewer has been revoked.",
  stale_digest: "The content has changed since it was seen.",
  window_closed: "The time to decide has passed.",
  recipient_blocked: "A recipient is blocked.",
  already_approved: "This reviewer has approved this content already.",
  read_only: "The mailbox is read_only: nothing leaves it.",
  halted: "All sending is halted.",
  not_due: "It is not time yet.",
  stale_attempt: "Another worker has taken over.",
  not_approved_by: "That reviewer has not approved this message.",
  mode_raise: "A mailbox's mode is raised by an operator only.",
  no_change: "Nothing would change.",
  unknown_mailbox: "There is no such mailbox.",
  unknown_tenant: "There is no such tenant.",
  exists: "It exists already.",
};

/** What a person can do about it, in one sentence, whichever face they use. */
export const hints: Readonly<Record<Refusal, string>> = {
  not_permitted: "This credential may not do that; use one with the scope the action needs.",
  wrong_status: "The message has moved on; read it again to see where it is and who decided.",
  self_decision: "Whoever wrote or owns a message may not decide on it; ask another reviewer.",
  reviewer_revoked: "This reviewer has been revoked; an operator can reinstate them.",
  stale_digest: "The content changed since you saw it; read the message again and decide on its new digest.",
  window_closed: "The time to decide has passed; the author can submit again.",
  recipient_blocked:
    "A recipient is on a send block list, or missing from the allow list; change the recipients or the list.",
  already_approved: "You have approved this content already; another reviewer's approval is needed.",
  read_only: "This mailbox is read_only, so nothing leaves; ask an operator to raise its mode.",
  halted: "The operator has halted all sending; wait until an operator resumes it.",
  not_due: "It is not time yet.",
  stale_attempt: "Another worker has taken over this hand-over.",
  not_approved_by: "That reviewer has not approved this message.",
  mode_raise: "Only an operator may raise a mailbox's mode; ask one to.",
  no_change: "Nothing would change.",
  unknown_mailbox: "There is no such mailbox.",
  unknown_tenant: "There is no such tenant.",
  exists: "It exists already.",
};

/** The refusals on which a face has more to add than {@link hints}. */
export const advice: Readonly<Partial<Record<Refusal, Advice>>> = {
  read_only: "raise_mode",
  mode_raise: "raise_mode",
  halted: "wait_for_resume",
  unknown_mailbox: "list_mailboxes",
};
