/**
 * Whether a hand-over that was permitted may still begin. Between a dispatch and its first byte a stop, a mode, a policy or a
 * revocation may have come; then the answer is no, and the message returns to its queue, where the next dispatch decides.
 *
 * The question is the dispatch's own, asked of what is true now: not stopped, not blocked as far as was known, and approved or ungated.
 * @spec OV-141
 */
import { system } from "../model/Actor.ts";
import type { Situation } from "../model/approvals.ts";
import { factsOf } from "./facts.ts";

/** `attempt`: the one the permit names. `at`: now, seconds. */
export const mayBegin = (situation: Situation, attempt: number, at: number): boolean => {
  const { message } = situation;
  if (message.status !== "dispatching" || message.attempt !== attempt) return false;
  const { clear, halted } = factsOf(situation, {
    type: "dispatch",
    at,
    actor: system,
    tenant: message.tenant,
    mailbox: message.mailbox,
    message: message.id,
    verdict: message.verdict,
  });
  return clear && !halted;
};
