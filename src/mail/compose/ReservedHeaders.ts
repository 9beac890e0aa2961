/**
 * Which header fields an agent may not write, and what a header field it does write must look like.
 *
 * Reserved are the fields that name who sent a message and who released it, those a receiver trusts, those that change where it goes, and
 * those that `Compose` writes itself. Comparison ignores case and blanks around the name. @spec OV-47
 */
import { Result } from "effect";
import { mailError, type MailError } from "../MailError.ts";
import { MAX_HEADER_VALUE } from "./limits.ts";

/** Names reserved as they stand, in lower case. */
export const reservedNames: ReadonlySet<string> = new Set([
  // Who wrote it and who released it.
  "x-ai-generated",
  "x-agent-identity",
  "sender",
  // What receivers trust: signatures, trace and results.
  "dkim-signature",
  "domainkey-signature",
  "received",
  "received-spf",
  "return-path",
  "authentication-results",
  "auto-submitted",
  // Where it goes.
  "bcc",
  "apparently-to",
  "delivered-to",
  "envelope-to",
  // Written by Compose.
  "from",
  "to",
  "cc",
  "reply-to",
  "subject",
  "date",
  "message-id",
  "in-reply-to",
  "references",
]);

/** Beginnings of names, in lower case; every name that starts with one is reserved. */
export const reservedPrefixes: readonly string[] = [
  "x-multimail-",
  "x-countersign-",
  "arc-",
  "resent-",
  "list-",
  "mime-",
  "content-",
];

/** True when an agent may not write the field, and when an inbound one must be renamed before anything trusts it. */
export const isReserved = (name: string): boolean => {
  const lower = name.trim().toLowerCase();
  return reservedNames.has(lower) || reservedPrefixes.some((prefix) => lower.startsWith(prefix));
};

// RFC 5322 3.6.8 ftext: printable US-ASCII without the colon. 76 octets leave room for a value on the first line.
const FIELD_NAME = /^[!-9;-~]{1,76}$/;

/** True for a header field name by RFC 5322 3.6.8, at most 76 octets. */
export const isFieldName = (name: string): boolean => FIELD_NAME.test(name);

// C0, DEL, C1, line and paragraph separators, and the controls that reorder text on a screen.
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/;

/** True when a one-line text holds a control character, a line separator or a control that reorders text on a screen. */
export const hasUnsafeCharacter = (text: string): boolean => UNSAFE.test(text);

/**
 * One extra header field from an agent, name trimmed, value trimmed. Fails with `reserved_header`, `bad_header`, `control_character` or
 * `malformed_unicode`; `field` is `headers` when the name itself cannot be shown.
 */
export const checkHeader = (name: string, value: string): Result.Result<readonly [string, string], MailError> => {
  // Spaces only: a name padded with CR or LF is an attack, not a slip.
  // The length first: the pattern takes quadratic time on a long run of spaces. What is too long to be trimmed is too long for a name.
  const trimmed = name.length > 256 ? name : name.replace(/^ +| +$/g, "");
  if (!isFieldName(trimmed)) {
    return Result.fail(
      mailError(
        "bad_header",
        "headers",
        "A header name is not a valid field name.",
        "Use letters, digits and hyphens, at most 76 of them, such as X-Ticket-Id.",
      ),
    );
  }
  const field = `headers.${trimmed}`;
  if (isReserved(trimmed)) {
    return Result.fail(
      mailError(
        "reserved_header",
        field,
        "This header is written by the system and cannot be set.",
        "Leave it out; addresses, subject and threading have fields of their own.",
      ),
    );
  }
  if (typeof value !== "string" || value.length > MAX_HEADER_VALUE) {
    return Result.fail(
      mailError(
        "bad_header",
        field,
        "The header value is not a text or is too long.",
        `Give a text of at most ${MAX_HEADER_VALUE} characters.`,
      ),
    );
  }
  if (hasUnsafeCharacter(value)) {
    return Result.fail(
      mailError(
        "control_character",
        field,
        "The header value holds a line break, a NUL or another control character.",
        "Put the value on one line of plain text.",
      ),
    );
  }
  if (!value.isWellFormed()) {
    return Result.fail(
      mailError(
        "malformed_unicode",
        field,
        "The header value is not well-formed Unicode.",
        "Send the value as valid UTF-8.",
      ),
    );
  }
  return Result.succeed([trimmed, value.trim()]);
};
