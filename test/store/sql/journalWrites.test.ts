/** What a batch does to the outbox and to keys, on both stores. */
import { assert, describe, it } from "@effect/vitest";
import { Effect, Result } from "effect";
import type { Journal } from "../../../src/store/Journal.ts";
import { Records } from "../../../src/store/Records.ts";
import {
  bothStores,
  commit,
  mailboxRow,
  mailboxState,
  messageId,
  messageRow,
  messageState,
  onFresh,
  outboxRow,
  settle,
  submitted,
} from "../stores.ts";

const one = messageId(1);

describe.each(bothStores())("a batch on $name", (store) => {
  const test = (name: string, body: () => Effect.Effect<unknown, unknown>) =>
    it.live(name, () => Effect.asVoid(body()), 20_000);
  const fresh = <A, E>(body: Effect.Effect<A, E, Journal | Records>) => onFresh(store, body);

  test("keeps the outbox: puts replace, deletes remove, a row in both stays", () =>
    fresh(
      Effect.gen(function* () {
        const records = yield* Records;
        yield* settle;
        yield* commit({ ...submitted(one), outboxPuts: [outboxRow(one), outboxRow(one, { kind: "copy" })] });
        yield* commit({ outboxPuts: [outboxRow(one, { dueAt: 900, tries: 2, remaining: ["ada@example.com"] })] });
        const claim = records.claim({ owner: "w", now: 1000, leaseUntil: 1001, limit: 10 });
        const rows = yield* claim;
        assert.deepEqual(
          rows.map(({ kind, dueAt, tries, remaining, status }) => ({ kind, dueAt, tries, remaining, status })),
          [
            { kind: "copy", dueAt: 100, tries: 0, remaining: null, status: "pending_approval" },
            { kind: "message", dueAt: 900, tries: 2, remaining: ["ada@example.com"], status: "pending_approval" },
          ],
        );
        yield* commit({
          outboxPuts: [outboxRow(one)],
          outboxDeletes: [
            { message: one, kind: "message" },
            { message: one, kind: "copy" },
          ],
        });
        assert.deepEqual(yield* records.outboxCounts, { messages: 1, copies: 0, leased: 0, parked: 0 });
      }),
    ));

  test("wakes what is parked, in the mailbox or the tenant that is named, and nothing else", () =>
    fresh(
      Effect.gen(function* () {
        const records = yield* Records;
        const [a, b, c] = [messageId(1), messageId(2), messageId(3)] as const;
        yield* settle;
        yield* commit({ mailboxes: [mailboxState("mbx_2")], mailboxRows: [mailboxRow("mbx_2")] });
        const parked = { dueAt: 2 ** 47 };
        const queued = (id: string, mailbox = "mbx_1") => [messageState(id, { mailbox, status: "queued" })];
        yield* commit({ ...submitted(a), messages: queued(a), outboxPuts: [outboxRow(a, parked)] });
        yield* commit({
          ...submitted(b),
          messages: queued(b, "mbx_2"),
          messageRows: [{ ...messageRow(b), mailbox: "mbx_2" }],
          outboxPuts: [outboxRow(b, parked)],
        });
        yield* commit({ ...submitted(c), outboxPuts: [outboxRow(c, { dueAt: 5000 })] });
        const due = Effect.map(records.claim({ owner: "w", now: 1000, leaseUntil: 1000, limit: 10 }), (rows) =>
          rows.map((row) => [row.message, row.dueAt]),
        );
        assert.deepEqual(yield* due, []);
        assert.strictEqual((yield* records.outboxCounts).parked, 2);
        yield* commit({ wakes: [{ tenant: "other", mailbox: null, at: 200 }] });
        assert.deepEqual(yield* due, []);
        yield* commit({ wakes: [{ tenant: "default", mailbox: "mbx_2", at: 200 }] });
        assert.deepEqual(yield* due, [[b, 200]]);
        // One that waits for a person is not woken by an event that is none of theirs.
        const d = messageId(4);
        yield* commit({ ...submitted(d), outboxPuts: [outboxRow(d, parked)] });
        // What this very batch parks is woken too.
        yield* commit({ outboxPuts: [outboxRow(b, parked)], wakes: [{ tenant: "default", mailbox: null, at: 300 }] });
        assert.deepEqual(yield* due, [
          [a, 300],
          [b, 300],
        ]);
      }),
    ));

  test("keeps API keys: revoked once, also in the batch that makes them", () =>
    fresh(
      Effect.gen(function* () {
        const records = yield* Records;
        yield* settle;
        const key = (id: string) => ({
          id,
          tenant: "default",
          name: "n",
          hash: `hash-${id}`,
          prefix: "mm_live_ab",
          scopes: ["read", "send"],
          principalKind: "agent" as const,
          principal: "writer",
          owner: "ada",
          mailboxes: id === "ak_1" ? ["mbx_1"] : null,
          createdAt: 1,
          revokedAt: null,
        });
        yield* commit({ apiKeys: [key("ak_1"), key("ak_2")], revokedKeys: [{ id: "ak_2", at: 7 }] });
        yield* commit({ revokedKeys: [{ id: "ak_2", at: 9 }] });
        assert.deepEqual(yield* records.apiKeys("default"), [key("ak_1"), { ...key("ak_2"), revokedAt: 7 }]);
        assert.deepEqual(yield* records.apiKeyByHash("hash-ak_1"), key("ak_1"));
        assert.isNull(yield* records.apiKeyByHash("hash"));
        yield* commit({ revokedKeys: [{ id: "ak_1", at: 8 }] });
        assert.strictEqual((yield* records.apiKeyByHash("hash-ak_1"))?.revokedAt, 8);
        const again = yield* Effect.result(commit({ apiKeys: [{ ...key("ak_3"), hash: "hash-ak_1" }] }));
        assert.strictEqual(Result.isFailure(again) && again.failure.reason, "conflict");
      }),
    ));
});
