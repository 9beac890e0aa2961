/**
 * A raw message as header fields and body, and header fields put on top of one, with no octet lost or changed.
 *
 * **Gotchas**
 * - Strings here are binary strings: one code unit is one octet, whatever the charset. For our own messages that is ASCII.
 * - Strict: a CR without LF, a LF without CR or a NUL anywhere refuses the message, since two programs may see two messages in it
 *   (SMTP smuggling, CVE-2023-51764 and its kin).
 */
import { Result } from "effect";
import { MAX_LINE } from "../compose/limits.ts";
import { mailError, type MailError } from "../MailError.ts";
import { fromBinaryString, toBinaryString } from "../../bytes/octets.ts";

/** One header field. */
export interface Field {
  /** As written, without the colon. */
  readonly name: string;
  /** Unfolded (RFC 5322 2.2.3) and without blanks at either end. */
  readonly value: string;
  /** Every octet of the field, folds and the last CRLF included. */
  readonly raw: string;
}

/** The parts of a message; the fields' `raw`, an empty line and `body` laid end to end are the message again. */
export interface MessageParts {
  /** In the order of the message, first on top. */
  readonly fields: readonly Field[];
  readonly body: Uint8Array;
}

// RFC 5322 3.6.8 ftext, of any length: mail of others is read here too.
const FIELD_NAME = /^[!-9;-~]+$/;

/** The offset of the first octet that is a NUL or half a line ending, or -1. */
const badOctet = (raw: Uint8Array): number => {
  for (let i = 0; i < raw.length; i++) {
    const octet = raw[i]!;
    if (octet > 13) continue;
    if (octet === 13) {
      if (raw[i + 1] !== 10) return i;
      i++;
    } else if (octet === 10 || octet === 0) return i;
  }
  return -1;
};

/** The offset of the empty line that ends the header, or -1 when there is none. */
const headerEnd = (raw: Uint8Array): number => {
  if (raw[0] === 13) return 0;
  for (let i = raw.indexOf(13); i >= 0; i = raw.indexOf(13, i + 2)) if (raw[i + 2] === 13) return i + 2;
  return -1;
};

/**
 * Splits a message. A message without an empty line is all header and has an empty body. Fails with `bare_line_ending` (also for NUL) or
 * `bad_field` (a line that is no field, a header cut off before its CRLF).
 */
export const splitMessage = (raw: Uint8Array): Result.Result<MessageParts, MailError> => {
  const at = badOctet(raw);
  if (at >= 0) {
    return Result.fail(
      mailError(
        "bare_line_ending",
        "raw",
        `There is a NUL, a CR without LF or a LF without CR at octet ${at}.`,
        "End every line in CRLF and send no NUL.",
      ),
    );
  }
  const refuse = (message: string): Result.Result<MessageParts, MailError> =>
    Result.fail(mailError("bad_field", "raw", message, "Each header field is Name: value on lines that end in CRLF."));
  const end = headerEnd(raw);
  const head = toBinaryString(end < 0 ? raw : raw.subarray(0, end));
  if (head !== "" && !head.endsWith("\r\n")) return refuse("The header is cut off in the middle of a line.");
  const fields: Field[] = [];
  let stop = 0;
  for (let start = 0; start < head.length; start = stop) {
    stop = head.indexOf("\r\n", start) + 2;
    while (head[stop] === " " || head[stop] === "\t") stop = head.indexOf("\r\n", stop) + 2;
    const text = head.slice(start, stop);
    const colon = text.indexOf(":");
    const name = text.slice(0, Math.max(colon, 0));
    if (!FIELD_NAME.test(name)) return refuse("The header holds a line that is not a field.");
    fields.push({ name, value: unfold(text.slice(colon + 1)), raw: text });
  }
  return Result.succeed({ fields, body: end < 0 ? new Uint8Array(0) : raw.subarray(end + 2) });
};

const unfold = (text: string): string => {
  const line = text.replaceAll("\r\n", "");
  let start = 0;
  let end = line.length;
  while (isBlank(line.charCodeAt(start))) start++;
  while (isBlank(line.charCodeAt(end - 1))) end--;
  return line.slice(start, end);
};

// Not trim(): that would also take 0xa0, which may be half of a UTF-8 character here.
const isBlank = (code: number): boolean => code === 32 || code === 9;

/** The values of all fields of that name (case does not matter), in the order of the message. */
export const fieldValues = (fields: readonly Field[], name: string): readonly string[] => {
  const wanted = name.toLowerCase();
  return fields.filter((one) => one.name.toLowerCase() === wanted).map((one) => one.value);
};

/**
 * The message with the given header fields on top, the first line first. Each is one whole field, folded or not, with or without its last
 * CRLF. Throws `TypeError` for anything else, also for a line above 998 octets: these lines are the program's own, so a malformed one is a defect, never input. @spec OV-43
 */
export const prependFields = (raw: Uint8Array, lines: readonly string[]): Uint8Array => {
  let block = "";
  for (const line of lines) {
    const whole = line.endsWith("\r\n") ? line : `${line}\r\n`;
    // Folds aside, printable ASCII and tabs only.
    const sound = /^[!-9;-~]+:[\t -~]*(?:\r\n[\t ][\t -~]+)*\r\n$/.test(whole);
    if (!sound || whole.split("\r\n").some((part) => part.length > MAX_LINE)) {
      throw new TypeError("not a header field of printable ASCII in lines of at most 998 octets");
    }
    block += whole;
  }
  const top = fromBinaryString(block);
  const out = new Uint8Array(top.length + raw.length);
  out.set(top);
  out.set(raw, top.length);
  return out;
};
