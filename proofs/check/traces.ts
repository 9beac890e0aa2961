/**
 * Random traces of the running machine as Lean files: what it was told, the log it wrote, what it held in the end. The kernel
 * replays each on the `step` that the theorems are about.
 *
 * The traces are those of `test/machine/traces.ts`, cut to lengths that make many of them affordable, and a few in full.
 */
import fc from "fast-check";
import { plans, run, type Plan, type Trace } from "../../test/machine/traces.ts";
import { least } from "./least.ts";
import { Literals, namesIn, Numbering } from "./literals.ts";

/** One trace in this many is long; one in `whole` of the long ones is not cut at all. */
const long = 6;
const whole = 10;

/** Moves after the opening. Many short ones show many beginnings, the long ones reach what comes late. */
const lengthOf = (index: number): number => {
  if (index % (long * whole) === 0) return Infinity;
  return index % long === 0 ? 16 : 2 + (index % 3);
};

const cut = (plan: Plan, index: number): Plan => ({ ...plan, moves: plan.moves.slice(0, lengthOf(index)) });

/**
 * The traces of a seed: always the same for the same seed. From `least.traces` on there are as many more as it takes to have
 * `least.events`.
 */
export const tracesOf = (seed: number, count: number = least.traces): readonly Trace[] => {
  const traces: Trace[] = [];
  const enough = () => count < least.traces || traces.reduce((sum, { log }) => sum + log.length, 0) >= least.events;
  for (const plan of fc.sample(plans, { seed, numRuns: 2 * count })) {
    if (traces.length >= count && enough()) break;
    traces.push(run(cut(plan, traces.length)));
  }
  if (!enough())
    throw new Error(`The traces of seed ${seed} have too few events; lengthen them in proofs/check/traces.ts.`);
  return traces;
};

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
    ({ event, outcome }) => `  ⟨${literals.event(event)},\n    ${literals.outcome(event, outcome)}⟩`,
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
