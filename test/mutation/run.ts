/** Runs a folder's tests against each of its mutants, in workers, and says which test failed for which. */
import { type ChildProcess, fork } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Instrumenter } from "@stryker-mutator/instrumenter";
import type { Mutant } from "./equivalent.ts";
import { memoryAt } from "./memory.ts";
import type { Suite } from "./suites.ts";
import type { Answered, Asked, Coverage, Task } from "./worker.ts";

const root = resolve(fileURLToPath(import.meta.url), "../../..");
const worker = fileURLToPath(new URL("./worker.ts", import.meta.url));

/** Runs of a property at first; what survives them meets all of them. */
const fewRuns = 25;
/** Tests that take no more than this share of the time of all are run before the others: most mutants fall to one of them. */
const quickly = 0.01;
/** After so many questions a worker is replaced: what is evaluated anew is not always freed. */
const lifetime = 40;

const silent = new Proxy({}, { get: (_, name) => (String(name).startsWith("is") ? () => false : () => {}) });

const instrumented = async (paths: readonly string[]) => {
  const instrumenter = new Instrumenter(silent as ConstructorParameters<typeof Instrumenter>[0]);
  const { files, mutants } = await instrumenter.instrument(
    paths.map((name) => ({ name, mutate: true, content: readFileSync(name, "utf8") })),
    { plugins: null, excludedMutations: [], ignorers: [] },
  );
  return { files, mutants };
};

/** A worker that answers one question at a time; `null` when it did not answer, after which it is gone. */
const startWorker = (taskFile: string) => {
  const child: ChildProcess = fork(worker, [taskFile], {
    execArgv: ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning", "--max-old-space-size=3000"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    serialization: "json",
  });
  let said = "";
  child.stderr!.on("data", (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-4000);
  });
  let gone = false;
  child.on("exit", () => {
    gone = true;
  });
  return {
    said: () => said,
    isGone: () => gone,
    ask: (question: Asked, millis: number): Promise<Answered | null> =>
      new Promise((done) => {
        const finish = (answer: Answered | null) => {
          clearTimeout(timer);
          child.off("message", heard);
          child.off("exit", ended);
          if (answer === null) {
            gone = true;
            child.kill("SIGKILL");
          }
          done(answer);
        };
        const heard = (answer: Answered) => finish(answer);
        const ended = () => finish(null);
        const timer = setTimeout(ended, millis);
        child.on("message", heard);
        child.on("exit", ended);
        child.send(question);
      }),
    stop: () => void child.kill("SIGKILL"),
  };
};

export interface Result extends Mutant {
  /** The test that failed; `null` = survived. */
  readonly killedBy: string | null;
  readonly covered: boolean;
}

export interface RunOptions {
  /** Part of a source file's path. */
  readonly only?: string | undefined;
  /** Only mutants that begin on these lines, from 1. */
  readonly lines?: ReadonlySet<number> | undefined;
  /** How many mutants at once. */
  readonly jobs: number;
  /** Nothing that earlier runs found is taken over. */
  readonly afresh: boolean;
}

