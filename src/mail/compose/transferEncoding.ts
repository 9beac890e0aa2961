/**
 * Bodies as 7-bit lines: which transfer encoding a text gets, and the encoders (RFC 2045 section 6).
 *
 * The choice depends on nothing but the text:
 * - `7bit` when every line is printable ASCII (or tabs), at most 76 columns, ends in no blank, and does not start with "From " (which
 *   mailbox files change);
 * - else `quoted-printable` when less than a third of its octets need escaping, else `base64`.
 */
import { toBase64, utf8 } from "../../bytes/octets.ts";

export type TransferEncoding = "7bit" | "quoted-printable" | "base64";

/** An encoded body: printable ASCII and CRLF only, no line above 76 columns. */
export interface EncodedBody {
  readonly encoding: TransferEncoding;
  readonly body: string;
}

const LINE = 76;
const ASCII_TEXT = /^[\t\r\n -~]*$/;

/** The text with every line ending as CRLF, and one at its end. */
export const canonicalLines = (text: string): string => {
  const lines = text.replace(/\r\n?|\n/g, "\r\n");
  return lines.endsWith("\r\n") ? lines : `${lines}\r\n`;
};

/** True when canonical ASCII lines can go as they are. */
const goesPlain = (text: string): boolean => {
  let start = 0;
  for (let end = text.indexOf("\r\n"); end >= 0; start = end + 2, end = text.indexOf("\r\n", start)) {
    if (end - start > LINE) return false;
    // Of an empty line this is the line feed before it.
    const last = text.charCodeAt(end - 1);
    if (last === 32 || last === 9) return false;
    if (text.startsWith("From ", start)) return false;
  }
  return start === text.length;
};

const escaped = (byte: number): string => `=${byte < 16 ? "0" : ""}${byte.toString(16).toUpperCase()}`;
/** How each octet is written within a line. */
const WITHIN: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte === 9 || (byte >= 32 && byte <= 126 && byte !== 61) ? String.fromCharCode(byte) : escaped(byte),
);

/** Quoted-printable (RFC 2045 6.7) of text whose CRLFs are line breaks. */
const quotedPrintable = (bytes: Uint8Array): string => {
  let out = "";
  let line = "";
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === 13 && bytes[i + 1] === 10) {
      out += `${line}\r\n`;
      line = "";
      i++;
      continue;
    }
    const atEnd = bytes[i + 1] === 13 && bytes[i + 2] === 10;
    const mustEscape =
      ((byte === 32 || byte === 9) && (atEnd || i + 1 === bytes.length)) ||
      // "From " at the start of a line, soft or hard.
      (byte === 70 && bytes[i + 1] === 114 && bytes[i + 2] === 111 && bytes[i + 3] === 109 && bytes[i + 4] === 32);
    const piece = mustEscape ? escaped(byte) : WITHIN[byte]!;
    if (line.length + piece.length >= LINE) {
      out += `${line}=\r\n`;
      line = "";
    }
    line += piece;
  }
  return out + line;
};

/** Base64 in lines of 76, with no CRLF at its end. */
export const base64Lines = (bytes: Uint8Array): string => {
  const all = toBase64(bytes);
  const lines: string[] = [];
  for (let i = 0; i < all.length; i += LINE) lines.push(all.slice(i, i + LINE));
  return lines.join("\r\n");
};

/** Encodes canonical text (see {@link canonicalLines}); well-formed Unicode is the caller's part. */
export const encodeText = (text: string): EncodedBody => {
  if (ASCII_TEXT.test(text)) {
    return goesPlain(text)
      ? { encoding: "7bit", body: text }
      : { encoding: "quoted-printable", body: quotedPrintable(utf8(text)) };
  }
  const bytes = utf8(text);
  let escapes = 0;
  for (const byte of bytes) if (byte > 126) escapes++;
  return escapes * 3 < bytes.length
    ? { encoding: "quoted-printable", body: quotedPrintable(bytes) }
    : { encoding: "base64", body: base64Lines(bytes) };
};
