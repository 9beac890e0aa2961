/** `expect` with the matchers that the pure rooms' tests use; another one is a `TypeError`, never a pass. */
import nodeAssert, { AssertionError, deepStrictEqual } from "node:assert";
import { inspect } from "node:util";

const asymmetric = Symbol("asymmetric");

interface Asymmetric {
  readonly [asymmetric]: (actual: unknown) => boolean;
}

const isAsymmetric = (value: unknown): value is Asymmetric =>
  typeof value === "object" && value !== null && asymmetric in value;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" &&
  value !== null &&
  (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null);

const same = (a: unknown, b: unknown): boolean => {
  try {
    deepStrictEqual(a, b);
    return true;
  } catch {
    return false;
  }
};

/** As vitest's `toEqual`: members that are `undefined` count as absent, and prototypes do not count for plain records. */
const equal = (actual: unknown, wanted: unknown): boolean => {
  if (isAsymmetric(wanted)) return wanted[asymmetric](actual);
  if (Object.is(actual, wanted)) return true;
  if (Array.isArray(actual) && Array.isArray(wanted)) {
    return actual.length === wanted.length && actual.every((item, i) => equal(item, wanted[i]));
  }
  if (wanted instanceof Error && actual instanceof Error) return actual.message === wanted.message;
  if (isRecord(wanted) && typeof actual === "object" && actual !== null && !Array.isArray(actual)) {
    const left = actual as Record<string, unknown>;
    return [...new Set([...Object.keys(left), ...Object.keys(wanted)])].every((key) => equal(left[key], wanted[key]));
  }
  return same(actual, wanted);
};

const matches = (actual: unknown, wanted: unknown): boolean =>
  isRecord(wanted)
    ? typeof actual === "object" &&
      actual !== null &&
      Object.entries(wanted).every(([key, value]) => matches((actual as Record<string, unknown>)[key], value))
    : Array.isArray(wanted)
      ? Array.isArray(actual) && actual.length === wanted.length && wanted.every((item, i) => matches(actual[i], item))
      : equal(actual, wanted);

const contains = (actual: unknown, wanted: unknown): boolean =>
  typeof actual === "string"
    ? actual.includes(wanted as string)
    : [...(actual as Iterable<unknown>)].some((item) => Object.is(item, wanted));

const throws = (body: unknown, wanted: unknown): boolean => {
  try {
    (body as () => unknown)();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (wanted === undefined) return true;
    if (wanted instanceof RegExp) return wanted.test(message);
    if (typeof wanted === "string") return message.includes(wanted);
    return error instanceof (wanted as new () => unknown);
  }
  return false;
};

type Matcher = (actual: never, wanted: never, more: never) => boolean;

const matchers = {
  toBe: (actual: unknown, wanted: unknown) => Object.is(actual, wanted),
  toEqual: equal,
  toStrictEqual: same,
  toMatchObject: matches,
  toContain: contains,
  toContainEqual: (actual: Iterable<unknown>, wanted: unknown) => [...actual].some((item) => equal(item, wanted)),
  toHaveLength: (actual: { readonly length: number }, wanted: number) => actual.length === wanted,
  toHaveProperty: (actual: object, wanted: string) => wanted in actual,
  toMatch: (actual: string, wanted: RegExp | string) =>
    typeof wanted === "string" ? actual.includes(wanted) : wanted.test(actual),
  toBeNull: (actual: unknown) => actual === null,
  toBeDefined: (actual: unknown) => actual !== undefined,
  toBeUndefined: (actual: unknown) => actual === undefined,
  toBeTruthy: (actual: unknown) => Boolean(actual),
  toBeFalsy: (actual: unknown) => !actual,
  toBeGreaterThan: (actual: number, wanted: number) => actual > wanted,
  toBeGreaterThanOrEqual: (actual: number, wanted: number) => actual >= wanted,
  toBeLessThan: (actual: number, wanted: number) => actual < wanted,
  toBeLessThanOrEqual: (actual: number, wanted: number) => actual <= wanted,
  toBeCloseTo: (actual: number, wanted: number, digits = 2) => Math.abs(actual - wanted) < 10 ** -digits / 2,
  toBeInstanceOf: (actual: unknown, wanted: new () => unknown) => actual instanceof wanted,
  toThrow: throws,
  toSatisfy: (actual: unknown, wanted: (value: unknown) => boolean) => wanted(actual),
} as const satisfies Record<string, Matcher>;

