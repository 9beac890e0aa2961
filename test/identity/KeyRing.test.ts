import { createPublicKey, verify } from "node:crypto";
import { assert, describe, it } from "@effect/vitest";
import { Effect, Exit, Layer } from "effect";
import { TestClock } from "effect/testing";
import { layer, KeyRing, type KeyRingError, OVERLAP_SECONDS, RECHECK_SECONDS } from "../../src/identity/KeyRing.ts";
import { KeyRecords, KeyStoreError, layerMemory } from "../../src/identity/KeyRecords.ts";
import { KID_PATTERN, type KeyStatus, type StoredKey } from "../../src/identity/KeyRecord.ts";
import { layerKey, Seal } from "../../src/identity/Seal.ts";
import { spansOf } from "./spans.ts";

const owner = { tenant: "t1", mailbox: "mbx_1", agent: "agent-1" };
const seal = layerKey(new Uint8Array(32).fill(9));
const ring = layer("acme.example").pipe(Layer.provideMerge(layerMemory), Layer.provideMerge(seal));

/** A ring of its own over these rows. */
const ringOver = (
  records: KeyRecords["Service"],
  { operator = "acme.example", seal: sealing = seal }: { readonly operator?: string; readonly seal?: typeof seal } = {},
) =>
  Effect.provide(
    KeyRing,
    Layer.fresh(layer(operator)).pipe(Layer.provide(Layer.succeed(KeyRecords, records)), Layer.provide(sealing)),
  );

/** Another process: a ring of its own over the same rows. */
const secondRing = Effect.flatMap(KeyRecords, (records) => ringOver(records));

/** The same records, and what was read of them. */
const watched = (records: KeyRecords["Service"]) => {
  const calls: string[] = [];
  const noted = <A>(call: string, effect: A): A => {
    calls.push(call);
    return effect;
  };
  return {
    calls,
    records: KeyRecords.of({
      ...records,
      find: (kid) => Effect.suspend(() => noted(`find ${kid}`, records.find(kid))),
      list: (kind) => Effect.suspend(() => noted(`list ${kind}`, records.list(kind))),
    }),
  };
};

/** What the caller is told. */
const told = (effect: Effect.Effect<unknown, KeyRingError>) =>
  Effect.map(Effect.flip(effect), (error) => [error.reason, error.message, error.hint]);
const notActive = ["not_active", "The key is not active any more.", "Read the key that replaced it."];

const signs = (pem: string, signature: Uint8Array, text: string) =>
  verify("sha256", Buffer.from(text), createPublicKey(pem), signature);
const reason = <A>(effect: Effect.Effect<A, { readonly reason: string }>) =>
  Effect.match(effect, { onFailure: (error) => error.reason, onSuccess: () => "accepted" });

