/**
 * A {@link P256Signer} on Node's own crypto: one key object kept ready. DER, because that is what OpenSSL makes; JWS callers convert
 * (`EcdsaSignature.ts`).
 *
 * **Gotchas**
 * - Signs on the calling thread: handing a signature to the thread pool costs the caller about as much CPU as making it.
 * - The bare key, not `{ key, dsaEncoding: "der" }`, which means the same and takes twice as long.
 */
import { createPrivateKey, sign, type KeyObject } from "node:crypto";
import type { P256Signer } from "./P256Signer.ts";

/** A signer whose key can be given to another thread of this process. */
export interface NodeSigner extends P256Signer {
  readonly privateKey: KeyObject;
}

/** A signer with a private P-256 key object. Throws a `TypeError` when the key is anything else. */
export const nodeSigner = (kid: string, key: KeyObject): NodeSigner => {
  // Only keys on elliptic curves have a named curve.
  if (key.type !== "private" || key.asymmetricKeyDetails!.namedCurve !== "prime256v1") {
    throw new TypeError("nodeSigner needs a private P-256 key");
  }
  return {
    kid,
    privateKey: key,
    // A copy of its own: a pooled Buffer would show its neighbours through `.buffer`.
    sign: async (data) => new Uint8Array(sign("sha256", data, key)),
  };
};

/** The same from PKCS#8 DER, as {@link Seal} gives it back. Throws when the bytes are no private P-256 key. */
export const nodeSignerFromPkcs8 = (kid: string, pkcs8: Uint8Array): NodeSigner =>
  nodeSigner(kid, createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" }));
