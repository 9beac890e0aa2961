/**
 * Talks to a client under test: a program of its own that reads requests as lines of JSON and writes answers as lines of JSON
 * (`PROTOCOL.md`), or, for the suite's own tests, a function in this process.
 *
 * - Whatever the program does wrong as a program (no start, exit, silence, garbage, huge lines, wrong ids) is a *fault*: it ends the
 *   run, is named, and is never a pass of anything.
 * - Answers may come in any order. A few requests are under way at a time.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { extname, resolve } from "node:path";
import { problems, type Schema } from "./schema.ts";
import type { ClientInfo } from "./report.ts";
import { home, type JsonObject } from "./vectors.ts";

export interface Request {
  readonly id: string;
  readonly op: string;
  readonly given: JsonObject;
  readonly input: JsonObject;
}

export type Answer = { readonly ok: JsonObject } | { readonly error: string } | { readonly unsupported: string };

/** Why the run had to end. */
export interface Fault {
  readonly kind: "crash" | "timeout";
  readonly message: string;
}

export interface Client {
  /** What it says of itself; asked first. */
  readonly hello: () => Promise<{ readonly info: ClientInfo } | { readonly fault: Fault }>;
  /** Asks all, tells each answer once, ends the client. Gives the fault that ended it early, or `null`. */
  readonly ask: (requests: readonly Request[], tell: (id: string, answer: Answer) => void) => Promise<Fault | null>;
  /** Ends it at once, whatever it does. */
  readonly close: () => void;
}

/** The protocol's version, sent with the first request. */
export const PROTOCOL = 1;
/** The longest answer, in octets. */
export const MAX_LINE = 1_048_576;
/** Requests under way at a time. */
const WINDOW = 16;

const helloOf = (spec: string): Request => ({
  id: "hello",
  op: "hello",
  given: {},
  input: { protocol: PROTOCOL, spec },
});

const infoIn = (answer: Answer): ClientInfo | string => {
  if (!("ok" in answer)) return "it does not answer hello";
  const { protocol, name, version, features } = answer.ok;
  if (protocol !== PROTOCOL) return `it speaks protocol ${JSON.stringify(protocol)}, this runner ${PROTOCOL}`;
  if (typeof name !== "string" || typeof version !== "string") return "its hello lacks name or version";
  if (!Array.isArray(features) || features.some((one) => typeof one !== "string"))
    return "its hello lacks the list of features";
  return { name, version, features: features as string[] };
};

const interpreters: Readonly<Record<string, string>> = {
  ".js": process.execPath,
  ".mjs": process.execPath,
  ".ts": process.execPath,
  ".py": "python3",
  ".pl": "perl",
};

/** The command for a client: scripts by their ending, anything else as it is. */
export const commandOf = (file: string): readonly [command: string, args: readonly string[]] => {
  const path = existsSync(file) ? resolve(file) : file;
  const interpreter = interpreters[extname(path)];
  return interpreter === undefined ? [path, []] : [interpreter, [path]];
};

const answerSchema: Schema = JSON.parse(readFileSync(new URL("schema/protocol.schema.json", home), "utf8")) as Schema;

const shown = (text: string): string => JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);

