/**
 * `npm run conformance`: everything this repository says about its own conformance suite, run.
 *
 * - the vectors are what their authors wrote, and what was released;
 * - the reference conforms at the levels core, verifier and service, the clients in other languages at core;
 * - every broken client is caught by exactly the vectors it names.
 *
 * Exit status 0 only if all of it holds; each step says its own time. `--without-service` leaves out the level that starts a server.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const runner = here("../runner/main.ts");

interface Step {
  readonly name: string;
  readonly args: readonly string[];
}

const client = (name: string, file: string, level: string): Step => ({
  name,
  args: [runner, "--quiet", "--client", here(`../clients/${file}`), "--level", level],
});

const steps: readonly Step[] = [
  { name: "vectors", args: [here("./vectors.ts"), "check"] },
  client("reference", "reference/main.ts", "core,verifier"),
  client("python", "python/client.py", "core"),
  client("perl", "perl/client.pl", "core"),
  { name: "broken clients", args: [here("./faults.ts")] },
  ...(process.argv.includes("--without-service")
    ? []
    : [{ name: "service", args: [here("../service/main.ts"), "--reference", "--quiet"] }]),
];

const run = ({ name, args }: Step): Promise<boolean> =>
  new Promise((done) => {
    process.stdout.write(`\n== ${name}\n`);
    const began = performance.now();
    const child = spawn(process.execPath, [...args], { stdio: "inherit" });
    child.once("error", () => done(false));
    child.once("exit", (status) => {
      process.stdout.write(
        `   ${status === 0 ? "ok" : `status ${status}`}, ${((performance.now() - began) / 1000).toFixed(1)} s\n`,
      );
      done(status === 0);
    });
  });

const failed: string[] = [];
for (const step of steps) if (!(await run(step))) failed.push(step.name);
process.stdout.write(failed.length === 0 ? "\nAll of it holds.\n" : `\nNot: ${failed.join(", ")}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
