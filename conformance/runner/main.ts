#!/usr/bin/env node
/**
 * The runner's command line; `--help` says it all.
 *
 * Exit status: 0 no failure but listed ones; 1 a failure, or a stale entry in the list; 2 the client or the suite broke.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { commandOf, start } from "./adapter.ts";
import { exitStatus, junitOf, levels as allLevels, markdownOf, type Level, type Report } from "./report.ts";
import { runVectors } from "./run.ts";
import { readRelease, readVectors, UnusableVectors } from "./vectors.ts";
import { readList, UnusableList } from "./xfail.ts";

const usage = `Runs the conformance vectors of the Countersign specification against a client.

  conformance --client <program> [--level core,verifier] [--out <folder>]
              [--xfail <file>] [--timeout <seconds>] [--only <id,…>] [--quiet] [-- <argument of the client>…]

  --client    the adapter: any program; .ts, .js, .py and .pl files are run by node, python3 and perl
  --level     core, verifier, or both (default: core)
  --out       write report.json, report.md and junit.xml there
  --xfail     known failures, one "<vector id>  # <reason>" a line (default: <program>.xfail, if there is one)
  --timeout   longest silence in seconds while an answer is due (default: 10)
  --only      run these vectors alone; says nothing about conformance, exits 2
  --vectors   another folder of vectors, and nothing is frozen then
  --quiet     no progress

Exit status: 0 nothing failed but what is listed; 1 a failure, or a listed vector that passes; 2 the client or the suite broke.
What a client must do: PROTOCOL.md. A running server is judged by the service level: countersign conformance --url <server> --help.
`;

const stop = (message: string): never => {
  process.stderr.write(`${message}\n`);
  process.exit(2);
};

const options = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        client: { type: "string" },
        level: { type: "string", default: "core" },
        out: { type: "string" },
        xfail: { type: "string" },
        timeout: { type: "string", default: "10" },
        only: { type: "string" },
        vectors: { type: "string" },
        quiet: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (cause) {
    return stop(`${(cause as Error).message}\n\n${usage}`);
  }
};

const { values, positionals } = options();
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const client = values.client ?? stop(`--client is missing.\n\n${usage}`);
if (/\/|\.(ts|js|py|pl)$/.test(client) && !existsSync(client)) stop(`--client: there is no file ${client}.`);
const timeout = Number(values.timeout) * 1000;
if (!(timeout > 0 && timeout <= 3_600_000)) stop("--timeout is a number of seconds above 0.");
const levels = values.level.split(",").map((level) => {
  if (level === "core" || level === "verifier") return level satisfies Level;
  return stop(`--level: ${level} is none of ${allLevels.join(", ")}; core and verifier are run with --client.`);
});

const read = () => {
  try {
    const folder = values.vectors === undefined ? undefined : pathToFileURL(`${resolve(values.vectors)}/`);
    const set = readVectors(folder);
    const known = new Set(set.vectors.map(({ id }) => id));
    const only = values.only === undefined ? undefined : new Set(values.only.split(","));
    for (const id of only ?? []) if (!known.has(id)) throw new UnusableVectors(`--only: there is no vector ${id}`);
    const list = values.xfail ?? `${client}.xfail`;
    if (values.xfail !== undefined && !existsSync(list)) throw new UnusableList(`${list} is not there`);
    const xfail = existsSync(list) ? readList(readFileSync(list, "utf8"), known) : new Map<string, string>();
    return { set, only, xfail, release: folder === undefined ? readRelease(set.spec) : null };
  } catch (cause) {
    if (cause instanceof UnusableVectors || cause instanceof UnusableList)
      return stop(`This cannot be run: ${cause.message}.`);
    throw cause;
  }
};

const write = (report: Report, folder: string): void => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(folder, "report.md"), markdownOf(report));
  writeFileSync(join(folder, "junit.xml"), junitOf(report));
};

const { set, only, xfail, release } = read();
const [command, args] = commandOf(client);
let shown = 0;
const progress = (done: number, total: number, failed: number): void => {
  const now = Date.now();
  if (values.quiet || (now - shown < 500 && done < total)) return;
  shown = now;
  const line = `${done}/${total} vectors, ${failed} not passed`;
  process.stderr.write(process.stderr.isTTY ? `\r${line}${done === total ? "\n" : ""}` : `${line}\n`);
};
const report = await runVectors({
  set,
  client: start({ command, args: [...args, ...positionals] }, { spec: set.spec, timeout }),
  levels,
  release,
  xfail,
  ...(only === undefined ? {} : { only }),
  progress,
});
if (values.out !== undefined) write(report, values.out);
const page = markdownOf(report);
const failures = page.indexOf("\n## What did not pass");
process.stdout.write(page.slice(0, page.indexOf("\n| clause")) + (failures < 0 ? "" : page.slice(failures)));
process.exitCode = exitStatus(report);
