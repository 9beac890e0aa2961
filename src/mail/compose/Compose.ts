/**
 * A draft to the canonical bytes that are shown, approved, digested and sent: one draft, one sequence of octets. @spec OV-41
 *
 * - Only CRLF line endings and 7-bit octets, no line above 998 (folded at 78), Message-ID and Date given by the caller, boundaries
 *   derived from the content; nothing is read from a clock, a file or a network.
 * - Bcc is in the envelope and never in a header; a message to blind copies alone has `To: undisclosed-recipients: ;`, since some
 *   programs on the way add a field of their own to one without To and Cc. @spec OV-168
 * - `X-AI-Generated: true` and `Auto-Submitted: auto-generated` (RFC 3834 5) are always there. @spec OV-169
 *
 * **Gotchas**
 * - A text part always ends in a line break: one is added where the draft has none, because SMTP would add it after the digest.
 * - Extra headers are written sorted by name, since a stored record may not keep their order.
 */
import { Result } from "effect";
import { addressProblem, formatAddress, tooManyRecipients, type Address } from "../address/Address.ts";
import { attachmentProblem, type Attachment } from "./attachment.ts";
import { discloseInHtml, discloseInText, swallowsWhatFollows } from "./disclosure.ts";
import { encodeWords, isPlainText } from "./encodedWord.ts";
import { field } from "./fold.ts";
import {
  MAX_ATTACHMENTS,
  MAX_EXTRA_HEADERS,
  MAX_MESSAGE_ID,
  MAX_RAW_BYTES,
  MAX_RECIPIENTS,
  MAX_SUBJECT,
} from "./limits.ts";
import { mailError, type MailError } from "../MailError.ts";
import { entityOf } from "./multipart.ts";
import { fromBinaryString } from "../../bytes/octets.ts";
import { checkHeader, hasUnsafeCharacter } from "./ReservedHeaders.ts";
import { canonicalLines } from "./transferEncoding.ts";

/** Everything a message is made of; addresses come from `parseAddress`. */
export interface Draft {
  readonly from: Address;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly replyTo?: Address;
  /** At most {@link MAX_SUBJECT} UTF-16 code units, one line. */
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
  readonly attachments: readonly Attachment[];
  /** The agent's own header fields; reserved names are refused. */
  readonly headers: Readonly<Record<string, string>>;
  /** `<left@right>`, fixed when the message is submitted and kept on every retry. */
  readonly messageId: string;
  /** Whole seconds since 1970-01-01T00:00:00Z, up to the year 9999. */
  readonly date: number;
  readonly inReplyTo?: string;
  /** Oldest first. */
  readonly references?: readonly string[];
  /** Put under the text and the HTML; null or absent for none. */
  readonly disclosure?: string | null;
}

/** The bytes and the addresses SMTP is given; `to` holds To, Cc and Bcc, each address once, in that order. */
export interface Composed {
  readonly raw: Uint8Array;
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
}

const MESSAGE_ID = /^<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9!#$%&'*+/=?^_`{|}~.:[\]-]+>$/;
const MAX_DATE = 253_402_300_799;
/** Longest word of a subject that is written as it is; longer ones are encoded so that they can be folded. */
const SUBJECT_WORD = 60;
/** Longest word of an extra header: encoding would change its meaning, so only the hard line limit counts. */
const HEADER_WORD = 900;
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

const recipientProblem = (draft: Draft): MailError | null => {
  const count = draft.to.length + draft.cc.length + draft.bcc.length;
  if (count === 0) {
    return mailError(
      "no_recipients",
      "to",
      "The message has no recipient.",
      "Give at least one address in to, cc or bcc.",
    );
  }
  if (count > MAX_RECIPIENTS) return tooManyRecipients("to");
  for (const name of ["to", "cc", "bcc"] as const) {
    for (let i = 0; i < draft[name].length; i++) {
      const problem = addressProblem(draft[name][i]!, `${name}[${i}]`);
      if (problem !== null) return problem;
    }
  }
  return (
    addressProblem(draft.from, "from") ??
    (draft.replyTo === undefined ? null : addressProblem(draft.replyTo, "replyTo"))
  );
};

