/** `npm run proofs:sabotage`: plants defects in copies of the repository and asks the check. `--help` says how it is used. */
import { spawn, type ChildProcess } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { directed } from "./directed.ts";
import { defaultJobs, layers, type Refusal } from "./layers.ts";
import { least } from "./replay.ts";
import { contradicted, type Said } from "./history.ts";
import { samplesOf, type Sample } from "./samples.ts";
import { sabotages, type Edit, type Sabotage } from "./sabotages.ts";

const help = `npm run proofs:sabotage -- [options]

Plants each sabotage in a copy of the repository and asks the check. A sabotage that passes, or that another layer than the expected one
refuses first, is a hole in the check; so is one that does not fit the sources any more.

  --only words  those whose description has these words in it
  --layer a,b   those that these layers must refuse (${layers.join(", ")})
  --foretell N  no Lean: whether what goes to the kernel for the replay is wrong, by the code unsabotaged, with each seed from 1 to N
  --list        what there is, and by which layer it must be refused
  --jobs N      how many at a time; each needs up to 3.5 GB
  --cache DIR   as for the check itself; what was compiled before the sabotage is not compiled again
  --help        this

Exit status: 0 each was refused where it should be; 1 not so; 2 it could not be tried.`;

const repository = resolve(fileURLToPath(new URL("../..", import.meta.url)));
const parts = ["proofs", "spec", "src", "test", "package.json", "tsconfig.json"];

/** Everything the check reads, with the dependencies as they are. */
const copyInto = (folder: string): void => {
  for (const part of parts) {
    cpSync(join(repository, part), join(folder, part), {
      recursive: true,
      filter: (path) => !/[\\/](\.lake|node_modules)$/.test(path),
    });
  }
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
};

const apply = (folder: string, edit: Edit): void => {
  const file = join(folder, edit.file);
  if ("create" in edit) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, edit.create);
    return;
  }
  const pieces = readFileSync(file, "utf8").split(edit.from);
  if (pieces.length !== 2)
    throw new Error(`it does not fit any more: ${edit.file} has ${pieces.length - 1} × ${edit.from}`);
  writeFileSync(file, pieces.join(edit.to));
};

/** What a sabotage's `--update` may have written, beside what it edits itself. */
const generated = ["proofs/Table.lean", "proofs/theorems.json"];

/** Puts everything back that a sabotage may have touched. */
const restore = (folder: string, { edits }: Sabotage): void => {
  for (const path of [...generated, ...edits.map(({ file }) => file)]) {
    const original = join(repository, path);
    if (existsSync(original)) cpSync(original, join(folder, path));
    else rmSync(join(folder, path), { force: true });
  }
};

// So that nothing is left running or lying about, however this process is told to end.
const running = new Set<ChildProcess>();
const copies = new Set<string>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGTERM");
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));

const runCheck = (
  folder: string,
  words: readonly string[],
): Promise<{ readonly status: number | null; readonly text: string }> =>
  new Promise((done) => {
    const child = spawn(process.execPath, [join(folder, "proofs/check/main.ts"), "--json", ...words], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      // The WebAssembly Lean, whatever else there is: the layers to be shown are its.
      env: { ...process.env, PATH: dirname(process.execPath) },
    });
    running.add(child);
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    child.on("close", (status) => {
      running.delete(child);
      done({ status, text });
    });
  });

interface Verdict {
  readonly refusedBy: string;
  readonly first: string;
  readonly good: boolean;
}

/** A run of Lean that breaks down shows nothing, nor does a definition in the model that is no Lean any more. */
const showsNothing = ({ edits }: Sabotage, problem: string): boolean =>
  /\.cjs:\d|^Lean (ended|took)/.test(problem) ||
  edits.some(({ file }) => file.startsWith("proofs/Model/") && problem.startsWith(file.slice("proofs/".length)));

