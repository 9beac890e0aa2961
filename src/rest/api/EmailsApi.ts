/** Send, edit, cancel, and read what was sent and what is held. */
import { Schema } from "effect";
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api";
import { Mode } from "../../model/Mode.ts";
import { Authorization } from "../../http/Authorization.ts";
import { Email, EmailListed, Limit, maybe, Recipients } from "./shapes.ts";

const never = maybe(Schema.Json.annotate({ description: "Refused: attachments are base64 only." }));

export const AttachmentGiven = Schema.Struct({
  name: maybe(Schema.String),
  filename: maybe(Schema.String),
  content_base64: maybe(Schema.String),
  content: maybe(Schema.String.annotate({ description: "Base64 too." })),
  content_type: maybe(Schema.String),
  path: never,
  href: never,
  url: never,
});

const draftFields = {
  cc: maybe(Recipients),
  bcc: maybe(Recipients),
  reply_to: maybe(Schema.String),
  body: maybe(Schema.String),
  text: maybe(Schema.String),
  html: maybe(Schema.String),
  markdown: maybe(Schema.String),
  attachments: maybe(Schema.Array(AttachmentGiven)),
  headers: maybe(Schema.Record(Schema.String, Schema.String)),
  send_at: maybe(Schema.String.annotate({ description: "RFC 3339, ending in Z", format: "date-time" })),
  oversight_mode: maybe(Mode.annotate({ description: "Can only tighten the mailbox's mode." })),
  note: maybe(Schema.String.annotate({ description: "For the reviewers." })),
  gate_timing: maybe(Schema.String),
};

const sendFields = {
  to: maybe(Recipients),
  subject: Schema.String,
  ...draftFields,
  idempotency_key: maybe(Schema.String),
};

export const SendRequest = Schema.Struct({
  mailbox: maybe(Schema.String.annotate({ description: "The mailbox's address or id." })),
  mailbox_id: maybe(Schema.String.annotate({ description: "The mailbox's id or address." })),
  ...sendFields,
}).annotate({ identifier: "SendRequest" });

export const ReviseRequest = Schema.Struct({
  to: maybe(Recipients),
  subject: maybe(Schema.String),
  ...draftFields,
  base_digest: maybe(Schema.String.annotate({ description: "The digest the editor started from." })),
}).annotate({ identifier: "ReviseRequest" });

export const Sent = Schema.Struct({
  id: Schema.String,
  pending_id: Schema.String,
  status: Schema.String,
  mailbox_id: Schema.String,
  thread_id: Schema.String,
  message_id: Schema.String,
  digest: Schema.String,
  revision: Schema.Int,
  oversight_mode: Mode,
  domain_risk_score: Schema.Number,
  domain_flags: Schema.Array(Schema.String),
  domain_signals: Schema.Array(Schema.Json),
  identity_header: Schema.String,
  send_at: Schema.NullOr(Schema.String),
  message: Schema.String,
  idempotent: Schema.optionalKey(Schema.Boolean),
}).annotate({ identifier: "Sent" });

const Cancelled = Schema.Struct({
  id: Schema.String,
  status: Schema.String,
  audit_ref: Schema.NullOr(Schema.String),
}).annotate({ identifier: "Cancelled" });

const Listed = Schema.Struct({
  emails: Schema.Array(EmailListed),
  messages: Schema.Array(EmailListed),
  cursor: Schema.NullOr(Schema.String),
}).annotate({ identifier: "EmailList" });

const Thread = Schema.Struct({
  thread_id: Schema.String,
  message_count: Schema.Int,
  participants: Schema.Array(Schema.String),
  last_activity: Schema.String,
  has_unanswered_inbound: Schema.Boolean,
  emails: Schema.Array(EmailListed),
}).annotate({ identifier: "Thread" });

const filter = Schema.optionalKey(Schema.String.annotate({ description: "Not available: refused with 422." }));

/** Filters other servers of this API offer and this one does not: naming one is refused, since ignoring it would mislead. */
export const missingFilters = ["sender", "subject_contains", "date_after", "date_before", "has_attachments"] as const;

const listing = {
  status: Schema.optionalKey(Schema.String),
  direction: Schema.optionalKey(Schema.Literals(["outbound", "inbound"])),
  since_id: Schema.optionalKey(Schema.String),
  limit: Schema.optionalKey(Limit),
  cursor: Schema.optionalKey(Schema.String),
  ...(Object.fromEntries(missingFilters.map((name) => [name, filter])) as Record<
    (typeof missingFilters)[number],
    typeof filter
  >),
};

const inMailbox = { id: Schema.String };
const ofMailbox = { id: Schema.String, emailId: Schema.String };
const alone = { emailId: Schema.String };
const sent = [Sent.pipe(HttpApiSchema.status(202)), Sent];
const bytes = HttpApiSchema.StreamUint8Array({ contentType: "message/rfc822" });

// A send_at that is misspelt must not send at once, nor a mode loosen.
const exact = { onExcessProperty: "error" } as const;

export class EmailsApi extends HttpApiGroup.make("emails")
  .add(
    HttpApiEndpoint.post("send", "/v1/send", { payload: SendRequest, success: sent }).annotate(
      HttpApi.PayloadParseOptions,
      exact,
    ),
    HttpApiEndpoint.post("sendFromMailbox", "/v1/mailboxes/:id/send", {
      params: inMailbox,
      payload: SendRequest,
      success: sent,
    }).annotate(HttpApi.PayloadParseOptions, exact),
    HttpApiEndpoint.get("inbox", "/v1/mailboxes/:id/inbox", { params: inMailbox, query: listing, success: Listed }),
    HttpApiEndpoint.get("listEmails", "/v1/mailboxes/:id/emails", {
      params: inMailbox,
      query: listing,
      success: Listed,
    }),
    HttpApiEndpoint.get("getEmailOfMailbox", "/v1/mailboxes/:id/emails/:emailId", {
      params: ofMailbox,
      success: Email,
    }),
    HttpApiEndpoint.get("getEmail", "/v1/emails/:emailId", { params: alone, success: Email }),
    HttpApiEndpoint.get("getRawEmail", "/v1/mailboxes/:id/emails/:emailId/raw", { params: ofMailbox, success: bytes }),
    HttpApiEndpoint.get("getThread", "/v1/mailboxes/:id/threads/:threadId", {
      params: { id: Schema.String, threadId: Schema.String },
      success: Thread,
    }),
    HttpApiEndpoint.patch("reviseEmail", "/v1/mailboxes/:id/emails/:emailId", {
      params: ofMailbox,
      payload: ReviseRequest,
      success: sent,
    }),
    HttpApiEndpoint.patch("rescheduleEmail", "/v1/mailboxes/:id/emails/:emailId/schedule", {
      params: ofMailbox,
      payload: ReviseRequest,
      success: sent,
    }),
    HttpApiEndpoint.post("cancelEmailOfMailbox", "/v1/mailboxes/:id/emails/:emailId/cancel", {
      params: ofMailbox,
      success: Cancelled,
    }),
    HttpApiEndpoint.post("retryEmail", "/v1/emails/:emailId/retry", { params: alone, success: Email }),
    HttpApiEndpoint.post("cancelEmail", "/v1/emails/:emailId/cancel", { params: alone, success: Cancelled }),
  )
  .middleware(Authorization)
  .annotateMerge(OpenApi.annotations({ title: "Emails" })) {}
