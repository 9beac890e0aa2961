/**
 * Bytes to text and back: base64, and the binary string in which one UTF-16 code unit stands for one byte.
 *
 * **Gotchas**
 * - `TextDecoder("latin1")` is windows-1252, which loses bytes 0x80-0x9f; that is why binary strings are made here.
 * - Node's Buffer is used where it exists (ten times faster); a browser takes the portable path, with the same output.
 */

const hasBuffer = typeof Buffer !== "undefined";
const encoder = new TextEncoder();

/** UTF-8 bytes of a string. Lone surrogates become U+FFFD, so check `isWellFormed()` before. */
export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** How many bytes {@link utf8} gives for a string. */
export const utf8Length = (text: string): number => (hasBuffer ? Buffer.byteLength(text) : encoder.encode(text).length);

/** Writes the UTF-8 bytes of a string into `out` from `at` on, without a copy in between. The room must be there. */
export const writeUtf8 = (text: string, out: Uint8Array, at: number): void => {
  if (hasBuffer) Buffer.from(out.buffer, out.byteOffset, out.byteLength).write(text, at);
  else encoder.encodeInto(text, out.subarray(at));
};

/** Every byte as the code unit of the same number, so nothing is lost whatever the charset was. */
export const toBinaryString = (bytes: Uint8Array): string => {
  if (hasBuffer) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  let out = "";
  for (let i = 0; i < bytes.length; i += 8192) out += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return out;
};

/** The inverse of {@link toBinaryString}; code units above 0xff keep their low byte only. */
export const fromBinaryString = (text: string): Uint8Array => {
  const out = new Uint8Array(text.length);
  if (hasBuffer) Buffer.from(out.buffer).write(text, "latin1");
  else for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out;
};

/** Standard base64 with padding, RFC 4648 section 4. */
export const toBase64 = (bytes: Uint8Array): string =>
  hasBuffer
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")
    : btoa(toBinaryString(bytes));

/** The inverse of {@link toBase64} for a text that is base64; its result for another text is undefined (`base64.ts` is strict). */
export const fromBase64 = (text: string): Uint8Array =>
  hasBuffer ? new Uint8Array(Buffer.from(text, "base64")) : fromBinaryString(atob(text));

/** Lower-case hexadecimal. */
export const toHex = (bytes: Uint8Array): string => {
  if (hasBuffer) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
  let out = "";
  for (const byte of bytes) out += (byte < 16 ? "0" : "") + byte.toString(16);
  return out;
};