const bound = (
  actual: unknown,
  note: string | undefined,
  negated: boolean,
): Record<string, (...args: readonly unknown[]) => void> =>
  Object.fromEntries(
    Object.entries(matchers).map(([name, matcher]) => [
      name,
      (...args: readonly unknown[]) => {
        if ((matcher as (...all: readonly unknown[]) => boolean)(actual, ...args) !== negated) return;
        const words = `${note ?? ""} ${inspect(actual, { depth: 4 })} ${negated ? "not " : ""}${name} ${args.map((arg) => inspect(arg)).join(", ")}`;
        throw new AssertionError({ message: words.trim() });
      },
    ]),
  );

/** Awaits the value first, as `expect(promise).resolves` and `.rejects` do. */
const settled = (actual: unknown, note: string | undefined, rejected: boolean): unknown =>
  new Proxy(
    {},
    {
      get:
        (_, name) =>
        async (...args: readonly unknown[]) => {
          const outcome = await Promise.resolve(
            typeof actual === "function" ? (actual as () => unknown)() : actual,
          ).then(
            (value) => ({ value, rejected: false }),
            (error: unknown) => ({ value: error, rejected: true }),
          );
          if (outcome.rejected !== rejected) {
            throw new AssertionError({
              message: `${rejected ? "not rejected" : "rejected"}: ${inspect(outcome.value)}`,
            });
          }
          const value =
            rejected && String(name) === "toThrow"
              ? () => {
                  throw outcome.value;
                }
              : outcome.value;
          const matcher = bound(value, note, false)[String(name)];
          if (matcher === undefined) throw new TypeError(`expect has no ${String(name)}`);
          matcher(...args);
        },
    },
  );

export const expect = Object.assign(
  (actual: unknown, note?: string) => ({
    ...bound(actual, note, false),
    not: bound(actual, note, true),
    resolves: settled(actual, note, false),
    rejects: settled(actual, note, true),
  }),
  {
    fail: (message?: string): never => {
      throw new AssertionError({ message: message ?? "failed" });
    },
    any: (wanted: new () => unknown): Asymmetric => ({
      [asymmetric]: (actual) =>
        actual instanceof wanted || typeof actual === (wanted as unknown as { name: string }).name.toLowerCase(),
    }),
    anything: (): Asymmetric => ({ [asymmetric]: (actual) => actual !== null && actual !== undefined }),
    objectContaining: (wanted: object): Asymmetric => ({ [asymmetric]: (actual) => matches(actual, wanted) }),
    arrayContaining: (wanted: readonly unknown[]): Asymmetric => ({
      [asymmetric]: (actual) => Array.isArray(actual) && wanted.every((one) => actual.some((item) => equal(item, one))),
    }),
    stringMatching: (wanted: RegExp): Asymmetric => ({
      [asymmetric]: (actual) => typeof actual === "string" && wanted.test(actual),
    }),
    stringContaining: (wanted: string): Asymmetric => ({
      [asymmetric]: (actual) => typeof actual === "string" && actual.includes(wanted),
    }),
    not: {
      stringMatching: (wanted: RegExp): Asymmetric => ({
        [asymmetric]: (actual) => typeof actual === "string" && !wanted.test(actual),
      }),
      arrayContaining: (wanted: readonly unknown[]): Asymmetric => ({
        [asymmetric]: (actual) =>
          !(Array.isArray(actual) && wanted.every((one) => actual.some((item) => equal(item, one)))),
      }),
      objectContaining: (wanted: object): Asymmetric => ({ [asymmetric]: (actual) => !matches(actual, wanted) }),
    },
  },
);

const holds = (holds: boolean, message: string): void => {
  if (!holds) throw new AssertionError({ message });
};

/** Of chai's `assert`, what is used. */
export const assert = {
  strictEqual: nodeAssert.strictEqual,
  notStrictEqual: nodeAssert.notStrictEqual,
  deepStrictEqual: nodeAssert.deepStrictEqual,
  match: nodeAssert.match,
  isTrue: (actual: unknown) => holds(actual === true, `${inspect(actual)} is not true`),
  isFalse: (actual: unknown) => holds(actual === false, `${inspect(actual)} is not false`),
  isNull: (actual: unknown) => holds(actual === null, `${inspect(actual)} is not null`),
  isAbove: (actual: number, wanted: number) => holds(actual > wanted, `${actual} is not above ${wanted}`),
  lengthOf: (actual: { readonly length: number }, wanted: number) =>
    holds(actual.length === wanted, `length ${actual.length}, not ${wanted}`),
  include: (actual: unknown, wanted: unknown) =>
    holds(contains(actual, wanted), `no ${inspect(wanted)} in ${inspect(actual)}`),
  notInclude: (actual: unknown, wanted: unknown) =>
    holds(!contains(actual, wanted), `${inspect(wanted)} in ${inspect(actual)}`),
  deepInclude: (actual: object, wanted: object) =>
    holds(matches(actual, wanted), `${inspect(actual)} is not like ${inspect(wanted)}`),
};
