/**
 * One batch of proposals under decision, in memory: what the transaction read, overlaid with what has been decided so far, and in the
 * end everything that is to be written.
 */
import { appendWithNodes, rootOf } from "../../audit/tree/Tree.ts";
import type { Json } from "../../bytes/canonical.ts";
import { makeLeaf } from "../../audit/leaf/Leaf.ts";
import { transition, type Outcome } from "../../machine/transition.ts";
import type { Event } from "../../model/Event.ts";
import { type LogRecord, mayRecord, isRecord } from "../../model/LogRecord.ts";
import type { MailboxState, MessageState, TenantState } from "../../model/State.ts";
import { type Loaded, type Writes } from "../../store/Journal.ts";
import type { Evidence } from "./evidence.ts";
import { type Lease, OutboxChanges, type OutboxWish } from "./OutboxChanges.ts";
import { standingOf, type Situation, type Standing } from "../../model/approvals.ts";
import type { EntryRow } from "../../model/records/log.ts";
import type { IdempotencyRow } from "../../model/records/message.ts";

export interface Proposal extends OutboxWish {
  readonly event: Event | LogRecord;
  /** Hashes, ids and signatures for the leaf; of a message, as it is found inside the transaction, with the rules' outcome of the event. */
  readonly evidence?: Evidence | ((before: MessageState, standing: Standing, outcome: Outcome) => Evidence);
  /** Kept beside the leaf behind a salted commitment. */
  readonly personal?: Json;
  /** The request this answers; a second one with the same key is not a second event. */
  readonly idempotency?: { readonly key: string; readonly requestHash: string };
  /** Rows to be written with the event, if it is accepted. */
  readonly rows?: (recorded: {
    readonly index: number;
    readonly at: number;
    readonly message: MessageState | null;
  }) => Partial<Rows>;
}

type Rows = Pick<
  Writes,
  | "tenantRows"
  | "mailboxRows"
  | "messageRows"
  | "contents"
  | "decisions"
  | "apiKeys"
  | "revokedKeys"
  | "riskPolicies"
  | "retention"
  | "holds"
  | "releasedHolds"
  | "erasures"
  | "deliveries"
>;

export type Recorded =
  | {
      readonly kind: "recorded";
      readonly outcome: Outcome;
      readonly index: number;
      readonly leafHash: Uint8Array;
      /** Seconds: the moment the log gives the event. */
      readonly at: number;
      /** The message as it is after the event, changed or not. */
      readonly message: MessageState | null;
      /** The message as it is after the event, and what surrounds it. */
      readonly situation: Situation | null;
      /** What stood behind the message when the event came. */
      readonly standing: Standing;
    }
  | { readonly kind: "repeated"; readonly earlier: IdempotencyRow; readonly same: boolean };

/** A record changes no state. */
const recorded = ({ actor }: LogRecord): Outcome =>
  mayRecord(actor)
    ? {
        accepted: true,
        tenant: null,
        mailbox: null,
        message: null,
        from: null,
        to: null,
        commands: [],
        mode: null,
        refusal: null,
      }
    : { accepted: false, refusal: "not_permitted", from: null, mode: null };

const unapproved: Standing = { approvers: [], decision: "policy" };

/** Levels of the tree in one level of tiles (C2SP tlog-tiles): the store keeps what is above the leaves by whole tiles. */
const tileHeight = 8;

/** The working copy of one batch: what was read, overlaid with what has been decided so far. */
export class Batch {
  readonly tenants: Map<string, TenantState>;
  readonly mailboxes: Map<string, MailboxState>;
  readonly messages: Map<string, MessageState>;
  readonly idempotency: Map<string, IdempotencyRow>;
  /** Each tenant's newest entry. */
  readonly lastOf: Map<string, number>;
  // Only the last state of each record is written; the journal compares it with the version it read.
  readonly changed = {
    tenants: new Map<string, TenantState>(),
    mailboxes: new Map<string, MailboxState>(),
    messages: new Map<string, MessageState>(),
  };
  /** Messages that may be handed over once this is durable, with what surrounds them. */
  readonly leaves: Situation[] = [];
  readonly entries: EntryRow[] = [];
  readonly rows = {
    tenantRows: [] as Rows["tenantRows"][number][],
    mailboxRows: [] as Rows["mailboxRows"][number][],
    messageRows: [] as Rows["messageRows"][number][],
    contents: [] as Rows["contents"][number][],
    decisions: [] as Rows["decisions"][number][],
    apiKeys: [] as Rows["apiKeys"][number][],
    revokedKeys: [] as Rows["revokedKeys"][number][],
    riskPolicies: [] as Rows["riskPolicies"][number][],
    retention: [] as Rows["retention"][number][],
    holds: [] as Rows["holds"][number][],
    releasedHolds: [] as Rows["releasedHolds"][number][],
    erasures: [] as Rows["erasures"][number][],
    deliveries: [] as Rows["deliveries"][number][],
  };
  readonly outbox: OutboxChanges;
  readonly wakes: { readonly tenant: string; readonly mailbox: string | null; readonly at: number }[] = [];
  readonly newIdempotency: IdempotencyRow[] = [];
  readonly #before: Loaded;
  readonly #now: number;

  constructor(loaded: Loaded, lease: Lease, now: number) {
    this.#before = loaded;
    this.outbox = new OutboxChanges(lease, now);
    this.#now = now;
    this.tenants = new Map(loaded.tenants);
    this.mailboxes = new Map(loaded.mailboxes);
    this.messages = new Map(loaded.messages);
    this.idempotency = new Map(loaded.idempotency);
    this.lastOf = new Map(loaded.lastOf);
  }

