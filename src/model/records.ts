/**
 * What is kept, record by record: the log and its head, messages and their contents, mailboxes, tenants, keys, policies and holds.
 *
 * Times are whole seconds since 1970-01-01T00:00:00Z.
 */
/** The log's head: how many leaves, the roots of its perfect subtrees from left to right, and the RFC 6962 root over all. */
export interface LogHead {
  readonly size: number;
  /** 32-byte hashes, largest subtree first; as many as there are one-bits in `size`. */
  readonly frontier: readonly Uint8Array[];
  readonly root: Uint8Array;
  /** The last entry's time, seconds; 0 for an empty log. */
  readonly at: number;
}

/** One entry of the log. `leaf` is canonical JSON without personal data; `personal` holds what its commitment hides. */
export interface EntryRow {
  readonly index: number;
  readonly tenant: string;
  readonly mailbox: string | null;
  readonly message: string | null;
  readonly type: string;
  /** Seconds. */
  readonly at: number;
  readonly leaf: string;
  readonly leafHash: Uint8Array;
  readonly personal: string | null;
}

/** One content of a message: revision 1 at submit, one more for each edit. Rows are never changed. */
export interface ContentRow {
  readonly message: string;
  readonly revision: number;
  readonly digest: string;
  /** Canonical MIME, before signature headers. */
  readonly raw: Uint8Array;
  readonly from: string;
  /** Everyone it goes to, Bcc included: the SMTP envelope. */
  readonly recipients: readonly string[];
  readonly summary: MessageSummary;
}

/** What people are shown of a content without parsing it again. JSON in the row. */
export interface MessageSummary {
  readonly subject: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly replyTo: string | null;
  readonly text: string;
  readonly attachments: readonly { readonly name: string; readonly contentType: string; readonly size: number }[];
  /** The full risk verdict as shown to people: `{score, flags, signals, …}`. */
  readonly risk: unknown;
  /** The agent's signed statement made at submit: `v=1; kid=…; agent=…; ts=…; sig=…`. */
  readonly identityHeader: string;
  /** The submitter's note to reviewers. Untrusted. */
  readonly note: string | null;
  /** `sha256:` of the disclosure that was put into the body, null if none was; an erased content does not say. */
  readonly disclosure?: string | null;
}

/** What stays with a message for life. */
export interface MessageRow {
  readonly id: string;
  readonly tenant: string;
  readonly mailbox: string;
  readonly thread: string;
  readonly agent: string;
  /** Header value, with angle brackets. */
  readonly messageId: string;
  /** The credential that submitted it. */
  readonly credential: string;
  readonly createdAt: number;
}

/** Who settled a message and how, for whoever asks or comes second. */
export interface DecisionRow {
  readonly message: string;
  readonly revision: number;
  readonly decision: "approve" | "reject" | "cancel" | "revise" | "resolve";
  readonly by: string;
  readonly at: number;
  /** The log entry that records it. */
  readonly index: number;
  readonly reason: string | null;
}

/** When a hand-over is due that waits for an event, not for a moment: the end of a halt, an approval. Seconds. */
export const parked = 2 ** 47;

/** An intent to hand over. Present exactly while something is to be done. */
export interface OutboxRow {
  readonly message: string;
  readonly kind: "message" | "copy";
  /** Not before this moment, seconds. */
  readonly dueAt: number;
  /** Which process holds it, and until when (seconds); `null` = free. */
  readonly leaseOwner: string | null;
  readonly leaseUntil: number;
  /** Failed tries so far. */
  readonly tries: number;
  /** Recipients still to be served; `null` = all of the envelope. */
  readonly remaining: readonly string[] | null;
}

export interface MailboxRow {
  readonly id: string;
  readonly tenant: string;
  /** Lower-case ASCII address; unique over the installation. */
  readonly address: string;
  readonly agent: string;
  readonly agentRef: string | null;
  readonly displayName: string | null;
  /** Where `monitored` copies go. */
  readonly oversightAddress: string | null;
  /** The active identity key. */
  readonly kid: string;
  readonly createdAt: number;
}

export interface ApiKeyRow {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  /** SHA-256 of the whole key, hex. The key itself is never stored. */
  readonly hash: string;
  /** The first characters, for people to recognise it. */
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly principalKind: "agent" | "person";
  readonly principal: string;
  /** The person answerable for an agent's key. */
  readonly owner: string | null;
  /** `null` = every mailbox of the tenant. */
  readonly mailboxes: readonly string[] | null;
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

export interface TenantRow {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
}

/** The answer once given to a request with this key; the same request gets it again. */
export interface IdempotencyRow {
  readonly tenant: string;
  /** The credential's principal and the client's key, so that two clients never share one. */
  readonly key: string;
  readonly requestHash: string;
  readonly message: string;
  readonly createdAt: number;
}

/** How long a tenant's personal data are kept after a message ended; `null` = until someone asks. */
export interface RetentionRow {
  readonly tenant: string;
  readonly days: number | null;
}

/** One version of a risk policy, as JSON. `mailbox`: `""` for the tenant's own. `changedAt`: seconds. */
export interface RiskPolicyRow {
  readonly mailbox: string;
  /** The one it becomes; the batch fails with `conflict` when another change took it. */
  readonly version: number;
  readonly policy: string;
  readonly changedBy: string;
  readonly changedAt: number;
}

/** Nothing of the tenant, of the mailbox or of the message is erased while it stands. */
export interface HoldRow {
  readonly id: string;
  readonly tenant: string;
  /** `null` = every mailbox. */
  readonly mailbox: string | null;
  /** `null` = every message. */
  readonly message: string | null;
  readonly reason: string | null;
  readonly placedBy: string;
  readonly placedAt: number;
  /** The log entry that records it. */
  readonly index: number;
  readonly releasedAt: number | null;
}
