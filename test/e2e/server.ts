/** A real server in a process of its own, and somebody who talks to it over REST. Ended by its own id, always. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export const operatorKey = `mm_live_${"o".repeat(43)}`;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Shapes are what the tests are about.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

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
  return {
    base,
    child,
    ended,
    output: () => said,
    call: async (method, path, key, body, headers = {}) => {
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
    },
    stop: async () => {
      child.kill("SIGTERM");
      const timer = setTimeout(killer, 10_000);
      await ended;
      clearTimeout(timer);
    },
  };
};

/** A mailbox and the usual people. */
export const furnish = async (server: RunningServer, mode = "gated_send", mailbox: Record<string, unknown> = {}) => {
  const made = async (path: string, body: unknown) => {
    const answer = await server.call("POST", path, operatorKey, body);
    if (answer.status !== 201) throw new Error(`${path} was answered ${answer.status}: ${answer.text}`);
    return answer.body;
  };
  const box = await made("/v1/mailboxes", {
    address: "support@acme.example",
    agent_id: "agent-1",
    oversight_address: "oversight@acme.example",
    oversight_mode: mode,
    ...mailbox,
  });
  const key = async (name: string, scopes: readonly string[], kind: "agent" | "person") =>
    (await made("/v1/api-keys", { name, scopes, principal: { kind, id: name } })).key as string;
  return {
    mailbox: box.id as string,
    agent: await key("agent-1", ["read", "send"], "agent"),
    alice: await key("alice", ["read", "oversight"], "person"),
    bob: await key("bob", ["read", "oversight"], "person"),
  };
};

export const letter = (change: Record<string, unknown> = {}) => ({
  mailbox: "support@acme.example",
  to: "carol@example.org",
  subject: "Ticket #4821",
  body: "Hi, we've resolved ticket #4821.",
  ...change,
});

/** Asks again until the answer pleases, at most `millis`. */
export const eventually = async <A>(
  ask: () => Promise<A>,
  pleases: (answer: A) => boolean,
  millis = 15_000,
): Promise<A> => {
  const deadline = Date.now() + millis;
  for (;;) {
    const answer = await ask();
    if (pleases(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`not in time; last: ${JSON.stringify(answer)?.slice(0, 2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
