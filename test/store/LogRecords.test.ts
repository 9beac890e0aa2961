/** What an auditor needs beside the entries, and what may be erased, on both stores. */
import { assert, describe, it } from "@effect/vitest";
import { Effect, Layer, Result } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import { appendWithNodes, emptyFrontier, leafHash } from "../../src/audit/tree/Tree.ts";
import { Journal, type StoreError } from "../../src/store/Journal.ts";
import { LogRecords } from "../../src/store/LogRecords.ts";
import { migrate, migrateTo } from "../../src/store/tables/Migrations.ts";
import { Records } from "../../src/store/Records.ts";
import { clientFromUrl } from "../../src/store/Store.ts";
import { layer as layerLogRecords } from "../../src/store/sql/SqlLogRecords.ts";
import {
  bothStores,
  client,
  commit,
  digest,
  growth,
  mailboxRow,
  mailboxState,
  messageId,
  noNeeds,
  onFresh,
  outboxRow,
  settle,
  submitted,
} from "./stores.ts";

const origin = "log.example/1";
const [one, two, three] = [messageId(1), messageId(2), messageId(3)] as const;

const reason = (result: Result.Result<unknown, StoreError>): string =>
  Result.isFailure(result) ? result.failure.reason : "nothing failed";

const refusal = (result: Result.Result<unknown, unknown>): string => {
  let error: unknown = Result.isFailure(result) ? result.failure : "nothing failed";
  let said = "";
  for (let depth = 0; depth < 6 && error !== undefined && error !== null; depth++) {
    said += ` ${String((error as { message?: unknown }).message ?? error)}`;
    error = (error as { cause?: unknown; reason?: unknown }).cause ?? (error as { reason?: unknown }).reason;
  }
  return said;
};

/** An ended message with a reason beside its entry and one beside its decision. */
const endedMessage = (id: string, changes: Parameters<typeof submitted>[1] = { status: "rejected" }) => {
  const rows = submitted(id, changes);
  return commit({
    ...rows,
    entries: rows.entries.map((entry) => ({ ...entry, personal: '{"salt":"s","reason":"private"}' })),
  });
};

const erase = (...ids: readonly string[]) =>
  commit({
    entries: [{ type: "erase" }],
    erasures: ids.map((message) => ({ message, tenant: "default", at: 900 })),
  });

const hold = (id: string, mailbox: string | null, message: string | null) => ({
  id,
  tenant: "default",
  mailbox,
  message,
  reason: "case",
  placedBy: "olga",
  placedAt: 800,
  index: 5,
  releasedAt: null,
});

