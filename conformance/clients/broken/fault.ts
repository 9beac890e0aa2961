/**
 * One deliberate fault, and what it is good for.
 */
import type { Answer, Operation } from "../reference/answer.ts";
import type { Hooks } from "./hooks.ts";
import { runTable } from "./TableClient.ts";

export interface Fault {
  /** kebab-case, in the words of what it does wrong. */
  readonly name: string;
  /** `OV-12`: clauses it breaks; a vector of each of them catches it. */
  readonly violates: readonly string[];
  /** The attack that it lets through: A1 … G10 of the threat list in `conformance/README.md`. */
  readonly attack: string | null;
  /** Operations that are other than the reference's. */
  readonly operations: Readonly<Record<string, Operation>>;
}

const clauses = (violates: string): readonly string[] => violates.split(" ").map((one) => `OV-${one}`);

/** A fault in the rules. `hooks` are made anew for each history. */
export const inRules = (
  name: string,
  violates: string,
  attack: string | null,
  hooks: Hooks | (() => Hooks),
): Fault => ({
  name,
  violates: clauses(violates),
  attack,
  operations: {
    run: ((it: never) => ({ ok: runTable(typeof hooks === "function" ? hooks : () => hooks)(it) })) as Operation,
  },
});

type Values = Readonly<Record<string, unknown>>;

/** Right answers, so that what a fault leaves alone is worked out once for all of them. The reference is a function: it has no state. */
const known = new Map<string, Answer>();
const rightAnswer = async (op: string, operation: Operation, it: Values): Promise<Answer> => {
  const key = `${op} ${JSON.stringify(it)}`;
  const answer = known.get(key) ?? (await operation(it as never));
  known.set(key, answer);
  return answer;
};

/** A fault in one operation: another input for the right one, or another answer. */
export const inOperation = (
  name: string,
  violates: string,
  attack: string | null,
  op: string,
  right: Readonly<Record<string, Operation>>,
  wrong: { readonly input?: (it: Values) => Values; readonly answer?: (answer: Answer, it: Values) => Answer },
): Fault => ({
  name,
  violates: clauses(violates),
  attack,
  operations: {
    [op]: (async (it: never) => {
      const answer = await rightAnswer(op, right[op]!, wrong.input?.(it) ?? it);
      return wrong.answer?.(answer, it) ?? answer;
    }) as Operation,
  },
});
