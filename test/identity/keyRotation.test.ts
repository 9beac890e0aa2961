/** The end of a key: rotated, retired or revoked, here and in other processes, at the same moment and with a clock set back. */
import { assert, describe, it } from "@effect/vitest";
import { Effect, Exit } from "effect";
import { TestClock } from "effect/testing";
import { KeyRing, OVERLAP_SECONDS } from "../../src/identity/KeyRing.ts";
import type { KeyRingError } from "../../src/identity/KeyRingError.ts";
import { RECHECK_SECONDS } from "../../src/identity/openKeys.ts";
import { KeyRecords } from "../../src/identity/KeyRecords.ts";
import type { KeyStatus, StoredKey } from "../../src/identity/KeyRecord.ts";
import { explanation, notActive, owner, reason, ring, ringOver, secondRing, watched } from "./rings.ts";

describe("KeyRing", () => {
  it.effect(
    "rotates the operator key with an overlap of more than 24 hours, and notices another process's rotation",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(1_713_542_400_000);
        const keys = yield* KeyRing;
        const other = yield* secondRing;
        const old = yield* keys.operatorSigner;
        assert.strictEqual((yield* other.operatorSigner).kid, old.kid);
        yield* TestClock.adjust("5 seconds");
        const next = yield* keys.rotate(old.kid);
        assert.notStrictEqual(next.kid, old.kid);
        assert.strictEqual((yield* keys.operatorSigner).kid, next.kid);
        const retired = yield* keys.publicKey(old.kid);
        assert.deepInclude(retired, { status: "retired", valid_to: 1_713_542_405 + OVERLAP_SECONDS });
        assert.isAbove(OVERLAP_SECONDS, 24 * 3600);
        assert.deepStrictEqual(
          (yield* keys.jwks).keys.map((jwk) => jwk.kid),
          [next.kid, old.kid],
        );
        assert.strictEqual((yield* keys.operatorJwk).kid, next.kid);
        yield* TestClock.adjust(`${RECHECK_SECONDS} seconds`);
        assert.strictEqual((yield* other.operatorSigner).kid, next.kid);
        yield* TestClock.adjust("400 days");
        assert.lengthOf((yield* keys.jwks).keys, 2);
      }).pipe(Effect.provide(ring)),
  );

  it.effect("a process that dies in the middle of an operator rotation leaves no gap", () =>
    Effect.gen(function* () {
      const keys = yield* KeyRing;
      const old = yield* keys.operatorSigner;
      const records = yield* KeyRecords;
      const row = (yield* records.find(old.kid))!;
      assert.isTrue(yield* records.update({ ...row, status: "retired", validTo: 1 }, "active"));
      const other = yield* secondRing;
      assert.notStrictEqual((yield* other.operatorSigner).kid, old.kid);
    }).pipe(Effect.provide(ring)),
  );

  it.effect("of two rotations at once one wins, and one key is active", () =>
    Effect.gen(function* () {
      const keys = yield* KeyRing;
      const other = yield* secondRing;
      const mailbox = yield* keys.createMailboxKey(owner);
      const operator = yield* keys.operatorSigner;
      for (const kid of [mailbox.kid, operator.kid]) {
        const exits = yield* Effect.all([Effect.exit(keys.rotate(kid)), Effect.exit(other.rotate(kid))], {
          concurrency: 2,
        });
        assert.strictEqual(exits.filter(Exit.isSuccess).length, 1);
        assert.strictEqual(yield* reason(keys.rotate(kid)), "not_active");
      }
      const rows = yield* (yield* KeyRecords).list();
      for (const kind of ["mailbox", "operator"]) {
        assert.lengthOf(
          rows.filter((row) => row.kind === kind && row.status === "active"),
          1,
        );
      }
      const successor = rows.find((row) => row.kind === "mailbox" && row.status === "active")!;
      assert.deepInclude(successor, owner);
      assert.notStrictEqual(
        successor.sealedPrivateKey,
        (yield* (yield* KeyRecords).find(mailbox.kid))!.sealedPrivateKey,
      );
      yield* keys.signerFor(successor.kid);
    }).pipe(Effect.provide(ring)),
  );

  it.effect("a retired mailbox key binds what it stated, until its end", () =>
    Effect.gen(function* () {
      const keys = yield* KeyRing;
      const old = yield* keys.createMailboxKey(owner);
      yield* keys.rotate(old.kid);
      assert.strictEqual((yield* keys.signerFor(old.kid)).kid, old.kid);
      yield* TestClock.adjust(`${OVERLAP_SECONDS + 1} seconds`);
      assert.strictEqual(yield* reason(keys.signerFor(old.kid)), "expired");
    }).pipe(Effect.provide(ring)),
  );

  it.effect("a revoked key signs no more, here at once and elsewhere within the recheck; and stays revoked", () =>
    Effect.gen(function* () {
      const keys = yield* KeyRing;
      const other = yield* secondRing;
      const record = yield* keys.createMailboxKey(owner);
      yield* keys.signerFor(record.kid);
      yield* other.signerFor(record.kid);
      assert.strictEqual((yield* keys.revoke(record.kid)).status, "revoked");
      assert.strictEqual(yield* reason(keys.signerFor(record.kid)), "revoked");
      yield* TestClock.adjust(`${RECHECK_SECONDS} seconds`);
      assert.strictEqual(yield* reason(other.signerFor(record.kid)), "revoked");
      assert.strictEqual(yield* reason(keys.rotate(record.kid)), "not_active");
      assert.strictEqual((yield* keys.revoke(record.kid)).status, "revoked");
      assert.strictEqual((yield* keys.publicKey(record.kid))?.status, "revoked");
      const operator = yield* keys.operatorSigner;
      yield* keys.revoke(operator.kid);
      assert.lengthOf((yield* keys.jwks).keys, 0);
      assert.notStrictEqual((yield* keys.operatorSigner).kid, operator.kid);
    }).pipe(Effect.provide(ring)),
  );

  it.effect("reads a key's status again after RECHECK_SECONDS, and not before", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_713_542_400_000);
      const { calls, records } = watched(yield* KeyRecords);
      const keys = yield* ringOver(records);
      const { kid } = yield* keys.createMailboxKey(owner);
      const signer = yield* keys.signerFor(kid);
      yield* keys.operatorSigner;
      const readBy = Effect.fnUntraced(function* (use: Effect.Effect<unknown, KeyRingError>) {
        calls.length = 0;
        yield* use;
        return [...calls];
      });
      const ofMailbox = readBy(keys.signerFor(kid));
      const ofOperator = readBy(Effect.andThen(keys.operatorSigner, keys.operatorJwk));
      yield* TestClock.adjust(`${RECHECK_SECONDS - 1} seconds`);
      assert.deepStrictEqual([yield* ofMailbox, yield* ofOperator], [[], []]);
      yield* TestClock.adjust("1 second");
      assert.deepStrictEqual([yield* ofMailbox, yield* ofOperator], [[`find ${kid}`], ["list operator"]]);
      assert.deepStrictEqual([yield* ofMailbox, yield* ofOperator], [[], []]);
      assert.strictEqual(yield* keys.signerFor(kid), signer);
      yield* keys.rotate(kid);
      assert.deepStrictEqual(yield* ofMailbox, [`find ${kid}`]);
    }).pipe(Effect.provide(ring)),
  );

  it.effect("a retired key is good to the second of its end", () =>
    Effect.gen(function* () {
      const keys = yield* KeyRing;
      const old = yield* keys.createMailboxKey(owner);
      yield* keys.rotate(old.kid);
      yield* TestClock.adjust(`${OVERLAP_SECONDS} seconds`);
      assert.strictEqual((yield* keys.signerFor(old.kid)).kid, old.kid);
    }).pipe(Effect.provide(ring)),
  );

  it.effect("a clock that is set back brings no ended key back from memory", () =>
    Effect.gen(function* () {
      const start = 1_713_542_400_000;
      const keys = yield* KeyRing;
      const other = yield* secondRing;
      for (const end of ["revoke", "rotate"] as const) {
        yield* TestClock.setTime(start);
        const { kid } = yield* keys.createMailboxKey(owner);
        yield* keys.signerFor(kid);
        yield* other[end](kid);
        yield* TestClock.setTime(start + (OVERLAP_SECONDS + 1) * 1000);
        assert.strictEqual(yield* reason(keys.signerFor(kid)), end === "revoke" ? "revoked" : "expired");
        yield* TestClock.setTime(start + 1000);
        yield* other.revoke(kid);
        assert.strictEqual(yield* reason(keys.signerFor(kid)), "revoked");
      }
    }).pipe(Effect.provide(ring)),
  );

  it.effect("of two rotations of a mailbox's key that both saw it active, the loser takes its own key back", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_713_542_400_000);
      const records = yield* KeyRecords;
      // Each lets the other go on after a look, as a real store does.
      const slow = { ...records, find: (kid: string) => Effect.tap(records.find(kid), Effect.yieldNow) };
      const [first, second] = [yield* ringOver(slow), yield* ringOver(slow)];
      const { kid } = yield* first.createMailboxKey(owner);
      const exits = yield* Effect.all([Effect.exit(first.rotate(kid)), Effect.exit(second.rotate(kid))], {
        concurrency: 2,
      });
      assert.strictEqual(exits.filter(Exit.isSuccess).length, 1);
      const won = exits.find(Exit.isSuccess)!.value.kid;
      const rows = yield* records.list();
      assert.lengthOf(rows, 3);
      const [lost] = rows.filter((row) => row.kid !== kid && row.kid !== won);
      assert.deepInclude(lost!, { status: "revoked", validFrom: 1_713_542_400, validTo: 1_713_542_400 });
      assert.deepInclude((yield* records.find(won))!, { status: "active", validTo: null });
    }).pipe(Effect.provide(ring)),
  );

  it.effect("a revoked key keeps the time at which it was revoked", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_713_542_400_000);
      const keys = yield* KeyRing;
      const { kid } = yield* keys.createMailboxKey(owner);
      const revoked = yield* keys.revoke(kid);
      assert.deepInclude(revoked, { status: "revoked", validTo: 1_713_542_400 });
      yield* TestClock.adjust("1 hour");
      assert.deepStrictEqual(yield* keys.revoke(kid), revoked);
      assert.strictEqual((yield* keys.publicKey(kid))?.valid_to, 1_713_542_400);
    }).pipe(Effect.provide(ring)),
  );

  it.effect("a key whose status others change at the same time is revoked all the same", () =>
    Effect.gen(function* () {
      const records = yield* KeyRecords;
      const { kid } = yield* (yield* KeyRing).createMailboxKey(owner);
      const meanwhile: ("rotate" | "revoke")[] = ["rotate", "revoke"];
      const others = yield* secondRing;
      const racing = {
        ...records,
        update: (row: StoredKey, expected: KeyStatus) =>
          Effect.gen(function* () {
            const next = meanwhile.shift();
            if (next !== undefined) yield* Effect.orDie(others[next](kid));
            return yield* records.update(row, expected);
          }),
      };
      assert.strictEqual((yield* (yield* ringOver(racing)).revoke(kid)).status, "revoked");
      assert.lengthOf(meanwhile, 0);
    }).pipe(Effect.provide(ring)),
  );

  it.effect("a store that changes nothing is asked three times and then not believed", () =>
    Effect.gen(function* () {
      const { calls, records } = watched({ ...(yield* KeyRecords), update: () => Effect.succeed(false) });
      const keys = yield* ringOver(records);
      const { kid } = yield* keys.createMailboxKey(owner);
      calls.length = 0;
      assert.deepStrictEqual(yield* explanation(keys.revoke(kid)), notActive);
      assert.deepStrictEqual(calls, Array(3).fill(`find ${kid}`));
      assert.deepStrictEqual(yield* explanation(keys.rotate((yield* keys.operatorSigner).kid)), notActive);
    }).pipe(Effect.provide(ring)),
  );
});
