/**
 * What the log alone tells: modes, policies, contents, decisions and hand-overs, read from accepted events in order.
 *
 * It uses no guard, no fact and no state of the machine, so that a theorem checked against it does not lean on what it checks.
 */
import type { Event, MessageEvent, Policy } from "../../src/model/Event.ts";
import type { Mode } from "../../src/model/Mode.ts";
import type { Entry } from "./traces.ts";

const order: readonly Mode[] = ["read_only", "gated_all", "gated_send", "monitored", "autonomous"];
/** How much a mode lets the agent do alone, 0 … 4. */
export const freedom = (mode: Mode): number => order.indexOf(mode);
export const lowest = (first: Mode, second: Mode | null): Mode =>
  second !== null && freedom(second) < freedom(first) ? second : first;
export const gated = (mode: Mode): boolean => mode === "gated_all" || mode === "gated_send";
export const ungated = (mode: Mode): boolean => mode === "monitored" || mode === "autonomous";

/** One accepted word for one content. */
export interface Word {
  readonly index: number;
  readonly at: number;
  readonly reviewer: string;
  readonly role: string;
  /** The key it was given with. */
  readonly credential: string | null;
  readonly digest: string;
}

export interface Told {
  readonly tenant: string;
  readonly mailbox: string;
  readonly author: string;
  readonly owner: string | null;
  digest: string;
  requested: Mode | null;
  /** Where in the log its content last came, and the mailbox's mode then. */
  contentAt: number;
  modeThen: Mode;
  status: string;
  words: readonly Word[];
  /** Where the last accepted `resolve(retry)` is; words before it are spent. */
  spentAt: number;
  /** Where the decision window last opened, and when it closes. */
  openedAt: number;
  decideBy: number;
  handOvers: readonly { readonly index: number; readonly needed: boolean }[];
  /** Since the last hand-over somebody said that another may be tried. */
  reopened: boolean;
  deliveries: number;
}

export class History {
  readonly modes = new Map<string, Mode>();
  readonly policies = new Map<string, Policy>();
  readonly halted = new Set<string>();
  readonly messages = new Map<string, Told>();
  /** `tenant/reviewer` → where in the log the reviewer was last revoked. */
  readonly revokedAt = new Map<string, number>();
  readonly revokedNow = new Set<string>();
  /** `tenant/key` → where in the log the key was last deleted. */
  readonly deletedAt = new Map<string, number>();

  of(event: Event): Told | undefined {
    return "message" in event ? this.messages.get(event.message) : undefined;
  }

  /** The mailbox's mode tightened by the request; without risk and without the stop switch. */
  asked(event: MessageEvent): Mode {
    const requested = "requestedMode" in event ? event.requestedMode : (this.of(event)?.requested ?? null);
    return lowest(this.modes.get(event.mailbox) ?? "read_only", requested);
  }

  quorum(event: MessageEvent): number {
    return this.policies.get(event.mailbox)?.quorum ?? Infinity;
  }

  maxAge(event: MessageEvent): number {
    return this.policies.get(event.mailbox)?.approvalMaxAge ?? 0;
  }

  /** Words for the content the message has now, by anyone who did not write it or answer for it. */
  matching(told: Told): readonly Word[] {
    return told.words.filter(
      (word) => word.digest === told.digest && word.reviewer !== told.author && word.reviewer !== told.owner,
    );
  }

  /** The word counts no more because its giver was revoked after it, reinstated or not. */
  voided(told: Told, word: Word): boolean {
    const who = `${told.tenant}/${word.reviewer}`;
    return this.revokedNow.has(who) || (this.revokedAt.get(who) ?? -1) > word.index;
  }

  /** The word counts no more because the key that it was given with was deleted after it. */
  unkeyed(told: Told, word: Word): boolean {
    return (this.deletedAt.get(`${told.tenant}/${word.credential}`) ?? -1) > word.index;
  }

  /** Takes up one entry, after it has been looked at. */
  take(entry: Entry): void {
    const { event, outcome, index } = entry;
    if (!outcome.accepted) return;
    switch (event.type) {
      case "create_mailbox":
        this.modes.set(event.mailbox, event.mode);
        this.policies.set(event.mailbox, event.policy);
        return;
      case "set_mode":
        this.modes.set(event.mailbox, event.mode);
        return;
      case "set_policy":
        this.policies.set(event.mailbox, event.policy);
        return;
      case "halt":
        this.halted.add(event.tenant);
        return;
      case "resume":
        this.halted.delete(event.tenant);
        return;
      case "revoke_reviewer":
        this.revokedAt.set(`${event.tenant}/${event.reviewer}`, index);
        this.revokedNow.add(`${event.tenant}/${event.reviewer}`);
        return;
      case "revoke_key":
        this.deletedAt.set(`${event.tenant}/${event.key}`, index);
        return;
      case "reinstate_reviewer":
        this.revokedNow.delete(`${event.tenant}/${event.reviewer}`);
        return;
      default:
        if ("message" in event) this.#takeMessage(event, entry);
    }
  }

  #takeMessage(event: MessageEvent, { outcome, index }: Entry): void {
    if (!outcome.accepted) return;
    const mode = this.modes.get(event.mailbox) ?? "read_only";
    if (event.type === "submit") {
      this.messages.set(event.message, {
        tenant: event.tenant,
        mailbox: event.mailbox,
        author: event.actor.principal,
        owner: event.owner,
        digest: event.digest,
        requested: event.requestedMode,
        contentAt: index,
        modeThen: mode,
        status: "new",
        words: [],
        spentAt: -1,
        openedAt: -1,
        decideBy: 0,
        handOvers: [],
        reopened: false,
        deliveries: 0,
      });
    }
    const told = this.messages.get(event.message);
    if (told === undefined) return;
    const from = told.status;
    if (event.type === "revise") {
      told.digest = event.digest;
      told.requested = event.requestedMode;
      told.contentAt = index;
      told.modeThen = mode;
    }
    const retried = event.type === "resolve" && event.outcome === "retry";
    if (event.type === "approve" || (retried && event.actor.role === "reviewer")) {
      const { principal: reviewer, role, credential } = event.actor;
      told.words = [...told.words, { index, at: event.at, reviewer, role, credential, digest: event.digest }];
    }
    if (retried) told.spentAt = index;
    if (retried || (event.type === "deferred" && event.attempt === told.handOvers.length)) told.reopened = true;
    if (outcome.commands.includes("hand_over")) {
      const held = "verdict" in event && event.verdict.held;
      told.handOvers = [...told.handOvers, { index, needed: held || gated(this.asked(event)) }];
      told.reopened = false;
    }
    if (outcome.to === "delivered") told.deliveries += 1;
    told.status = String(outcome.to);
    if (told.status === "pending_approval" && (from !== "pending_approval" || event.type === "revise")) {
      told.openedAt = index;
      told.decideBy = event.at + (this.policies.get(event.mailbox)?.decisionWindow ?? 0);
    }
  }
}
