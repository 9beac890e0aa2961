/**
 * Rows of keys: found, made, and opened. A private key is outside its seal only here, and in the signer that is made of it.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { Clock, Effect } from "effect";
import { ulid } from "ulid";
import { toSeconds } from "../model/time.ts";
import type { KeyRecord, StoredKey } from "./KeyRecord.ts";
import { KeyRecords } from "./KeyRecords.ts";
import { fromSeal, fromStore, mismatch, unknownKey } from "./KeyRingError.ts";
import { nodeSigner } from "./NodeSigner.ts";
import { Seal } from "./Seal.ts";

export const makeKeyRows = Effect.gen(function* () {
  const records = yield* KeyRecords;
  const seal = yield* Seal;

  const newRow = Effect.fnUntraced(function* (
    whose: Pick<KeyRecord, "kind" | "tenant" | "mailbox" | "agent" | "operator">,
  ) {
    const now = yield* Clock.currentTimeMillis;
    const pair = generateKeyPairSync("ec", {
      namedCurve: "P-256",
      publicKeyEncoding: { format: "pem", type: "spki" },
      privateKeyEncoding: { format: "der", type: "pkcs8" },
    });
    // Time 0 would make ulid look at the clock itself.
    const kid = `key_${ulid(Math.max(now, 1))}`;
    const row: StoredKey = {
      kid,
      kind: whose.kind,
      tenant: whose.tenant,
      mailbox: whose.mailbox,
      agent: whose.agent,
      operator: whose.operator,
      publicKeyPem: pair.publicKey,
      status: "active",
      validFrom: toSeconds(now),
      validTo: null,
      sealedPrivateKey: yield* seal.seal(kid, pair.privateKey),
    };
    pair.privateKey.fill(0);
    return row;
  });

  const find = Effect.fnUntraced(function* (kid: string) {
    const row = yield* Effect.mapError(records.find(kid), fromStore);
    return row ?? (yield* unknownKey);
  });

  const openRow = Effect.fnUntraced(function* (row: StoredKey) {
    const pkcs8 = yield* Effect.mapError(seal.open(row.kid, row.sealedPrivateKey), fromSeal);
    const signer = yield* Effect.try({
      try: () => {
        const key = createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
        // What we sign must verify with what we publish.
        return createPublicKey(row.publicKeyPem).equals(createPublicKey(key)) ? nodeSigner(row.kid, key) : null;
      },
      catch: () => mismatch,
    });
    return signer ?? (yield* mismatch);
  });

  return { newRow, find, openRow };
});
