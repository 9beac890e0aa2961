/**
 * The one door. Every change to a message, a mailbox's mode and policy, a tenant, a reviewer or an API key is an event that comes in
 * here; the machine decides; the decision, its log entry, the new state and the intent to act are committed in one durable
 * transaction; only then is anything done. @spec OV-1 OV-36
 *
 * - Faces (`http`, `cli`, …) call the methods with an authenticated `Credential`.
 * - Not events, and so not in the log: entries of send lists (`correspondence/`), and rotating or revoking identity keys.
 * - The delivery asks for `dispatch` and gets permits; it reports back with `settle`.
 *
 * **Gotchas**: a refused event fails with `ServiceError` and is in the log nevertheless.
 */
import { Context, type Effect, type Queue } from "effect";
import type { Credential, Scope } from "../model/Credential.ts";
import type { Policy } from "../model/Event.ts";
import type { Mode } from "../model/Mode.ts";
import type { Refusal } from "../model/Refusal.ts";
import type { MailboxState, MessageState, TenantState } from "../model/State.ts";
import { ServiceError } from "./errors.ts";
import { MailboxRow } from "../model/records/account.ts";
import { OutboxRow } from "../model/records/message.ts";
import { LogHead, EntryRow } from "../model/records/log.ts";
import { type RefusedRecipient, DeliveryPermit } from "./DeliveryPermit.ts";

/** A message as the agent writes it. Bodies are text; attachments are bytes already in hand, never a path or URL. */
export interface Draft {
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly replyTo: string | null;
  readonly subject: string;
  readonly text: string | null;
  readonly html: string | null;
  readonly markdown: string | null;
  readonly attachments: readonly {
    readonly name: string;
    readonly contentType: string;
    readonly content: Uint8Array;
  }[];
  readonly headers: Readonly<Record<string, string>>;
  /** Epoch seconds; `null` = at once. In the past: `invalid`. */
  readonly sendAt: number | null;
  /** Can only tighten. */
  readonly mode: Mode | null;
  /** For the reviewers; untrusted. */
  readonly note: string | null;
}

export interface SubmitRequest extends Draft {
  /** Mailbox id or address. */
  readonly mailbox: string;
  readonly idempotencyKey: string | null;
}

/** What the submitter learns. */
export interface Submission {
  readonly state: MessageState;
  readonly thread: string;
  readonly messageId: string;
  /** `pend_…`: names this revision, so that deciding on it can't hit another content. */
  readonly pendingId: string;
  /** Full verdict for people: `{score (bp), flags, signals, blocked, blockedBy, unknown}`. */
  readonly risk: unknown;
  readonly identityHeader: string;
  /** The mode that counted for it, the stop switch included; `null` when this answers a repeated request. */
  readonly mode: Mode | null;
  /** Log index of the event; `null` when this answers a repeated request. */
  readonly index: number | null;
  /** Why the message is `refused`, from its submit's entry; `null` when it is not, or an older entry gives no reason. @spec OV-121 */
  readonly refusal: Refusal | null;
  readonly repeated: boolean;
}

export interface DecisionRequest {
  /** Message id (`msg_…`) or pending id (`pend_…`). */
  readonly message: string;
  readonly decision: "approve" | "reject";
  /** The digest the reviewer saw. May be left out only where the id already names one content (`pend_…`, or never edited). */
  readonly digest: string | null;
  readonly reason: string | null;
}

export interface Decided {
  readonly state: MessageState;
  readonly messageId: string;
  /** Receipt reference: `<log origin>/<index>`. */
  readonly auditRef: string;
  readonly index: number;
  /** Approvals there are, and how many it takes. */
  readonly approvals: number;
  readonly quorum: number;
}

export interface NewMailbox {
  readonly address: string;
  readonly agent: string;
  readonly agentRef: string | null;
  readonly displayName: string | null;
  readonly oversightAddress: string | null;
  readonly mode: Mode;
  readonly policy: Partial<Policy>;
}

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly principalKind: "agent" | "person";
  readonly principal: string;
  readonly owner: string | null;
  readonly mailboxes: readonly string[] | null;
}

/** How far a hand-over has come: with this try and those before it. */
export interface Progress {
  /** Not served and not refused for good. */
  readonly remaining: readonly string[];
  /** Refused for good, each recipient once. */
  readonly refused: readonly RefusedRecipient[];
  /** A recipient was served. */
  readonly partly: boolean;
}

/** The outcome of one hand-over. `reply`: the server's last reply to it, on one line. */
export type HandOver =
  /** At least one recipient was served, and none remain. */
  | { readonly type: "delivered"; readonly reply: string; readonly refused: readonly RefusedRecipient[] }
  /** No recipient was served, and none remain. */
  | { readonly type: "failed"; readonly reply: string; readonly refused: readonly RefusedRecipient[] }
  /** Not accepted for those who remain, and known not to be: try again at `retryAt`, seconds. */
  | ({ readonly type: "deferred"; readonly reply: string; readonly retryAt: number } & Progress)
  /** The connection died after DATA: whether those who remain were served is unknown. */
  | ({ readonly type: "lost"; readonly reply: string } & Progress)
  /** The permit had been taken back before the first byte: nothing was sent, and no try is counted. */
  | { readonly type: "recalled" };

