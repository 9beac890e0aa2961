/**
 * P-256 public keys as they travel: PEM with an SPKI inside (`public_key_pem`), and JWK.
 *
 * **Gotchas**
 * - Exactly one form is read: `id-ecPublicKey`, the named curve prime256v1, an uncompressed point (RFC 5480), 91 bytes. Explicit curve
 *   parameters (CVE-2020-0601) and compressed points are refused, and so is a point off the curve.
 */
import { p256 } from "@noble/curves/nist.js";
import { Result } from "effect";
import { toBase64 } from "../bytes/octets.ts";
import { decodeBase64, encodeBase64Url } from "../bytes/base64.ts";
import { identityError, type IdentityError } from "./IdentityError.ts";

/** A checked key. Compare by `spki`; verifiers cache by the object. */
export interface P256PublicKey {
  /** 91 bytes of DER. */
  readonly spki: Uint8Array;
  /** 65 bytes: 4, x, y. */
  readonly point: Uint8Array;
}

/** What `/.well-known/multimail-signing-key` and the JWK set hold: the public part only. */
export interface PublicJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: "ES256";
  readonly use: "sig";
}

// SEQUENCE { SEQUENCE { OID 1.2.840.10045.2.1, OID 1.2.840.10045.3.1.7 }, BIT STRING of 66 bytes with no unused bits }, and the 4 that
// an uncompressed point begins with.
const PREFIX = Uint8Array.from([
  0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
  0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
]);

const malformed = (message: string): Result.Result<never, IdentityError> =>
  Result.fail(
    identityError("malformed_key", message, "Publish the key as PEM of an uncompressed P-256 SubjectPublicKeyInfo."),
  );

/** Reads 91 bytes of SPKI. Fails with `malformed_key`. */
export const parseSpki = (spki: Uint8Array): Result.Result<P256PublicKey, IdentityError> => {
  if (spki.length !== 91 || !PREFIX.every((byte, i) => spki[i] === byte)) {
    return malformed("The key is not an uncompressed P-256 key in SPKI form.");
  }
  const point = spki.slice(26);
  try {
    p256.Point.fromBytes(point).assertValidity();
  } catch {
    return malformed("The point is not on the curve P-256.");
  }
  return Result.succeed({ spki: spki.slice(), point });
};

/** Reads PEM: one `PUBLIC KEY` block and nothing else but line ends around it. Fails with `malformed_key`. */
export const parsePublicKeyPem = (pem: string): Result.Result<P256PublicKey, IdentityError> => {
  // Length first: a key is about 180 characters, and the text may come from anywhere.
  const match =
    pem.length > 400
      ? null
      : /^-----BEGIN PUBLIC KEY-----\r?\n([A-Za-z0-9+/=\r\n]+?)\r?\n-----END PUBLIC KEY-----\s*$/.exec(pem);
  if (match === null) return malformed("The text is not one PEM block of a public key.");
  const spki = decodeBase64(match[1]!.replace(/\r?\n/g, ""));
  return spki === null ? malformed("The PEM block is not base64.") : parseSpki(spki);
};

/** PEM with lines of 64 characters and a line end after the last, as OpenSSL writes it. */
export const publicKeyPem = (key: P256PublicKey): string =>
  `-----BEGIN PUBLIC KEY-----\n${toBase64(key.spki).replace(/.{1,64}/g, "$&\n")}-----END PUBLIC KEY-----\n`;

/** The key as one bare JWK (RFC 7517, 7518 section 6.2.1). */
export const jwkOf = (key: P256PublicKey, kid: string): PublicJwk => ({
  kty: "EC",
  crv: "P-256",
  x: encodeBase64Url(key.point.subarray(1, 33)),
  y: encodeBase64Url(key.point.subarray(33)),
  kid,
  alg: "ES256",
  use: "sig",
});
