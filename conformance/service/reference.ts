/** Starts this repository's own server for the suite, as an operator would: `countersign serve` in a process of its own. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface ReferenceServer {
  readonly base: string;
  readonly admin: string;
  /** Where it hands its mail over: listen there. */
  readonly smtp: { readonly host: string; readonly port: number };
  readonly said: () => string;
  /** Ends it by its own id and removes its store. */
  readonly stop: () => Promise<void>;
}

/** A port of 127.0.0.1 that nobody listens on now. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
};

const startLimit = 60_000;

/** The program beside this file: in `src/` of a clone, in `dist/` of the package. */
const program = (): string => {
  const places = ["../../src/cli/main.ts", "../../dist/cli/main.js", "../../cli/main.js"];
  const found = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) => existsSync(path));
  if (found === undefined)
    throw new Error("the reference server is not here; give --url and --admin-key of another one");
  return found;
};

/** On SQLite in a temporary folder, or on `database`. Rejects with what it said when it does not start. */
export const startReference = async ({
  database,
  env = {},
}: { readonly database?: string; readonly env?: Readonly<Record<string, string>> } = {}): Promise<ReferenceServer> => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-conformance-"));
  const admin = `mm_live_${randomBytes(24).toString("hex")}`;
  const smtp = { host: "127.0.0.1", port: await freePort() };
  const child = spawn(process.execPath, [program(), "serve"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"],
      HOST: "127.0.0.1",
      PORT: "0",
      DATABASE_URL: database ?? join(folder, "reference.db"),
      SMTP_URL: `smtp://${smtp.host}:${smtp.port}`,
      COUNTERSIGN_OPERATOR_KEY: admin,
      COUNTERSIGN_OPERATOR_DOMAIN: "acme.example",
      COUNTERSIGN_KEY: randomBytes(32).toString("base64"),
      COUNTERSIGN_DNS: "off",
      COUNTERSIGN_CLAIM_SECONDS: "0.2",
      ...env,
    },
  });
  let said = "";
  const ended = once(child, "exit");
  const killed = () => child.kill("SIGKILL");
  process.once("exit", killed);
  const stop = async (): Promise<void> => {
    process.off("exit", killed);
    child.kill("SIGTERM");
    const timer = setTimeout(killed, 10_000);
    await ended;
    clearTimeout(timer);
    rmSync(folder, { recursive: true, force: true });
  };
  const listening = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the server kept silent:\n${said}`)), startLimit);
    const hear = (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-20_000);
      const found = /listens on (http:\/\/[^\s]+)/.exec(said);
      if (found === null) return;
      clearTimeout(timer);
      resolve(found[1]!);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`the server ended with ${code}:\n${said}`));
    });
  });
  try {
    return { base: await listening, admin, smtp, said: () => said, stop };
  } catch (error) {
    killed();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
};
