/**
 * When to try again, and when to stop trying. Pure; the caller brings the time and the dice.
 *
 * - Default: 5 min, 10, 20, 40 … up to every 4 h, each up to a tenth longer; given up 5 days after the message was made.
 * - A message that spent days before a reviewer is still tried for a day from its first hand-over on.
 */
import type { HandOver } from "../contracts/Oversight.ts";
import type { PermitContent, RefusedRecipient } from "../contracts/DeliveryPermit.ts";
import type { Outcome } from "./Outcome.ts";
import { printable } from "../model/printable.ts";

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

/** Each recipient once, by the reply that came first. */
const together = (...lists: readonly (readonly RefusedRecipient[])[]): readonly RefusedRecipient[] => {
  const known = new Map<string, RefusedRecipient>();
  for (const one of lists.flat()) if (!known.has(one.address)) known.set(one.address, one);
  return [...known.values()];
};

/** An outcome as the contract has it: with what earlier tries left, and the time of the next one. */
export const handOverOf = (
  outcome: Outcome,
  content: Pick<PermitContent, "kind" | "tries" | "createdAt" | "recipients" | "partly" | "refused">,
  schedule: RetrySchedule,
  moment: { readonly now: number; readonly dice: number },
): HandOver => {
  const { reply } = outcome;
  const refused = together(content.refused, outcome.refused);
  if (outcome.type === "delivered" || outcome.type === "failed") {
    return { type: outcome.type === "delivered" || content.partly ? "delivered" : "failed", reply, refused };
  }
  const partly = outcome.partly || content.partly;
  const remaining = outcome.remaining.map(({ address }) => address);
  // A second copy is harmless, a missing one is not: a copy that may have been lost goes out again. @spec OV-7
  if (outcome.type === "lost" && content.kind !== "copy") return { type: "lost", reply, remaining, refused, partly };
  if (outcome.type === "deferred" && outcome.atOnce) {
    return { type: "deferred", reply, retryAt: moment.now, remaining, refused, partly };
  }
  const retryAt = nextTryAt(schedule, { ...moment, tries: content.tries, createdAt: content.createdAt });
  if (retryAt !== null) return { type: "deferred", reply, retryAt, remaining, refused, partly };
  return {
    type: partly ? "delivered" : "failed",
    reply: printable(`${reply.slice(0, 460)} (given up after ${content.tries + 1} tries)`),
    refused: together(content.refused, outcome.refused, outcome.remaining),
  };
};
