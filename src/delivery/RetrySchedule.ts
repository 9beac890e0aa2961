/**
 * When to try again, and when to stop trying. Pure; the caller brings the time and the dice.
 *
 * - Default: 5 min, 10, 20, 40 … up to every 4 h, each up to a tenth longer; given up 5 days after the message was made.
 * - A message that spent days before a reviewer is still tried for a day from its first hand-over on.
 */
import type { HandOver } from "../contracts/Oversight.ts";
import type { PermitContent } from "../contracts/DeliveryPermit.ts";
import { printable, type Outcome } from "./Outcome.ts";

/** All in seconds. */
export interface RetrySchedule {
  /** Wait after the first failed try; doubles with each further one. At least 1. */
  readonly first: number;
  /** The longest wait, before jitter. */
  readonly longest: number;
  /** Share of a wait that may be added to it, 0…1. */
  readonly jitter: number;
  /** Age of the message at which a further failure is the last. */
  readonly giveUpAfter: number;
  /** However old the message is, it is tried at least this long. */
  readonly tryAtLeast: number;
}

export const defaultSchedule: RetrySchedule = {
  first: 300,
  longest: 14_400,
  jitter: 0.1,
  giveUpAfter: 5 * 86_400,
  tryAtLeast: 86_400,
};

const wait = (schedule: RetrySchedule, tries: number): number =>
  Math.min(schedule.longest, schedule.first * 2 ** Math.min(tries, 30));

/** How long, at the least, the tries so far have taken. */
const spent = (schedule: RetrySchedule, tries: number): number => {
  let total = 0;
  for (let i = 0; i < tries && total < schedule.tryAtLeast; i++) total += wait(schedule, i);
  return total;
};

/**
 * When to try again after a try that failed at `now`, or `null` to give up.
 * `tries` counts the failed tries before this one; `dice` is uniform in [0, 1).
 */
export const nextTryAt = (
  schedule: RetrySchedule,
  at: { readonly tries: number; readonly createdAt: number; readonly now: number; readonly dice: number },
): number | null => {
  const end = at.createdAt + schedule.giveUpAfter;
  const due = at.now + Math.round(wait(schedule, at.tries) * (1 + schedule.jitter * at.dice));
  if (at.now < end) return Math.max(at.now + 1, Math.min(due, end));
  return spent(schedule, at.tries) < schedule.tryAtLeast ? due : null;
};

/** What Oversight is told of an outcome. */
export const handOverOf = (
  outcome: Outcome,
  content: Pick<PermitContent, "kind" | "tries" | "createdAt" | "recipients">,
  schedule: RetrySchedule,
  moment: { readonly now: number; readonly dice: number },
): HandOver => {
  if (outcome.type === "delivered" || outcome.type === "failed") return outcome;
  // A second copy harms nobody, a missing one does: a copy nobody answered for goes out again. @spec OV-7
  const deferred =
    outcome.type === "deferred"
      ? outcome
      : content.kind === "copy"
        ? { ...outcome, remaining: content.recipients, rejected: [], partly: false }
        : null;
  if (deferred === null) return { type: "lost", reply: outcome.reply };
  const retryAt = nextTryAt(schedule, { ...moment, tries: content.tries, createdAt: content.createdAt });
  if (retryAt !== null) return { type: "deferred", reply: deferred.reply, retryAt, remaining: deferred.remaining };
  const reply = printable(`${deferred.reply.slice(0, 460)} (given up after ${content.tries + 1} tries)`);
  return deferred.partly
    ? { type: "delivered", reply, rejected: [...deferred.rejected, ...deferred.remaining] }
    : { type: "failed", reply };
};