/** Runs a folder. Throws when its tests fail on the code as it is. */
export const runSuite = async (suite: Suite, { only, lines, jobs, afresh }: RunOptions): Promise<readonly Result[]> => {
  const paths = suite.mutate
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .filter((path) => only === undefined || path.includes(only))
    .toSorted();
  const tests = [...new Set(suite.tests.flatMap((pattern) => globSync(pattern, { cwd: root }).toSorted()))];
  const { files, mutants: all } = await instrumented(paths.map((path) => join(root, path)));
  const mutants = all.filter(({ location }) => lines?.has(location.start.line + 1) ?? true);
  const folder = mkdtempSync(join(tmpdir(), "countersign-mutation-"));
  const taskFile = join(folder, "task.json");
  try {
    const task: Task = {
      sources: files.map(({ name, content }) => [name, String(content)] as const),
      tests: tests.map((path) => join(root, path)),
    };
    writeFileSync(taskFile, JSON.stringify(task));
    const first = startWorker(taskFile);
    const dry = await first.ask({ dry: true }, 300_000);
    first.stop();
    if (dry === null || !("dry" in dry)) throw new Error(`The tests did not run to their end:\n${first.said()}`);
    if (dry.failures.length > 0) throw new Error(`Tests fail on the code as it is:\n${dry.failures.join("\n")}`);
    const seconds = Object.values(dry.millis).reduce((a, b) => a + b, 0) / 1000;
    process.stdout.write(
      `${suite.name}: ${mutants.length} mutants of ${paths.length} files; the tests take ${seconds.toFixed(1)} s\n`,
    );
    const order = task.tests.toSorted((a, b) => dry.millis[a]! - dry.millis[b]!);
    // What is only slow must not count as killed: a loaded machine takes many times as long as it did a moment ago.
    const silence = 120_000 + seconds * 30_000;
    // In the order of their files: some count what those before them did.
    const inOrder = Object.keys(dry.tests);
    const limit = 60_000 + 30 * Math.max(...Object.values(dry.tests));
    const plans = mutants.map((mutant) => planOf(mutant.id, dry.dry, order, inOrder, limit));
    // A mutant that is none must survive, else the others die of something else.
    const none: Plan = { mutant: "none", files: order, tests: inOrder, hitLimit: 1, patience: limit, runs: fewRuns };
    const second = startWorker(taskFile);
    const unharmed = await second.ask(none, silence);
    if (unharmed === null || !("killedBy" in unharmed) || unharmed.killedBy !== null) {
      throw new Error(`The tests do not pass twice: ${JSON.stringify(unharmed)}`);
    }
    const quick = await quickTests(second, none, dry.tests, quickly * seconds * 1000, silence);
    second.stop();
    // What a file takes without its slow tests: some do much as they are loaded.
    const slow = (file: string): number =>
      inOrder.reduce((sum, name) => sum + (name.startsWith(`${file}: `) && !quick.has(name) ? dry.tests[name]! : 0), 0);
    const byQuickPart = order.toSorted((a, b) => dry.millis[a]! - slow(a) - (dry.millis[b]! - slow(b)));
    const results: Result[] = [];
    const waiting = mutants.map((mutant, i) => ({ mutant, plan: plans[i]! })).values();
    const memory = memoryAt(
      join(root, "node_modules/.cache/countersign-mutation", `${suite.name}.json`),
      task.tests,
      afresh,
    );
    let told = Date.now();
    const tell = () => {
      told = Date.now();
      const survived = results.filter(({ killedBy }) => killedBy === null).length;
      process.stderr.write(`  ${suite.name}: ${results.length}/${mutants.length}, ${survived} survived\n`);
      memory.save();
    };
    const work = async () => {
      let hand: ReturnType<typeof startWorker> | null = null;
      let done = 0;
      const ask = async (plan: Plan): Promise<string | null> => {
        const first = plan.tests.filter((name) => quick.has(name));
        const rounds = [
          { ...plan, files: homesOf(first, byQuickPart), tests: first, runs: fewRuns },
          { ...plan, runs: fewRuns },
          plan,
        ];
        for (const round of rounds.slice(first.length === 0 || first.length === plan.tests.length ? 1 : 0)) {
          if (hand === null || hand.isGone() || done++ >= lifetime) {
            hand?.stop();
            hand = startWorker(taskFile);
            done = 0;
          }
          const answer = await hand.ask(round, silence);
          if (answer === null) return "no answer: an endless loop, or out of memory";
          if ("killedBy" in answer && answer.killedBy !== null) return answer.killedBy.replace(`${root}/`, "");
        }
        return null;
      };
      for (const { mutant, plan } of waiting) {
        const described = describedMutant(mutant);
        const name = `${described.file}:${described.line}:${described.column} ${described.mutator} ${described.replacement}`;
        const known = memory.recall(name, mutant.fileName);
        const killedBy = known !== undefined ? known.killedBy : plan === null ? null : await ask(plan);
        if (known === undefined) memory.keep(name, mutant.fileName, { killedBy });
        const result: Result = { ...described, killedBy, covered: plan !== null };
        results.push(result);
        if (killedBy === null && known === undefined) process.stderr.write(`${shown(result)}\n`);
        if (Date.now() - told > 15_000) tell();
      }
      (hand as ReturnType<typeof startWorker> | null)?.stop();
    };
    await Promise.all(Array.from({ length: jobs }, work));
    tell();
    return results.toSorted((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const describedMutant = ({
  fileName,
  location,
  mutatorName,
  replacement,
}: Awaited<ReturnType<typeof instrumented>>["mutants"][number]): Mutant => {
  const text = readFileSync(fileName, "utf8").split("\n");
  return {
    file: relative(root, fileName),
    line: location.start.line + 1,
    column: location.start.column + 1,
    source: text[location.start.line]!.trim(),
    mutator: mutatorName,
    original: excerpt(text, location),
    replacement,
  };
};

/**
 * The tests that take no more than `most` milliseconds, and pass without the others: one that needs what a slow one did is none of
 * them, or every mutant would fall to it.
 */
const quickTests = async (
  worker: ReturnType<typeof startWorker>,
  none: Plan,
  millis: Readonly<Record<string, number>>,
  most: number,
  silence: number,
): Promise<ReadonlySet<string>> => {
  const quick = new Set(none.tests.filter((name) => millis[name]! <= most));
  for (;;) {
    const answer = await worker.ask({ ...none, tests: none.tests.filter((name) => quick.has(name)) }, silence);
    if (answer === null || !("killedBy" in answer) || (answer.killedBy !== null && answer.test === null)) {
      throw new Error(`The quick tests do not run by themselves: ${JSON.stringify(answer)}`);
    }
    if (answer.test === null) return quick;
    quick.delete(answer.test);
  }
};

/** Lines and columns count from 0 here. */
const excerpt = (
  text: readonly string[],
  { start, end }: { readonly start: { line: number; column: number }; readonly end: { line: number; column: number } },
): string =>
  start.line === end.line
    ? text[start.line]!.slice(start.column, end.column)
    : [
        text[start.line]!.slice(start.column),
        ...text.slice(start.line + 1, end.line),
        text[end.line]!.slice(0, end.column),
      ].join("\n");

type Plan = Extract<Asked, { mutant: string }>;

/** Those of the files in which one of the tests is. */
const homesOf = (tests: readonly string[], files: readonly string[]): readonly string[] =>
  files.filter((file) => tests.some((name) => name.startsWith(`${file}: `)));

/** Which tests can notice the mutant; `null` when none touches it. */
const planOf = (
  id: string,
  coverage: Coverage,
  files: readonly string[],
  tests: readonly string[],
  patience: number,
): Plan | null => {
  const everywhere = coverage.static[id] ?? 0;
  const touching = new Map(
    Object.entries(coverage.perTest).flatMap(([name, hits]) =>
      hits[id] === undefined ? [] : [[name, hits[id]] as const],
    ),
  );
  const hits = [...touching.values()].reduce((a, b) => a + b, everywhere);
  if (hits === 0) return null;
  const chosen = everywhere > 0 ? tests : tests.filter((name) => touching.has(name));
  return {
    mutant: id,
    files: everywhere > 0 ? files : homesOf(chosen, files),
    tests: chosen,
    // 100 times as often as usual is a loop that does not end.
    hitLimit: hits * 100 + 10_000,
    patience,
    runs: null,
  };
};

/** A survivor, in words. */
export const shown = ({ file, line, column, mutator, original, replacement, covered }: Result): string =>
  `  ${file}:${line}:${column} ${mutator}${covered ? "" : " (no test touches it)"}\n    - ${original.split("\n").join("\n      ")}\n    + ${replacement.split("\n").join("\n      ")}`;
