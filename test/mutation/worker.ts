/**
 * Runs a folder's tests against one mutant after another, as the parent asks over IPC: everything of ours is evaluated anew for
 * each, so that nothing a mutant did is there for the next.
 *
 * Asked `{ dry: true }` it runs the tests against the code as it is, and answers which mutants each test touches. Asked `{ mutant }` it runs
 * the tests that touch it, and answers the first that fails.
 */
import { readFileSync } from "node:fs";
import fc, * as fastCheck from "fast-check";
import { collection } from "./collected.ts";
import { freshModules } from "./freshModules.ts";

/** What the parent writes into the file that it names as argument. */
export interface Task {
  readonly sources: readonly (readonly [path: string, text: string])[];
  /** In the order in which they are run. */
  readonly tests: readonly string[];
}

export interface Coverage {
  /** Hits while nothing was tested yet: at import, and while tests were collected. By mutant's id. */
  readonly static: Readonly<Record<string, number>>;
  /** By test file and name. */
  readonly perTest: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export type Asked =
  | { readonly dry: true }
  | {
      readonly mutant: string;
      readonly files: readonly string[];
      /** By file and place, in the order in which they are run. */
      readonly tests: readonly string[];
      readonly hitLimit: number;
      /** Milliseconds after which a test has failed; many times what the slowest one needs. */
      readonly patience: number;
      /** The most runs of one property; `null` = as many as it asks for. */
      readonly runs: number | null;
    };

export type Answered =
  | {
      readonly dry: Coverage;
      readonly failures: readonly string[];
      /** Of each file. */
      readonly millis: Readonly<Record<string, number>>;
      /** How long each test took, the loading of its file left out. */
      readonly tests: Readonly<Record<string, number>>;
    }
  | {
      readonly mutant: string;
      readonly killedBy: string | null;
      /** Of the test that failed, if it was one: as it was asked for. */
      readonly test: string | null;
      readonly why: string;
    };

interface Stryker {
  activeMutant?: string;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: { static: Record<string, number>; perTest: Record<string, Record<string, number>> } | undefined;
}

const task = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as Task;
const sources = new Map(task.sources);
const space: Stryker = ((globalThis as { __stryker__?: Stryker }).__stryker__ = {});
// The same inputs for every mutant and in every run. An afternoon is worth more than a shrunk counterexample.
fc.configureGlobal({ seed: 20_260_101, endOnFailure: true });

/** A few runs of a property find most mutants; what they do not find is looked for with all of them. */
let mostRuns: number | null = null;
const capped = ((property: fc.IRawProperty<unknown>, parameters: fc.Parameters<unknown> = {}) =>
  fc.assert(
    property,
    mostRuns === null ? parameters : { ...parameters, numRuns: Math.min(parameters?.numRuns ?? 100, mostRuns) },
  )) as typeof fc.assert;
const fewer = { ...fastCheck, assert: capped, default: { ...fc, assert: capped } };

/** A test that waits for ever has failed. */
let patience = 600_000;
const inTime = async (body: () => Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("not in time")), patience);
  });
  try {
    await Promise.race([body(), late]);
  } finally {
    clearTimeout(timer);
  }
};

const words = (error: unknown): string =>
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 200);

/** By its place, since some tests have in their names what is random. */
const nameOf = (file: string, index: number): string => `${file}: ${index}`;

const load = async (file: string, given: ReturnType<typeof collection>): Promise<void> => {
  space.currentTestId = undefined;
  const fresh = freshModules({
    sources,
    given: { ...given.modules, "fast-check": fewer },
    mayBeShared: (path) => path.includes("/src/"),
  });
  given.onReset(fresh.reset);
  await fresh.load(file);
};

const dry = async (): Promise<Answered> => {
  delete space.activeMutant;
  const coverage = { static: {}, perTest: {} };
  space.mutantCoverage = coverage;
  const failures: string[] = [];
  const millis: Record<string, number> = {};
  const tests: Record<string, number> = {};
  for (const file of task.tests) {
    const began = performance.now();
    const given = collection();
    await load(file, given);
    for (const [i, test] of given.tests.entries()) {
      space.currentTestId = nameOf(file, i);
      const before = performance.now();
      await inTime(() => given.run(test)).catch((error: unknown) =>
        failures.push(`${file}: ${test.name}: ${words(error)}`),
      );
      tests[nameOf(file, i)] = performance.now() - before;
    }
    space.currentTestId = undefined;
    await given.close();
    millis[file] = Math.round(performance.now() - began);
  }
  return { dry: coverage, failures, millis, tests };
};

const tested = async ({
  mutant,
  files,
  tests,
  hitLimit,
  runs,
  patience: limit,
}: Extract<Asked, { mutant: string }>): Promise<Answered> => {
  space.activeMutant = mutant;
  space.hitCount = 0;
  space.hitLimit = hitLimit;
  mostRuns = runs;
  patience = limit;
  space.mutantCoverage = { static: {}, perTest: {} };
  for (const file of files) {
    const given = collection();
    let at = `${file} (as it is loaded)`;
    let asked: string | null = null;
    try {
      await inTime(() => load(file, given));
      const named = new Map(given.tests.map((test, i) => [nameOf(file, i), test]));
      for (const name of tests) {
        const test = named.get(name);
        if (test === undefined) continue;
        at = `${file}: ${test.name}`;
        asked = name;
        await inTime(() => given.run(test));
      }
      at = `${file} (afterwards)`;
      asked = null;
      await given.close();
    } catch (error) {
      await given.close().catch(() => {});
      return { mutant, killedBy: at, test: asked, why: words(error) };
    }
  }
  return { mutant, killedBy: null, test: null, why: "" };
};

process.on("message", (asked: Asked) => {
  ("dry" in asked ? dry() : tested(asked)).then(
    (answered) => process.send!(answered),
    (error: unknown) => {
      process.stderr.write(`${String(error instanceof Error ? error.stack : error)}\n`);
      process.exit(3);
    },
  );
});
// What a mutant leaves rejected behind it fails no other.
process.on("unhandledRejection", () => {});
