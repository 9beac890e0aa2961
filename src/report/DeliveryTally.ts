/**
 * What became of messages: what was submitted, how each ended, what left by whose leave, and what was disclosed to its reader.
 *
 * **Gotchas**: whether people released a message is recorded by the entry that begins its hand-over: the mode that counted then, and
 * whose approvals it rested on. The report of the receiver comes later, when both may be others.
 */
import { restedOn } from "../audit/leaf/restedOn.ts";
import { type KnownMode, knownModes } from "./ModeTally.ts";
import type { Period } from "./Period.ts";
import type { Reading } from "./Reading.ts";

export const endings = ["refused", "rejected", "cancelled", "expired", "delivered", "failed"] as const;
export type Ending = (typeof endings)[number];
const isEnding = (text: string | null): text is Ending => (endings as readonly (string | null)[]).includes(text);

export interface LeaveByMode {
  readonly mode: KnownMode;
  readonly approved: number;
  readonly unapproved: number;
}

export interface DeliveriesReport {
  readonly submitted: number;
  /** At submit. */
  readonly held: number;
  readonly left: number;
  readonly endings: Readonly<Record<Ending, number>>;
  /** Hand-overs begun, by the mode that counted and whether people had approved. */
  readonly handOvers: readonly LeaveByMode[];
  /** Hand-overs begun in a gated mode without an approval: there must be none. */
  readonly bypasses: readonly number[];
  readonly copies: number;
  readonly delivered: {
    readonly approved: number;
    readonly unapproved: number;
    /** Of them, with the agent's signed statement in their header. */
    readonly signed: number;
    /** By the log, with a disclosure; without; not recorded. */
    readonly disclosed: number;
    readonly undisclosed: number;
    readonly unsaid: number;
  };
  readonly cancelledByOperator: number;
  readonly cancelledByAgent: number;
  readonly voidedApprovals: number;
}

const gated: ReadonlySet<KnownMode> = new Set(["read_only", "gated_all", "gated_send"]);

export class DeliveryTally {
  readonly #period: Period;
  readonly #handOvers = new Map<KnownMode, { approved: number; unapproved: number }>();
  readonly #bypasses: number[] = [];
  readonly #endings: Record<Ending, number> = {
    refused: 0,
    rejected: 0,
    cancelled: 0,
    expired: 0,
    delivered: 0,
    failed: 0,
  };
  /** Of messages on their way, whether people decided on the hand-over: what ends them may name approvals as they are by then. */
  readonly #decided = new Map<string, boolean>();
  readonly #delivered = { approved: 0, unapproved: 0, signed: 0, disclosed: 0, undisclosed: 0, unsaid: 0 };
  #submitted = 0;
  #held = 0;
  #left = 0;
  #copies = 0;
  #byOperator = 0;
  #byAgent = 0;
  #voided = 0;

  constructor(period: Period) {
    this.#period = period;
  }

  take(reading: Reading): void {
    const { type, to, message, accepted, at } = reading;
    if (!accepted || message === null) return;
    const approved = this.#decided.get(message) ?? restedOn(reading.evidence).decision === "human";
    if (type === "dispatch" && to === "dispatching") this.#decided.set(message, approved);
    else if (to !== "dispatching" && to !== "uncertain") this.#decided.delete(message);
    if (at >= this.#period.from) this.#count(reading, approved);
  }

  #count(reading: Reading, approved: boolean): void {
    const { type, to, from } = reading;
    if (type === "submit") {
      this.#submitted += 1;
      if (to === "pending_approval") this.#held += 1;
      else if (to !== "refused") this.#left += 1;
    }
    if (isEnding(to) && from !== to) this.#endings[to] += 1;
    if (type === "cancel") {
      if (reading.role === "operator") this.#byOperator += 1;
      else this.#byAgent += 1;
    }
    if (type === "revoke") this.#voided += 1;
    if (reading.commands.includes("copy")) this.#copies += 1;
    if (type === "dispatch" && to === "dispatching") {
      const mode = knownModes.find((known) => known === reading.mode) ?? "unknown";
      const counts = this.#handOvers.get(mode) ?? { approved: 0, unapproved: 0 };
      counts[approved ? "approved" : "unapproved"] += 1;
      this.#handOvers.set(mode, counts);
      if (gated.has(mode) && !approved) this.#bypasses.push(reading.index);
    }
    if (to !== "delivered" || from === "delivered") return;
    this.#delivered[approved ? "approved" : "unapproved"] += 1;
    if (typeof reading.evidence["identity_signature"] === "string") this.#delivered.signed += 1;
    const { disclosure } = reading.evidence;
    this.#delivered[disclosure === undefined ? "unsaid" : disclosure === null ? "undisclosed" : "disclosed"] += 1;
  }

  finish(): DeliveriesReport {
    return {
      submitted: this.#submitted,
      held: this.#held,
      left: this.#left,
      endings: this.#endings,
      handOvers: knownModes.flatMap((mode) => {
        const counts = this.#handOvers.get(mode);
        return counts === undefined ? [] : [{ mode, ...counts }];
      }),
      bypasses: this.#bypasses,
      copies: this.#copies,
      delivered: this.#delivered,
      cancelledByOperator: this.#byOperator,
      cancelledByAgent: this.#byAgent,
      voidedApprovals: this.#voided,
    };
  }
}
