/**
 * What a history says, as far as it is put to the kernel, and whether the code of this repository says the same of the same events.
 * Where it does not, the model that equals this code refuses the history.
 */
import type { Outcome } from "../../src/machine/transition.ts";
import type { Event } from "../../src/model/Event.ts";
import type { State } from "../../src/model/State.ts";
import type { Trace } from "../../test/machine/traces.ts";
import { told } from "./directed.ts";

export interface Said {
  readonly events: readonly Event[];
  /** Each outcome without the records, then the records in the end. */
  readonly answers: readonly unknown[];
}

const answer = (outcome: Outcome): unknown =>
  outcome.accepted
    ? [outcome.from, outcome.to, outcome.commands, outcome.mode, outcome.refusal]
    : [outcome.refusal, outcome.from, outcome.mode];

const records = ({ tenants, mailboxes, messages }: State): unknown => [[...tenants], [...mailboxes], [...messages]];

export const said = ({ log, end }: Pick<Trace, "log" | "end">): Said => ({
  events: log.map(({ event }) => event),
  answers: [...log.map(({ outcome }) => answer(outcome)), records(end)],
});

const sorted = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** This code, told the same events, does not say the same. */
export const contradicted = ({ events, answers }: Said): boolean =>
  JSON.stringify(said(told(events)).answers, sorted) !== JSON.stringify(answers, sorted);
