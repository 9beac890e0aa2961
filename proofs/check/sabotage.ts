/**
 * `npm run proofs:sabotage`: plants each sabotage in a copy of the repository and asks the check. A sabotage that passes, or that
 * another layer than the expected one refuses first, is a hole in the check; so is one that does not fit the sources any more.
 *
 *     --only words   those whose description has these words in it
 *     --cache DIR    as for the check itself; what was compiled before the sabotage is not compiled again
 *
 * Exit status: 0 each was refused where it should be; 1 not so.
 */
import { spawn } from "node:child_process";
import {
  cpSync,
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
import { layers, type Layer, type Refusal } from "./layers.ts";
import { sabotages, type Edit, type Sabotage } from "./sabotages.ts";

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

/** Applies an edit; gives what undoes it. */
const apply = (folder: string, edit: Edit): (() => void) => {
  const file = join(folder, edit.file);
  if ("create" in edit) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, edit.create);
    return () => rmSync(file);
  }
  const text = readFileSync(file, "utf8");
  if ("append" in edit) writeFileSync(file, text + edit.append);
  else {
    const pieces = text.split(edit.from);
    if (pieces.length !== 2)
      throw new Error(`it does not fit any more: ${edit.file} has ${pieces.length - 1} × ${edit.from}`);
    writeFileSync(file, pieces.join(edit.to));
  }
  return () => writeFileSync(file, text);
};

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
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    child.on("close", (status) => done({ status, text }));
  });

interface Verdict {
  readonly refusedBy: string;
  readonly first: string;
  readonly good: boolean;
}

const judge = (sabotage: Sabotage, status: number | null, text: string): Verdict => {
  const line = text.split("\n").findLast((one) => one.startsWith("[{"));
  if (status !== 1 || line === undefined) {
    const end = text.trim().split("\n").slice(-3).join(" ");
    return { refusedBy: status === 3 ? "nothing" : `status ${status}`, first: end, good: false };
  }
  const refusals = JSON.parse(line) as readonly Refusal[];
  const found = [...new Set(refusals.map(({ layer }) => layer))].sort((a, b) => layers.indexOf(a) - layers.indexOf(b));
  const first = refusals.find(({ layer }) => layer === found[0])?.problem.split("\n")[0] ?? "";
  return { refusedBy: found.join(", "), first, good: found[0] === sabotage.expected };
};

const fewTraces = "60";

const attempt = async (folder: string, cache: string, sabotage: Sabotage, clean: () => void): Promise<Verdict> => {
  const asked: readonly Layer[] = sabotage.layers ?? layers;
  try {
    for (const edit of sabotage.edits) apply(folder, edit);
    const common = ["--cache", cache, "--seed", "1", "--jobs", "1"];
    if (sabotage.repin === true) await runCheck(folder, [...common, "--update", "--only", "table,manifest"]);
    const target = sabotage.targets === undefined ? [] : ["--target", sabotage.targets.join(",")];
    const traces = asked.length === layers.length && target.length === 0 ? [] : ["--traces", fewTraces];
    const { status, text } = await runCheck(folder, [...common, "--only", asked.join(","), ...target, ...traces]);
    return judge(sabotage, status, text);
  } finally {
    clean();
  }
};

const { values } = parseArgs({ options: { only: { type: "string", default: "" }, cache: { type: "string" } } });
const cache = resolve(values.cache ?? join(repository, "node_modules/.cache/countersign-proofs"));
mkdirSync(cache, { recursive: true });
const folder = realpathSync(mkdtempSync(join(tmpdir(), "countersign-sabotage-")));
const chosen = sabotages.filter(({ what }) => what.includes(values.only));

/** Puts back every file that a sabotage or an `--update` may have touched. */
const restore = (): void => {
  for (const part of parts) rmSync(join(folder, part), { recursive: true, force: true });
  rmSync(join(folder, "node_modules"), { force: true });
  copyInto(folder);
};

let holes = 0;
try {
  copyInto(folder);
  // What is refused without any sabotage would make each of them look caught.
  const clean = await runCheck(folder, ["--cache", cache, "--only", "table,imports,lint,manifest"]);
  if (clean.status !== 3) throw new Error(`The repository is refused as it is:\n${clean.text}`);
  console.log(`${"sabotage".padEnd(66)} ${"expected".padEnd(9)} ${"refused by".padEnd(18)} seconds`);
  for (const sabotage of chosen) {
    const began = performance.now();
    let verdict: Verdict;
    try {
      verdict = await attempt(folder, realpathSync(cache), sabotage, restore);
    } catch (cause) {
      verdict = { refusedBy: "-", first: cause instanceof Error ? cause.message : String(cause), good: false };
    }
    const spent = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`${sabotage.what.padEnd(66)} ${sabotage.expected.padEnd(9)} ${verdict.refusedBy.padEnd(18)} ${spent}`);
    if (!verdict.good) {
      holes += 1;
      console.log(`    HOLE: ${verdict.first.slice(0, 400)}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`\n${chosen.length - holes} of ${chosen.length} sabotages refused by the layer that should.`);
process.exitCode = holes > 0 || chosen.length === 0 ? 1 : 0;
