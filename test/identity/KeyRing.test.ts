import { createPublicKey, verify } from "node:crypto";
import { assert, describe, it } from "@effect/vitest";
import { Effect, Exit, Layer } from "effect";
import { TestClock } from "effect/testing";
import { layer, KeyRing, OVERLAP_SECONDS, RECHECK_SECONDS } from "../../src/identity/KeyRing.ts";
import { KeyRecords, layerMemory } from "../../src/identity/KeyRecords.ts";
import { KID_PATTERN, type StoredKey } from "../../src/identity/KeyRecord.ts";
import { layerKey } from "../../src/identity/Seal.ts";

const owner = { tenant: "t1", mailbox: "mbx_1", agent: "agent-1" };
const seal = layerKey(new Uint8Array(32).fill(9));
const ring = layer("acme.example").pipe(Layer.provideMerge(layerMemory), Layer.provideMerge(seal));

/** Another process: a ring of its own over the same rows. */
const secondRing = Effect.gen(function* () {
  const records = yield* KeyRecords;
  const fresh = Layer.fresh(layer("acme.example")).pipe(
    Layer.provide(Layer.succeed(KeyRecords, records)),
    Layer.provide(seal),
  );
  return yield* Effect.provide(KeyRing, fresh);
});

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
          const swapped = { ...records, find: () => Effect.succeed(row) };
          const fresh = Layer.fresh(layer("acme.example")).pipe(
            Layer.provide(Layer.succeed(KeyRecords, swapped)),
            Layer.provide(seal),
          );
          return yield* reason(Effect.flatMap(Effect.provide(KeyRing, fresh), (it) => it.signerFor(row.kid)));
        });
      assert.strictEqual(yield* tampered(rows.a), "accepted");
      assert.strictEqual(yield* tampered({ ...rows.a, sealedPrivateKey: rows.b.sealedPrivateKey }), "seal");
      assert.strictEqual(yield* tampered({ ...rows.a, publicKeyPem: rows.b.publicKeyPem }), "key_mismatch");
      assert.strictEqual(yield* tampered({ ...rows.a, publicKeyPem: "x" }), "key_mismatch");
    }).pipe(Effect.provide(ring)),
  );

  it.effect("the memory store refuses a second active operator key and a taken kid", () =>
    Effect.gen(function* () {
      const records = yield* KeyRecords;
      const keys = yield* KeyRing;
      const operator = (yield* records.find((yield* keys.operatorSigner).kid))!;
      assert.strictEqual(yield* reason(records.insert(operator)), "duplicate");
      assert.strictEqual(yield* reason(records.insert({ ...operator, kid: "key_other" })), "duplicate");
      assert.strictEqual((yield* records.insertOperatorKeyIfNone({ ...operator, kid: "key_other" })).kid, operator.kid);
      assert.isFalse(yield* records.update({ ...operator, status: "active" }, "retired"));
      assert.isFalse(yield* records.update({ ...operator, kid: "key_other" }, "active"));
    }).pipe(Effect.provide(ring)),
  );
});
