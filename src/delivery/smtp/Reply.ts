/**
 * Replies of an SMTP server, read from the bytes as they come. RFC 5321 section 4.2, enhanced codes RFC 3463.
 *
 * - Strict: each line is a code 200 to 599, then a space, a hyphen or its end, then CRLF; all lines of a reply have one code. A server
 *   that replies otherwise is not in step with us, and its next reply could be taken for the answer to another command.
 * - Bounded: 4,096 octets a line, 65,536 a reply.
 */
import { printable } from "../../model/printable.ts";

export interface Reply {
  /** 200 to 599. */
  readonly code: number;
  /** Its lines with their codes, CRLF between them; octets as latin1. */
  readonly text: string;
}

const maxLine = 4_096;
const maxReply = 65_536;

const isDigit = (char: number): boolean => char >= 0x30 && char <= 0x39;

/** The code of a line that is well formed, else 0. */
const codeOf = (line: string): number => {
  const first = line.charCodeAt(0);
  const separator = line.charCodeAt(3);
  if (!(first >= 0x32 && first <= 0x35) || !isDigit(line.charCodeAt(1)) || !isDigit(line.charCodeAt(2))) return 0;
  return line.length === 3 || separator === 0x20 || separator === 0x2d ? Number(line.slice(0, 3)) : 0;
};

export class ReplyReader {
  /** A line that has not ended yet. */
  #line = "";
  /** The finished lines of a reply that has not ended yet. */
  #reply = "";
  #code = 0;

  /** Nothing of an unfinished reply has come. */
  get empty(): boolean {
    return this.#line === "" && this.#reply === "";
  }

  /**
   * Reads on. Each reply that is complete goes to `each`, which answers whether to go on reading. Answers `null`, or what is wrong with
   * the bytes; nothing more can be read after that.
   */
  push(octets: string, each: (reply: Reply) => boolean): string | null {
    const text = this.#line === "" ? octets : this.#line + octets;
    let start = 0;
    for (;;) {
      const end = text.indexOf("\n", start);
      if ((end === -1 ? text.length : end) - start > maxLine) return "a line of a reply is longer than 4096 octets";
      if (end === -1) break;
      if (end === start || text.indexOf("\r", start) !== end - 1) return "a line of a reply does not end in CRLF";
      const line = text.slice(start, end - 1);
      start = end + 1;
      const code = codeOf(line);
      if (code === 0) return `not a reply: ${JSON.stringify(printable(line).slice(0, 80))}`;
      if (this.#reply !== "" && code !== this.#code) return "the lines of a reply have different codes";
      const whole = this.#reply === "" ? line : `${this.#reply}\r\n${line}`;
      if (whole.length > maxReply) return "a reply is longer than 65536 octets";
      if (line.charCodeAt(3) === 0x2d) {
        this.#reply = whole;
        this.#code = code;
        continue;
      }
      this.#reply = "";
      if (!each({ code, text: whole })) return null;
    }
    this.#line = start === text.length ? "" : text.slice(start);
    return null;
  }
}

export const isPositive = ({ code }: Reply): boolean => code >= 200 && code <= 299;

/** The enhanced status code, such as `5.1.1`, or `null`. RFC 2034. */
export const enhancedOf = ({ text }: Reply): string | null =>
  /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(text)?.[1] ?? null;
