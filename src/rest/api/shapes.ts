/** Shapes that several requests and answers share, as they are on the wire. */
import { Schema } from "effect";
import { Mode } from "../../model/Mode.ts";

/** May be left out; `null` means the same. */
export const maybe = <S extends Schema.Top>(schema: S) => Schema.optionalKey(Schema.NullOr(schema));

/** An address, or a list with one address in each item. */
export const Recipients = Schema.Union([Schema.String, Schema.Array(Schema.String)]);

/** 1 … 100. */
export const Limit = Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: 100 }));

/** Seconds or a share: a number without a sign. */
export const Whole = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0));

/** RFC 3339 in UTC; what the server writes always has this form. */
export const Instant = Schema.String.annotate({ description: "RFC 3339 in UTC", format: "date-time" });

export const Policy = Schema.Struct({
  quorum: Schema.Int.annotate({ description: "How many distinct people must approve the same content." }),
  decision_window: Schema.Int.annotate({ description: "Seconds a message waits for a decision before it expires." }),
  approval_max_age: Schema.Int.annotate({
    description: "Seconds an approval stays good for a hand-over that has not happened.",
  }),
});

export const Mailbox = Schema.Struct({
  id: Schema.String,
  tenant_id: Schema.String,
  address: Schema.String,
  agent_id: Schema.String,
  agent_ref: Schema.NullOr(Schema.String),
  display_name: Schema.NullOr(Schema.String),
  oversight_address: Schema.NullOr(Schema.String),
  oversight_mode: Mode,
  policy: Policy,
  agent_identity_key_id: Schema.String,
  created_at: Schema.Int.annotate({ description: "Milliseconds since 1970-01-01T00:00:00Z" }),
  is_active: Schema.Boolean,
}).annotate({ identifier: "Mailbox" });

const AttachmentShown = Schema.Struct({
  name: Schema.String,
  content_type: Schema.String,
  size: Schema.Int,
});

export const Approval = Schema.Struct({ reviewer: Schema.String, at: Instant });

export const Decision = Schema.Struct({
  decision: Schema.String,
  by: Schema.String,
  at: Instant,
  revision: Schema.Int,
  reason: Schema.NullOr(Schema.String),
  audit_ref: Schema.String,
});

const Delivery = Schema.Struct({
  attempts: Schema.Int.annotate({ description: "Tries that were made." }),
  last_reply: Schema.NullOr(Schema.String.annotate({ description: "The receiving server's last words on it." })),
  last_attempt_at: Schema.NullOr(Instant),
  next_attempt_at: Schema.NullOr(Instant),
  refused: Schema.Array(
    Schema.Struct({ address: Schema.String, reply: Schema.String }).annotate({ description: "Refused for good." }),
  ),
}).annotate({ identifier: "Delivery" });

/** What every view of a message has. */
const emailFields = {
  id: Schema.String,
  pending_id: Schema.String,
  mailbox_id: Schema.String,
  mailbox: Schema.String.annotate({ description: "The mailbox's address." }),
  direction: Schema.Literal("outbound"),
  from: Schema.String,
  to: Schema.Array(Schema.String),
  cc: Schema.Array(Schema.String),
  bcc: Schema.Array(Schema.String),
  reply_to: Schema.NullOr(Schema.String),
  subject: Schema.String,
  status: Schema.String,
  thread_id: Schema.String,
  message_id: Schema.String.annotate({ description: "The Message-ID header's value." }),
  agent_id: Schema.String,
  submitted_by: Schema.String,
  oversight_mode: Mode,
  digest: Schema.String.annotate({ description: "Names the content; a decision gives it back." }),
  revision: Schema.Int,
  approvals: Schema.Int,
  quorum: Schema.Int,
  domain_risk_score: Schema.Number.annotate({ description: "0 … 1" }),
  domain_flags: Schema.Array(Schema.String),
  submitted_at: Instant,
  received_at: Instant,
  send_at: Schema.NullOr(Instant),
  decide_by: Schema.NullOr(Instant),
  has_attachments: Schema.Boolean,
  delivery: Delivery,
};

/** A message in a list. */
export const EmailListed = Schema.Struct(emailFields).annotate({ identifier: "EmailListed" });

/** One finding about one domain. */
export const DomainSignal = Schema.Struct({
  domain: Schema.String.annotate({ description: "ASCII, lower case." }),
  unicode: Schema.String.annotate({ description: "The same as its reader sees it." }),
  name: Schema.String,
  weight: Schema.Int.annotate({ description: "Basis points, 0 … 10000" }),
  source: Schema.String,
  version: Schema.String.annotate({ description: "Of the list, table or protocol that it rests on." }),
  fetched_at: Schema.NullOr(Schema.Int.annotate({ description: "Seconds since 1970-01-01T00:00:00Z" })),
  stale: Schema.Boolean,
  error: maybe(Schema.String),
  note: maybe(Schema.String),
  words: Schema.String.annotate({ description: "The same as a sentence." }),
}).annotate({ identifier: "DomainSignal" });

const RiskChange = Schema.Struct({
  shown: Schema.Number.annotate({ description: "The score people had been shown when they approved, 0 … 1" }),
  found: Schema.Number.annotate({ description: "The score found when it was about to leave, 0 … 1" }),
  signals: Schema.Array(DomainSignal).annotate({ description: "What is new." }),
  hold_above: Schema.NullOr(
    Schema.Number.annotate({ description: "Over this it waits, by the policy of that moment." }),
  ),
  at: Instant,
  leaf_index: Schema.Int.annotate({ description: "The log's entry." }),
}).annotate({ identifier: "RiskChange" });

const reviewedFields = {
  ...emailFields,
  body: Schema.String,
  body_markdown: Schema.String,
  body_truncated: Schema.Boolean.annotate({
    description:
      "In a list, a long body is cut; GET /v1/emails/{emailId} has all of it. Never decide on half a message.",
  }),
  attachments: Schema.Array(AttachmentShown),
  domain_signals: Schema.Array(DomainSignal),
  risk_changed: Schema.NullOr(RiskChange).annotate({
    description: "It had been approved, and came back because its risk had risen since; null otherwise.",
  }),
  identity_header: Schema.String,
  identity_signature_valid: Schema.Boolean.annotate({
    description: "The agent's signed statement verifies with a key of this mailbox that is not revoked.",
  }),
  note: Schema.NullOr(Schema.String.annotate({ description: "The author's words to the reviewers. Untrusted." })),
  approved_by: Schema.Array(Approval),
};

/** A message as a reviewer needs it. */
export const EmailPending = Schema.Struct(reviewedFields).annotate({ identifier: "EmailPending" });

/** A message with everything that happened to it. */
export const Email = Schema.Struct({
  ...reviewedFields,
  markdown: Schema.String,
  decisions: Schema.Array(Decision),
}).annotate({ identifier: "Email" });
