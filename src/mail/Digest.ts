/**
 * The content digest: the name a reviewer's decision gives to exactly one message, its recipients, its mailbox and its time.
 *
 * The encoding is injective (each item is preceded by its length), so two different contents have the same digest only if SHA-256
 * has a collision, and domain-separated, so no other hash of this system can be taken for it. @spec OV-40
 */
import { utf8 } from "../bytes/octets.ts";
import { createSha256 } from "../bytes/sha256.ts";
import { digestName } from "../bytes/digest.ts";

/** What an approval binds. */
export interface DigestedContent {
  /** The canonical MIME bytes, before the two identity headers and DKIM are put on top. */
  readonly raw: Uint8Array;
  /** The addresses SMTP will be given; `to` holds every recipient, also Bcc, in order. */
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  /** The id of the mailbox that sends. */
  readonly mailbox: string;
  /** When it may leave, whole seconds since 1970-01-01T00:00:00Z, 0 … 2^53-1; 0 is "at once". */
  readonly sendAt: number;
}

const TAG = utf8("countersign/content/v1");

const u64 = (value: number): Uint8Array => {
  const out = new Uint8Array(8);
  const view = new DataView(out.buffer);
  view.setUint32(0, Math.floor(value / 0x1_0000_0000));
  view.setUint32(4, value >>> 0);
  return out;
};

/**
 * `"sha256:"` and 64 lower-case hexadecimal digits: the SHA-256 of the following octets, in this order and with nothing between.
 *
 * - `bytes(x)` is the number of octets of x as an unsigned 64-bit big-endian integer, then the octets of x.
 * - `text(s)` is `bytes` of the UTF-8 encoding of s.
 * - `uint(n)` is n as an unsigned 64-bit big-endian integer.
 *
 * 1. `text("countersign/content/v1")`
 * 2. `text(mailbox)`
 * 3. `uint(sendAt)`
 * 4. `text(envelope.from)`
 * 5. `uint(number of recipients)`, then `text(recipient)` for each, in the order of the envelope
 * 6. `bytes(raw)`
 *
 * The order of recipients counts. Throws `RangeError` for a `sendAt` outside its bounds or a string with a lone surrogate (which has no
 * UTF-8 encoding, so two such strings would share one): both are defects of the caller, not input of a user.
 */
export const contentDigest = (content: DigestedContent): string => {
  if (!Number.isSafeInteger(content.sendAt) || content.sendAt < 0) {
    throw new RangeError("sendAt must be a whole number of seconds, 0 or more");
  }
  const hash = createSha256();
  const bytes = (value: Uint8Array): void => {
    hash.update(u64(value.length));
    hash.update(value);
  };
  const text = (value: string): void => {
    if (!value.isWellFormed()) throw new RangeError("a string with a lone surrogate has no UTF-8 encoding to digest");
    bytes(utf8(value));
  };
  bytes(TAG);
  text(content.mailbox);
  hash.update(u64(content.sendAt));
  text(content.envelope.from);
  hash.update(u64(content.envelope.to.length));
  for (const recipient of content.envelope.to) text(recipient);
  bytes(content.raw);
  return digestName(hash.digest());
};
