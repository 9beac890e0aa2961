#!/usr/bin/env node
/**
 * `countersign`: the operator's and the auditor's command line.
 *
 * Exit status: 0 done or sound; 1 wrong, refused or unsound; 2 unknown, or the command or the server cannot start as given.
 *
 * **Gotchas**: this file alone runs on a Node that is too old for the rest. It imports nothing of ours before it has looked, and is
 * written in what Node 18 can read.
 */
import { readFileSync } from "node:fs";

const { engines } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  readonly engines: { readonly node: string };
};
const least = engines.node.replace(/^>=/, "");

if (Number.parseInt(process.versions.node, 10) < Number.parseInt(least, 10)) {
  process.stderr.write(`countersign needs Node ${least} or later; ${process.execPath} is ${process.versions.node}.\n`);
  process.exitCode = 2;
} else await import("./run.ts");
