/** A real server in a process of its own, and a client of its REST face. Ended by its own id, always. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Answer } from "./answer.ts";
import { compileCache } from "./compileCache.ts";
import { operatorKey } from "./credentials.ts";
import type { Create } from "./people.ts";

export interface RunningServer {
  readonly base: string;
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly call: (
    method: string,
    path: string,
    key: string | null,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer>;
  readonly create: Create;
  /** Ends it as an operator would, and waits. */
  readonly stop: () => Promise<void>;
  /** Resolves when it has ended, by whatever hand. */
  readonly ended: Promise<void>;
}

export const cli = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

export interface StartOptions {
  readonly env: Readonly<Record<string, string>>;
  /** The program; `countersign serve` when left out. */
  readonly program?: readonly string[];
}

const startLimit = 30_000;

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts a server; rejects with what it said if it ends or keeps silent. */
export const startServer = async ({ env, program = [cli, "serve"] }: StartOptions): Promise<RunningServer> => {
  const child = spawn(process.execPath, [...program], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: {
      PATH: process.env["PATH"],
      NODE_COMPILE_CACHE: compileCache,
      HOST: "127.0.0.1",
      PORT: "0",
      COUNTERSIGN_OPERATOR_KEY: operatorKey,
      COUNTERSIGN_OPERATOR_DOMAIN: "acme.example",
      COUNTERSIGN_KEY: Buffer.alloc(32, 7).toString("base64"),
      COUNTERSIGN_DNS: "off",
      ...env,
    },
  });
  const killer = () => child.kill("SIGKILL");
  running.add(child);
  let said = "";
  const ended = once(child, "exit").then(() => void running.delete(child));
  const listening = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the server kept silent:\n${said}`)), startLimit);
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      const found = /listens on (http:\/\/[^\s]+)/.exec(said);
      if (found !== null) {
        clearTimeout(timer);
        resolve(found[1]!);
      }
    };
    child.stdout!.on("data", hear);
    child.stderr!.on("data", hear);
    child.on("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`the server ended with ${code}:\n${said}`));
    });
  });
  let base: string;
  try {
    base = await listening;
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  const call: RunningServer["call"] = async (method, path, key, body, headers = {}) => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined || typeof body === "string" ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    let json: unknown = null;
    try {
      json = JSON.parse(text);
    } catch {
      // Mail and JSON Lines are looked at as text.
    }
    return { status: response.status, headers: response.headers, text, body: json };
  };
  return {
    base,
    child,
    ended,
    output: () => said,
    call,
    create: async (path, body) => {
      const answer = await call("POST", path, operatorKey, body);
      if (answer.status !== 201) throw new Error(`POST ${path} was answered ${answer.status}: ${answer.text}`);
      return answer.body;
    },
    stop: async () => {
      child.kill("SIGTERM");
      const timer = setTimeout(killer, 10_000);
      await ended;
      clearTimeout(timer);
    },
  };
};
