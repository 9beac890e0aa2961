/**
 * `npm run mutation [folder …]`: changes the code in every way Stryker knows, one change at a time, and shows which changes no test
 * notices. Prints the score of each folder.
 *
 * - Exit status 0: every mutant was killed, or is listed in `equivalent.json` with the reason why nothing could kill it. 1: one
 *   survived that is not listed, or a listed one is killed or gone (the entry is stale). 2: the run itself failed.
 * - The mutants are Stryker's (its instrumenter puts all of them into the sources, behind switches); the runner is ours, because
 *   starting vitest for each of thousands takes hours: see `freshModules.ts`.
 * - `--file name` looks at the source files whose path has it, `--line 7,9` at these lines, `--jobs n` at so many mutants at once (default 2), `--afresh` at all of
 *   them anew (see `memory.ts`); `--json file` writes every mutant and what killed it there.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { judged, readEquivalents } from "./equivalent.ts";
import { type Result, runSuite, shown } from "./run.ts";
import { suiteNamed, suites } from "./suites.ts";

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      file: { type: "string" },
      line: { type: "string" },
      afresh: { type: "boolean", default: false },
      jobs: { type: "string" },
      json: { type: "string" },
    },
  });
  const chosen = positionals.length === 0 ? suites : positionals.map(suiteNamed);
  const equivalents = readEquivalents();
  let sound = true;
  const all: Result[] = [];
  for (const suite of chosen) {
    const results = await runSuite(suite, {
      only: values.file,
      lines: values.line === undefined ? undefined : new Set(values.line.split(",").map(Number)),
      jobs: Number(values.jobs ?? 2),
      afresh: values.afresh,
    });
    all.push(...results);
    const { unlisted, listed, stale } = judged(results, equivalents, (entry) =>
      results.some((one) => one.file === entry.file && (values.line === undefined || one.source === entry.source)),
    );
    const killed = results.filter(({ killedBy }) => killedBy !== null).length;
    const hung = results.filter(({ killedBy }) => killedBy?.startsWith("no answer") === true).length;
    const killable = results.length - listed.length;
    const score = killable === 0 ? 100 : (killed * 100) / killable;
    for (const result of unlisted) process.stdout.write(`${shown(result)}\n`);
    for (const entry of stale)
      process.stdout.write(`  stale entry of equivalent.json, remove it: ${JSON.stringify(entry)}\n`);
    process.stdout.write(
      `${suite.name}: ${score.toFixed(2)} % of ${killable} killable mutants killed (${hung} by never ending); ${unlisted.length} survived, ${listed.length} are equivalent\n`,
    );
    sound &&= unlisted.length === 0 && stale.length === 0;
  }
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(all, null, 1));
  return sound ? 0 : 1;
};

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  },
);
