/** Key rings: keys are made, sign, are published and never shown; rows that were changed do not sign; failures say what to do. */
import { assert, describe, it } from "@effect/vitest";
import { Effect, Layer } from "effect";
import { TestClock } from "effect/testing";
import { KeyRing, OVERLAP_SECONDS } from "../../src/identity/KeyRing.ts";
import type { KeyRingError } from "../../src/identity/KeyRingError.ts";
import { KeyRecords, KeyStoreError } from "../../src/identity/KeyRecords.ts";
import { KID_PATTERN, type StoredKey } from "../../src/identity/KeyRecord.ts";
import { Seal } from "../../src/identity/Seal.ts";
import { explanation, notActive, owner, reason, ring, ringOver, secondRing, signs } from "./rings.ts";
import { spansOf } from "./spans.ts";

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

  it.effect("says what is wrong and what to do", () =>
    Effect.gen(function* () {
      const keys = yield* KeyRing;
      const anew = "Make the statement anew with the mailbox's present key.";
      assert.deepStrictEqual(yield* explanation(keys.createMailboxKey({ ...owner, agent: "a;b" })), [
        "bad_agent",
        "The agent's name cannot stand in a signed header.",
        "Use 1 to 128 letters, digits, dots, hyphens or underscores.",
      ]);
      const unknown = ["unknown_key", "There is no key with this id.", "Look the id up with the mailbox."];
      for (const use of [keys.signerFor, keys.rotate, keys.revoke]) {
        assert.deepStrictEqual(yield* explanation(use("key_unknown")), unknown);
      }
      const [retired, revoked] = [yield* keys.createMailboxKey(owner), yield* keys.createMailboxKey(owner)];
      yield* keys.rotate(retired.kid);
      yield* keys.revoke(revoked.kid);
      assert.deepStrictEqual(yield* explanation(keys.rotate(retired.kid)), notActive);
      assert.deepStrictEqual(yield* explanation(keys.signerFor(revoked.kid)), [
        "revoked",
        "The key was revoked.",
        anew,
      ]);
      yield* TestClock.adjust(`${OVERLAP_SECONDS + 1} seconds`);
      const expired = ["expired", "The key was retired some time ago.", anew];
      assert.deepStrictEqual(yield* explanation(keys.signerFor(retired.kid)), expired);
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
        assert.deepStrictEqual(yield* explanation(use), mismatch);
      }
      const damaged = yield* over({ ...row, publicKeyPem: "x" });
      for (const use of [damaged.operatorSigner, damaged.signerFor(kid), damaged.operatorJwk, damaged.jwks]) {
        assert.deepStrictEqual(yield* explanation(use), mismatch);
      }
      assert.deepStrictEqual(yield* explanation((yield* over({ ...row, sealedPrivateKey: "x" })).signerFor(kid)), [
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
      for (const use of uses) assert.deepStrictEqual(yield* explanation(use), ["store", broken.message, broken.hint]);
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
