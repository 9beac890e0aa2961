/**
 * How machines are broken, one defect each: what `bites.test.ts` plants to see every theorem fail for want of what it states.
 *
 * Each wraps the honest step or recorder from outside; nothing in `src/` knows of them.
 */
import { factsOf, type Facts } from "../../src/machine/facts.ts";
import {
  stepMessage,
  surroundingsIn,
  transition,
  type Outcome,
  type Surroundings,
} from "../../src/machine/transition.ts";
import type { Event, MessageEvent } from "../../src/model/Event.ts";
import { effectiveMode } from "../../src/model/Mode.ts";
import type { MessageState, State } from "../../src/model/State.ts";
import { honestStep, type Record, type Step } from "./traces.ts";
import type { Situation } from "../../src/model/approvals.ts";

export interface Sabotage {
  /** The theorem it is meant to break. */
  readonly breaks: string;
  /** Theorems that say a part of the same, and so break with it wherever it breaks. */
  readonly with?: readonly string[];
  readonly how: string;
  readonly step?: () => Step;
  readonly record?: Record;
}

/** The machine is told something else than what is so. */
export const bend =
  (change: (around: Surroundings, event: Event) => { readonly around?: Surroundings; readonly event?: Event }) =>
  (): Step =>
  (state, event) => {
    const around = surroundingsIn(state, event);
    const bent = change(around, event);
    return transition(bent.around ?? around, bent.event ?? event);
  };

export const inMailbox = (around: Surroundings, change: Partial<NonNullable<Surroundings["mailbox"]>>): Surroundings =>
  around.mailbox === null ? around : { ...around, mailbox: { ...around.mailbox, ...change } };

export const inPolicy = (
  around: Surroundings,
  change: { readonly quorum?: number; readonly approvalMaxAge?: number },
): Surroundings =>
  around.mailbox === null ? around : inMailbox(around, { policy: { ...around.mailbox.policy, ...change } });

/** The machine is given facts that were computed wrongly. */
export const misjudge =
  (change: (facts: Facts, event: MessageEvent, situation: Situation) => Partial<Facts>) =>
  (): Step =>
  (state, event) => {
    const honest = honestStep(state, event);
    const { tenant, mailbox, message } = surroundingsIn(state, event);
    if (!("message" in event) || tenant === null || mailbox === null || message === null) return honest;
    if (message.mailbox !== event.mailbox || message.tenant !== event.tenant) return honest;
    const situation = { tenant, mailbox, message };
    const facts = factsOf(situation, event);
    const result = stepMessage(situation, event, { ...facts, ...change(facts, event, situation) });
    const mode = effectiveMode(mailbox.mode, message.requestedMode, message.verdict.held, tenant.halted);
    return result.accepted
      ? { ...result, tenant: null, mailbox: null, from: message.status, to: result.message.status, mode }
      : { ...result, from: message.status, mode };
  };

/** The machine decides well, and something else is done. */
export const distort =
  (change: (outcome: Outcome, event: Event, state: State) => Outcome) => (): Step => (state, event) =>
    change(honestStep(state, event), event, state);

/** An accepted outcome that puts a message into a status, whatever the machine said. */
export const moved = (
  message: MessageState,
  status: MessageState["status"],
  commands: readonly "enqueue"[] = [],
): Outcome => ({
  accepted: true,
  tenant: null,
  mailbox: null,
  message: { ...message, status, version: message.version + 1 },
  from: message.status,
  to: status,
  commands,
  mode: null,
  refusal: null,
});

export const messageOf = (state: State, event: Event): MessageState | undefined =>
  "message" in event ? state.messages.get(event.message) : undefined;

export const decides = (event: Event): boolean =>
  event.type === "approve" || event.type === "reject" || event.type === "resolve";

/** Gives each approval a name of its own, as if each key were a person. */
export const keysForPeople: Step = (state, event) => {
  const around = surroundingsIn(state, event);
  const { message, tenant } = around;
  if (message === null || tenant === null || (event.type !== "approve" && event.type !== "dispatch")) {
    return transition(around, event);
  }
  const counts = (reviewer: string) =>
    !tenant.revoked.includes(reviewer) && reviewer !== message.author && reviewer !== message.owner;
  const approvals = message.approvals.map((word, n) =>
    counts(word.reviewer) ? { ...word, reviewer: `${word.reviewer}#${n}` } : word,
  );
  const outcome = transition({ ...around, message: { ...message, approvals } }, event);
  if (!outcome.accepted || outcome.message === null) return outcome;
  const named = outcome.message.approvals.map((word) => ({ ...word, reviewer: word.reviewer.replace(/#.*/, "") }));
  return { ...outcome, message: { ...outcome.message, approvals: named } };
};
