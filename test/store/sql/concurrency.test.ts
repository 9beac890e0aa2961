/** The journal on both stores when several write at once: versions are compared before they are set, and one of them wins. */
import { assert, describe, it } from "@effect/vitest";
import { Effect, Fiber, Result } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import { Journal, type StoreError } from "../../../src/store/Journal.ts";
import { Records } from "../../../src/store/Records.ts";
import {
  bothStores,
  commit,
  growth,
  mailboxState,
  messageId,
  messageState,
  noNeeds,
  onFresh,
  settle,
  submitted,
  tenantState,
} from "../stores.ts";

const reason = (result: Result.Result<unknown, StoreError>): string =>
  Result.isFailure(result) ? result.failure.reason : "success";

const one = messageId(1);

describe.each(bothStores())("the journal on $name", (store) => {
  const test = (name: string, body: () => Effect.Effect<unknown, unknown>, timeout = 20_000) =>
    it.live(name, () => Effect.asVoid(body()), timeout);
  const fresh = <A, E>(body: Effect.Effect<A, E, Journal | Records | SqlClient>) => onFresh(store, body);

  test("updates a record by several versions at once, from the version it read", () =>
    fresh(
      Effect.gen(function* () {
        yield* settle;
        yield* commit(submitted(one));
        const state = messageState(one, { version: 4, status: "queued" });
        yield* commit({ entries: [{ message: one, at: 170 }], messages: [state] }, { messages: [one] });
        assert.deepEqual((yield* (yield* Records).message("default", one))?.state, state);
        const rows = yield* (yield* SqlClient)`SELECT updated_at AS at, status, version FROM messages`;
        assert.deepEqual(rows, [{ at: 170, status: "queued", version: 4 }] as never);
      }),
    ));

  test("refuses a state that starts from a version that is not the stored one", () =>
    fresh(
      Effect.gen(function* () {
        yield* settle;
        yield* commit({ ...submitted(one), messages: [messageState(one, { version: 3 })] });
        const stale = (rows: Parameters<typeof commit>[0]) => Effect.map(Effect.result(commit(rows)), reason);
        assert.strictEqual(yield* stale({ messages: [messageState(one, { version: 3 })] }), "conflict");
        assert.strictEqual(yield* stale({ messages: [messageState(one, { version: 5 })] }), "conflict");
        assert.strictEqual(yield* stale({ messages: [messageState("none", { version: 2 })] }), "conflict");
        assert.strictEqual(yield* stale({ mailboxes: [{ ...mailboxState(), version: 3 }] }), "conflict");
        assert.strictEqual(yield* stale({ tenants: [{ ...tenantState, version: 3 }] }), "conflict");
        assert.strictEqual(yield* stale({ messages: [messageState(one, { version: 4 })] }), "success");
      }),
    ));

  test("lets one of 64 concurrent batches have each index, without gaps", () =>
    fresh(
      Effect.gen(function* () {
        const journal = yield* Journal;
        yield* settle;
        const taken = yield* Effect.forEach(
          Array.from({ length: 64 }, (_, i) => messageId(i)),
          (id) => Effect.map(commit(submitted(id)), (loaded) => loaded.head.size),
          { concurrency: "unbounded" },
        );
        assert.deepEqual(
          taken.toSorted((a, b) => a - b),
          Array.from({ length: 64 }, (_, i) => i + 2),
        );
        const entries = yield* journal.entries({ from: 0, limit: 100 });
        assert.deepEqual(
          entries.map((entry) => entry.index),
          Array.from({ length: 66 }, (_, i) => i),
        );
        assert.strictEqual((yield* journal.head).size, 66);
        const last = yield* (yield* Records).treeHead(66);
        assert.deepEqual(last, { size: 66, root: new Uint8Array(32).fill(255 - 66), at: 150 });
        assert.isNull(yield* (yield* Records).treeHead(1));
      }),
    ));

  test("lets one of 16 concurrent decisions on one version win", () =>
    fresh(
      Effect.gen(function* () {
        const journal = yield* Journal;
        yield* settle;
        yield* commit(submitted(one));
        // What each of them read before it asked: version 1.
        const decide = (by: number) =>
          journal.transact(noNeeds, (loaded) => ({
            writes: growth(loaded, {
              entries: [{ type: "approve", message: one }],
              messages: [messageState(one, { version: 2, author: `${by}` })],
              decisions: [
                {
                  message: one,
                  revision: 1,
                  decision: "approve",
                  by: `${by}`,
                  at: 1,
                  index: loaded.head.size,
                  reason: null,
                },
              ],
            }),
            result: by,
          }));
        const results = yield* Effect.forEach(Array.from({ length: 16 }).keys(), (by) => Effect.result(decide(by)), {
          concurrency: "unbounded",
        });
        const winners = results.filter(Result.isSuccess).map((result) => `${result.success}`);
        assert.lengthOf(winners, 1);
        assert.strictEqual(results.filter((result) => reason(result) === "conflict").length, 15);
        const found = yield* (yield* Records).message("default", one);
        assert.deepEqual(
          found?.decisions.map(({ by }) => by),
          winners,
        );
        assert.strictEqual(found?.state.author, winners[0]);
      }),
    ));

  test("an interrupted caller leaves all or nothing, and the next one goes on", () =>
    fresh(
      Effect.gen(function* () {
        const journal = yield* Journal;
        yield* settle;
        const loop = Effect.promise(() => new Promise<void>((resume) => setImmediate(resume)));
        for (let i = 0; i < 60; i++) {
          const fiber = yield* Effect.forkChild(commit(submitted(messageId(i))));
          // Some turns of the fibers, then some of the event loop: also between a BEGIN that is on its way and its reply.
          for (let turn = 0; turn < i % 10; turn++) yield* Effect.yieldNow;
          for (let turn = 0; turn < i / 10; turn++) yield* loop;
          yield* Fiber.interrupt(fiber);
          const { size } = yield* journal.head;
          const rows = yield* (yield* SqlClient)<{ n: number }>`SELECT count(*) AS n FROM messages`;
          assert.strictEqual(rows[0]?.n, size - 2);
        }
        yield* commit(submitted(one.replace("msg", "end")));
      }),
    ));
});
