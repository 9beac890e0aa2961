/** `npm run proofs`: checks every proof and that the model proved is the machine that runs. `--help` says how it is used. */
import { mkdirSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { check, defaultJobs, freshSeed, layers, type CheckOptions, type Layer, type Report } from "./layers.ts";
import { checkWithLake, hasLake } from "./lake.ts";
import { least } from "./replay.ts";

const help = `npm run proofs -- [options]

Checks every proof of proofs/ with Lean, and that the model proved is the machine that runs: table, code and fresh random histories.

  --update      write Table.lean and theorems.json anew; what changed stands in the diff
  --seed N      replay the traces of an earlier run (each run prints its seed)
  --traces N    more than the ${least.traces} random histories that every run replays beside the directed ones
  --history N   the one history at that place alone, counted from 0, the first with the samples; status 3 at best
  --jobs N      Lean processes at a time; each needs up to 3.5 GB
  --only a,b    some layers only (${layers.join(", ")}); such a run never passes, it ends with status 3 at best
  --target A,B  some modules only, with what they import; status 3 at best
  --cache DIR   where what Lean wrote is kept
  --json        also prints the refusals as one line of JSON
  --help        this

With an official lake on the PATH it does the checking; else the WebAssembly Lean that npm ci installs.
Exit status: 0 all is proved and equal; 1 something is refused; 2 it could not be tried; 3 nothing is refused, and not all was asked.`;

const repository = resolve(fileURLToPath(new URL("../..", import.meta.url)));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const argumentsFrom = () =>
  parseArgs({
    options: {
      update: { type: "boolean", default: false },
      seed: { type: "string" },
      traces: { type: "string" },
      history: { type: "string" },
      jobs: { type: "string" },
      only: { type: "string" },
      target: { type: "string" },
      cache: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  }).values;
type Arguments = ReturnType<typeof argumentsFrom>;

const natural = (name: string, text: string | undefined, otherwise: number, smallest: number): number => {
  const number = text === undefined ? otherwise : /^\d+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(number) || number < smallest)
    throw new Error(`--${name} takes a whole number of at least ${smallest}, not ${text}.`);
  return number;
};

/** Leaves something out, and so may refuse but never pass. */
const isPartial = ({ only, targets, history }: Pick<CheckOptions, "only" | "targets" | "history">): boolean =>
  history !== null || targets.length > 0 || layers.some((layer) => !only.has(layer));

const optionsFrom = (values: Arguments): CheckOptions => {
  const only = new Set((values.only?.split(",") ?? layers) as readonly Layer[]);
  const unknown = [...only].filter((layer) => !layers.includes(layer));
  if (unknown.length > 0) throw new Error(`There is no layer ${unknown.join(", ")}; there are ${layers.join(", ")}.`);
  const targets = values.target?.split(",") ?? [];
  const history = values.history === undefined ? null : natural("history", values.history, 0, 0);
  const cache = resolve(values.cache ?? join(repository, "node_modules/.cache/countersign-proofs"));
  mkdirSync(cache, { recursive: true });
  return {
    repository,
    cache: realpathSync(cache),
    only,
    update: values.update,
    jobs: natural("jobs", values.jobs, defaultJobs(), 1),
    seed: natural("seed", values.seed, freshSeed(), 0),
    traces: natural("traces", values.traces, least.traces, isPartial({ only, targets, history }) ? 1 : least.traces),
    history,
    targets,
    say,
  };
};

// So that what is running ends with this process, however it is told to end.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));

const began = performance.now();
const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

const checkAs = async (values: Arguments): Promise<0 | 1 | 3> => {
  const options = optionsFrom(values);
  const report: Report = hasLake() ? await checkWithLake(options) : await check(options);
  for (const { layer, problem } of report.refusals)
    say(`refused    by ${layer}: ${problem.replaceAll("\n", "\n           ")}`);
  if (values.json) say(JSON.stringify(report.refusals));
  const lean =
    report.peak === 0 ? "" : `, Lean ${seconds(report.cpu)} of processor time, at most ${report.peak} MB a process`;
  const spent = `${seconds(performance.now() - began)}${lean}`;
  if (report.refusals.length > 0) {
    say(`\nRefused. ${spent}\nWhat each layer refuses, and what to do then, is in proofs/README.md.`);
    return 1;
  }
  if (isPartial(options)) {
    const part = options.targets.length === 0 ? "" : ` for ${options.targets.join(", ")}`;
    say(`\nNothing refused by ${[...options.only].join(", ")}${part}; the rest was not asked. ${spent}`);
    return 3;
  }
  say(`\nProved, and equal to the machine that runs. ${spent}`);
  return 0;
};

try {
  const values = argumentsFrom();
  if (values.help) say(help);
  else process.exitCode = await checkAs(values);
} catch (cause) {
  process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n--help says how this is used.\n`);
  process.exitCode = 2;
}
