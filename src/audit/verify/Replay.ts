/**
 * Replay: the state is the fold of the log. Each event is decided again by the same rules, and its outcome in the log is held
 * against the outcome by the rules. @spec OV-35 OV-69
 *
 * - The rules are a parameter: this room does not know the machine.
 * - The server keeps every record, to compare them with what it has stored; an auditor lets messages that have ended shrink to 24 bytes.
 *
 * **Gotchas**: after a fault the fold goes on with the rules' outcome, so later faults of the same message may be consequences of it.
 */
import { Result } from "effect";
import type { Event } from "../../model/Event.ts";
import { type LogRecord, mayRecord, isRecord } from "../../model/LogRecord.ts";
import { isEnd, type MailboxState, type MessageState, type TenantState } from "../../model/State.ts";
import { EndedMessages } from "./EndedMessages.ts";
import { type Leaf, leafBytes, readLeaf } from "../leaf/Leaf.ts";
import { sameHash } from "../tree/MerkleProof.ts";
import { append, emptyFrontier, type Frontier, leafHash, rootOf } from "../tree/Tree.ts";
import type { FaultKind } from "./ExportVerdict.ts";
import { approvers, standingOf, type Standing } from "../../model/approvals.ts";
import { textsOf } from "../leaf/members.ts";

/** The records an event can touch, `null` where there is none. */
export interface Around {
  readonly tenant: TenantState | null;
  readonly mailbox: MailboxState | null;
  readonly message: MessageState | null;
}

/** What the rules decide on an event. */
export type Decided =
  | (Around & {
      readonly accepted: true;
      readonly from: string | null;
      readonly to: string | null;
      readonly commands: readonly string[];
      readonly mode: string | null;
      /** Why the message ends as `refused`. */
      readonly refusal: string | null;
    })
  | {
      readonly accepted: false;
      readonly refusal: string;
      readonly from: string | null;
      readonly mode: string | null;
    };

/** The rules: `transition` of the machine. */
export type Transition = (around: Around, event: Event) => Decided;

export interface ReplayFault {
  readonly kind: FaultKind;
  readonly message: string;
}

const decisions = new Set(["approve", "reject", "revise", "resolve"]);

const fault = (kind: FaultKind, message: string): ReplayFault => ({ kind, message });

/** Why the rules refuse what the log records as accepted, as a kind of fault. */
const wronglyAccepted = (event: Event | LogRecord, refusal: string, message: MessageState | null): FaultKind => {
  if (decisions.has(event.type) && refusal === "stale_digest") return "approval_of_other_content";
  if (event.type === "approve" && refusal === "wrong_status" && message !== null && message.status !== "new")
    return message.status === "scheduled" || message.status === "queued"
      ? "refused_as_accepted"
      : "approval_after_hand_over";
  if (event.type === "dispatch" && (refusal === "halted" || refusal === "read_only")) return "hand_over_while_stopped";
  if (event.type === "dispatch" && message?.status === "pending_approval") return "hand_over_without_approval";
  return ["self_decision", "reviewer_revoked", "not_permitted", "mode_raise"].includes(refusal)
    ? "not_entitled"
    : "refused_as_accepted";
};

const shown = (words: readonly string[]): string => (words.length === 0 ? "nothing" : words.join(", "));

