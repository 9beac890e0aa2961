/**
 * Verifying one P-256/SHA-256 signature, in code that also runs in a browser.
 *
 * **Gotchas**
 * - `lowS: false`: half of all ES256 signatures made elsewhere have a high s, and the standard allows it (FIPS 186-5, RFC 7518).
 * - Nothing a signature can hold makes this throw: what is no signature is `false`.
 */
import { p256 } from "@noble/curves/nist.js";
import { rawSignature, type SignatureFormat } from "./EcdsaSignature.ts";
import type { P256PublicKey } from "./PublicKey.ts";

/** `true` only for a valid signature of `message` by `key` in exactly this format; never rejects because of the signature's bytes. */
export type VerifySignature = (
  key: P256PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
  format: SignatureFormat,
) => Promise<boolean>;

/** {@link VerifySignature} on `@noble/curves`: about 2 ms a signature, no platform needed. */
export const verifyNoble: VerifySignature = async (key, message, signature, format) => {
  const raw = rawSignature(signature, format);
  if (raw === null) return false;
  // `false`, too, where r or s is out of range.
  return p256.verify(raw, message, key.point, { format: "compact", prehash: true, lowS: false });
};
