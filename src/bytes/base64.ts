/**
 * Strict base64 in both alphabets. Decoding accepts exactly the text that encoding would give: no white space, no missing or extra
 * padding, no stray bits in the last character; so two different texts never stand for the same bytes (RFC 4648 sections 3.5, 4, 5).
 */
import { toBase64, fromBase64 } from "./octets.ts";

/** Standard alphabet with padding: bytes, or `null` when the text is not canonical. */
export const decodeBase64 = (text: string): Uint8Array | null => {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  const bytes = fromBase64(text);
  return toBase64(bytes) === text ? bytes : null;
};

/** URL-safe alphabet without padding. */
export const encodeBase64Url = (bytes: Uint8Array): string =>
  toBase64(bytes).replace(/\+/g, "-").replace(/\//g, "_").replaceAll("=", "");

/** URL-safe alphabet without padding: bytes, or `null` when the text is not canonical. */
export const decodeBase64Url = (text: string): Uint8Array | null => {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return null;
  const standard = text.replace(/-/g, "+").replace(/_/g, "/");
  return decodeBase64(standard.padEnd(Math.ceil(standard.length / 4) * 4, "="));
};
