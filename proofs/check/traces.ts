/**
 * Histories of the running machine as Lean files: what it was told, the log it wrote, what it held in the end. The kernel
 * replays each on the `step` that the theorems are about. Those of `directed.ts` come first, the same each time; then random ones.
 *
 * The random ones are those of `test/machine/traces.ts`, each cut after as many entries as it takes to have, in one trace or another,
 * every kind of entry that the whole ones have: what is rare is not lost, and the common is not replayed a thousand times.
 */
import fc from "fast-check";
import { plans } from "../../test/machine/plans.ts";
import { run, type Entry, type Trace } from "../../test/machine/traces.ts";
import { directed } from "./directed.ts";
import { least } from "./replay.ts";
import { Literals, namesIn, Numbering } from "./literals.ts";

/** Entries that every trace has, if it is not shorter: its opening, and a step or two. */
const opening = 6;

/** What an entry shows: who did what, where the message stood and whether anybody had approved it, and what became of it. */
const kindOf = ({ event, outcome, before }: Entry): string => {
  // Of what is out of place one kind is enough: the table has the others.
  if (!outcome.accepted && outcome.refusal === "wrong_status") return outcome.refusal;
  const message = "message" in event ? before.messages.get(event.message) : undefined;
  const approved = outcome.accepted && message !== undefined && message.approvals.length > 0;
  return `${event.type} ${event.actor.role} ${outcome.from} ${outcome.accepted ? outcome.to : outcome.refusal} ${approved}`;
};

/** How many entries of each trace to keep: the openings, and then, the best bargain first, whatever shows a new kind. */
const lengthsOf = (traces: readonly Trace[], least: number): readonly number[] => {
  const kinds = traces.map(({ log }) => log.map(kindOf));
  const lengths = kinds.map((own) => Math.min(least, own.length));
  const seen = new Set(kinds.flatMap((own, i) => own.slice(0, lengths[i])));
  for (;;) {
    let best = { worth: 0, place: 0, length: 0 };
    for (const [place, own] of kinds.entries()) {
      const fresh = new Set<string>();
      for (let at = lengths[place]!; at < own.length; at += 1) {
        if (seen.has(own[at]!) || fresh.has(own[at]!)) continue;
        fresh.add(own[at]!);
        const worth = fresh.size / (at + 1 - lengths[place]!);
        if (worth > best.worth) best = { worth, place, length: at + 1 };
      }
    }
    if (best.worth === 0) return lengths;
    for (const kind of kinds[best.place]!.slice(lengths[best.place], best.length)) seen.add(kind);
    lengths[best.place] = best.length;
  }
};

const cut = (trace: Trace, length: number): Trace => {
  const log = trace.log.slice(0, length);
  return { ...trace, log, end: log.at(-1)?.after ?? trace.end };
};

/** The random traces of a seed: always the same for the same seed. At least `least.events` entries, if there are `least.traces` of them. */
export const tracesOf = (seed: number, count: number = least.traces): readonly Trace[] => {
  const whole = fc.sample(plans, { seed, numRuns: count }).map((plan) => run(plan));
  for (let most = opening; ; most += 1) {
    const lengths = lengthsOf(whole, most);
    const events = lengths.reduce((sum, length) => sum + length, 0);
    if (count < least.traces || events >= least.events) return whole.map((trace, i) => cut(trace, lengths[i]!));
  }
};

/** All that is replayed: the directed histories, and then the random ones of the seed. */
export const historiesOf = (seed: number, count: number = least.traces): readonly Trace[] => [
  ...directed(),
  ...tracesOf(seed, count),
];

/** What happened in some traces, counted by event and what became of it. */
export const kindsOf = (traces: readonly Trace[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { log } of traces) {
    for (const { event, outcome } of log) {
      const kind = `${event.type}: ${outcome.accepted ? (outcome.to ?? "done") : outcome.refusal}`;
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
  }
  return counts;
};

const theoremOf = (literals: Literals, trace: Trace, index: number): string => {
  const told = trace.log.map(
    ({ event, outcome }) => `  ⟨${literals.event(event)}, ${literals.outcome(event, outcome)}⟩`,
  );
  return `theorem trace_${index} : retold [\n${told.join(",\n")}]\n  ${literals.held(trace.end)} = true := by decide +kernel`;
};

const theoremsOf = (traces: readonly (readonly [Trace, number])[]): readonly string[] => {
  const names = traces.flatMap(([{ log, end }]) => [...log.flatMap(({ event }) => namesIn(event)), ...namesIn(end)]);
  const literals = new Literals(new Numbering(names));
  const theorems = traces.map(([trace, index]) => theoremOf(literals, trace, index));
  return [literals.definitions.join("\n"), ...theorems];
};

const header = (about: string): string => `module

public import Model.Replay

/-! ${about} -/

@[expose] public noncomputable section

namespace Countersign
`;

/**
 * Lean files by module name, each with about as much to replay as the others.
 *
 * @param more theorems to put into the file with the least to do
 */
export const traceFiles = (
  traces: readonly Trace[],
  more: readonly string[],
  seed: number,
  files: number,
): ReadonlyMap<string, string> => {
  const shares = Array.from({ length: files }, () => ({ traces: [] as [Trace, number][], events: 0 }));
  const lightest = () => shares.reduce((a, b) => (b.events < a.events ? b : a));
  for (const [i, trace] of traces.entries()) {
    const share = lightest();
    share.traces.push([trace, i]);
    share.events += trace.log.length;
  }
  const last = lightest();
  return new Map(
    shares.map((share, i) => {
      const about = header(`Traces of the running machine, seed ${seed}, part ${i + 1} of ${files}.`);
      const texts = [...theoremsOf(share.traces), ...(share === last ? more : [])];
      return [`Traces.Part${i + 1}`, `${about}\n${texts.join("\n\n")}\n\nend Countersign\n`];
    }),
  );
};
