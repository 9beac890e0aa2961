/** The demo's server, a process of its own on this machine: started, called over REST, and ended; and this program as an auditor runs it. */
import { execFile, spawn } from "node:child_process";
import { dirname, extname, join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { StoryError } from "./StoryError.ts";

interface Answer {
  readonly status: number;
  readonly body: Record<string, any>;
  readonly text: string;
}

const main = join(dirname(fileURLToPath(import.meta.url)), "..", `main${extname(fileURLToPath(import.meta.url))}`);

/** Waits for the line that says where the server listens. */
const listening = (out: Readable, complaints: () => string): Promise<string> =>
  new Promise((resolve, reject) => {
    let seen = "";
    const timer = setTimeout(() => reject(new StoryError(`the server did not start in 20 s\n${complaints()}`)), 20_000);
    const settle = (done: () => void) => {
      clearTimeout(timer);
      done();
    };
    out.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(seen);
      if (found !== null) settle(() => resolve(found[0]));
    });
    out.on("end", () => settle(() => reject(new StoryError(`the server ended before it listened\n${complaints()}`))));
  });

/** This program again, as an auditor would run it elsewhere. */
export const countersign = (
  ...args: readonly string[]
): Promise<{ readonly status: number; readonly lines: readonly string[] }> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], { timeout: 20_000 }, (_, stdout, stderr) =>
      resolve({ status: child.exitCode ?? 2, lines: `${stdout}${stderr}`.trimEnd().split("\n") }),
    );
  });

/** The environment without the operator's own settings: a quorum of two would leave the story without its end. */
const unset = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("COUNTERSIGN_")));

/** Starts the server with the demo's settings alone, and its database and key in `folder`. */
export const startServer = (folder: string, smtpUrl: string, operatorKey: string) => {
  const server = spawn(process.execPath, [main, "serve"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...unset(process.env),
      HOST: "127.0.0.1",
      PORT: "0",
      DATABASE_URL: join(folder, "demo.db"),
      SMTP_URL: smtpUrl,
      COUNTERSIGN_OPERATOR_KEY: operatorKey,
      COUNTERSIGN_OPERATOR_DOMAIN: "acme.example",
      COUNTERSIGN_KEY_FILE: join(folder, "demo.key"),
      // The demo asks nobody, not even DNS.
      COUNTERSIGN_DNS: "off",
    },
  });
  let complaints = "";
  server.stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString()));
  const ended = new Promise<void>((resolve) => server.on("exit", () => resolve()));
  return {
    /** Where it listens, once it does. */
    base: () => listening(server.stdout, () => complaints),
    stop: async (): Promise<void> => {
      server.kill("SIGTERM");
      const killer = setTimeout(() => server.kill("SIGKILL"), 5000);
      await ended;
      clearTimeout(killer);
    },
  };
};

/** Calls the REST API at `base`. */
export const callerOf =
  (base: string) =>
  async (method: string, path: string, key: string | null, body?: unknown): Promise<Answer> => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    let json: Record<string, any> = {};
    try {
      json = JSON.parse(text) as Record<string, any>;
    } catch {
      // JSON Lines and raw mail are read as text.
    }
    return { status: response.status, body: json, text };
  };

export type Call = ReturnType<typeof callerOf>;
