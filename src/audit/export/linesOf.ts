/**
 * A stream of bytes cut into lines, each bounded before it is kept, so that no file can fill the memory.
 *
 * **Gotchas**: after a line that is too long, or is not UTF-8, there is nothing more: what follows cannot be trusted to be lines.
 */

/** Longest line, bytes. A leaf has at most 65,535, and at most doubles when it is quoted. */
export const lineLimit = 262_144;

export interface RawLine {
  /** From 1. */
  readonly number: number;
  /** Without its newline; `null` when it cannot be read. */
  readonly text: string | null;
  /** Why it cannot be read, or that it ends without a newline (the file's last line, cut). */
  readonly fault: "too_long" | "not_utf8" | "cut" | null;
}

const newline = 10;

/** Yields each line. Chunks may be cut anywhere, inside a character too. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<RawLine> {
  // A byte order mark is kept: it is no part of JSON.
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const encoder = new TextEncoder();
  let kept: Uint8Array[] = [];
  let size = 0;
  let number = 0;
  const take = (fault: RawLine["fault"]): RawLine => {
    number += 1;
    const whole = kept.length === 1 ? kept[0]! : new Uint8Array(size);
    if (kept.length !== 1) {
      let at = 0;
      for (const part of kept) {
        whole.set(part, at);
        at += part.length;
      }
    }
    kept = [];
    size = 0;
    try {
      return { number, text: decoder.decode(whole), fault };
    } catch {
      return { number, text: null, fault: "not_utf8" };
    }
  };
  for await (const chunk of chunks) {
    const bytes = typeof chunk === "string" ? encoder.encode(chunk) : chunk;
    for (let at = 0; at < bytes.length;) {
      const end = bytes.indexOf(newline, at);
      const part = bytes.subarray(at, end === -1 ? bytes.length : end);
      if (size + part.length > lineLimit) {
        yield { number: number + 1, text: null, fault: "too_long" };
        return;
      }
      // What is kept over the next chunk must be a copy: a source may use its buffer again.
      kept.push(end === -1 ? part.slice() : part);
      size += part.length;
      if (end === -1) break;
      const line = take(null);
      yield line;
      if (line.fault !== null) return;
      at = end + 1;
    }
  }
  if (size > 0) yield take("cut");
}
