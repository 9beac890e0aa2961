/** Names of octets by their SHA-256: `sha256:` and 64 lower-case hexadecimal digits (`model/Event.ts`, `Digest`). */
import { toHex, utf8 } from "./octets.ts";
import { sha256 } from "./sha256.ts";

/** The name of a hash of 32 bytes. */
export const digestName = (hash: Uint8Array): string => `sha256:${toHex(hash)}`;

/** The name of the octets; a text stands for its UTF-8. */
export const digestOf = (octets: Uint8Array | string): string =>
  digestName(sha256(typeof octets === "string" ? utf8(octets) : octets));

/** Names nothing: 64 zeros. No octets are known whose SHA-256 it is. */
export const noDigest = `sha256:${"0".repeat(64)}`;
