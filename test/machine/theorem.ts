/**
 * What a theorem is here: a predicate over the entries of a trace's log, looked at in order beside the `History` before each.
 */
import { History } from "./history.ts";
import type { Entry, Trace } from "./traces.ts";

/** `undefined`: says nothing here; `true`: applies and holds; a string: how it is violated. */
export type Finding = undefined | true | string;

export interface Theorem {
  readonly name: string;
  /** The clause of `spec/` that says it, and that clause's slug. */
  readonly clause: string;
  readonly slug: string;
  readonly each?: (entry: Entry, history: History, trace: Trace) => Finding;
  readonly whole?: (trace: Trace) => Finding;
}

export interface Judgement {
  /** The first violation of each violated theorem. */
  readonly violated: ReadonlyMap<string, string>;
  /** How often each theorem had something to say. */
  readonly applied: ReadonlyMap<string, number>;
}

/** Looks at one trace through all theorems in one walk. */
export const judge = (trace: Trace, theorems: readonly Theorem[]): Judgement => {
  const violated = new Map<string, string>();
  const applied = new Map<string, number>();
  const note = (theorem: Theorem, finding: Finding, where: string) => {
    if (finding === undefined) return;
    applied.set(theorem.name, (applied.get(theorem.name) ?? 0) + 1);
    if (finding !== true && !violated.has(theorem.name)) violated.set(theorem.name, `${where}: ${finding}`);
  };
  const history = new History();
  for (const entry of trace.log) {
    for (const theorem of theorems) {
      if (theorem.each)
        note(theorem, theorem.each(entry, history, trace), `entry ${entry.index} (${entry.event.type})`);
    }
    history.take(entry);
  }
  for (const theorem of theorems) if (theorem.whole) note(theorem, theorem.whole(trace), "the whole log");
  return { violated, applied };
};

/** `true` when the entry gave a message to delivery. */
export const handsOver = ({ outcome }: Entry): boolean => outcome.accepted && outcome.commands.includes("hand_over");

/** `holds` or the sentence that says what is wrong. */
export const unless = (holds: boolean, wrong: string): true | string => holds || wrong;