/** Starts a client. `timeout` in milliseconds: the longest silence while an answer is due. */
export const start = (
  client: { readonly command: string; readonly args: readonly string[] },
  settings: { readonly spec: string; readonly timeout: number },
): Client => {
  // In a group of its own, so that a wrapper's children end with it.
  const child: ChildProcess = spawn(client.command, [...client.args], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  const stdout = child.stdout!;
  const stdin = child.stdin!;
  let stderr = "";
  let fault: Fault | null = null;
  let finished = false;
  let exited: { readonly code: number | null; readonly signal: string | null } | null = null;
  let wake: () => void = () => {};
  let timer: NodeJS.Timeout | undefined;
  const waiting = new Map<string, (answer: Answer) => void>();

  const kill = (): void => {
    if (child.pid === undefined || exited !== null) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      child.kill("SIGKILL");
    }
  };
  process.once("exit", kill);
  const close = (): void => {
    clearTimeout(timer);
    process.removeListener("exit", kill);
    kill();
  };
  const fail = (kind: Fault["kind"], message: string): void => {
    if (fault !== null) return;
    const told = stderr.trim();
    fault = { kind, message: told === "" ? message : `${message}; its last words: ${shown(told.slice(-200))}` };
    close();
    wake();
  };
  const silence = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const due = [...waiting.keys()];
      fail(
        "timeout",
        due.length > 0
          ? `it gave no answer for ${settings.timeout / 1000} s while ${due[0]} was due`
          : `it did not exit within ${settings.timeout / 1000} s of the end of its input`,
      );
    }, settings.timeout);
  };

  const take = (line: string): void => {
    if (fault !== null) return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return fail("crash", `it wrote a line that is not JSON: ${shown(line)}`);
    }
    const wrong = problems(answerSchema, value);
    if (wrong.length > 0) return fail("crash", `it wrote a line that is no answer: ${shown(line)}`);
    const { id, ...answer } = value as { readonly id: string } & Answer;
    const tell = waiting.get(id);
    if (tell === undefined)
      return fail("crash", `it answered ${shown(id)}, which nobody asked or which was answered before`);
    waiting.delete(id);
    silence();
    tell(answer as Answer);
    wake();
  };

  let rest: Buffer[] = [];
  let held = 0;
  stdout.on("data", (chunk: Buffer) => {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0 && fault === null; at = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...rest, chunk.subarray(from, at)]).toString("utf8");
      rest = [];
      held = 0;
      from = at + 1;
      if (line.length > MAX_LINE) return fail("crash", `it wrote a line of more than ${MAX_LINE} octets`);
      if (line.trim() !== "") take(line);
    }
    rest.push(chunk.subarray(from));
    held += chunk.length - from;
    if (held > MAX_LINE) fail("crash", `it wrote a line of more than ${MAX_LINE} octets`);
  });
  child.stderr!.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString("utf8")).slice(-2_000);
  });
  // A client that has gone makes writes fail; its exit says so better.
  stdin.on("error", () => {});
  child.on("error", (cause) => fail("crash", `it cannot be started: ${cause.message}`));
  child.on("close", (code, signal) => {
    exited = { code, signal };
    const how = signal === null ? `status ${code}` : `signal ${signal}`;
    if (waiting.size > 0 || !finished)
      fail("crash", `it ended early (${how})${waiting.size > 0 ? ` while ${[...waiting.keys()][0]} was due` : ""}`);
    else if (code !== 0) fail("crash", `it ended with ${how}, which says that it broke`);
    if (Buffer.concat(rest).toString("utf8").trim() !== "") fail("crash", "its last line has no end");
    clearTimeout(timer);
    wake();
  });

  const changed = (): Promise<void> => new Promise((done) => (wake = done));
  const send = (request: Request, tell: (answer: Answer) => void): void => {
    waiting.set(request.id, tell);
    silence();
    stdin.write(`${JSON.stringify(request)}\n`);
  };

  return {
    hello: async () => {
      let info: ClientInfo | string | undefined;
      send(helloOf(settings.spec), (answer) => (info = infoIn(answer)));
      while (info === undefined && fault === null) await changed();
      if (typeof info === "string") fail("crash", info);
      return fault === null ? { info: info as ClientInfo } : { fault };
    },
    ask: async (requests, tell) => {
      for (const request of requests) {
        while (waiting.size >= WINDOW && fault === null) await changed();
        if (fault !== null) return fault;
        send(request, (answer) => tell(request.id, answer));
      }
      while (waiting.size > 0 && fault === null) await changed();
      finished = true;
      if (fault === null) {
        stdin.end();
        silence();
      }
      while (exited === null && fault === null) await changed();
      process.removeListener("exit", kill);
      clearTimeout(timer);
      return fault;
    },
    close,
  };
};