describe("KeyRing", () => {
  it.effect("makes a mailbox key that signs, is published, and never shows its secret", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_713_542_400_000);
      const keys = yield* KeyRing;
      const record = yield* keys.createMailboxKey(owner);
      assert.match(record.kid, KID_PATTERN);
      assert.deepInclude(record, {
        ...owner,
        kind: "mailbox",
        operator: "acme.example",
        status: "active",
        validFrom: 1_713_542_400,
      });
      const signer = yield* keys.signerFor(record.kid);
      assert.strictEqual(yield* keys.signerFor(record.kid), signer);
      const signature = yield* Effect.promise(() => signer.sign(Buffer.from("hello")));
      assert.isTrue(signs(record.publicKeyPem, signature, "hello"));
      const published = yield* keys.publicKey(record.kid);
      assert.deepInclude(published, {
        kid: record.kid,
        agent: "agent-1",
        mailbox: "mbx_1",
        status: "active",
        valid_to: null,
      });
      assert.notInclude(JSON.stringify([record, published]), "seal1");
      const row = yield* (yield* KeyRecords).find(record.kid);
      assert.match(row!.sealedPrivateKey, /^seal1\./);
      assert.strictEqual(yield* keys.publicKey("key_unknown"), null);
      assert.strictEqual(yield* reason(keys.signerFor("key_unknown")), "unknown_key");
      assert.strictEqual(yield* reason(keys.createMailboxKey({ ...owner, agent: "a;b" })), "bad_agent");
    }).pipe(Effect.provide(ring)),
  );

  it.effect("makes one operator key, whoever is first", () =>
    Effect.gen(function* () {
      const first = yield* KeyRing;
      const second = yield* secondRing;
      const signers = yield* Effect.all(
        [first.operatorSigner, second.operatorSigner, first.operatorSigner, second.operatorSigner],
        { concurrency: "unbounded" },
      );
      assert.strictEqual(new Set(signers.map((signer) => signer.kid)).size, 1);
      const jwk = yield* second.operatorJwk;
      assert.strictEqual(jwk.kid, signers[0]!.kid);
      assert.deepStrictEqual(Object.keys(jwk).sort(), ["alg", "crv", "kid", "kty", "use", "x", "y"]);
      assert.deepStrictEqual((yield* first.jwks).keys, [jwk]);
      const published = yield* first.publicKey(jwk.kid);
      assert.deepInclude(published, { agent: null, mailbox: null, operator: "acme.example" });
      // A mailbox key is no operator key.
      yield* first.createMailboxKey(owner);
      assert.lengthOf((yield* first.jwks).keys, 1);
    }).pipe(Effect.provide(ring)),
  );

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

  it.effect("rows whose secrets or public keys were swapped do not sign", () =>
    Effect.gen(function* () {
      const keys = yield* KeyRing;
      const records = yield* KeyRecords;
      const [a, b] = [
        yield* keys.createMailboxKey(owner),
        yield* keys.createMailboxKey({ ...owner, mailbox: "mbx_2" }),
      ];
      const rows = { a: (yield* records.find(a.kid))!, b: (yield* records.find(b.kid))! };
      const tampered = (row: StoredKey) =>
        Effect.gen(function* () {
          const keys = yield* ringOver({ ...records, find: () => Effect.succeed(row) });
          return yield* reason(keys.signerFor(row.kid));
        });
      assert.strictEqual(yield* tampered(rows.a), "accepted");
      assert.strictEqual(yield* tampered({ ...rows.a, sealedPrivateKey: rows.b.sealedPrivateKey }), "seal");
      assert.strictEqual(yield* tampered({ ...rows.a, publicKeyPem: rows.b.publicKeyPem }), "key_mismatch");
      assert.strictEqual(yield* tampered({ ...rows.a, publicKeyPem: "x" }), "key_mismatch");
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

  it.effect("makes no key where the operator has one, and keeps operators apart", () =>
    Effect.gen(function* () {
      const made: string[] = [];
      const inner = yield* Seal;
      const counting = Layer.succeed(Seal, {
        ...inner,
        seal: (kid: string, secret: Uint8Array) =>
          Effect.tap(inner.seal(kid, secret), () => Effect.sync(() => made.push(kid))),
      });
      const records = yield* KeyRecords;
      const first = yield* ringOver(records, { seal: counting });
      const { kid } = yield* first.operatorSigner;
      const other = yield* ringOver(records, { seal: counting, operator: "other.example" });
      const ofOther = (yield* other.operatorSigner).kid;
      assert.deepStrictEqual(made, [kid, ofOther]);
      for (const [operator, expected] of [
        ["acme.example", kid],
        ["other.example", ofOther],
      ] as const) {
        const again = yield* ringOver(records, { seal: counting, operator });
        assert.strictEqual((yield* again.operatorSigner).kid, expected);
        assert.deepStrictEqual(
          (yield* again.jwks).keys.map((jwk) => jwk.kid),
          [expected],
        );
      }
      assert.lengthOf(made, 2);
    }).pipe(Effect.provide(ring)),
  );

  it.effect("wipes the private key once it is sealed", () =>
    Effect.gen(function* () {
      const secrets: { readonly bytes: Uint8Array; readonly before: Uint8Array }[] = [];
      const inner = yield* Seal;
      const keeping = Layer.succeed(Seal, {
        ...inner,
        seal: (kid: string, bytes: Uint8Array) => {
          secrets.push({ bytes, before: Uint8Array.from(bytes) });
          return inner.seal(kid, bytes);
        },
      });
      const keys = yield* ringOver(yield* KeyRecords, { seal: keeping });
      yield* keys.createMailboxKey(owner);
      yield* keys.operatorSigner;
      assert.lengthOf(secrets, 2);
      for (const { bytes, before } of secrets) {
        assert.isTrue(before.some((octet) => octet !== 0));
        assert.isTrue(bytes.every((octet) => octet === 0));
      }
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
      assert.deepStrictEqual(yield* told(keys.revoke(kid)), notActive);
      assert.deepStrictEqual(calls, Array(3).fill(`find ${kid}`));
      assert.deepStrictEqual(yield* told(keys.rotate((yield* keys.operatorSigner).kid)), notActive);
    }).pipe(Effect.provide(ring)),
  );

  it.effect("says what is wrong and what to do", () =>
    Effect.gen(function* () {
      const keys = yield* KeyRing;
      const anew = "Make the statement anew with the mailbox's present key.";
      assert.deepStrictEqual(yield* told(keys.createMailboxKey({ ...owner, agent: "a;b" })), [
        "bad_agent",
        "The agent's name cannot stand in a signed header.",
        "Use 1 to 128 letters, digits, dots, hyphens or underscores.",
      ]);
      const unknown = ["unknown_key", "There is no key with this id.", "Look the id up with the mailbox."];
      for (const use of [keys.signerFor, keys.rotate, keys.revoke]) {
        assert.deepStrictEqual(yield* told(use("key_unknown")), unknown);
      }
      const [retired, revoked] = [yield* keys.createMailboxKey(owner), yield* keys.createMailboxKey(owner)];
      yield* keys.rotate(retired.kid);
      yield* keys.revoke(revoked.kid);
      assert.deepStrictEqual(yield* told(keys.rotate(retired.kid)), notActive);
      assert.deepStrictEqual(yield* told(keys.signerFor(revoked.kid)), ["revoked", "The key was revoked.", anew]);
      yield* TestClock.adjust(`${OVERLAP_SECONDS + 1} seconds`);
      const expired = ["expired", "The key was retired some time ago.", anew];
      assert.deepStrictEqual(yield* told(keys.signerFor(retired.kid)), expired);
    }).pipe(Effect.provide(ring)),
  );

  it.effect("a row that someone changed is told from a store or a seal that fails, whose words are kept", () =>
    Effect.gen(function* () {
      const records = yield* KeyRecords;
      const { kid } = yield* (yield* KeyRing).operatorSigner;
      const row = (yield* records.find(kid))!;
      const stranger = (yield* records.find((yield* (yield* KeyRing).createMailboxKey(owner)).kid))!;
      const over = (changed: StoredKey) =>
        ringOver({ ...records, find: () => Effect.succeed(changed), list: () => Effect.succeed([changed]) });
      const mismatch = [
        "key_mismatch",
        "The key's public half is not the one on record, or is no P-256 key.",
        "Someone changed the row: restore it from a backup, or revoke the key and make a new one.",
      ];
      const swapped = yield* over({ ...row, publicKeyPem: stranger.publicKeyPem });
      for (const use of [swapped.operatorSigner, swapped.signerFor(kid)]) {
        assert.deepStrictEqual(yield* told(use), mismatch);
      }
      const damaged = yield* over({ ...row, publicKeyPem: "x" });
      for (const use of [damaged.operatorSigner, damaged.signerFor(kid), damaged.operatorJwk, damaged.jwks]) {
        assert.deepStrictEqual(yield* told(use), mismatch);
      }
      assert.deepStrictEqual(yield* told((yield* over({ ...row, sealedPrivateKey: "x" })).signerFor(kid)), [
        "seal",
        "The sealed key is in no format this version knows.",
        "Run the version that wrote it, or restore the row.",
      ]);
      const broken = new KeyStoreError({ reason: "unavailable", message: "The store is away.", hint: "Start it." });
      const failing = yield* ringOver({
        insert: () => broken,
        find: () => broken,
        list: () => broken,
        update: () => broken,
        insertOperatorKeyIfNone: () => broken,
      });
      const uses: readonly Effect.Effect<unknown, KeyRingError>[] = [
        failing.createMailboxKey(owner),
        failing.signerFor(kid),
        failing.operatorSigner,
        failing.publicKey(kid),
        failing.operatorJwk,
        failing.jwks,
        failing.rotate(kid),
        failing.revoke(kid),
      ];
      for (const use of uses) assert.deepStrictEqual(yield* told(use), ["store", broken.message, broken.hint]);
    }).pipe(Effect.provide(ring)),
  );

  it.effect("each of its works is a span of its own", () =>
    Effect.gen(function* () {
      const keys = yield* KeyRing;
      const { kid } = yield* keys.createMailboxKey(owner);
      const works: readonly (readonly [string, Effect.Effect<unknown, KeyRingError>])[] = [
        ["createMailboxKey", keys.createMailboxKey(owner)],
        ["signerFor", keys.signerFor(kid)],
        ["operatorSigner", keys.operatorSigner],
        ["publicKey", keys.publicKey(kid)],
        ["rotate", keys.rotate(kid)],
        ["revoke", keys.revoke(kid)],
      ];
      for (const [name, use] of works) {
        assert.deepStrictEqual(yield* spansOf(use), [`KeyRing.${name}`]);
      }
    }).pipe(Effect.provide(ring)),
  );
});
