/**
 * Random traces: a plan of small numbers, read against the world as it is into events, folded into a log.
 *
 * - Reading a step against the state makes most steps matter (a dispatch aims at a queued message) while a share of them
 *   is deliberately wrong: wrong role, stale digest, stale attempt, a message that is elsewhere or nowhere.
 * - A race is several decisions formed from one look at a message and applied one after another in some order.
 * - `revoke_reviewer` and `revoke_key` bring one `revoke` per unsent message along, as one transaction of the door would.
 *
 * **Gotchas**: the step that decides and the hand that writes the log are parameters, so that `bites.test.ts` can break them.
 */
import { applyOutcome, surroundingsIn, transition, type Outcome } from "../../src/machine/transition.ts";
import type { Event } from "../../src/model/Event.ts";
import { emptyState, type State } from "../../src/model/State.ts";
import { eventsOf, opening } from "./moves.ts";
import { drawing, pick, type Plan } from "./plans.ts";

export interface Entry {
  readonly index: number;
  readonly event: Event;
  readonly outcome: Outcome;
  readonly before: State;
  readonly after: State;
}

export type Step = (state: State, event: Event) => Outcome;
export type Record = (log: readonly Entry[], entry: Entry) => readonly Entry[];

export interface Trace {
  /** Every event that was put to the machine, in order. */
  readonly offered: readonly Event[];
  readonly log: readonly Entry[];
  readonly end: State;
  /** Positions in `offered` of decisions that were formed from one look at one message: from, up to and without. */
  readonly races: readonly (readonly [number, number])[];
  /** Makes the step anew, for replay and for asking what could come next. */
  readonly step: () => Step;
}

export const honestStep: Step = (state, event) => transition(surroundingsIn(state, event), event);
export const honestRecord: Record = (log, entry) => [...log, entry];

const waits = [0, 0, 0, 0, 1, 1, 2, 3, 5, 8, 21, 60];

/** Folds a plan into a log with the step and the recorder given. */
export const run = (plan: Plan, step: () => Step = () => honestStep, record: Record = honestRecord): Trace => {
  const decide = step();
  const offered: Event[] = [];
  const races: [number, number][] = [];
  let log: readonly Entry[] = [];
  let state = emptyState;
  let at = 1_000;
  const put = (event: Event): boolean => {
    const outcome = decide(state, event);
    const after = applyOutcome(state, outcome);
    log = record(log, { index: offered.length, event, outcome, before: state, after });
    offered.push(event);
    state = after;
    return outcome.accepted;
  };
  for (const event of opening(plan)) put(event);
  for (const move of plan.moves) {
    const draw = drawing(move.seed);
    at += pick(waits, draw);
    const from = offered.length;
    for (const event of eventsOf(move, state, at, draw)) {
      // A refused revocation brings no revoke along.
      if (!put(event) && (event.type === "revoke_reviewer" || event.type === "revoke_key")) break;
    }
    if (move.kind === "race") races.push([from, offered.length]);
  }
  return { offered, log, end: state, races, step };
};
