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

/** Where one DER INTEGER of at most 32 significant bytes ends, or -1. Writes its value right-aligned into `out` at `offset`. */
const readInteger = (der: Uint8Array, at: number, out: Uint8Array, offset: number): number => {
  const length = der[at + 1];
  if (der[at] !== 0x02 || length === undefined || length < 1 || length > 33) return -1;
  const start = at + 2;
  const end = start + length;
  if (end > der.length) return -1;
  const first = der[start]!;
  if (first >= 0x80) return -1;
  const padded = length > 1 && first === 0;
  if (padded && der[start + 1]! < 0x80) return -1;
  const from = padded ? start + 1 : start;
  if (end - from > 32) return -1;
  out.set(der.subarray(from, end), offset + 32 - (end - from));
  return end;
};

/** Strict DER to 64 bytes `r‖s`. Fails with `malformed_signature`. */
export const derToP1363 = (der: Uint8Array): Result.Result<Uint8Array, IdentityError> => {
  // 72 bytes at most, so the length is always one byte.
  if (der.length < 8 || der.length > 72 || der[0] !== 0x30 || der[1] !== der.length - 2) {
    return malformed("The signature is not one DER sequence.");
  }
  const out = new Uint8Array(64);
  const middle = readInteger(der, 2, out, 0);
  const end = middle < 0 ? -1 : readInteger(der, middle, out, 32);
  return end === der.length
    ? Result.succeed(out)
    : malformed("The signature is not two DER integers in their shortest form.");
};

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

/** 64 bytes `r‖s` to DER. Fails with `malformed_signature` on any other length. */
export const p1363ToDer = (raw: Uint8Array): Result.Result<Uint8Array, IdentityError> => {
  if (raw.length !== 64) return malformed("The signature is not 64 bytes long.");
  const r = integer(raw.subarray(0, 32));
  const s = integer(raw.subarray(32));
  const out = new Uint8Array(2 + r.length + s.length);
  out[0] = 0x30;
  out[1] = r.length + s.length;
  out.set(r, 2);
  out.set(s, 2 + r.length);
  return Result.succeed(out);
};