/** Why a text may not stand in a body, or `null`. */
export const bodyTextProblem = (text: string | null | undefined, name: string): MailError | null => {
  if (text === undefined || text === null) return null;
  if (CONTROL.test(text)) {
    return mailError(
      "control_character",
      name,
      "The text holds a NUL or another control character.",
      "Remove everything below U+0020 other than tabs and line breaks.",
    );
  }
  return text.isWellFormed()
    ? null
    : mailError("malformed_unicode", name, "The text is not well-formed Unicode.", "Send it as valid UTF-8.");
};

const messageIdProblem = (id: string, name: string): MailError | null =>
  id.length <= MAX_MESSAGE_ID && MESSAGE_ID.test(id)
    ? null
    : mailError(
        "bad_message_id",
        name,
        "This is not a Message-ID.",
        "It looks like <unique-part@domain>, without blanks.",
      );

const frameProblem = (draft: Draft): MailError | null => {
  if (draft.subject.length > MAX_SUBJECT) {
    return mailError(
      "subject_too_long",
      "subject",
      "The subject is too long.",
      `Use at most ${MAX_SUBJECT} characters.`,
    );
  }
  if (hasUnsafeCharacter(draft.subject)) {
    return mailError(
      "control_character",
      "subject",
      "The subject holds a line break, a tab or another control character.",
      "Put it on one line of plain text.",
    );
  }
  if (!draft.subject.isWellFormed()) {
    return mailError(
      "malformed_unicode",
      "subject",
      "The subject is not well-formed Unicode.",
      "Send it as valid UTF-8.",
    );
  }
  if (!Number.isInteger(draft.date) || draft.date < 0 || draft.date > MAX_DATE) {
    return mailError(
      "bad_date",
      "date",
      "The date is not a time this system can write.",
      "Give whole seconds since 1970.",
    );
  }
  const ids = messageIdProblem(draft.messageId, "messageId");
  if (ids !== null) return ids;
  if (draft.inReplyTo !== undefined) {
    const problem = messageIdProblem(draft.inReplyTo, "inReplyTo");
    if (problem !== null) return problem;
  }
  for (let i = 0; i < (draft.references?.length ?? 0); i++) {
    const problem = messageIdProblem(draft.references![i]!, `references[${i}]`);
    if (problem !== null) return problem;
  }
  return null;
};

const contentProblem = (draft: Draft): MailError | null => {
  const text = draft.text ?? "";
  const html = draft.html ?? "";
  if (text.trim() === "" && html.trim() === "" && draft.attachments.length === 0) {
    return mailError(
      "empty_body",
      "body",
      "The message has no content.",
      "Give a text, an HTML body or an attachment.",
    );
  }
  const problem =
    bodyTextProblem(draft.text, "text") ??
    bodyTextProblem(draft.html, "html") ??
    bodyTextProblem(draft.disclosure, "disclosure");
  if (problem !== null) return problem;
  if (draft.attachments.length > MAX_ATTACHMENTS) {
    return mailError(
      "bad_attachment",
      "attachments",
      "There are too many attachments.",
      `Attach at most ${MAX_ATTACHMENTS} files, or pack them into one.`,
    );
  }
  // A cheap lower bound first, so that nothing large is encoded only to be refused.
  let size = text.length + html.length;
  for (let i = 0; i < draft.attachments.length; i++) {
    const attachment = draft.attachments[i]!;
    const bad = attachmentProblem(attachment, `attachments[${i}]`);
    if (bad !== null) return bad;
    size += Math.ceil(attachment.content.length / 3) * 4;
  }
  if (size > MAX_RAW_BYTES) return tooLarge();
  if (draft.disclosure && draft.html !== undefined && swallowsWhatFollows(draft.html)) {
    return mailError(
      "bad_html",
      "html",
      "The HTML holds an open comment, tag or style, or a script or drawing, which could hide the disclosure.",
      "Close every comment, tag and style; leave out script, noscript, template, select, frames, svg and math.",
    );
  }
  return null;
};

const tooLarge = (): MailError =>
  mailError(
    "message_too_large",
    "attachments",
    "The message is too large.",
    `With attachments encoded it may have at most ${MAX_RAW_BYTES / (1024 * 1024)} MiB; send fewer or smaller files.`,
  );

