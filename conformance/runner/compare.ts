/**
 * Whether an answer is the one a vector expects, and if not, where it differs.
 *
 * - Values are compared exactly, objects without regard to the order of their members.
 * - The one exception is a member called `checks`: there the answer may report more than the vector asks about.
 */
import type { Answer } from "./adapter.ts";
import { sorted, type Expectation, type Json, type JsonObject } from "./vectors.ts";

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const text = (value: Json | undefined): string => (value === undefined ? "nothing" : sorted(value).slice(0, 400));

/** The first difference, or `null`. */
const difference = (expected: Json | undefined, got: Json | undefined, at: string, subset: boolean): string | null => {
  if (isObject(expected) && isObject(got)) {
    for (const name of Object.keys(expected).sort()) {
      const found = difference(expected[name], got[name], at === "" ? name : `${at}.${name}`, name === "checks");
      if (found !== null) return found;
    }
    const extra = Object.keys(got).find((name) => !Object.hasOwn(expected, name));
    return subset || extra === undefined
      ? null
      : `${at === "" ? "" : `${at}: `}expected no ${extra}, got ${text(got[extra])}`;
  }
  if (Array.isArray(expected) && Array.isArray(got)) {
    for (let i = 0; i < Math.max(expected.length, got.length); i++) {
      const found = difference(expected[i], got[i], `${at}[${i}]`, false);
      if (found !== null) return found;
    }
    return null;
  }
  return expected !== undefined && got !== undefined && sorted(expected) === sorted(got)
    ? null
    : `${at === "" ? "" : `${at}: `}expected ${text(expected)}, got ${text(got)}`;
};

/** Why the answer is not the expected one; `null` when it is. */
export const mismatch = (expected: Expectation, answer: Answer): string | null => {
  if ("unsupported" in answer) return `it does not support ${answer.unsupported}, which is not optional here`;
  if ("error" in expected) {
    if ("error" in answer)
      return answer.error === expected.error ? null : `expected the error ${expected.error}, got ${answer.error}`;
    return `expected the error ${expected.error}, got ${text(answer.ok)}`;
  }
  if ("error" in answer) return `expected ${text(expected.ok)}, got the error ${answer.error}`;
  return difference(expected.ok, answer.ok, "", false);
};
