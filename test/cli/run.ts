/** The command line as a process of its own, in a folder of its own, with nothing of this environment but PATH. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as NodeServices from "@effect/platform-node/NodeServices";
import { Effect, Runtime } from "effect";
import { afterAll, vi } from "vitest";
import { countersign as command } from "../../src/cli/countersign.ts";
import { compileCache } from "../support/compileCache.ts";

export const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
}

/** A folder that is gone after the tests of the file. */
export const scratch = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-cli-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** What every process of these tests is given. */
export const environment = {
  PATH: process.env["PATH"] ?? "",
  NODE_COMPILE_CACHE: compileCache,
  COUNTERSIGN_DNS: "off",
};

/** A command that hangs is ended; a busy machine may take its time. */
const limit = 90_000;

/** Runs one command line to its end. */
export const countersign = async (args: readonly string[], options: RunOptions = {}): Promise<Ended> => {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: options.cwd ?? tmpdir(),
    env: { ...environment, ...options.env },
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), limit);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  // It may end without reading.
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  const [status] = (await once(child, "close")) as [number | null];
  clearTimeout(timer);
  return { status, stdout, stderr };
};

/** Runs one command line in this process, for those that start and bind nothing: a tenth of the time. One after another only. */
export const countersignHere = async (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> => {
  let [stdout, stderr] = ["", ""];
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation((chunk, done?: unknown) => {
      stdout += String(chunk);
      // Who waits until it is written must not wait for ever.
      if (typeof done === "function") done();
      return true;
    }),
    vi.spyOn(process.stderr, "write").mockImplementation((chunk) => ((stderr += String(chunk)), true)),
    vi.spyOn(console, "log").mockImplementation((line) => void (stdout += `${line}\n`)),
    vi.spyOn(console, "error").mockImplementation((line) => void (stderr += `${line}\n`)),
  ];
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    const exit = await Effect.runPromiseExit(command(args).pipe(Effect.provide(NodeServices.layer)));
    let status = -1;
    Runtime.defaultTeardown(exit, (code) => (status = code));
    return { status, stdout, stderr };
  } finally {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  }
};
