/**
 * The one expected failure of the mail room: a closed reason, the input field it is about, and what to do next.
 *
 * **Gotchas**
 * - `message` and `hint` never repeat the offending text, so they are safe in a log, a header or a web page.
 */
import { Schema } from "effect";

/** Why an input or a message was refused. The words are wire words: they do not change once released. */
export const mailErrorReasons = [
  "bad_address",
  "group_address",
  "address_list",
  "source_route",
  "address_comment",
  "quoted_local_part",
  "smtputf8_local_part",
  "domain_literal",
  "bad_domain",
  "dot_lookalike",
  "bad_display_name",
  "address_too_long",
  "control_character",
  "malformed_unicode",
  "no_recipients",
  "too_many_recipients",
  "reserved_header",
  "bad_header",
  "bad_attachment",
  "bad_message_id",
  "bad_date",
  "bad_html",
  "subject_too_long",
  "empty_body",
  "message_too_large",
  "bare_line_ending",
  "bad_field",
  "bad_key",
  "weak_key",
] as const;

export const MailErrorReason = Schema.Literals(mailErrorReasons);
export type MailErrorReason = typeof MailErrorReason.Type;

/** A refused address, draft, message or key. `field` names the input, e.g. `to[2]`, `headers.X-Ticket`, `attachments[0].name`. */
export class MailError extends Schema.TaggedError<MailError>()("MailError", {
  reason: MailErrorReason,
  field: Schema.String,
  message: Schema.String,
  hint: Schema.String,
}) {}

/** Builds a {@link MailError} from its four parts, in reading order. */
export const mailError = (reason: MailErrorReason, field: string, message: string, hint: string): MailError =>
  new MailError({ reason, field, message, hint });
