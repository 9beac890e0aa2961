/**
 * The body hash that the identity headers carry: SHA-256 over the DKIM "simple" canonical body.
 *
 * **Gotchas**
 * - "simple" (RFC 6376 3.4.3) forgives only empty lines at the end. Our own bodies survive that because `Compose` never ends a line
 *   in a space or tab; a relay that rewrites bodies breaks the hash, as it should.
 */
import { toBase64 } from "../bytes/octets.ts";
import { createSha256 } from "../bytes/sha256.ts";

const CRLF = Uint8Array.of(13, 10);

/**
 * Base64 (with padding, 44 characters) of the SHA-256 of `body` with all empty lines at its end reduced to one CRLF, an empty body
 * being one CRLF. Total: any bytes have a hash. Source: RFC 6376 3.4.3.
 */
export const bodyHash = (body: Uint8Array): string => {
  let end = body.length;
  while (body[end - 2] === 13 && body[end - 1] === 10) end -= 2;
  const hash = createSha256();
  hash.update(body.subarray(0, end));
  hash.update(CRLF);
  return toBase64(hash.digest());
};