  decide(proposal: Proposal): Recorded {
    const event = { ...proposal.event, at: this.#now };
    const repeat = proposal.idempotency && this.idempotency.get(`${event.tenant} ${proposal.idempotency.key}`);
    if (repeat) {
      return { kind: "repeated", earlier: repeat, same: repeat.requestHash === proposal.idempotency?.requestHash };
    }
    const messageId = "message" in event ? event.message : null;
    const before = messageId === null ? null : (this.messages.get(messageId) ?? null);
    const mailboxId = ("mailbox" in event ? event.mailbox : null) ?? null;
    const tenant = this.tenants.get(event.tenant) ?? null;
    const mailbox = mailboxId === null ? null : (this.mailboxes.get(mailboxId) ?? null);
    const outcome = isRecord(event) ? recorded(event) : transition({ tenant, mailbox, message: before }, event);
    const standing =
      tenant === null || mailbox === null || before === null
        ? unapproved
        : standingOf({ tenant, mailbox, message: before }, event.at);
    const index = this.#before.head.size + this.entries.length;
    const { leaf, hash } = makeLeaf({
      index,
      event,
      outcome: {
        accepted: outcome.accepted,
        refusal: outcome.refusal,
        from: outcome.from,
        to: outcome.accepted ? outcome.to : outcome.from,
        mode: outcome.mode,
        commands: outcome.accepted ? outcome.commands : [],
      },
      evidence:
        typeof proposal.evidence !== "function"
          ? (proposal.evidence ?? {})
          : before === null
            ? {}
            : proposal.evidence(before, standing, outcome),
      personal: proposal.personal ?? null,
      previous: this.lastOf.get(event.tenant) ?? null,
    });
    this.lastOf.set(event.tenant, index);
    this.entries.push({
      index,
      tenant: event.tenant,
      mailbox: mailboxId,
      message: messageId,
      type: event.type,
      at: event.at,
      leaf,
      leafHash: hash,
      personal:
        proposal.personal === undefined || proposal.personal === null ? null : JSON.stringify(proposal.personal),
    });
    if (outcome.accepted) this.#accept(proposal, event, outcome, index);
    else if (event.type === "dispatch" && (outcome.refusal === "halted" || outcome.refusal === "read_only")) {
      this.outbox.park(event.message, null);
    }
    const message = outcome.accepted && outcome.message !== null ? outcome.message : before;
    const situation = this.#situationOf(event.tenant, message);
    if (situation !== null && outcome.accepted && outcome.commands.includes("hand_over")) this.leaves.push(situation);
    return {
      kind: "recorded",
      outcome,
      index,
      leafHash: hash,
      at: event.at,
      message,
      situation,
      standing,
    };
  }

  #situationOf(tenantId: string, message: MessageState | null): Situation | null {
    const tenant = this.tenants.get(tenantId);
    const mailbox = message === null ? undefined : this.mailboxes.get(message.mailbox);
    return message === null || tenant === undefined || mailbox === undefined ? null : { tenant, mailbox, message };
  }

  #accept(
    proposal: Proposal,
    event: Event | LogRecord,
    outcome: Extract<Outcome, { accepted: true }>,
    index: number,
  ): void {
    const { tenant, mailbox, message } = outcome;
    if (tenant !== null) {
      this.tenants.set(tenant.id, tenant);
      this.changed.tenants.set(tenant.id, tenant);
    }
    if (mailbox !== null) {
      this.mailboxes.set(mailbox.id, mailbox);
      this.changed.mailboxes.set(mailbox.id, mailbox);
    }
    if (message !== null) {
      this.messages.set(message.id, message);
      this.changed.messages.set(message.id, message);
    }
    const rows = proposal.rows?.({ index, at: this.#now, message });
    if (message !== null) this.outbox.follow(proposal, message, outcome, rows?.contents?.[0]);
    if (event.type === "resume") this.wakes.push({ tenant: event.tenant, mailbox: null, at: this.#now });
    if (event.type === "set_mode") this.wakes.push({ tenant: event.tenant, mailbox: event.mailbox, at: this.#now });
    if (proposal.idempotency !== undefined && message !== null) {
      const row = { tenant: event.tenant, ...proposal.idempotency, message: message.id, createdAt: this.#now };
      this.idempotency.set(`${row.tenant} ${row.key}`, row);
      this.newIdempotency.push(row);
    }
    if (rows === undefined) return;
    for (const name of Object.keys(this.rows) as (keyof Rows)[]) {
      if (rows[name] !== undefined) (this.rows[name] as unknown[]).push(...rows[name]);
    }
  }

  writes(): Writes {
    const { head } = this.#before;
    const { frontier, nodes } = appendWithNodes(
      { size: head.size, hashes: head.frontier },
      this.entries.map((entry) => entry.leafHash),
    );
    return {
      head: { size: frontier.size, frontier: frontier.hashes, root: rootOf(frontier), at: this.#now },
      entries: this.entries,
      nodes: nodes.filter(({ level }) => level > 0 && level % tileHeight === 0),
      tenants: [...this.changed.tenants.values()],
      mailboxes: [...this.changed.mailboxes.values()],
      messages: [...this.changed.messages.values()],
      ...this.rows,
      outboxPuts: [...this.outbox.puts.values()],
      outboxDeletes: [...this.outbox.deletes.values()],
      wakes: this.wakes,
      idempotency: this.newIdempotency,
    };
  }
}
