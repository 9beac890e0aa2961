/**
 * The layers of the check, in the order in which they are asked. Each gives what it refuses, in words; nothing is allowed by
 * being skipped: a run of some layers only never counts as passed.
 *
 * | layer    | refuses                                                                           |
 * | -------- | --------------------------------------------------------------------------------- |
 * | table    | a `Table.lean` that is not what `spec/transitions.json` says                      |
 * | imports  | a file that the root does not reach, an import of what is not there               |
 * | lint     | words that go around the kernel or around the reader                              |
 * | manifest | a theorem, witness or definition that is not as pinned; a theorem without witness |
 * | lean     | whatever Lean's kernel does not accept, and whatever it warns of                  |
 * | audit    | axioms, unfinished and unsafe constants in what Lean wrote                        |
 * | replay   | a trace, a score or an encoding of the running code that the model does not share |
 */
import { randomInt } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, freemem } from "node:os";
import { dirname, join } from "node:path";
import { build, ownFolder, prune, type Built } from "./build.ts";
import { Disagreement } from "./replay.ts";
import { prepareLean } from "./lean.ts";
import { lint } from "./lint.ts";
import { checkManifest, unwritten, type Manifest } from "./manifest.ts";
import { inOrder, officialOnly, readSources, sourceOf, strays, type Source } from "./sources.ts";
import { checkTable } from "./table.ts";

export const layers = ["table", "imports", "lint", "manifest", "lean", "audit", "replay"] as const;
export type Layer = (typeof layers)[number];

export interface CheckOptions {
  /** The repository: `proofs/`, `spec/`, `src/` and `test/` are in it. */
  readonly repository: string;
  readonly cache: string;
  readonly only: ReadonlySet<Layer>;
  readonly update: boolean;
  readonly jobs: number;
  readonly seed: number;
  readonly traces: number;
  /** The one history to replay, counted from 0, the samples with the first; `null` for all. */
  readonly history: number | null;
  /** Only these modules and what they import; empty for all. */
  readonly targets: readonly string[];
  readonly say: (line: string) => void;
}

export interface Refusal {
  readonly layer: Layer;
  readonly problem: string;
}

export const freshSeed = (): number => randomInt(1, 2 ** 31);

/**
 * One more than there are processors, since one of them waits for its files now and then, but at most four, and no more than there is
 * memory for: a process needs up to 3.5 GB.
 */
export const defaultJobs = (): number =>
  Math.max(1, Math.min(4, availableParallelism() + 1, Math.floor(freemem() / 3.6e9)));

/** The layers that read texts only: a second or two. */
export const checkTexts = (options: CheckOptions, sources: ReadonlyMap<string, Source>): readonly Refusal[] => {
  const { repository, only, update } = options;
  const refusals: Refusal[] = [];
  const ask = (layer: Layer, problems: () => readonly string[]) => {
    if (only.has(layer)) for (const problem of problems()) refusals.push({ layer, problem });
  };
  ask("table", () => checkTable(repository, update));
  ask("imports", () => strays(sources));
  ask("lint", () => [...sources.values()].filter(({ name }) => name !== officialOnly).flatMap(lint));
  ask("manifest", () => checkManifest(join(repository, "proofs"), sources, update));
  return refusals;
};