const judge = (sabotage: Sabotage, status: number | null, text: string): Verdict => {
  const line = text.split("\n").findLast((one) => one.startsWith("[{"));
  if (status !== 1 || line === undefined) {
    const end = text.trim().split("\n").slice(-3).join(" ");
    return { refusedBy: status === 3 ? "nothing" : `status ${status}`, first: end, good: false };
  }
  const refusals = JSON.parse(line) as readonly Refusal[];
  const found = [...new Set(refusals.map(({ layer }) => layer))].sort((a, b) => layers.indexOf(a) - layers.indexOf(b));
  const first = refusals.find(({ layer }) => layer === found[0])?.problem ?? "";
  const right = found[0] === sabotage.expected && !showsNothing(sabotage, first);
  return { refusedBy: found.join(", "), first: right ? first.split("\n")[0]! : first, good: right };
};

const seed = 1;

interface Told {
  readonly histories: readonly Said[];
  /** Of each seed. */
  readonly samples: readonly (readonly Sample[])[];
}

/** What the running code of a folder says for the replay; `null` when it no longer comes to an end. */
const toldBy = (folder: string, seeds: readonly number[]): Promise<Told | null> =>
  new Promise((done) => {
    const words = [join(folder, "proofs/check/replayInCopy.ts"), String(least.traces), ...seeds.map(String)];
    const child = spawn(process.execPath, words, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
    running.add(child);
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    child.on("close", (status) => {
      running.delete(child);
      done(status === 0 ? (JSON.parse(text) as Told) : null);
    });
  });

const sampledWrong = (samples: readonly Sample[] | undefined, seed: number): boolean =>
  JSON.stringify(samples) !== JSON.stringify(samplesOf(seed));

/**
 * The one history to replay: the first of which the code unsabotaged says something else. The whole check replays it among all others;
 * one is enough to be refused. The samples go with the first. `null` if what would be put to the kernel is true of the code unsabotaged.
 */
const wrongHistory = async (folder: string): Promise<number | null> => {
  const now = await toldBy(folder, [seed]);
  if (now === null) return 0;
  const first = now.histories.findIndex(contradicted);
  return first >= 0 ? first : sampledWrong(now.samples[0], seed) ? 0 : null;
};

/** Without Lean: is something wrong put to the kernel, whatever the seed? A random history does not count. */
const foretell = async (folder: string, seeds: readonly number[]): Promise<Verdict> => {
  const now = await toldBy(folder, seeds);
  if (now === null) return { refusedBy: "(replay)", first: "nothing comes of it with any seed", good: true };
  const wrong = now.histories.slice(0, directed().length).filter(contradicted).length;
  if (wrong > 0) return { refusedBy: "(replay)", first: `with any seed: ${wrong} directed histories`, good: true };
  const missed = seeds.filter((one, i) => !sampledWrong(now.samples[i], one));
  if (missed.length === 0) return { refusedBy: "(replay)", first: "the samples of each seed", good: true };
  return { refusedBy: "nothing", first: `by no directed history, by no sample of the seeds ${missed}`, good: false };
};

const attempt = async (folder: string, cache: string, sabotage: Sabotage, seeds: number): Promise<Verdict> => {
  try {
    for (const edit of sabotage.edits) apply(folder, edit);
    if (seeds > 0) {
      return await foretell(
        folder,
        Array.from({ length: seeds }, (_, i) => i + 1),
      );
    }
    const common = ["--cache", cache, "--seed", String(seed), "--jobs", "1"];
    if (sabotage.repin === true) await runCheck(folder, [...common, "--update", "--only", "table,manifest"]);
    const target = sabotage.targets === undefined ? [] : ["--target", sabotage.targets.join(",")];
    const wrong = sabotage.layers.includes("replay") ? await wrongHistory(folder) : undefined;
    if (wrong === null) return { refusedBy: "nothing", first: "nothing wrong is put to the kernel", good: false };
    const history = wrong === undefined ? [] : ["--history", String(wrong)];
    const asked = ["--only", sabotage.layers.join(","), ...target, ...history];
    const { status, text } = await runCheck(folder, [...common, ...asked]);
    return judge(sabotage, status, text);
  } catch (cause) {
    return { refusedBy: "-", first: cause instanceof Error ? cause.message : String(cause), good: false };
  } finally {
    restore(folder, sabotage);
  }
};

const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1);

