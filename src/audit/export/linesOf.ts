/**
 * A stream of bytes cut into lines, each bounded before it is kept, so that no file can fill the memory.
 *
 * - Programs that keep or pass on a file add or drop a line's end at its end: empty lines there are none, and the last line may lack its
 *   newline where it is whole JSON, which no cut leaves of an object. @spec OV-171
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
  /** Why it cannot be read, or that it breaks off (the file's last line, which ends without a newline and is no JSON). */
  readonly fault: "too_long" | "not_utf8" | "cut" | null;
}

const newline = 10;

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Yields each line but empty ones at the end. Chunks may be cut anywhere, inside a character too. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<RawLine> {
  // A byte order mark is kept: it is no part of JSON.
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const encoder = new TextEncoder();
  let kept: Uint8Array[] = [];
  let size = 0;
  let number = 0;
  /** Empty lines that something may follow yet. */
  let empty = 0;
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
  const skipped = function* (): Generator<RawLine> {
    for (; empty > 0; empty--) {
      number += 1;
      yield { number, text: "", fault: null };
    }
  };
  for await (const chunk of chunks) {
    const bytes = typeof chunk === "string" ? encoder.encode(chunk) : chunk;
    for (let at = 0; at < bytes.length;) {
      const end = bytes.indexOf(newline, at);
      const part = bytes.subarray(at, end === -1 ? bytes.length : end);
      if (size + part.length === 0 && end !== -1) {
        empty += 1;
        at = end + 1;
        continue;
      }
      yield* skipped();
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
  if (size === 0) return;
  const last = take("cut");
  yield last.fault === "cut" && isJson(last.text!) ? { ...last, fault: null } : last;
}
