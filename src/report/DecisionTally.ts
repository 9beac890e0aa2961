/**
 * What people decided, how long the content had waited by then, and who the people are.
 *
 * - A content waits from the entry that makes the message `pending_approval`, or gives a waiting message a new content, until
 *   the entry that takes it out of there. Each approval and each rejection is one decision, with the time since the wait began.
 * - Only contents that wait at the moment are kept, so memory grows with what is open at one time.
 */
import { textsOf } from "../audit/leaf/members.ts";
import { classes, Durations, type DurationSummary } from "./Durations.ts";
import { type Period, stepAt, type Steps } from "./Period.ts";
import type { Reading } from "./Reading.ts";

/** Decided so soon, seconds: hardly read. */
export const hasty = classes[0]![0];
/** So soon after the same person's decision before, seconds: one of a row. */
export const inARow = 5;

export interface Overseer {
  readonly tenant: string;
  readonly person: string;
  readonly approvals: number;
  readonly rejections: number;
  readonly edits: number;
  readonly resolutions: number;
  readonly refused: number;
  readonly waited: DurationSummary;
  readonly hasty: number;
  readonly inARow: number;
  readonly first: number;
  readonly last: number;
  /** At the end of the period. */
  readonly revoked: boolean;
}

/** One key that may decide, as the log made it. */
export interface RosterEntry {
  readonly tenant: string;
  readonly person: string;
  readonly key: string;
  readonly since: number;
}

export const decisionKinds = ["approved", "rejected", "edited", "expired"] as const;
export type DecisionKind = (typeof decisionKinds)[number];

export interface DecisionsReport {
  readonly approvals: number;
  readonly rejections: number;
  readonly edits: number;
  readonly expired: number;
  readonly waited: DurationSummary;
  /** Decisions on contents whose wait began before what is shown. */
  readonly untimed: number;
  readonly hasty: number;
  readonly inARow: number;
  readonly overseers: readonly Overseer[];
  readonly overTime: readonly Readonly<Record<DecisionKind, number>>[];
  /** At the end of the period. */
  readonly waiting: number;
  readonly oldestWaiting: number | null;
  /** Who could decide at the end of the period, by the keys the log shows being made. */
  readonly roster: readonly RosterEntry[];
  /** The log is shown from its first entry, so the roster is whole. */
  readonly rosterWhole: boolean;
}

interface Person {
  readonly tenant: string;
  readonly person: string;
  approvals: number;
  rejections: number;
  edits: number;
  resolutions: number;
  refused: number;
  hasty: number;
  inARow: number;
  first: number;
  last: number;
  lastDecision: number | null;
  readonly waited: Durations;
}

const byTenantAndName = (
  a: { readonly tenant: string; readonly person: string },
  b: { readonly tenant: string; readonly person: string },
): number => (a.tenant !== b.tenant ? (a.tenant < b.tenant ? -1 : 1) : a.person < b.person ? -1 : 1);

export class DecisionTally {
  readonly #period: Period;
  readonly #steps: Steps;
  /** Message → since when its content waits. */
  readonly #waiting = new Map<string, number>();
  readonly #people = new Map<string, Person>();
  readonly #revoked = new Set<string>();
  readonly #roster = new Map<string, RosterEntry>();
  readonly #waited = new Durations();
  readonly #overTime: Record<DecisionKind, number>[];
  #approvals = 0;
  #rejections = 0;
  #edits = 0;
  #expired = 0;
  #untimed = 0;
  #hasty = 0;
  #inARow = 0;

  constructor(period: Period, steps: Steps) {
    this.#period = period;
    this.#steps = steps;
    this.#overTime = Array.from({ length: steps.count }, () => ({ approved: 0, rejected: 0, edited: 0, expired: 0 }));
  }