/** The outcome of an event in the log against its outcome by the rules. */
const compare = (
  leaf: Leaf,
  event: Event | LogRecord,
  decided: Decided,
  before: MessageState | null,
): ReplayFault | null => {
  if (!decided.accepted) {
    const { refusal } = decided;
    if (leaf.outcome === "accepted") {
      return fault(
        wronglyAccepted(event, refusal, before),
        `the log says that ${event.type} was accepted, the rules refuse it (${refusal})`,
      );
    }
    if (leaf.refusal !== refusal)
      return fault("outcome_changed", `the log gives the refusal ${leaf.refusal}, the rules ${refusal}`);
    if (
      leaf.from !== decided.from ||
      leaf.to !== decided.from ||
      leaf.commands.length > 0 ||
      leaf.mode !== decided.mode
    )
      return fault("outcome_changed", "the log says more of a refused event than the rules do");
    return null;
  }
  const { from, to, commands, mode } = decided;
  if (leaf.outcome !== "accepted") {
    return fault("accepted_as_refused", `the log says that ${event.type} was refused, the rules accept it`);
  }
  if (event.type === "dispatch" && leaf.to === "dispatching" && to !== "dispatching") {
    return fault(
      "hand_over_without_approval",
      "the log says that it was handed over; by the rules it lacked the approvals it needed, and had to wait",
    );
  }
  if (commands.includes("copy") && !leaf.commands.includes("copy"))
    return fault("copy_missing", "it was handed over in monitored, and the copy it needed was not asked for");
  if (leaf.from !== from || leaf.to !== to)
    return fault("outcome_changed", `the log goes from ${leaf.from} to ${leaf.to}, the rules from ${from} to ${to}`);
  if (leaf.commands.join() !== commands.join())
    return fault("outcome_changed", `the log commands ${shown(leaf.commands)}, the rules ${shown(commands)}`);
  if (leaf.mode !== mode) return fault("outcome_changed", `the log gives the mode ${leaf.mode}, the rules ${mode}`);
  // 0.1.0 did not record why it refused a message at its submit.
  const refusal = leaf.v === 1 ? null : decided.refusal;
  return leaf.refusal === refusal
    ? null
    : fault("outcome_changed", `the log gives the reason ${leaf.refusal}, the rules ${refusal}`);
};

const reports = new Set(["delivered", "failed", "deferred", "lost"]);

/** What the log had led to, for what an entry names as its grounds. */
interface Behind {
  readonly after: MessageState;
  /** Whose approvals count as the entry's version has it; and, of version 3, whether they decide. */
  readonly standing: Standing;
  /** Of a message that is being handed over, what stood behind that. */
  readonly handedOver: Standing | undefined;
}

const sameNames = (a: readonly string[], b: readonly string[]): boolean => JSON.stringify(a) === JSON.stringify(b);

/**
 * What an accepted entry names as its grounds, beside the event, against what the log had led to. A hand-over must name both; a report
 * on one names what it rested on, even if an approver was revoked meanwhile. @spec OV-70 OV-124
 */
const evidenceFault = (leaf: Leaf, event: Event, { after, standing, handedOver }: Behind): ReplayFault | null => {
  const { content_digest: digest, approvers, decision } = leaf.evidence;
  const isHandOver = event.type === "dispatch" && leaf.to === "dispatching";
  const isContent = event.type === "submit" || event.type === "revise";
  if ((isHandOver || isContent) && typeof digest !== "string")
    return fault("evidence_changed", "it does not name the content that it is about");
  if (isHandOver && !Array.isArray(approvers))
    return fault("evidence_changed", "it does not name who had approved what was handed over");
  if (typeof digest === "string" && digest !== after.digest)
    return fault(
      "approval_of_other_content",
      isHandOver
        ? "what was handed over is not the content that the message had"
        : "the content it names is not the one that the message had",
    );
  if (!Array.isArray(approvers)) return null;
  const isReport = reports.has(event.type);
  const named = textsOf(approvers);
  if (
    named.length !== approvers.length ||
    (!sameNames(named, standing.approvers) && !(isReport && sameNames(named, handedOver?.approvers ?? [])))
  )
    return fault("evidence_changed", "the approvals it names are not those who had approved");
  const decided = isHandOver ? standing.decision : isReport ? handedOver?.decision : undefined;
  return leaf.v === 1 || (!isHandOver && decision === undefined) || decision === decided
    ? null
    : fault("evidence_changed", `it says that ${decision ?? "nothing"} decided, and by the rules ${decided} did`);
};

/** A record changes no state. */
const recorded = ({ actor }: LogRecord): Decided =>
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

/** What an entry of this version left on the message's record: 0.1.0 did not keep with which key an approval was given. */
const recordedBy = (version: number, decided: Decided): Decided => {
  if (version !== 1 || !decided.accepted || decided.message === null) return decided;
  const approvals = decided.message.approvals.map(({ credential: _, ...approval }) => approval);
  return { ...decided, message: { ...decided.message, approvals } };
};

/** A fold under way. */
export class Replay {
  readonly tenants = new Map<string, TenantState>();
  readonly mailboxes = new Map<string, MailboxState>();
  /** All messages, or those that have not ended. */
  readonly messages = new Map<string, MessageState>();
  readonly #ended: EndedMessages | null;
  /** Of messages that are being handed over, what that rested on. */
  readonly #handedOver = new Map<string, Standing>();
  readonly #transition: Transition;

