/**
 * Which mode each mailbox was in, when, and who changed it.
 *
 * **Gotchas**: what a mailbox was before the export began is unknown until its first change, which names what it changed from.
 */
import { isLooser, type Mode, modes } from "../model/Mode.ts";
import { members } from "../audit/leaf/members.ts";
import { type Period, stepAt, type Steps } from "./Period.ts";
import type { Reading } from "./Reading.ts";

/** The most single things a report lists of a kind; all are counted. */
export const listed = 200;

export type KnownMode = Mode | "unknown";

export interface ModeSegment {
  readonly mode: KnownMode;
  readonly from: number;
  readonly to: number;
}

export interface ModeChange {
  readonly index: number;
  readonly at: number;
  readonly mailbox: string;
  readonly from: KnownMode;
  readonly to: KnownMode;
  readonly role: string;
  readonly principal: string;
}

export interface MailboxModes {
  readonly mailbox: string;
  readonly agent: string | null;
  readonly submitted: number;
  /** How many people must approve; `null` when the log shown does not record it. */
  readonly quorum: number | null;
  readonly atStart: KnownMode | null;
  readonly atEnd: KnownMode;
  readonly changes: number;
  /** Seconds of the period. */
  readonly seconds: Readonly<Record<KnownMode, number>>;
  /** The first of them, in order. */
  readonly segments: readonly ModeSegment[];
}

export interface ModesReport {
  readonly mailboxes: readonly MailboxModes[];
  readonly total: number;
  readonly changes: readonly ModeChange[];
  readonly raised: number;
  readonly lowered: number;
  /** Seconds of all mailboxes together in each mode, for each step of the period. */
  readonly overTime: readonly Readonly<Record<KnownMode, number>>[];
  readonly policyChanges: number;
}

interface Mailbox {
  agent: string | null;
  mode: KnownMode;
  since: number;
  submitted: number;
  quorum: number | null;
  changes: number;
  atStart: KnownMode | null;
  readonly seconds: Record<KnownMode, number>;
  readonly segments: ModeSegment[];
}

export const knownModes: readonly KnownMode[] = [...modes, "unknown"];
const none = (): Record<KnownMode, number> => ({
  read_only: 0,
  gated_all: 0,
  gated_send: 0,
  monitored: 0,
  autonomous: 0,
  unknown: 0,
});
const modeOf = (text: string | null): KnownMode => modes.find((mode) => mode === text) ?? "unknown";

export class ModeTally {
  readonly #period: Period;
  readonly #steps: Steps;
  readonly #mailboxes = new Map<string, Mailbox>();
  readonly #changes: ModeChange[] = [];
  readonly #overTime: Record<KnownMode, number>[];
  #raised = 0;
  #lowered = 0;
  #policyChanges = 0;

  constructor(period: Period, steps: Steps) {
    this.#period = period;
    this.#steps = steps;
    this.#overTime = Array.from({ length: steps.count }, none);
  }

  /** Ends the mode the mailbox has been in, at a moment not after the period: what of it lies in the period is counted. */
  #close(mailbox: Mailbox, end: number): void {
    const { from } = this.#period;
    const start = Math.max(from, mailbox.since);
    if (mailbox.since < from && end >= from) mailbox.atStart ??= mailbox.mode;
    if (end <= start) return;
    mailbox.seconds[mailbox.mode] += end - start;
    if (mailbox.segments.length < listed) mailbox.segments.push({ mode: mailbox.mode, from: start, to: end });
    for (let step = stepAt(this.#steps, start); step <= stepAt(this.#steps, end - 1); step++) {
      const begins = this.#steps.from + step * this.#steps.width;
      this.#overTime[step]![mailbox.mode] += Math.min(end, begins + this.#steps.width) - Math.max(start, begins);
    }
  }

  #mailbox(id: string, since: number): Mailbox {
    const found = this.#mailboxes.get(id);
    if (found !== undefined) return found;
    const made: Mailbox = {
      agent: null,
      mode: "unknown",
      since,
      submitted: 0,
      quorum: null,
      changes: 0,
      atStart: null,
      seconds: none(),
      segments: [],
    };
    this.#mailboxes.set(id, made);
    return made;
  }

  take(reading: Reading): void {
    const { at, type, mailbox: id, accepted } = reading;
    if (id === null || !accepted) return;
    const inside = at >= this.#period.from;
    if (type === "create_mailbox") {
      const made = this.#mailbox(id, at);
      made.mode = modeOf(reading.to);
      made.since = at;
      const { quorum } = members(reading.event["policy"]);
      if (typeof quorum === "number") made.quorum = quorum;
      if (typeof reading.evidence["agent"] === "string") made.agent = reading.evidence["agent"];
      return;
    }
    // Made before what is shown begins.
    const mailbox = this.#mailbox(id, 0);
    if (typeof reading.evidence["agent"] === "string") mailbox.agent = reading.evidence["agent"];
    if (type === "submit" && inside) mailbox.submitted += 1;
    if (type === "set_policy") {
      const { quorum } = members(reading.event["policy"]);
      if (typeof quorum === "number") mailbox.quorum = quorum;
      if (inside) this.#policyChanges += 1;
    }
    if (type !== "set_mode") return;
    const [from, to] = [modeOf(reading.from), modeOf(reading.to)];
    mailbox.mode = from;
    this.#close(mailbox, at);
    mailbox.mode = to;
    mailbox.since = at;
    if (!inside) return;
    mailbox.changes += 1;
    if (from !== "unknown" && to !== "unknown") {
      if (isLooser(to, from)) this.#raised += 1;
      else this.#lowered += 1;
    }
    if (this.#changes.length < listed) {
      const { index, role, principal } = reading;
      this.#changes.push({ index, at, mailbox: id, from, to, role, principal });
    }
  }

  /** `until`: up to when the log is known, seconds. */
  finish(until: number): ModesReport {
    const all = [...this.#mailboxes].sort(([a, left], [b, right]) =>
      left.submitted !== right.submitted ? right.submitted - left.submitted : a < b ? -1 : 1,
    );
    for (const [, mailbox] of all) this.#close(mailbox, until);
    return {
      total: all.length,
      mailboxes: all.slice(0, listed).map(([mailbox, { agent, submitted, quorum, atStart, ...rest }]) => ({
        mailbox,
        agent,
        submitted,
        quorum,
        atStart,
        atEnd: rest.mode,
        changes: rest.changes,
        seconds: rest.seconds,
        segments: rest.segments,
      })),
      changes: this.#changes,
      raised: this.#raised,
      lowered: this.#lowered,
      overTime: this.#overTime,
      policyChanges: this.#policyChanges,
    };
  }
}
