/**
 * The same check with an official Lean toolchain: `lake build --wfail` for the project, and Lean's own account of axioms in place
 * of the audit of what was written. The layers that read texts are the same, and so is the replay.
 */
import { spawn } from "node:child_process";
import { accessSync, constants, existsSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { ownFolder } from "./build.ts";
import { Disagreement } from "./replay.ts";
import { checkTexts, writeReplay, type CheckOptions, type Layer, type Refusal, type Report } from "./layers.ts";
import { options as leanOptions } from "./lean.ts";
import { officialOnly, readSources } from "./sources.ts";
import { checkTable } from "./table.ts";

const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** There is a `lake` on the PATH. */
export const hasLake = (path: string = process.env.PATH ?? ""): boolean =>
  path.split(delimiter).some((folder) => folder !== "" && isProgram(join(folder, "lake")));

/** Runs `lake` in the project; its output is shown as it comes. Gives what is wrong, if anything. */
const lake = (root: string, words: readonly string[]): Promise<string | null> =>
  new Promise((resolve) => {
    const child = spawn("lake", words, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", (cause) => resolve(cause.message));
    child.on("close", (code, signal) =>
      resolve(code === 0 ? null : `lake ${words.join(" ")} ended with ${signal ?? `status ${code}`}`),
    );
  });

export const checkWithLake = async (options: CheckOptions): Promise<Report> => {
  const { repository, only, seed, say } = options;
  const root = join(repository, "proofs");
  if (options.update) checkTable(repository, true);
  const sources = readSources(root);
  const refusals: Refusal[] = [...checkTexts(options, sources)];
  const ask = async (layer: Layer, words: readonly string[]): Promise<void> => {
    if (!only.has(layer) || refusals.length > 0) return;
    say(`lake       ${words.join(" ")}`);
    const problem = await lake(root, words);
    if (problem !== null) refusals.push({ layer, problem });
  };
  await ask("lean", ["build", "--wfail"]);
  if (only.has("audit") && !existsSync(join(root, `${officialOnly}.lean`))) {
    refusals.push({ layer: "audit", problem: `${officialOnly}.lean is missing` });
  }
  await ask("audit", ["env", "lean", ...leanOptions, `${officialOnly}.lean`]);
  if (!only.has("replay") || refusals.length > 0) return { refusals, cpu: 0, peak: 0 };
  const folder = ownFolder(options.cache);
  try {
    const replay = await writeReplay(folder, options);
    say(
      `running    ${replay.traces} traces, ${replay.events} events of ${replay.kinds} kinds, ${replay.samples} samples`,
    );
    say(`seed       ${seed} (repeat with --seed ${seed})`);
    for (const { file } of replay.sources.values()) await ask("replay", ["env", "lean", ...leanOptions, file]);
  } catch (cause) {
    if (!(cause instanceof Disagreement)) throw cause;
    refusals.push({ layer: "replay", problem: cause.message });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { refusals, cpu: 0, peak: 0 };
};
