/** The SQLite file: whose it is, who may read it, and what becomes of it when its server is killed. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { assert, describe, it } from "@effect/vitest";
import { Effect, Result } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import { afterAll, beforeAll } from "vitest";
import { Journal } from "../../../src/store/Journal.ts";
import { layer } from "../../../src/store/sqlite/Sqlite.ts";
import { client, commit, messageId, on, settle, submitted } from "../stores.ts";

let directory: string;
let files = 0;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "countersign-sqlite-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const newPath = (): string => join(directory, `${++files}.db`);

/** Another process with the database open; resolves once it says so. */
const server = (path: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const child = fork(fileURLToPath(new URL("sqliteServer.ts", import.meta.url)), [path], { execArgv: [] });
      await once(child, "message");
      return child;
    }),
    (child) => Effect.promise(() => ended(child)),
  );

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
};

const open = (path: string) =>
  Effect.result(Effect.scoped(Effect.provide(Effect.void, layer({ path, busyTimeout: 100 }), { local: true })));

describe("the SQLite file", () => {
  it.live(
    "belongs to one process; when that one is killed, what it had committed is there",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const path = newPath();
          const child = yield* server(path);
          const refused = yield* open(path);
          assert.strictEqual(Result.isFailure(refused) && refused.failure.reason, "locked");
          assert.include(
            Result.isFailure(refused) ? refused.failure.message : "",
            "Another server has this database open",
          );
          // It commits on and on, until it is gone.
          child.send("write");
          const [reached] = (yield* Effect.promise(() => once(child, "message"))) as [number];
          yield* Effect.promise(() => ended(child));
          const { entries, head } = yield* on(
            path,
            Effect.gen(function* () {
              const journal = yield* Journal;
              return { head: yield* journal.head, entries: yield* journal.entries({ from: 0, limit: 100_000 }) };
            }),
          );
          assert.isAtLeast(head.size, reached);
          assert.deepEqual(
            entries.map((entry) => entry.index),
            Array.from({ length: head.size }, (_, i) => i),
          );
        }),
      ),
    30_000,
  );

  it.live("belongs to one layer of a process, too", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const path = newPath();
        const first = yield* client(path);
        const refused = yield* open(path);
        assert.strictEqual(Result.isFailure(refused) && refused.failure.reason, "locked");
        assert.strictEqual((yield* first.journal.head).size, 0);
      }),
    ),
  );

  it.live("is for its owner's eyes only, in a directory that is made", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const path = join(directory, "deep", "er", "x.db");
        const { journal } = yield* client(path);
        yield* Effect.provideService(settle, Journal, journal);
        for (const file of [path, `${path}-wal`]) assert.strictEqual(statSync(file).mode & 0o777, 0o600, file);
        const loose = newPath();
        writeFileSync(loose, "", { mode: 0o644 });
        yield* client(loose);
        assert.strictEqual(statSync(loose).mode & 0o777, 0o600);
      }),
    ),
  );

  it.live("is durable at each commit and holds references", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { sql } = yield* client(newPath());
        const setting = (name: string) =>
          Effect.map(sql.unsafe<Record<string, unknown>>(`PRAGMA ${name}`), (rows) => Object.values(rows[0]!)[0]);
        assert.strictEqual(yield* setting("journal_mode"), "wal");
        assert.strictEqual(yield* setting("synchronous"), 2);
        assert.strictEqual(yield* setting("foreign_keys"), 1);
        assert.strictEqual(yield* setting("locking_mode"), "exclusive");
      }),
    ),
  );

  it.live("says so when it is no database, or cannot be one", () =>
    Effect.gen(function* () {
      const text = newPath();
      writeFileSync(text, "This is not a database, but it is long enough to be taken for one.".repeat(20));
      const damaged = yield* open(text);
      assert.strictEqual(Result.isFailure(damaged) && damaged.failure.reason, "corrupt");
      const folder = yield* open(directory);
      assert.strictEqual(Result.isFailure(folder) && folder.failure.reason, "unavailable");
    }),
  );

  it.live("keeps other fibers out of an open transaction, and undoes one that fails", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { sql, journal } = yield* client(newPath());
        yield* Effect.provideService(settle, Journal, journal);
        const failing = Effect.gen(function* () {
          yield* sql`UPDATE tenants SET name = 'changed'`;
          yield* Effect.sleep("20 millis");
          return yield* Effect.fail("no");
        }).pipe(sql.withTransaction, Effect.result);
        const [, seen] = yield* Effect.all([failing, sql`SELECT name FROM tenants`], { concurrency: "unbounded" });
        assert.deepEqual(seen, [{ name: "Default" }] as never);
        assert.deepEqual(yield* sql`SELECT name FROM tenants`, [{ name: "Default" }] as never);
      }),
    ),
  );

  it.live("fails, rather than waits, once it is closed", () =>
    Effect.gen(function* () {
      const closed = yield* Effect.scoped(client(newPath()));
      const read = yield* Effect.result(closed.journal.head);
      assert.strictEqual(Result.isFailure(read) && read.failure.reason, "unavailable");
      const write = yield* Effect.result(
        Effect.provideService(commit(submitted(messageId(1))), Journal, closed.journal),
      );
      assert.strictEqual(Result.isFailure(write) && write.failure.reason, "unavailable");
    }),
  );

  it.live("binds and reads each kind of value", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient;
      const view = Buffer.from("xxbytesxx").subarray(2, 7);
      const [row] = yield* sql`SELECT ${"a'\u{1f389}"} AS t, ${2 ** 47} AS n, ${null} AS z, ${view} AS b, ${true} AS y`;
      assert.deepEqual(row as unknown, {
        t: "a'\u{1f389}",
        n: 2 ** 47,
        z: null,
        b: new Uint8Array(Buffer.from("bytes")),
        y: 1,
      });
    }).pipe(Effect.provide(layer({ path: ":memory:" }))),
  );
});
