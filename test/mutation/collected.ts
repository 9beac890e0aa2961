/**
 * `describe`, `it` and their kin as far as the pure rooms' tests use them: tests are collected, and run by whoever asks.
 *
 * Vitest itself takes seconds to start anew for each mutant; there are thousands. What this cannot do, it throws at, so that a
 * test is never passed over in silence.
 */
import { format } from "node:util";
import { Effect, Layer } from "effect";
import { TestClock, TestConsole } from "effect/testing";
import { assert, expect } from "./expect.ts";

type Hook = () => unknown;

interface Group {
  readonly name: string;
  readonly parent: Group | null;
  readonly before: Hook[];
  readonly beforeEach: Hook[];
  readonly afterEach: Hook[];
  readonly after: Hook[];
  /** Set once `before` has run. */
  ready: boolean;
}

export interface Collected {
  readonly name: string;
  readonly body: () => unknown;
  readonly group: Group;
}

const newGroup = (name: string, parent: Group | null): Group => ({
  name,
  parent,
  before: [],
  beforeEach: [],
  afterEach: [],
  after: [],
  ready: false,
});

const chain = (group: Group): readonly Group[] => [...(group.parent === null ? [] : chain(group.parent)), group];

const environment = Layer.mergeAll(TestConsole.layer, TestClock.layer());

/** One collection; `modules` stand in for `vitest` and `@effect/vitest`. */
export const collection = () => {
  const tests: Collected[] = [];
  const groups: Group[] = [];
  let group = newGroup("", null);
  let resetModules = (): void => {
    throw new Error("resetModules before any module was loaded");
  };
  groups.push(group);

  const named = (pattern: string, row: readonly unknown[], index: number): string =>
    format(
      pattern.replace(/%#/g, String(index)).replace(/\$(\w+)/g, (whole, key: string) => {
        const [first] = row;
        return typeof first === "object" && first !== null && key in first
          ? String((first as Record<string, unknown>)[key])
          : whole;
      }),
      ...row,
    );

  // Options may stand before or after the body.
  const bodyOf = (parts: readonly unknown[]): ((...args: readonly unknown[]) => unknown) => {
    const body = parts.find((part) => typeof part === "function");
    if (body === undefined) throw new Error("a test without a body");
    return body as (...args: readonly unknown[]) => unknown;
  };

  const it = (name: string, ...rest: readonly unknown[]): void => {
    const body = bodyOf(rest);
    const path = chain(group)
      .map((one) => one.name)
      .filter((one) => one !== "");
    tests.push({ name: [...path, name].join(" > "), body: () => body({}), group });
  };

  const describe = (name: string, ...rest: readonly unknown[]): void => {
    const outer = group;
    group = newGroup(name, outer);
    groups.push(group);
    bodyOf(rest)();
    group = outer;
  };

  const each =
    (declare: (name: string, body: () => unknown) => void) =>
    (rows: readonly unknown[]) =>
    (name: string, ...rest: readonly unknown[]): void => {
      const body = bodyOf(rest);
      for (const [index, row] of rows.entries()) {
        const cells: readonly unknown[] = Array.isArray(row) ? row : [row];
        declare(named(name, cells, index), () => body(...cells));
      }
    };

  const effect = (name: string, body: () => Effect.Effect<unknown, unknown, never>): void =>
    it(name, () =>
      Effect.runPromise(
        Effect.suspend(body).pipe(Effect.scoped, Effect.provide(environment)) as Effect.Effect<unknown>,
      ),
    );

  const stubbed = new Map<string, unknown>();
  const vi = {
    stubGlobal: (name: string, value: unknown) => {
      if (!stubbed.has(name)) stubbed.set(name, (globalThis as Record<string, unknown>)[name]);
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    },
    unstubAllGlobals: () => {
      for (const [name, value] of stubbed)
        Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
      stubbed.clear();
    },
    resetModules: () => resetModules(),
  };

  const shared = {
    describe: Object.assign(describe, { each: each(describe), concurrent: describe }),
    it: Object.assign(it, {
      each: each(it),
      effect,
      live: (name: string, body: () => Effect.Effect<unknown>) =>
        it(name, () => Effect.runPromise(Effect.scoped(body()))),
    }),
    test: Object.assign(it, { each: each(it) }),
    expect,
    assert,
    vi,
    beforeAll: (hook: Hook) => void group.before.push(hook),
    beforeEach: (hook: Hook) => void group.beforeEach.push(hook),
    afterEach: (hook: Hook) => void group.afterEach.push(hook),
    afterAll: (hook: Hook) => void group.after.push(hook),
  };

  return {
    tests,
    onReset: (reset: () => void): void => {
      resetModules = reset;
    },
    modules: { vitest: shared, "@effect/vitest": shared },
    /** Runs one test with the hooks around it; rejects with why it failed. */
    run: async (test: Collected): Promise<void> => {
      const around = chain(test.group);
      for (const one of around) {
        if (one.ready) continue;
        one.ready = true;
        for (const hook of one.before) await hook();
      }
      for (const one of around) for (const hook of one.beforeEach) await hook();
      try {
        await test.body();
      } finally {
        for (const one of around.toReversed()) for (const hook of one.afterEach) await hook();
      }
    },
    /** The hooks after all tests of the groups that were entered. */
    close: async (): Promise<void> => {
      for (const one of groups.toReversed()) if (one.ready) for (const hook of one.after) await hook();
    },
  };
};