/** The agent's header fields as one block, sorted by name. */
const extraHeaders = (headers: Readonly<Record<string, string>>): Result.Result<string, MailError> => {
  const names = Object.keys(headers);
  if (names.length > MAX_EXTRA_HEADERS) {
    return Result.fail(
      mailError("bad_header", "headers", "There are too many extra headers.", `Use at most ${MAX_EXTRA_HEADERS}.`),
    );
  }
  const lines = new Map<string, string>();
  for (const key of names) {
    const checked = checkHeader(key, headers[key]!);
    if (Result.isFailure(checked)) return Result.fail(checked.failure);
    const [name, value] = checked.success;
    const lower = name.toLowerCase();
    if (lines.has(lower)) {
      return Result.fail(
        mailError(
          "bad_header",
          `headers.${name}`,
          "The same header is given twice.",
          "Give each header once; case does not tell them apart.",
        ),
      );
    }
    lines.set(lower, field(name, isPlainText(value, HEADER_WORD) ? value : encodeWords(value)));
  }
  return Result.succeed(
    [...lines.keys()]
      .sort()
      .map((name) => lines.get(name))
      .join(""),
  );
};

/** RFC 5322 3.3 date-time in UTC. */
const dateTime = (seconds: number): string => new Date(seconds * 1000).toUTCString().replace("GMT", "+0000");

const formatAddresses = (addresses: readonly Address[]): string => addresses.map(formatAddress).join(", ");

/** The value of To where every recipient is a blind copy: a group without members (RFC 5322 3.4). @spec OV-168 */
const NO_RECIPIENTS = "undisclosed-recipients: ;";

/**
 * Composes a draft. Fails with the first problem found, naming its input field; nothing is repaired silently except line endings.
 * The same draft gives the same bytes on every machine.
 */
export const compose = (draft: Draft): Result.Result<Composed, MailError> => {
  const problem = recipientProblem(draft) ?? frameProblem(draft) ?? contentProblem(draft);
  if (problem !== null) return Result.fail(problem);
  const extra = extraHeaders(draft.headers);
  if (Result.isFailure(extra)) return Result.fail(extra.failure);

  // A message of attachments only still gets a text part, which may hold just the disclosure.
  const text = draft.text ?? (draft.html === undefined ? "" : null);
  const html = draft.html ?? null;
  const { disclosure } = draft;
  const entity = entityOf(
    text === null ? null : canonicalLines(disclosure ? discloseInText(text, disclosure) : text),
    html === null ? null : canonicalLines(disclosure ? discloseInHtml(html, disclosure) : html),
    draft.attachments,
  );

  let head = field("From", formatAddress(draft.from));
  if (draft.to.length > 0) head += field("To", formatAddresses(draft.to));
  else if (draft.cc.length === 0) head += field("To", NO_RECIPIENTS);
  if (draft.cc.length > 0) head += field("Cc", formatAddresses(draft.cc));
  if (draft.replyTo !== undefined) head += field("Reply-To", formatAddress(draft.replyTo));
  head += field("Subject", isPlainText(draft.subject, SUBJECT_WORD) ? draft.subject : encodeWords(draft.subject));
  head += `Date: ${dateTime(draft.date)}\r\n`;
  head += field("Message-ID", draft.messageId);
  if (draft.inReplyTo !== undefined) head += field("In-Reply-To", draft.inReplyTo);
  if (draft.references !== undefined && draft.references.length > 0)
    head += field("References", draft.references.join(" "));
  head += `X-AI-Generated: true\r\nAuto-Submitted: auto-generated\r\n${extra.success}`;
  head += `MIME-Version: 1.0\r\n${entity.headers}\r\n`;

  const message = head + entity.body + (entity.body.endsWith("\r\n") ? "" : "\r\n");
  if (message.length > MAX_RAW_BYTES) return Result.fail(tooLarge());
  const to = new Set<string>();
  for (const list of [draft.to, draft.cc, draft.bcc]) for (const address of list) to.add(address.addrSpec);
  return Result.succeed({
    // INVARIANT: every code unit is below 0x80, so one octet each.
    raw: fromBinaryString(message),
    envelope: { from: draft.from.addrSpec, to: [...to] },
  });
};