/** Tries all of them, some at a time; the ones that need Lean first. Gives how many were not refused as they should be. */
const tryAll = async (
  chosen: readonly Sabotage[],
  folders: readonly string[],
  cache: string,
  seeds: number,
): Promise<number> => {
  const needsLean = ({ layers }: Sabotage) => layers.some((layer) => ["lean", "audit", "replay"].includes(layer));
  const left = [...chosen.filter(needsLean), ...chosen.filter((one) => !needsLean(one))];
  let [done, holes] = [0, 0];
  const work = async (folder: string): Promise<void> => {
    for (let sabotage = left.shift(); sabotage !== undefined; sabotage = left.shift()) {
      const began = performance.now();
      const { refusedBy, first, good } = await attempt(folder, cache, sabotage, seeds);
      done += 1;
      const place = `${done}/${chosen.length}`.padStart(5);
      const words = `${sabotage.what.padEnd(66)} ${sabotage.expected.padEnd(9)} ${refusedBy.padEnd(10)}`;
      console.log(`${place} ${good ? "ok  " : "HOLE"} ${words} ${seconds(began).padStart(7)}`);
      console.log(`              ${first.slice(0, good ? 160 : 2000)}`);
      if (!good) holes += 1;
    }
  };
  await Promise.all(folders.map(work));
  return holes;
};

const main = async (): Promise<0 | 1> => {
  const { values } = parseArgs({
    options: {
      only: { type: "string", default: "" },
      layer: { type: "string", default: layers.join(",") },
      foretell: { type: "string", default: "0" },
      list: { type: "boolean", default: false },
      jobs: { type: "string", default: String(defaultJobs()) },
      cache: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const wanted = values.layer.split(",");
  if (!/^\d{1,3}$/.test(values.foretell))
    throw new Error(`--foretell takes a number from 0 to 999, not ${values.foretell}.`);
  const seeds = Number(values.foretell);
  const chosen = sabotages.filter(
    ({ what, expected }) =>
      what.includes(values.only) && wanted.includes(expected) && (seeds === 0 || expected === "replay"),
  );
  if (chosen.length === 0) throw new Error("There is no such sabotage; --list shows those there are.");
  if (values.list) {
    for (const { what, expected } of chosen) console.log(`${expected.padEnd(9)} ${what}`);
    return 0;
  }
  if (!/^[1-9]$/.test(values.jobs)) throw new Error(`--jobs takes a number from 1 to 9, not ${values.jobs}.`);
  const began = performance.now();
  const kept = resolve(values.cache ?? join(repository, "node_modules/.cache/countersign-proofs"));
  mkdirSync(kept, { recursive: true });
  const cache = realpathSync(kept);
  const folders = Array.from({ length: Math.min(Number(values.jobs), chosen.length) }, () =>
    realpathSync(mkdtempSync(join(tmpdir(), "countersign-sabotage-"))),
  );
  for (const folder of folders) {
    copies.add(folder);
    copyInto(folder);
  }
  // What is refused without any sabotage would make each of them look caught.
  const clean = await runCheck(folders[0]!, ["--cache", cache, "--only", "table,imports,lint,manifest"]);
  if (clean.status !== 3) throw new Error(`The repository is refused as it is:\n${clean.text}`);
  console.log(`${"".padEnd(10)} ${"sabotage".padEnd(66)} ${"expected".padEnd(9)} ${"refused by".padEnd(10)} seconds`);
  const holes = await tryAll(chosen, folders, cache, seeds);
  const good = chosen.length - holes;
  if (seeds > 0) console.log("\nForetold, not tried: the kernel was not asked.");
  console.log(`\n${good} of ${chosen.length} sabotages refused by the layer that should. ${seconds(began)} s`);
  return holes > 0 ? 1 : 0;
};

try {
  process.exitCode = await main();
} catch (cause) {
  process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n--help says how this is used.\n`);
  process.exitCode = 2;
}
