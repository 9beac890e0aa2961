/** The journal on both stores: all or nothing, without gaps, append-only, and still there afterwards. */
import { assert, describe, it } from "@effect/vitest";
import { Effect, Result } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import { Journal, type StoreError, type Writes } from "../../../src/store/Journal.ts";
import { Records } from "../../../src/store/Records.ts";
import {
  allBytes,
  bothStores,
  commit,
  contentRow,
  growth,
  mailboxRow,
  mailboxState,
  messageId,
  messageRow,
  messageState,
  noNeeds,
  on,
  onFresh,
  outboxRow,
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

  test("starts with the RFC 6962 root of an empty log", () =>
    fresh(
      Effect.gen(function* () {
        const head = yield* (yield* Journal).head;
        assert.strictEqual(head.size, 0);
        assert.deepEqual(head.frontier, []);
        assert.strictEqual(
          Buffer.from(head.root).toString("hex"),
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        );
      }),
    ));

  test("gives back what was written, to the byte", () =>
    fresh(
      Effect.gen(function* () {
        yield* settle;
        const row = { tenant: "default", key: "writer k 1", requestHash: "h", message: one, createdAt: 150 };
        yield* commit({ ...submitted(one), idempotency: [row], outboxPuts: [outboxRow(one)] });
        const loaded = yield* commit(
          {},
          {
            tenants: ["default", "none"],
            mailboxes: ["mbx_1", "none"],
            messages: [one, "none"],
            idempotency: ["default writer k 1", "default writer k 2"],
          },
        );
        assert.deepEqual([...loaded.tenants], [["default", tenantState]]);
        assert.deepEqual([...loaded.mailboxes], [["mbx_1", mailboxState()]]);
        assert.deepEqual([...loaded.messages], [[one, messageState(one)]]);
        assert.deepEqual([...loaded.idempotency], [["default writer k 1", row]]);
        assert.strictEqual(loaded.head.size, 3);
        assert.deepEqual(loaded.head.frontier, [new Uint8Array(32).fill(3)]);
        assert.deepEqual(loaded.head.root, new Uint8Array(32).fill(252));
        const content = yield* (yield* Records).contentOf(one, 1);
        assert.deepEqual(content, contentRow(one));
        assert.deepEqual(content?.raw, allBytes);
      }),
    ));

  test("stores nothing of a batch of which one row cannot be stored", () =>
    fresh(
      Effect.gen(function* () {
        yield* settle;
        const records = yield* Records;
        const bad: readonly Partial<Writes>[] = [
          // The mailbox is not there.
          { ...submitted(one), messageRows: [{ ...messageRow(one), mailbox: "none" }] } as never,
          // The same content twice.
          { ...submitted(one), contents: [contentRow(one), contentRow(one)] } as never,
          // An outbox row of a message that is not there, which is the last thing but the head to be written.
          { ...submitted(one), outboxPuts: [outboxRow("none")] } as never,
          // A text that PostgreSQL has no way to hold.
          { ...submitted(one), messageRows: [{ ...messageRow(one), agent: "a\0b" }] } as never,
          // An entry that is there already.
          {
            ...submitted(one),
            tenants: [tenantState],
            tenantRows: [{ id: "default", name: "", createdAt: 1 }],
          } as never,
        ];
        for (const rows of bad) {
          assert.strictEqual(reason(yield* Effect.result(commit(rows as never))), "conflict");
          assert.strictEqual((yield* (yield* Journal).head).size, 2);
          assert.isNull(yield* records.message("default", one));
          assert.lengthOf(yield* (yield* Journal).entries({ from: 0, limit: 10 }), 2);
        }
        yield* commit(submitted(one));
        assert.isNotNull(yield* records.message("default", one));
      }),
    ));

  test("takes a version of a risk policy once, with its entry, and refuses the second with all that came with it", () =>
    fresh(
      Effect.gen(function* () {
        yield* settle;
        const policy = (hold: number, version: number, mailbox = "") => ({
          tenant: "default",
          mailbox,
          version,
          policy: JSON.stringify({ holdAbove: hold }),
          changedBy: "operator",
          changedAt: 100,
        });
        const change = (...riskPolicies: readonly ReturnType<typeof policy>[]) =>
          commit({ entries: [{ type: "set_risk_policy" }], riskPolicies });
        const stored = Effect.flatMap(
          SqlClient,
          (sql) => sql`SELECT mailbox, version, policy FROM risk_policies ORDER BY mailbox, version`,
        );
        yield* change(policy(1, 1), policy(2, 1, "mbx_1"));
        for (const lost of [
          [policy(3, 1)],
          [policy(3, 2), policy(4, 1, "mbx_1")],
          [{ ...policy(3, 1), tenant: "none" }],
        ])
          assert.strictEqual(reason(yield* Effect.result(change(...lost))), "conflict");
        assert.deepEqual(yield* stored, [
          { mailbox: "", version: 1, policy: '{"holdAbove":1}' },
          { mailbox: "mbx_1", version: 1, policy: '{"holdAbove":2}' },
        ]);
        assert.strictEqual((yield* (yield* Journal).head).size, 3);
        yield* change(policy(3, 2));
        assert.lengthOf(yield* stored, 3);
      }),
    ));

  test("stores nothing when deciding throws, and goes on", () =>
    fresh(
      Effect.gen(function* () {
        const journal = yield* Journal;
        yield* settle;
        const exit = yield* Effect.exit(
          journal.transact(noNeeds, () => {
            throw new Error("boom");
          }),
        );
        assert.strictEqual(exit._tag, "Failure");
        yield* commit(submitted(one));
        assert.strictEqual((yield* journal.head).size, 3);
      }),
    ));

  test("refuses a batch that would leave a gap in the log, or take from it", () =>
    fresh(
      Effect.gen(function* () {
        const journal = yield* Journal;
        yield* settle;
        const entries = [{ index: 5 }];
        assert.strictEqual(reason(yield* Effect.result(commit({ entries }))), "corrupt");
        const shorter = journal.transact(noNeeds, (loaded) => {
          const writes = growth(loaded, {});
          return { writes: { ...writes, head: { ...writes.head, size: 1 } }, result: null };
        });
        assert.strictEqual(reason(yield* Effect.result(shorter)), "corrupt");
        assert.strictEqual((yield* journal.head).size, 2);
      }),
    ));

  test("refuses a second mailbox with an address, however it is written", () =>
    fresh(
      Effect.gen(function* () {
        yield* settle;
        const second = (address: string) =>
          commit({ mailboxes: [mailboxState("mbx_2")], mailboxRows: [mailboxRow("mbx_2", address)] });
        for (const address of ["mbx_1@agents.example", "MBX_1@agents.example"]) {
          const result = yield* Effect.result(second(address));
          assert.strictEqual(reason(result), "conflict");
        }
        yield* second("mbx_2@agents.example");
      }),
    ));

  test("refuses an idempotency key that is taken", () =>
    fresh(
      Effect.gen(function* () {
        const row = { tenant: "default", key: "k", requestHash: "h", message: one, createdAt: 1 };
        yield* commit({ idempotency: [row] });
        assert.strictEqual(
          reason(yield* Effect.result(commit({ idempotency: [{ ...row, message: "other" }] }))),
          "conflict",
        );
      }),
    ));

  test("never changes or removes an entry, a content, a decision or a tree head", () =>
    fresh(
      Effect.gen(function* () {
        const sql = yield* SqlClient;
        yield* settle;
        const decision = { message: one, revision: 1, by: "p", at: 1, index: 2, reason: null } as const;
        yield* commit({ ...submitted(one), decisions: [{ ...decision, decision: "approve" }] });
        const changes = [
          "UPDATE entries SET leaf = 'x'",
          "UPDATE entries SET personal = NULL WHERE idx = 0",
          "DELETE FROM entries",
          "DELETE FROM entries WHERE idx = 2",
          "UPDATE contents SET raw = raw",
          "DELETE FROM contents",
          "UPDATE decisions SET decided_by = 'x'",
          "DELETE FROM decisions",
          "UPDATE tree_heads SET at = 0",
          "DELETE FROM tree_heads",
          ...(store.name === "SQLite"
            ? ["INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE idx = 0"]
            : ["TRUNCATE entries", "TRUNCATE contents, decisions"]),
        ];
        for (const change of changes) {
          const result = yield* Effect.result(sql.unsafe(change));
          assert.isTrue(Result.isFailure(result), change);
          assert.include(
            String((result as { failure: { cause: { cause: Error } } }).failure.cause.cause.message),
            "append-only",
          );
        }
        assert.lengthOf(yield* (yield* Journal).entries({ from: 0, limit: 10 }), 3);
      }),
    ));

  test("takes batches of 1,000 rows of every kind, and empty ones", () =>
    fresh(
      Effect.gen(function* () {
        const journal = yield* Journal;
        const records = yield* Records;
        yield* settle;
        const ids = Array.from({ length: 1000 }, (_, i) => messageId(i));
        yield* commit({});
        const batch = ids.map((id) => submitted(id));
        yield* commit({
          entries: batch.flatMap(({ entries }) => entries),
          messages: batch.flatMap(({ messages }) => messages),
          messageRows: batch.flatMap(({ messageRows }) => messageRows),
          contents: batch.flatMap(({ contents }) => contents),
          outboxPuts: ids.map((id) => outboxRow(id)),
          idempotency: ids.map((id) => ({ tenant: "default", key: id, requestHash: "h", message: id, createdAt: 1 })),
        });
        assert.strictEqual((yield* journal.head).size, 1002);
        const loaded = yield* commit(
          {
            entries: ids.map((id) => ({ type: "approve", message: id })),
            messages: ids.map((id) => messageState(id, { version: 2, status: "delivered" })),
            decisions: ids.map((id, i) => ({
              message: id,
              revision: 1,
              decision: "approve" as const,
              by: "p",
              at: 1,
              index: 1002 + i,
              reason: "fine",
            })),
            outboxDeletes: ids.map((id) => ({ message: id, kind: "message" as const })),
          },
          { messages: ids, idempotency: ids.map((id) => `default ${id}`) },
        );
        assert.strictEqual(loaded.messages.size, 1000);
        assert.strictEqual(loaded.idempotency.size, 1000);
        assert.strictEqual((yield* journal.head).size, 2002);
        assert.strictEqual((yield* records.outboxCounts).messages, 0);
        assert.lengthOf(yield* records.contentsOf(ids), 1000);
        assert.lengthOf(yield* journal.entries({ from: 0, limit: 5000 }), 2002);
      }),
    ));

  test("reads entries by place, time and subject", () =>
    fresh(
      Effect.gen(function* () {
        const journal = yield* Journal;
        const entries = Array.from({ length: 20 }, (_, i) => ({
          tenant: i % 2 ? "odd" : "even",
          mailbox: i % 3 ? "m1" : null,
          message: i % 5 ? null : `x${i}`,
          at: 1000 + i,
          personal: i === 7 ? '{"salt":"x"}' : null,
          leaf: `{"n":${i},"outcome":"${i === 10 ? "refused" : "accepted"}"}`,
        }));
        yield* commit({ entries });
        const read = (range: Omit<Parameters<typeof journal.entries>[0], "limit">, limit = 100) =>
          Effect.map(journal.entries({ ...range, limit }), (rows) => rows.map((row) => row.index));
        assert.deepEqual(yield* read({ from: 3, to: 6 }), [3, 4, 5]);
        assert.deepEqual(yield* read({ from: 18 }), [18, 19]);
        assert.deepEqual(yield* read({ from: 0, tenant: "odd" }, 3), [1, 3, 5]);
        assert.deepEqual(yield* read({ from: 0, tenant: "even", mailbox: "m1", since: 1010, until: 1015 }), [10, 14]);
        assert.deepEqual(yield* read({ from: 0, message: "x15" }), [15]);
        const [seventh] = yield* journal.entries({ from: 7, limit: 1 });
        assert.deepEqual(seventh, {
          index: 7,
          type: "submit",
          leafHash: new Uint8Array(32).fill(7),
          ...entries[7]!,
        });
        assert.deepEqual(yield* (yield* Records).lastEntry("x15", "submit"), {
          index: 15,
          leafHash: new Uint8Array(32).fill(15),
          at: 1015,
        });
        assert.isNull(yield* (yield* Records).lastEntry("x15", "dispatch"));
        assert.isNull(yield* (yield* Records).lastEntry("x10", "submit"), "refused");
      }),
    ));

  test("says corrupt when a stored state is none, and decides nothing on it", () =>
    fresh(
      Effect.gen(function* () {
        yield* settle;
        yield* (yield* SqlClient)`UPDATE tenants SET state = '{"id":"default","halted":"no"}'`;
        assert.strictEqual(reason(yield* Effect.result(commit({}, { tenants: ["default"] }))), "corrupt");
        assert.strictEqual(reason(yield* Effect.result((yield* Records).tenant("default"))), "corrupt");
      }),
    ));

  test("holds everything after it was closed and opened again", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(store.fresh);
      yield* on(
        url,
        Effect.gen(function* () {
          yield* settle;
          yield* commit({ ...submitted(one), outboxPuts: [outboxRow(one)] });
        }),
      );
      yield* on(
        url,
        Effect.gen(function* () {
          assert.strictEqual((yield* (yield* Journal).head).size, 3);
          const [found] = yield* (yield* Records).contentsOf([one]);
          assert.deepEqual(found?.content, contentRow(one));
          assert.strictEqual((yield* (yield* Records).outboxCounts).messages, 1);
        }),
      );
    }));
});
