/**
 * Faults in one operation of the reference: what they are made of.
 */
import { operations, type Answer } from "../reference/answer.ts";
import { inOperation, type Fault } from "./fault.ts";

export type Values = Readonly<Record<string, unknown>>;
type Wrong = Parameters<typeof inOperation>[5];

export const faultIn =
  (op: string) =>
  (name: string, violates: string, attack: string | null, wrong: Wrong): Fault =>
    inOperation(name, violates, attack, op, operations, wrong);

/** Members of the input are others. */
export const input = (change: (it: Values) => Values) => ({ input: (it: Values) => ({ ...it, ...change(it) }) });
/** Members of a right answer are others. */
export const value = (change: (ok: Values, it: Values) => Values) => ({
  answer: (answer: Answer, it: Values): Answer =>
    "ok" in answer ? { ok: { ...answer.ok, ...change(answer.ok as Values, it) } } : answer,
});
/** This error is not given; what else is answered in its place. */
export const instead = (error: string, ok: (it: Values) => object) => ({
  answer: (answer: Answer, it: Values): Answer =>
    "error" in answer && answer.error === error ? { ok: ok(it) } : answer,
});
