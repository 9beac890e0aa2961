/**
 * The two encodings of a P-256 ECDSA signature, and the way between them: DER (`X-MultiMail-Agent-Identity`) and the 64 bytes `r‖s` of
 * IEEE P1363 (JWS, RFC 7518 section 3.4).
 *
 * **Gotchas**
 * - DER is read strictly (X.690 section 8.3 and DER length rules): shortest integers, shortest lengths, nothing after the end. BER is
 *   refused: accepting it would give one signature many spellings.
 * - The ranges of r and s (1 … n−1) are the verifier's business; here only "not negative, at most 32 bytes".
 * - ECDSA is malleable: (r, n−s) verifies whenever (r, s) does. Never use a signature as an identifier.
 */
import { Result } from "effect";
import { identityError, type IdentityError } from "./IdentityError.ts";

const malformed = (message: string): Result.Result<never, IdentityError> =>
  Result.fail(identityError("malformed_signature", message, "Have the message signed again, or sent again unchanged."));

const integer = (bytes: Uint8Array): Uint8Array => {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from++;
  const body = bytes.subarray(from);
  const pad = body[0]! >= 0x80 ? 1 : 0;
  const out = new Uint8Array(2 + pad + body.length);
  out[0] = 0x02;
  out[1] = pad + body.length;
  out.set(body, 2 + pad);
  return out;
};

const derOf = (raw: Uint8Array): Uint8Array => {
  const r = integer(raw.subarray(0, 32));
  const s = integer(raw.subarray(32));
  const out = new Uint8Array(2 + r.length + s.length);
  out[0] = 0x30;
  out[1] = r.length + s.length;
  out.set(r, 2);
  out.set(s, 2 + r.length);
  return out;
};

/** 64 bytes `r‖s` to DER. Fails with `malformed_signature` on any other length. */
export const p1363ToDer = (raw: Uint8Array): Result.Result<Uint8Array, IdentityError> =>
  raw.length === 64 ? Result.succeed(derOf(raw)) : malformed("The signature is not 64 bytes long.");

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((octet, i) => octet === b[i]);

/** Strict DER to 64 bytes `r‖s`. Fails with `malformed_signature`. */
export const derToP1363 = (der: Uint8Array): Result.Result<Uint8Array, IdentityError> => {
  const second = 4 + der[3]!;
  const r = der.subarray(4, second).subarray(-32);
  const s = der.subarray(second + 2).subarray(-32);
  const raw = new Uint8Array(64);
  raw.set(r, 32 - r.length);
  raw.set(s, 64 - s.length);
  // Read without a look at tags, signs and lengths: two numbers have one strict spelling, and this must be it.
  return same(derOf(raw), der)
    ? Result.succeed(raw)
    : malformed("The signature is not a DER sequence of two integers in their shortest form.");
};

/** `der`: `X-MultiMail-Agent-Identity`. `p1363`: 64 bytes `r‖s`, as in a JWS. */
export type SignatureFormat = "der" | "p1363";

/** A signature in either encoding as 64 bytes `r‖s`; `null` when it is not in exactly that encoding. */
export const rawSignature = (signature: Uint8Array, format: SignatureFormat): Uint8Array | null => {
  if (format === "der") return Result.getOrNull(derToP1363(signature));
  return signature.length === 64 ? signature : null;
};
