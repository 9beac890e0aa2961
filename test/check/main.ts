/**
 * `npm run check`: types, linter, unused exports, format and the fast tests, all at the same time; each one's output when it ends.
 *
 * - One after the other, most of them leave all but one core idle.
 * - Types and format are kept by content in `node_modules/.cache`, and only what has changed since is looked at; a clean checkout looks at
 *   all of it, and `npm test` always does.
 * - Exit status: 0 all passed; 1 one did not, and its name is in the last line.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const kept = "node_modules/.cache/countersign-check";
const checks: Readonly<Record<string, string>> = {
  tests: "vitest run --project fast*",
  types: `tsc --noEmit --incremental --tsBuildInfoFile ${kept}/types.json`,
  format: `prettier --check --log-level warn --cache --cache-strategy content --cache-location ${kept}/format.json .`,
  lint: "oxlint --deny-warnings src test proofs conformance",
  "unused exports": "knip --config .knip.json --include exports,types,files",
};

const env = { ...process.env, PATH: [join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter) };

const passes = async ([name, line]: readonly [string, string]): Promise<string | null> => {
  const started = performance.now();
  const [program, ...parts] = line.split(" ") as [string, ...string[]];
  const child = spawn(program, parts, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  process.stdout.write(`${out}${err}${status === 0 ? "passed" : "FAILED"}: ${name}, ${seconds} s\n\n`);
  return status === 0 ? null : name;
};

const failed = (await Promise.all(Object.entries(checks).map(passes))).filter((name) => name !== null);
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(", ")}`);
  process.exitCode = 1;
}
