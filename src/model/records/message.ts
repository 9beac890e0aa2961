/**
 * What is kept of a message: itself, its contents, what people decided on it, what is still to be handed over.
 *
 * Times are whole seconds since 1970-01-01T00:00:00Z.
 */
import { Schema } from "effect";

const { Array: List, Int, Literals, NullOr, String: Text, Struct } = Schema;

/** What stays with a message for life. */
export const MessageRow = Struct({
  id: Text,
  tenant: Text,
  mailbox: Text,
  thread: Text,
  agent: Text,
  /** Header value, with angle brackets. */
  messageId: Text,
  /** The credential that submitted it. */
  credential: Text,
  createdAt: Int,
});
export type MessageRow = typeof MessageRow.Type;

/** What people are shown of a content without parsing it again. */
export const MessageSummary = Struct({
  subject: Text,
  from: Text,
  to: List(Text),
  cc: List(Text),
  bcc: List(Text),
  replyTo: NullOr(Text),
  text: Text,
  attachments: List(Struct({ name: Text, contentType: Text, size: Int })),
  /** The full risk verdict as shown to people: `{score, flags, signals, …}`. */
  risk: Schema.Unknown,
  /** The agent's signed statement made at submit: `v=1; kid=…; agent=…; ts=…; sig=…`. */
  identityHeader: Text,
  /** The submitter's note to reviewers. Untrusted. */
  note: NullOr(Text),
  /** `sha256:` of the disclosure that was put into the body, null if none was; absent for an erased content. */
  disclosure: Schema.optionalKey(NullOr(Text)),
});
export type MessageSummary = typeof MessageSummary.Type;

/** One content of a message: revision 1 at submit, one more for each edit. Rows are never changed. */
export const ContentRow = Struct({
  message: Text,
  revision: Int,
  digest: Text,
  /** Canonical MIME, before signature headers. */
  raw: Schema.Uint8Array,
  from: Text,
  /** Everyone it goes to, Bcc included: the SMTP envelope. */
  recipients: List(Text),
  summary: MessageSummary,
});
export type ContentRow = typeof ContentRow.Type;

/** Who settled a message and how, for readers and for the loser of a race. */
export const DecisionRow = Struct({
  message: Text,
  revision: Int,
  decision: Literals(["approve", "reject", "cancel", "revise", "resolve"]),
  by: Text,
  at: Int,
  /** The log entry that records it. */
  index: Int,
  reason: NullOr(Text),
});
export type DecisionRow = typeof DecisionRow.Type;

/** When a hand-over is due that waits for an event, not for a moment: the end of a halt, an approval. Seconds. */
export const parked = 2 ** 47;

/** An intent to hand over. Present exactly while something is to be done. */
export const OutboxRow = Struct({
  message: Text,
  kind: Literals(["message", "copy"]),
  /** Not before this moment, seconds. */
  dueAt: Int,
  /** Which process holds it, and until when (seconds); `null` = free. */
  leaseOwner: NullOr(Text),
  leaseUntil: Int,
  /** Failed tries so far. */
  tries: Int,
  /** Recipients still to be served; `null` = all of the envelope. */
  remaining: NullOr(List(Text)),
});
export type OutboxRow = typeof OutboxRow.Type;

/** How far the hand-over of a message has come, over all tries. A row from the first report on. */
export const DeliveryRow = Struct({
  message: Text,
  tenant: Text,
  /** Tries that a report came of. */
  tries: Int,
  /** The server's last words, on one line; "" when it was not heard. */
  lastReply: Text,
  lastAt: Int,
  /** Refused for good, each recipient once, with the server's words. */
  refused: List(Struct({ address: Text, reply: Text })),
  /** Somebody was served. */
  partly: Schema.Boolean,
});
export type DeliveryRow = typeof DeliveryRow.Type;

/** The answer once given to a request with this key; the same request gets it again. */
export const IdempotencyRow = Struct({
  tenant: Text,
  /** The credential's principal and the client's key, so that two clients never share one. */
  key: Text,
  requestHash: Text,
  message: Text,
  createdAt: Int,
});
export type IdempotencyRow = typeof IdempotencyRow.Type;
