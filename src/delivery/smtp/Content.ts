/**
 * The content as it goes over the wire: the bytes as they are, a dot put before each line that begins with one. RFC 5321 section 4.5.2.
 * Bytes that SMTP would change on the way, a bare CR or LF, eight bits or an unfinished last line, are refused: what was approved is
 * what leaves, or nothing does.
 */
import { isAscii } from "node:buffer";

export interface Content {
  /** Octets before stuffing, what `SIZE=` announces. RFC 1870 section 5. */
  readonly size: number;
  /** Stuffed; without the final dot. The very bytes that came in, where no line begins with a dot. */
  readonly octets: Buffer;
}

const cr = 0x0d;
const lf = 0x0a;
const dot = 0x2e;
const maxLine = 998;

/** Starts of lines that begin with a dot, or why the wire would not carry the bytes unchanged. RFC 5321 sections 2.3.8 and 4.5.3.1.6. */
const scan = (bytes: Buffer): readonly number[] | string => {
  if (bytes.length === 0) return "there are none";
  if (!isAscii(bytes) || bytes.includes(0)) return "they are not 7-bit text";
  let dots: number[] | null = null;
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(cr, start);
    const feed = bytes.indexOf(lf, start);
    if (end === -1 && feed === -1) return "the last line does not end in CRLF";
    if (feed === -1 || feed !== end + 1) return `a bare CR or LF in the line at byte ${start}`;
    if (end - start > maxLine) return `the line at byte ${start} is longer than ${maxLine} bytes`;
    if (bytes[start] === dot) (dots ??= []).push(start);
    start = feed + 1;
  }
  return dots ?? [];
};

const stuffed = (bytes: Buffer, dots: readonly number[]): Buffer => {
  const out = Buffer.allocUnsafe(bytes.length + dots.length);
  let from = 0;
  let at = 0;
  for (const start of dots) {
    at += bytes.copy(out, at, from, start);
    out[at] = dot;
    at += 1;
    from = start;
  }
  bytes.copy(out, at, from);
  return out;
};

/** The content of these bytes, or, as a text, why they cannot be sent. */
export const contentOf = (raw: Uint8Array): Content | string => {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const dots = scan(bytes);
  if (typeof dots === "string") return dots;
  return { size: bytes.length, octets: dots.length === 0 ? bytes : stuffed(bytes, dots) };
};