/** What the running code says, written as Lean files into a folder of their own. */
export const writeReplay = async (folder: string, { seed, traces: count, history }: CheckOptions) => {
  // Loaded late: it brings the whole machine with it.
  const { historiesOf, kindsOf, traceFiles } = await import("./traces.ts");
  const { samplesOf, sampleTheorems } = await import("./samples.ts");
  const all = historiesOf(seed, count);
  const traces = history === null ? all : all.slice(history, history + 1);
  const files = traces.length < 100 ? 1 : 2;
  const samples = history === null || history === 0 ? samplesOf(seed) : [];
  const more = samples.length === 0 ? [] : sampleTheorems(samples);
  const sources = new Map<string, Source>();
  for (const [name, text] of traceFiles(traces, more, seed, files)) {
    const file = join(folder, `${name.replaceAll(".", "/")}.lean`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    sources.set(name, sourceOf(folder, file));
  }
  const events = traces.reduce((sum, { log }) => sum + log.length, 0);
  return { sources, traces: traces.length, events, kinds: kindsOf(traces).size, samples: samples.length };
};

const refusalsOf = (built: readonly Built[], layer: Layer): readonly Refusal[] =>
  built.flatMap(({ source, state, messages, audit }): readonly Refusal[] => [
    ...(state === "failed" ? messages.slice(0, 8).map((problem) => ({ layer, problem })) : []),
    ...(state === "waiting" ? [{ layer, problem: `${source.name} was not checked: an import of it failed` }] : []),
    ...(audit?.problems ?? []).map((problem) => ({ layer: "audit" as const, problem: `${source.name}: ${problem}` })),
  ]);

/** Everything that `imports` of these modules lead to, and they themselves. */
const below = (sources: ReadonlyMap<string, Source>, names: Iterable<string>): ReadonlyMap<string, Source> => {
  const found = new Map<string, Source>();
  const visit = (name: string) => {
    const source = sources.get(name);
    if (source === undefined || found.has(name)) return;
    found.set(name, source);
    for (const { module } of source.imports) visit(module);
  };
  for (const name of names) visit(name);
  return found;
};

export interface Report {
  readonly refusals: readonly Refusal[];
  /** Of all Lean processes together, milliseconds; of those of this run alone. */
  readonly cpu: number;
  /** Of the largest Lean process, MB; what was kept counts with what it took. */
  readonly peak: number;
}

const spentOn = (built: readonly Built[]): Pick<Report, "cpu" | "peak"> => ({
  cpu: built.reduce((sum, { state, spent }) => sum + (state === "kept" ? 0 : spent.cpu), 0),
  peak: Math.max(0, ...built.map(({ spent }) => spent.peak)),
});

/** All layers, with the WebAssembly Lean. */
export const check = async (options: CheckOptions): Promise<Report> => {
  const { repository, cache, only, jobs, seed, targets, say } = options;
  const root = join(repository, "proofs");
  // Before the sources are read: the table is one of them.
  if (options.update) checkTable(repository, true);
  const sources = readSources(root);
  const refusals = [...checkTexts(options, sources)];
  say(`texts      ${sources.size} files, ${refusals.length} objections`);
  const unknown = targets.filter((name) => !sources.has(name));
  if (unknown.length > 0) throw new Error(`There is no module ${unknown.join(", ")} in proofs/.`);
  const wanted = (["lean", "audit", "replay"] as const).filter((layer) => only.has(layer));
  if (refusals.length > 0 || wanted.length === 0) return { refusals, cpu: 0, peak: 0 };

  const folder = ownFolder(cache);
  try {
    prune(cache, Date.now());
    const lean = await prepareLean(cache, say);
    const asked = only.has("lean") || only.has("audit");
    let all = asked ? (targets.length === 0 ? sources : below(sources, targets)) : below(sources, ["Model.Replay"]);
    const replayed = new Set<string>();
    if (only.has("replay")) {
      const replay = await writeReplay(folder, options);
      for (const name of replay.sources.keys()) replayed.add(name);
      all = new Map([...all, ...replay.sources]);
      say(
        `running    ${replay.traces} traces, ${replay.events} events of ${replay.kinds} kinds, ${replay.samples} samples`,
      );
    }
    say(`seed       ${seed} (repeat with --seed ${seed})`);
    const built = await build(inOrder(all), { lean, cache, jobs, say });
    const isReplay = ({ source }: Built) => replayed.has(source.name);
    refusals.push(
      ...refusalsOf(
        built.filter((one) => !isReplay(one)),
        "lean",
      ),
    );
    refusals.push(...refusalsOf(built.filter(isReplay), "replay"));
    const pinned = join(root, "theorems.json");
    if (only.has("audit") && refusals.length === 0 && targets.length === 0 && existsSync(pinned)) {
      const written = new Set(built.flatMap(({ audit }) => audit?.theorems ?? []));
      const problems = unwritten(JSON.parse(readFileSync(pinned, "utf8")) as Manifest, written);
      refusals.push(...problems.map((problem) => ({ layer: "audit" as const, problem })));
    }
    return { refusals, ...spentOn(built) };
  } catch (cause) {
    if (!(cause instanceof Disagreement)) throw cause;
    return { refusals: [...refusals, { layer: "replay", problem: cause.message }], cpu: 0, peak: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
