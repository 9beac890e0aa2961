/**
 * A {@link Signer} on Node's own crypto: one key object kept ready, each signature on the thread pool, so that many at once use more than
 * one core and none blocks the event loop. DER, because that is what OpenSSL makes; JWS callers convert (`EcdsaSignature.ts`).
 */
import { createPrivateKey, sign, type KeyObject } from "node:crypto";
import type { Signer } from "./Signer.ts";

/** A signer with a private P-256 key object. Throws a `TypeError` when the key is anything else. */
export const nodeSigner = (kid: string, key: KeyObject): Signer => {
  if (
    key.type !== "private" ||
    key.asymmetricKeyType !== "ec" ||
    key.asymmetricKeyDetails?.namedCurve !== "prime256v1"
  ) {
    throw new TypeError("nodeSigner needs a private P-256 key");
  }
  return {
    kid,
    sign: (data) =>
      new Promise((resolve, reject) => {
        sign("sha256", data, { key, dsaEncoding: "der" }, (error, signature) => {
          if (error) reject(error);
          // A copy of its own: a pooled Buffer would show its neighbours through `.buffer`.
          else resolve(Uint8Array.from(signature));
        });
      }),
  };
};

/** The same from PKCS#8 DER, as {@link Seal} gives it back. Throws when the bytes are no private P-256 key. */
export const nodeSignerFromPkcs8 = (kid: string, pkcs8: Uint8Array): Signer =>
  nodeSigner(kid, createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" }));