describe.each(bothStores())("the log's records on $name", (store) => {
  const test = (name: string, body: () => Effect.Effect<unknown, unknown>) =>
    it.live(name, () => Effect.asVoid(body()), 30_000);
  const fresh = <A, E>(body: Effect.Effect<A, E, Journal | Records | LogRecords | SqlClient>) => onFresh(store, body);

  test("a log that was there before gets its tree nodes", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(store.fresh);
      const body = Effect.gen(function* () {
        const sql = yield* SqlClient;
        yield* sql.withTransaction(migrateTo(1));
        const hashes = Array.from({ length: 600 }, (_, i) => leafHash(new TextEncoder().encode(`leaf ${i}`)));
        yield* sql.withTransaction(
          Effect.forEach(
            hashes,
            (hash, idx) =>
              sql`INSERT INTO entries ${sql.insert({
                idx,
                tenant: "default",
                mailbox: null,
                message: null,
                type: "submit",
                at: 1,
                leaf: `leaf ${idx}`,
                leaf_hash: hash,
                personal: null,
              })}`,
            { discard: true },
          ),
        );
        yield* sql`UPDATE log_head SET size = 600`;
        yield* migrate;
        const { nodes } = appendWithNodes(emptyFrontier, hashes);
        const records = yield* LogRecords;
        const stored = yield* records.hashes({ level: 8, from: 0, to: 10 });
        const made = nodes.filter(({ level }) => level === 8).map(({ hash }) => hash);
        assert.lengthOf(made, 2);
        assert.deepEqual(
          stored.map((hash) => Buffer.from(hash)),
          made.map((hash) => Buffer.from(hash)),
        );
        assert.lengthOf(yield* records.hashes({ level: 0, from: 590, to: 700 }), 10);
      });
      yield* Effect.scoped(
        Effect.provide(body, Layer.provideMerge(layerLogRecords, clientFromUrl(url)), { local: true }),
      );
    }));

  test("a batch must bring the nodes that it completes", () =>
    fresh(
      Effect.gen(function* () {
        const journal = yield* Journal;
        const many = Array.from({ length: 256 }, () => ({}));
        const without = yield* Effect.result(
          journal.transact(noNeeds, (loaded) => ({
            writes: { ...growth(loaded, { entries: many }), nodes: [] },
            result: null,
          })),
        );
        assert.strictEqual(reason(without), "corrupt");
        yield* commit({ entries: many });
        assert.lengthOf(yield* (yield* LogRecords).hashes({ level: 8, from: 0, to: 2 }), 1);
      }),
    ));

  test("tells a batch the newest entry of each tenant", () =>
    fresh(
      Effect.gen(function* () {
        yield* settle;
        const { lastOf } = yield* commit({ entries: [{}] }, { tenants: ["default", "nobody"] });
        assert.deepEqual([...lastOf], [["default", 1]]);
        assert.deepEqual([...(yield* commit({}, { tenants: ["default"] })).lastOf], [["default", 2]]);
      }),
    ));

  test("keeps checkpoints that grow, one key of a kind, and changes none of them", () =>
    fresh(
      Effect.gen(function* () {
        const records = yield* LogRecords;
        const sql = yield* SqlClient;
        const row = (size: number, of = origin) => ({
          origin: of,
          size,
          root: new Uint8Array(32).fill(size),
          note: `note ${size}\n`,
          at: 1,
        });
        assert.isTrue(yield* records.addCheckpoint(row(5)));
        assert.isFalse(yield* records.addCheckpoint(row(5)));
        assert.isFalse(yield* records.addCheckpoint(row(4)));
        assert.isTrue(yield* records.addCheckpoint(row(4, "log.example/2")));
        assert.isTrue(yield* records.addCheckpoint(row(9)));
        assert.deepInclude(yield* records.lastCheckpoint(origin), { size: 9, note: "note 9\n" });
        assert.deepInclude(yield* records.checkpointAt({ origin, size: 5 }), { size: 5 });
        assert.isNull(yield* records.checkpointAt({ origin, size: 6 }));
        const key = (kid: string) => ({
          kid,
          origin,
          algorithm: "p256" as const,
          publicKey: "pub",
          sealedPrivateKey: "sealed",
          createdAt: 1,
        });
        assert.strictEqual((yield* records.addLogKeyIfNone(key("log_1"))).kid, "log_1");
        assert.strictEqual((yield* records.addLogKeyIfNone(key("log_2"))).kid, "log_1");
        yield* records.addCosignatures([{ origin, size: 9, witness: "w", line: "- w\n", at: 2 }]);
        yield* records.addCosignatures([{ origin, size: 9, witness: "w", line: "another\n", at: 2 }]);
        assert.deepEqual(
          (yield* records.cosignatures({ origin, size: 9 })).map(({ line }) => line),
          ["- w\n"],
        );
        assert.strictEqual(yield* records.witnessed({ origin, witness: "w" }), 9);
        for (const change of [
          "UPDATE checkpoints SET note = 'x'",
          "DELETE FROM checkpoints",
          "UPDATE log_keys SET public_key = 'x'",
          "DELETE FROM log_keys",
          "DELETE FROM cosignatures",
        ]) {
          assert.include(refusal(yield* Effect.result(sql.unsafe(change))), "append-only", change);
        }
      }),
    ));

  test("of two processes that sign at once, the smaller tree is never stored after the larger", () =>
    store.name === "SQLite"
      ? Effect.void
      : Effect.gen(function* () {
          const url = yield* Effect.promise(store.fresh);
          const [a, b] = [yield* client(url), yield* client(url)];
          const records = [a.log, b.log];
          const sizes = Array.from({ length: 40 }, (_, i) => i + 1);
          const stored = yield* Effect.forEach(
            sizes,
            (size) =>
              records[size % 2]!.addCheckpoint({ origin, size, root: new Uint8Array(32), note: "n\n", at: size }),
            { concurrency: 8 },
          );
          assert.isTrue(stored.some(Boolean));
          const order = yield* a.sql<{ size: number }>`SELECT size FROM checkpoints ORDER BY ctid`;
          assert.deepEqual(
            order.map(({ size }) => size),
            order.map(({ size }) => size).toSorted((x, y) => x - y),
          );
        }).pipe(Effect.scoped));

  test("OV-81 erasure-keeps-the-tree: blanks what is personal of an ended message, and leaves every leaf", () =>
    fresh(
      Effect.gen(function* () {
        const [journal, records, log] = [yield* Journal, yield* Records, yield* LogRecords];
        yield* settle;
        yield* endedMessage(one);
        yield* commit({
          entries: [{ type: "reject", message: one, mailbox: "mbx_1" }],
          decisions: [
            { message: one, revision: 1, decision: "reject", by: "ann", at: 170, index: 3, reason: "private" },
          ],
        });
        yield* endedMessage(two);
        const before = yield* journal.entries({ from: 0, limit: 100 });
        assert.deepEqual(yield* log.due({ tenant: "default", before: 1000, after: "", limit: 10 }), [one, two]);
        assert.deepEqual(yield* log.due({ tenant: "default", before: 150, after: "", limit: 10 }), []);
        assert.deepEqual(yield* log.messagesWith("default", "ADA@example.com"), [one, two]);
        assert.deepEqual(yield* log.messagesWith("default", "da@example.com"), []);
        yield* erase(one);
        const after = yield* journal.entries({ from: 0, to: before.length, limit: 100 });
        assert.deepEqual(
          after.map(({ leaf, leafHash: hash }) => [leaf, Buffer.from(hash).toString("hex")]),
          before.map(({ leaf, leafHash: hash }) => [leaf, Buffer.from(hash).toString("hex")]),
        );
        assert.deepEqual(
          after.map(({ message, personal }) => [message, personal === null]),
          before.map(({ message, personal }) => [message, message === one || personal === null]),
        );
        const content = yield* records.contentOf(one, 1);
        assert.strictEqual(content?.from, "");
        assert.deepEqual(content?.recipients, []);
        assert.strictEqual(content?.raw.length, 0);
        assert.strictEqual(content?.digest, digest);
        assert.strictEqual(content?.summary.subject, "[erased]");
        const message = yield* records.message("default", one);
        assert.deepEqual(
          message?.decisions.map(({ by, reason: why }) => [by, why]),
          [["ann", null]],
        );
        assert.notStrictEqual((yield* records.contentOf(two, 1))?.raw.length, 0);
        assert.deepEqual(yield* log.due({ tenant: "default", before: 1000, after: "", limit: 10 }), [two]);
        yield* log.scrub;
      }),
    ));

  test("OV-84 held-is-kept: erases nothing that is held, unfinished, still to be handed over, or another tenant's", () =>
    fresh(
      Effect.gen(function* () {
        const [journal, log, sql] = [yield* Journal, yield* LogRecords, yield* SqlClient];
        yield* settle;
        yield* commit({ mailboxes: [mailboxState("mbx_2")], mailboxRows: [mailboxRow("mbx_2")] });
        yield* endedMessage(one);
        yield* endedMessage(two, { status: "pending_approval" });
        yield* endedMessage(three, { status: "delivered" });
        yield* commit({ outboxPuts: [outboxRow(three, { kind: "copy" })] });
        const stood = JSON.stringify(yield* journal.entries({ from: 0, limit: 100 }));
        for (const [id, mailbox, message] of [
          ["hold_1", null, null],
          ["hold_2", "mbx_1", null],
          ["hold_3", "mbx_1", one],
        ] as const) {
          yield* commit({ entries: [{ type: "legal_hold" }], holds: [hold(id, mailbox, message)] });
          assert.deepEqual(yield* log.due({ tenant: "default", before: 1000, after: "", limit: 10 }), [], id);
          assert.strictEqual(reason(yield* Effect.result(erase(one))), "conflict", id);
          assert.deepEqual(yield* log.candidates("default", [one, two, three, "msg_none"]), [
            { id: one, erasable: false, held: true, ended: true },
            { id: two, erasable: false, held: message === null, ended: false },
            { id: three, erasable: false, held: message === null, ended: true },
          ]);
          yield* commit({
            entries: [{ type: "release_hold" }],
            releasedHolds: [{ id, tenant: "default", at: 850 }],
          });
          assert.strictEqual(
            reason(yield* Effect.result(commit({ releasedHolds: [{ id, tenant: "default", at: 851 }] }))),
            "conflict",
          );
        }
        for (const wrong of [[two], [three], ["msg_none"], [one, two]] as const) {
          assert.strictEqual(reason(yield* Effect.result(erase(...wrong))), "conflict", wrong.join());
        }
        const other = yield* Effect.result(
          commit({ entries: [{}], erasures: [{ message: one, tenant: "another", at: 1 }] }),
        );
        assert.strictEqual(reason(other), "conflict");
        // Not a byte has gone, by whatever way.
        const now = yield* journal.entries({ from: 0, limit: 5 });
        assert.strictEqual(JSON.stringify(now), stood);
        for (const change of [
          `UPDATE entries SET personal = NULL WHERE message = '${one}'`,
          `UPDATE contents SET raw = substr(raw, 1, 0) WHERE message = '${one}'`,
          `UPDATE messages SET erased_at = 1 WHERE id = '${two}'`,
          `UPDATE messages SET erased_at = 1 WHERE id = '${three}'`,
          `DELETE FROM legal_holds`,
        ]) {
          const result = yield* Effect.result(sql.unsafe(change));
          assert.match(refusal(result), /append-only|may not be erased/, change);
        }
        yield* commit({ entries: [{ type: "legal_hold" }], holds: [hold("hold_4", null, null)] });
        assert.match(
          refusal(yield* Effect.result(sql.unsafe(`UPDATE messages SET erased_at = 1 WHERE id = '${one}'`))),
          /may not be erased/,
        );
      }),
    ));

  test("an erased message takes no other change either", () =>
    fresh(
      Effect.gen(function* () {
        const sql = yield* SqlClient;
        yield* settle;
        yield* endedMessage(one);
        yield* erase(one);
        // Somebody spoke of it since: it may be erased once more.
        yield* commit({ entries: [{ message: one, mailbox: "mbx_1", personal: '{"salt":"s","reason":"late"}' }] });
        yield* erase(one);
        const entries = yield* (yield* Journal).entries({ from: 0, limit: 100 });
        assert.isTrue(entries.every(({ personal }) => personal === null));
        for (const change of [
          `UPDATE entries SET leaf = 'x' WHERE message = '${one}'`,
          `UPDATE entries SET personal = 'x' WHERE message = '${one}'`,
          `UPDATE entries SET leaf_hash = leaf_hash, at = 3 WHERE message = '${one}'`,
          `UPDATE contents SET digest = 'x' WHERE message = '${one}'`,
          `UPDATE contents SET summary = 'x' WHERE message = '${one}'`,
          `UPDATE messages SET erased_at = NULL WHERE id = '${one}'`,
        ]) {
          assert.match(refusal(yield* Effect.result(sql.unsafe(change))), /append-only|may not be erased/, change);
        }
      }),
    ));

  test("OV-83 retention-floor: the store itself takes no retention below 183 days", () =>
    fresh(
      Effect.gen(function* () {
        const log = yield* LogRecords;
        yield* settle;
        assert.deepEqual(yield* log.retention("default"), { tenant: "default", days: null });
        yield* commit({ entries: [{}], retention: [{ tenant: "default", days: 183 }] });
        yield* commit({ entries: [{}], retention: [{ tenant: "default", days: 400 }] });
        assert.deepEqual(yield* log.retentions, [{ tenant: "default", days: 400 }]);
        const low = yield* Effect.result(commit({ entries: [{}], retention: [{ tenant: "default", days: 182 }] }));
        assert.strictEqual(reason(low), "conflict");
        yield* commit({ entries: [{}], retention: [{ tenant: "default", days: null }] });
        assert.deepEqual(yield* log.retentions, [{ tenant: "default", days: null }]);
      }),
    ));
});