  take(reading: Reading): void {
    if (reading.at >= this.#period.from) this.#count(reading);
    if (!reading.accepted) return;
    this.#keepPeople(reading);
    if (reading.message === null) return;
    if (reading.to !== "pending_approval") this.#waiting.delete(reading.message);
    else if (reading.from !== "pending_approval" || reading.type === "revise")
      this.#waiting.set(reading.message, reading.at);
  }

  #keepPeople({ type, tenant, at, event }: Reading): void {
    const { reviewer, key, principal, scopes } = event;
    if (type === "revoke_reviewer" && typeof reviewer === "string")
      this.#revoked.add(JSON.stringify([tenant, reviewer]));
    if (type === "reinstate_reviewer" && typeof reviewer === "string")
      this.#revoked.delete(JSON.stringify([tenant, reviewer]));
    if (typeof key !== "string") return;
    if (type === "revoke_key") this.#roster.delete(key);
    if (type === "create_key" && typeof principal === "string" && textsOf(scopes).includes("oversight"))
      this.#roster.set(key, { tenant, person: principal, key, since: at });
  }

  #person(reading: Reading): Person {
    const name = JSON.stringify([reading.tenant, reading.principal]);
    let person = this.#people.get(name);
    if (person === undefined) {
      person = {
        tenant: reading.tenant,
        person: reading.principal,
        approvals: 0,
        rejections: 0,
        edits: 0,
        resolutions: 0,
        refused: 0,
        hasty: 0,
        inARow: 0,
        first: reading.at,
        last: reading.at,
        lastDecision: null,
        waited: new Durations(),
      };
      this.#people.set(name, person);
    }
    person.last = reading.at;
    return person;
  }

  #count(reading: Reading): void {
    const { type, accepted, at, message } = reading;
    const step = this.#overTime[stepAt(this.#steps, at)]!;
    if (type === "expire" && accepted && reading.from === "pending_approval") {
      this.#expired += 1;
      step.expired += 1;
    }
    if (reading.role !== "reviewer") return;
    const person = this.#person(reading);
    if (!accepted) {
      person.refused += 1;
      return;
    }
    if (type === "resolve") person.resolutions += 1;
    if (type === "revise") {
      person.edits += 1;
      this.#edits += 1;
      step.edited += 1;
    }
    if (type !== "approve" && type !== "reject") return;
    if (type === "approve") {
      person.approvals += 1;
      this.#approvals += 1;
      step.approved += 1;
    } else {
      person.rejections += 1;
      this.#rejections += 1;
      step.rejected += 1;
    }
    if (person.lastDecision !== null && at - person.lastDecision < inARow) {
      person.inARow += 1;
      this.#inARow += 1;
    }
    person.lastDecision = at;
    const since = message === null ? undefined : this.#waiting.get(message);
    if (since === undefined) {
      this.#untimed += 1;
      return;
    }
    const waited = Math.max(0, at - since);
    person.waited.add(waited);
    this.#waited.add(waited);
    if (waited < hasty) {
      person.hasty += 1;
      this.#hasty += 1;
    }
  }

  finish(rosterWhole: boolean): DecisionsReport {
    let oldest: number | null = null;
    for (const since of this.#waiting.values()) if (oldest === null || since < oldest) oldest = since;
    return {
      approvals: this.#approvals,
      rejections: this.#rejections,
      edits: this.#edits,
      expired: this.#expired,
      waited: this.#waited.summary,
      untimed: this.#untimed,
      hasty: this.#hasty,
      inARow: this.#inARow,
      overseers: [...this.#people.values()].sort(byTenantAndName).map(({ lastDecision: _, waited, ...person }) => ({
        ...person,
        waited: waited.summary,
        revoked: this.#revoked.has(JSON.stringify([person.tenant, person.person])),
      })),
      overTime: this.#overTime,
      waiting: this.#waiting.size,
      oldestWaiting: oldest,
      roster: [...this.#roster.values()].sort(byTenantAndName),
      rosterWhole,
    };
  }
}
