/**
 * Whole histories through the core's `transition`, and the state as the protocol shows it.
 */
import {
  applyOutcome,
  emptyState,
  liveApprovals,
  modeOrStrictest,
  surroundingsIn,
  transition,
  type Event,
  type MessageState,
  type Outcome,
  type State,
  type Surroundings,
} from "../../../src/index.ts";

/** From surroundings and event to outcome; a broken client has another one. */
export type Step = (around: Surroundings, event: Event, state: State) => Outcome;
export const honest: Step = (around, event) => transition(around, event);

/** The events that work the effective mode out anew, and so report it. */
const judged: ReadonlySet<string> = new Set(["submit", "revise", "dispatch"]);

const shownOutcome = (outcome: Outcome, { type }: Event) => {
  if (!outcome.accepted) return { from: outcome.from, refusal: outcome.refusal };
  const { from, to, commands, mode } = outcome;
  return judged.has(type) ? { from, to, commands, mode } : { from, to, commands };
};

const unsent: ReadonlySet<string> = new Set(["pending_approval", "scheduled", "queued"]);

const shownMessage = (state: State, message: MessageState, at: number) => {
  const tenant = state.tenants.get(message.tenant)!;
  const mailbox = state.mailboxes.get(message.mailbox)!;
  const live = unsent.has(message.status) ? liveApprovals({ tenant, mailbox, message }, message.digest, at) : [];
  return {
    status: message.status,
    digest: message.digest,
    attempt: message.attempt,
    decide_by: message.status === "pending_approval" ? message.decideBy : null,
    approvals: [...new Set(live.map(({ reviewer }) => reviewer))].sort(),
  };
};

const byId = <A, B>(map: ReadonlyMap<string, A>, show: (value: A) => B): { readonly [id: string]: B } =>
  Object.fromEntries([...map].map(([id, value]) => [id, show(value)]));

export const shownState = (state: State, at: number) => ({
  tenants: byId(state.tenants, ({ halted, revoked }) => ({ halted, revoked })),
  mailboxes: byId(state.mailboxes, ({ mode, policy }) => ({ mode: modeOrStrictest(mode), policy })),
  messages: byId(state.messages, (message) => shownMessage(state, message, at)),
});

/** Folds `before`, then decides `events` one by one. */
export const runHistory = (before: readonly Event[], events: readonly Event[], step: Step = honest) => {
  let state = emptyState;
  let at = 0;
  const decide = (event: Event) => {
    const outcome = step(surroundingsIn(state, event), event, state);
    state = applyOutcome(state, outcome);
    at = Math.max(at, event.at);
    return shownOutcome(outcome, event);
  };
  before.forEach(decide);
  const outcomes = events.map(decide);
  return { outcomes, state: shownState(state, at) };
};
