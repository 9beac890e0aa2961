/** The store in memory, held to what the port says of any store; the SQL stores are held to it in test/store/Records.test.ts. */
import { assert, describe, it } from "@effect/vitest";
import { Effect } from "effect";
import { KeyRecords, KeyStoreError, layerMemory } from "../../src/identity/KeyRecords.ts";
import type { StoredKey } from "../../src/identity/KeyRecord.ts";

const row = (kid: string, changes: Partial<StoredKey> = {}): StoredKey => ({
  kid,
  kind: "operator",
  tenant: null,
  mailbox: null,
  agent: null,
  operator: "acme.example",
  publicKeyPem: "-----BEGIN PUBLIC KEY-----\n…",
  sealedPrivateKey: "seal1.…",
  status: "active",
  validFrom: 10,
  validTo: null,
  ...changes,
});
const mailboxRow = (kid: string, changes: Partial<StoredKey> = {}): StoredKey =>
  row(kid, { kind: "mailbox", tenant: "t1", mailbox: "mbx_1", agent: "agent-1", ...changes });

const duplicate = new KeyStoreError({
  reason: "duplicate",
  message: "This key, or another active operator key, exists already.",
  hint: "Read the existing key.",
});

const test = (name: string, body: (records: KeyRecords["Service"]) => Effect.Effect<unknown, unknown>): void =>
  it.effect(name, () => Effect.flatMap(KeyRecords, body).pipe(Effect.provide(layerMemory)));

describe("the key records in memory", () => {
  test("find a row by its kid, as it was inserted", (records) =>
    Effect.gen(function* () {
      assert.isNull(yield* records.find("key_1"));
      yield* records.insert(row("key_1"));
      assert.deepStrictEqual(yield* records.find("key_1"), row("key_1"));
      assert.isNull(yield* records.find("key_2"));
    }));

  test("list all rows, or those of one kind, oldest first", (records) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* records.list(), []);
      const rows = [mailboxRow("key_3"), row("key_1"), mailboxRow("key_4"), mailboxRow("key_2")];
      yield* Effect.forEach(rows, records.insert);
      const kids = (kind?: StoredKey["kind"]) => Effect.map(records.list(kind), (found) => found.map(({ kid }) => kid));
      assert.deepStrictEqual(yield* kids(), ["key_1", "key_2", "key_3", "key_4"]);
      assert.deepStrictEqual(yield* kids("mailbox"), ["key_2", "key_3", "key_4"]);
      assert.deepStrictEqual(yield* kids("operator"), ["key_1"]);
      assert.deepStrictEqual((yield* records.list("operator"))[0], row("key_1"));
    }));

  test("refuse a kid that is taken, and a second active key of one operator, saying what to do", (records) =>
    Effect.gen(function* () {
      yield* records.insert(row("key_1"));
      for (const taken of [row("key_1"), mailboxRow("key_1"), row("key_2")]) {
        assert.deepStrictEqual(yield* Effect.flip(records.insert(taken)), duplicate);
      }
      assert.deepStrictEqual(yield* records.list(), [row("key_1")]);
      // Neither another operator's key nor a mailbox's is in the way.
      yield* records.insert(mailboxRow("key_2"));
      yield* records.insert(row("key_3", { operator: "other.example" }));
      assert.isTrue(yield* records.update(row("key_1", { status: "retired" }), "active"));
      yield* records.insert(row("key_4"));
      assert.lengthOf(yield* records.list(), 4);
    }));

  test("write status and end of a row that has the expected status, and nothing else of it", (records) =>
    Effect.gen(function* () {
      yield* records.insert(row("key_1"));
      const next = row("key_1", { status: "retired", validTo: 99, operator: "evil.example", publicKeyPem: "x" });
      assert.isFalse(yield* records.update(next, "retired"));
      assert.isFalse(yield* records.update({ ...next, kid: "key_2" }, "active"));
      assert.deepStrictEqual(yield* records.list(), [row("key_1")]);
      assert.isTrue(yield* records.update(next, "active"));
      assert.deepStrictEqual(yield* records.list(), [row("key_1", { status: "retired", validTo: 99 })]);
    }));

  test("give an operator one active key, whoever comes first", (records) =>
    Effect.gen(function* () {
      yield* records.insert(mailboxRow("key_0"));
      assert.deepStrictEqual(yield* records.insertOperatorKeyIfNone(row("key_1")), row("key_1"));
      assert.deepStrictEqual(yield* records.insertOperatorKeyIfNone(row("key_2")), row("key_1"));
      const other = row("key_3", { operator: "other.example" });
      assert.deepStrictEqual(yield* records.insertOperatorKeyIfNone(other), other);
      yield* records.update(row("key_1", { status: "revoked", validTo: 11 }), "active");
      assert.deepStrictEqual(yield* records.insertOperatorKeyIfNone(row("key_4")), row("key_4"));
      assert.deepStrictEqual(
        (yield* records.list("operator")).map(({ kid, status }) => [kid, status]),
        [
          ["key_1", "revoked"],
          ["key_3", "active"],
          ["key_4", "active"],
        ],
      );
    }));
});
