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
  args: [runner, "--quiet", "--timeout", "60", "--client", here(`../clients/${file}`), "--level", level],
});

const steps: readonly Step[] = [
  // The longest first, so that two in turn end together.
  ...(process.argv.includes("--without-service")
    ? []
    : [{ name: "service", args: [here("../service/main.ts"), "--reference", "--quiet"] }]),
  { name: "vectors", args: [here("./vectors.ts"), "check"] },
  client("reference", "reference/main.ts", "core,verifier"),
  client("python", "python/client.py", "core"),
  { name: "broken clients", args: [here("./faults.ts")] },
  client("perl", "perl/client.pl", "core"),
];

/** Runs one step and prints what it said when it is done: two run at a time. */
const run = ({ name, args }: Step): Promise<boolean> =>
  new Promise((done) => {
    const began = performance.now();
    let said = "";
    const child = spawn(process.execPath, [...args], { stdio: ["ignore", "pipe", "pipe"] });
    const keep = (chunk: Buffer) => void (said += chunk.toString("utf8"));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", () => done(false));
    child.once("close", (status) => {
      const took = ((performance.now() - began) / 1000).toFixed(1);
      process.stdout.write(`\n== ${name}: ${status === 0 ? "ok" : `status ${status}`}, ${took} s\n${said}`);
      done(status === 0);
    });
  });

const failed: string[] = [];
const left = [...steps];
const worker = async (): Promise<void> => {
  for (let step = left.shift(); step !== undefined; step = left.shift()) if (!(await run(step))) failed.push(step.name);
};
await Promise.all([worker(), worker()]);
process.stdout.write(failed.length === 0 ? "\nAll of it holds.\n" : `\nNot: ${failed.join(", ")}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