  /** `keepEnded`: keep the whole record of messages that have ended. */
  constructor(transition: Transition, { keepEnded }: { readonly keepEnded: boolean }) {
    this.#transition = transition;
    this.#ended = keepEnded ? null : new EndedMessages();
  }

  /** Takes the next event; `null` = the log and the rules agree. */
  take(leaf: Leaf, event: Event | LogRecord): ReplayFault | null {
    if (isRecord(event)) return compare(leaf, event, recorded(event), null);
    const before =
      "message" in event
        ? (this.messages.get(event.message) ?? this.#ended?.get(event.message, event.tenant) ?? null)
        : null;
    const around = {
      tenant: this.tenants.get(event.tenant) ?? null,
      mailbox: "mailbox" in event ? (this.mailboxes.get(event.mailbox) ?? null) : null,
      message: before,
    };
    const decided = recordedBy(leaf.v, this.#transition(around, event));
    if (decided.accepted) {
      const { tenant, mailbox, message } = decided;
      if (tenant !== null) this.tenants.set(tenant.id, tenant);
      if (mailbox !== null) this.mailboxes.set(mailbox.id, mailbox);
      if (message !== null) this.#put(message);
    }
    const found = compare(leaf, event, decided, before);
    if (!decided.accepted || decided.message === null) return found;
    const { id, status } = decided.message;
    const handedOver = this.#handedOver.get(id);
    const standing = this.#standing(leaf, event, before);
    if (event.type === "dispatch" && status === "dispatching") this.#handedOver.set(id, standing);
    else if (status !== "dispatching") this.#handedOver.delete(id);
    return found ?? evidenceFault(leaf, event, { after: decided.message, standing, handedOver });
  }

  /** What stood behind a message before the event: what is live, or, in version 1, every approval it had. */
  #standing(leaf: Leaf, event: Event, before: MessageState | null): Standing {
    const tenant = this.tenants.get(event.tenant);
    const mailbox = "mailbox" in event ? this.mailboxes.get(event.mailbox) : undefined;
    const isContent = event.type === "submit" || event.type === "revise";
    if (isContent || before === null || tenant === undefined || mailbox === undefined)
      return { approvers: [], decision: "policy" };
    const live = standingOf({ tenant, mailbox, message: before }, event.at);
    return leaf.v === 1 ? { ...live, approvers: approvers(before.approvals) } : live;
  }

  #put(message: MessageState): void {
    if (this.#ended === null || !isEnd(message.status)) {
      this.messages.set(message.id, message);
      return;
    }
    this.messages.delete(message.id);
    this.#ended.add(message);
  }
}

/** What `LogReplay.takeEntry` gives back beside the fault. */
export interface Taken {
  readonly leaf: Leaf;
  readonly event: Event | LogRecord;
}

/** A fold over a whole log, from its first entry on: places, hashes and times too. */
export class LogReplay extends Replay {
  frontier: Frontier = emptyFrontier;
  /** The last entry's time, seconds. */
  at = 0;
  /** The last entry's version. */
  v = 1;

  /** Takes the next entry. Answers what is wrong, or the entry as read. */
  takeEntry(entry: {
    readonly index: number;
    readonly leaf: string;
    readonly leafHash: Uint8Array;
  }): Result.Result<Taken, string> {
    if (entry.index !== this.frontier.size)
      return Result.fail(`entry ${this.frontier.size} is missing; ${entry.index} follows`);
    const hash = leafHash(leafBytes(entry.leaf));
    if (!sameHash(hash, entry.leafHash)) return Result.fail("the stored leaf hash is not the hash of the leaf");
    this.frontier = append(this.frontier, [hash]);
    const read = readLeaf(entry.leaf);
    if (Result.isFailure(read)) return Result.fail(read.failure);
    const { leaf, event } = read.success;
    if (leaf.index !== entry.index) return Result.fail(`the leaf says it is entry ${leaf.index}`);
    if (leaf.at < this.at) return Result.fail(`its time, ${leaf.at}, is before the time of the entry before it`);
    this.at = leaf.at;
    if (leaf.v < this.v) return Result.fail(`it is of version ${leaf.v}, after an entry of version ${this.v}`);
    this.v = leaf.v;
    const found = this.take(leaf, event);
    return found === null ? Result.succeed(read.success) : Result.fail(found.message);
  }

  get root(): Uint8Array {
    return rootOf(this.frontier);
  }
}