export class Oversight extends Context.Service<
  Oversight,
  {
    // --- the agent
    readonly submit: (credential: Credential, request: SubmitRequest) => Effect.Effect<Submission, ServiceError>;
    /** Replaces the content; `base` is the digest the editor started from. Open to reviewers too. */
    readonly revise: (
      credential: Credential,
      message: string,
      base: string | null,
      draft: Draft,
    ) => Effect.Effect<Submission, ServiceError>;
    readonly cancel: (credential: Credential, message: string) => Effect.Effect<Decided, ServiceError>;
    // --- the reviewer
    readonly decide: (credential: Credential, request: DecisionRequest) => Effect.Effect<Decided, ServiceError>;
    /** After `uncertain`: its outcome, or try again. Open to operators too. */
    readonly resolve: (
      credential: Credential,
      message: string,
      outcome: "delivered" | "failed" | "retry",
      digest: string | null,
      reason: string | null,
    ) => Effect.Effect<Decided, ServiceError>;
    /**
     * Tries a deferred hand-over now instead of at its time; it moves no state, and whatever stops the message stops it as before. Open to
     * its agent, reviewers and operators. Fails with `conflict` when it is not waiting for another try.
     */
    readonly retry: (credential: Credential, message: string) => Effect.Effect<void, ServiceError>;
    // --- the operator
    /**
     * First start: makes the tenant `default` and its operator's key: the one presented, or a new one, which is the answer
     * (once). Later starts: makes sure that a presented key is known; answers `null`.
     */
    readonly bootstrap: (presented: string | null) => Effect.Effect<string | null, ServiceError>;
    readonly createTenant: (
      credential: Credential,
      name: string,
    ) => Effect.Effect<{ readonly id: string; readonly key: string }, ServiceError>;
    /** `warnings`: why its mail would not verify, a sentence each. */
    readonly createMailbox: (
      credential: Credential,
      mailbox: NewMailbox,
    ) => Effect.Effect<
      { readonly row: MailboxRow; readonly state: MailboxState; readonly warnings: readonly string[] },
      ServiceError
    >;
    readonly setMode: (
      credential: Credential,
      mailbox: string,
      mode: Mode,
    ) => Effect.Effect<MailboxState, ServiceError>;
    readonly setPolicy: (
      credential: Credential,
      mailbox: string,
      policy: Partial<Policy>,
    ) => Effect.Effect<MailboxState, ServiceError>;
    readonly halt: (credential: Credential) => Effect.Effect<TenantState, ServiceError>;
    readonly resume: (credential: Credential) => Effect.Effect<TenantState, ServiceError>;
    /** Again, it answers what it did. Fails with `not_found`, and the nearest names, when there is no such reviewer. */
    readonly revokeReviewer: (
      credential: Credential,
      reviewer: string,
    ) => Effect.Effect<{ readonly tenant: TenantState; readonly messages: readonly string[] }, ServiceError>;
    readonly reinstateReviewer: (credential: Credential, reviewer: string) => Effect.Effect<TenantState, ServiceError>;
    /** Makes a credential. The whole key is in the answer and nowhere else. */
    readonly issueKey: (
      credential: Credential,
      key: NewKey,
    ) => Effect.Effect<{ readonly id: string; readonly key: string }, ServiceError>;
    /** The key is refused from now on, and its unsent approvals are voided. Answers the messages that lost one. @spec OV-126 */
    readonly revokeKey: (
      credential: Credential,
      id: string,
    ) => Effect.Effect<{ readonly messages: readonly string[] }, ServiceError>;
    // --- the delivery
    /** Asks leave to hand over. A row that gets no permit is not to be sent; the log gives the reason. */
    readonly dispatch: (rows: readonly OutboxRow[]) => Effect.Effect<readonly DeliveryPermit[], ServiceError>;
    /**
     * Whether the message may still leave under its permit: asked when a connection is ready for it, before its first byte. Where
     * other processes share the store, this reads what they have decided since; what this process decides recalls permits at once.
     */
    readonly mayBegin: (permit: DeliveryPermit) => Effect.Effect<boolean, ServiceError>;
    readonly settle: (permit: DeliveryPermit, handOver: HandOver) => Effect.Effect<void, ServiceError>;
    /** Rows this process committed and holds the lease of. */
    readonly enqueued: Queue.Dequeue<OutboxRow>;
    /** The name under which this process holds leases. */
    readonly leaseOwner: string;
    /** How long a lease lasts, seconds. */
    readonly leaseSeconds: number;
    /** Hand-overs abandoned by a dead process: their outcome is unknown. */
    readonly recover: (rows: readonly OutboxRow[]) => Effect.Effect<void, ServiceError>;
    // --- the clock
    /** Releases what is due and expires what is late. Answers how many events it made. */
    readonly tick: Effect.Effect<number, ServiceError>;
    // --- the log
    readonly head: Effect.Effect<LogHead, ServiceError>;
    /** Folds the whole log and compares with the stored state. Answers the number of entries, or fails naming the first difference. */
    readonly verifyLog: Effect.Effect<{ readonly entries: number; readonly root: string }, ServiceError>;
    readonly entries: (
      credential: Credential,
      filter: {
        readonly mailbox?: string;
        readonly message?: string;
        readonly since?: number;
        readonly until?: number;
        readonly from: number;
        readonly limit: number;
      },
    ) => Effect.Effect<readonly EntryRow[], ServiceError>;
    /** The name of this log, for receipts. */
    readonly origin: string;
  }
>()("countersign/Oversight") {}
