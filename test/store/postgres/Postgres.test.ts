/** What only PostgreSQL has: several servers at once, and connections that are cut. */
import { assert, describe, it } from "@effect/vitest";
import { Deferred, Effect, Fiber, Result } from "effect";
import { Journal } from "../../../src/store/Journal.ts";
import { bothStores, client, commit, growth, messageId, noNeeds, settle, submitted } from "../stores.ts";

const [, postgres] = bothStores();

describe("several servers on one PostgreSQL", () => {
  it.live(
    "never fork the log",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const url = yield* Effect.promise(postgres!.fresh);
          // Both bring the empty database up to date at once.
          const servers = yield* Effect.all([client(url), client(url), client(url)], { concurrency: "unbounded" });
          yield* Effect.provideService(settle, Journal, servers[0].journal);
          yield* Effect.forEach(
            Array.from({ length: 60 }, (_, i) => i),
            (i) => Effect.provideService(commit(submitted(messageId(i))), Journal, servers[i % 3]!.journal),
            { concurrency: "unbounded" },
          );
          const [a, b] = [yield* servers[0].journal.head, yield* servers[1].journal.head];
          assert.deepEqual(a, b);
          assert.strictEqual(a.size, 62);
          const indexes = (yield* servers[2].journal.entries({ from: 0, limit: 100 })).map((entry) => entry.index);
          assert.deepEqual(
            indexes,
            Array.from({ length: 62 }, (_, i) => i),
          );
        }),
      ),
    20_000,
  );

  it.live(
    "a batch whose connection is cut before COMMIT is done again; one cut in COMMIT has an unknown outcome",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const url = yield* Effect.promise(postgres!.fresh);
          const [server, killer] = [yield* client(url), yield* client(url)];
          yield* Effect.provideService(settle, Journal, server.journal);
          const cut = killer.sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()`;
          const batch = (id: string, tries: { count: number }) =>
            server.journal.transact(noNeeds, (loaded) => {
              tries.count++;
              return { writes: growth(loaded, submitted(id)), result: loaded.head.size };
            });

          // The head is held, so the batch waits for it while its connection goes.
          const tries = { count: 0 };
          const [held, go] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()];
          const holder = yield* Effect.forkChild(
            killer.sql.withTransaction(
              Effect.gen(function* () {
                yield* killer.sql`SELECT 1 FROM log_head FOR UPDATE`;
                yield* Deferred.succeed(held, undefined);
                yield* Deferred.await(go);
                yield* cut;
              }),
            ),
          );
          yield* Deferred.await(held);
          const waiting = yield* Effect.forkChild(batch(messageId(1), tries));
          yield* Effect.sleep("100 millis");
          yield* Deferred.succeed(go, undefined);
          yield* Fiber.join(holder);
          assert.strictEqual(yield* Fiber.join(waiting), 2);
          assert.strictEqual((yield* server.journal.head).size, 3);

          // A trigger that runs at COMMIT waits for a lock, and the connection goes while it waits.
          yield* killer.sql.unsafe(`CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NULL; END $$`);
          yield* killer.sql.unsafe(`CREATE CONSTRAINT TRIGGER late AFTER INSERT ON entries DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION wait_at_commit()`);
          const again = { count: 0 };
          const lock = yield* Effect.forkChild(
            killer.sql.withTransaction(
              Effect.gen(function* () {
                yield* killer.sql`SELECT pg_advisory_xact_lock(42)`;
                const fiber = yield* Effect.forkChild(batch(messageId(2), again));
                yield* Effect.sleep("200 millis");
                yield* cut;
                return yield* Effect.result(Fiber.join(fiber));
              }),
            ),
          );
          const outcome = yield* Fiber.join(lock);
          assert.strictEqual(Result.isFailure(outcome) && outcome.failure.reason, "outcome_unknown");
          assert.strictEqual(again.count, 1);
        }),
      ),
    20_000,
  );
});
