/** Which store a URL names, and what is said when it names none. */
import { assert, describe, it } from "@effect/vitest";
import { Effect, Result } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import { resolve } from "node:path";
import { Journal } from "../../src/store/Journal.ts";
import { migrate } from "../../src/store/tables/Migrations.ts";
import { layerFromUrl, locationOf } from "../../src/store/Store.ts";
import { commit, on } from "./stores.ts";

describe("a store's URL", () => {
  it("names a file or a server", () => {
    const file = (path: string) => ({ kind: "sqlite" as const, path });
    assert.deepEqual(locationOf("sqlite:./a.db"), file("./a.db"));
    assert.deepEqual(locationOf("file:a b.db"), file("a b.db"));
    assert.deepEqual(locationOf("file:///tmp/a%20b.db"), file(resolve("/tmp/a b.db")));
    assert.deepEqual(locationOf("sqlite:///tmp/a.db"), file(resolve("/tmp/a.db")));
    assert.deepEqual(locationOf("sqlite:/tmp/a.db"), file("/tmp/a.db"));
    assert.deepEqual(locationOf(" data/a.db "), file("data/a.db"));
    assert.deepEqual(locationOf("C:\\data\\a.db"), file("C:\\data\\a.db"));
    assert.deepEqual(locationOf(":memory:", { memory: true }), file(":memory:"));
    assert.deepEqual(locationOf("postgres://u:p@h/d"), { kind: "postgres", url: "postgres://u:p@h/d" });
    assert.deepEqual(locationOf("postgresql://h/d"), { kind: "postgres", url: "postgresql://h/d" });
  });

  it.for([
    "",
    "sqlite:",
    "mysql://h/d",
    "postgres:h",
    ":memory:",
    "sqlite::memory:",
    "sqlite://host/a.db",
    "a.db?mode=ro",
  ])("is refused: %j", (url) => assert.strictEqual(locationOf(url).kind, "refused"));

  it.live("is refused with a way out, and without its password", () =>
    Effect.gen(function* () {
      const failure = (url: string) =>
        Effect.map(Effect.result(on(url, Effect.void)), (result) => {
          if (Result.isSuccess(result)) throw new Error("it opened");
          return result.failure;
        });
      const memory = yield* failure("sqlite::memory:");
      assert.strictEqual(memory.reason, "unavailable");
      assert.include(memory.message, "memory");
      assert.include(memory.hint, "sqlite:./countersign.db");
      // Port 1 is nobody's.
      const nobody = yield* failure("postgres://user:secret@127.0.0.1:1/db");
      assert.strictEqual(nobody.reason, "unavailable");
      assert.include(nobody.message, "127.0.0.1:1/db");
      assert.notInclude(JSON.stringify(nobody), "secret");
    }),
  );

  it.live("may be :memory: where that is asked for", () =>
    Effect.gen(function* () {
      const { head } = yield* commit({ entries: [{}] });
      assert.strictEqual(head.size, 0);
      assert.strictEqual((yield* (yield* Journal).head).size, 1);
      // Once more changes nothing; a database of the future is left alone.
      yield* migrate;
      assert.strictEqual((yield* (yield* Journal).head).size, 1);
      yield* (yield* SqlClient)`INSERT INTO schema_version (version) VALUES (1000)`;
      const newer = yield* Effect.result(migrate);
      assert.include(Result.isFailure(newer) ? newer.failure.message : "", "version 1000");
    }).pipe(Effect.provide(layerFromUrl(":memory:", { memory: true }))),
  );
});
