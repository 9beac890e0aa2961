/** Stops, with how long they lasted, and what went wrong or was tried and refused. */
import { members } from "../audit/leaf/members.ts";
import { listed } from "./ModeTally.ts";
import { type Period, stepAt, type Steps } from "./Period.ts";
import type { Reading } from "./Reading.ts";

export interface Stop {
  readonly tenant: string;
  readonly index: number;
  readonly at: number;
  readonly by: string;
  /** `null` = it held on at the end of the period. */
  readonly resumedAt: number | null;
  readonly resumedBy: string | null;
  /** While it lasted: events refused because of it, hand-overs begun (there must be none), and begun before it and ended in it. */
  readonly refused: number;
  readonly handOvers: number;
  readonly finished: number;
}

/** What is counted as an incident, and what it means. */
export const incidentKinds = {
  self_approval: "someone tried to decide on a message they wrote or answer for",
  not_permitted: "someone tried what their credential does not allow",
  revoked_reviewer_tried: "a revoked reviewer tried to decide",
  mode_raise: "someone other than an operator tried to raise a mailbox's mode",
  stale_decision: "a decision named a content that had changed since",
  recipient_blocked: "a message to a blocked recipient was refused",
  held_by_risk: "a message was held because of what is known about a recipient",
  returned_by_risk: "a message came back before its hand-over because the risk had risen",
  uncertain: "the connection broke after the message: nobody knows whether it arrived",
  failed: "a message could not be delivered",
  deferred: "the receiver asked to try again later",
  key_revoked: "an API key was revoked",
  reviewer_revoked: "a reviewer was revoked",
  unreadable: "an entry of the log could not be read",
} as const;
export type IncidentKind = keyof typeof incidentKinds;
const kinds = Object.keys(incidentKinds) as IncidentKind[];

/** Routine: counted, but neither listed nor drawn. */
const routine: ReadonlySet<IncidentKind> = new Set(["deferred", "held_by_risk", "stale_decision"]);

export interface Incident {
  readonly index: number;
  readonly at: number;
  readonly kind: IncidentKind;
  readonly by: string;
  /** The message, mailbox or key concerned. */
  readonly about: string | null;
}

export interface IncidentsReport {
  readonly counts: Readonly<Record<IncidentKind, number>>;
  readonly list: readonly Incident[];
  /** All that are listed or would be. */
  readonly total: number;
  readonly overTime: readonly number[];
  readonly resolved: number;
  /** Messages whose delivery is uncertain at the end of the period. */
  readonly stillUncertain: number;
  readonly stops: readonly Stop[];
  readonly stopsTotal: number;
  /** The stop that was on when the period began is among them. */
  readonly refusals: readonly (readonly [reason: string, count: number])[];
}

const byRefusal: ReadonlyMap<string | null, IncidentKind> = new Map([
  ["self_decision", "self_approval"],
  ["not_permitted", "not_permitted"],
  ["reviewer_revoked", "revoked_reviewer_tried"],
  ["mode_raise", "mode_raise"],
  ["stale_digest", "stale_decision"],
  ["recipient_blocked", "recipient_blocked"],
]);
const byType: ReadonlyMap<string, IncidentKind> = new Map([
  ["lost", "uncertain"],
  ["failed", "failed"],
  ["deferred", "deferred"],
  ["revoke_key", "key_revoked"],
  ["revoke_reviewer", "reviewer_revoked"],
]);

interface OpenStop {
  readonly tenant: string;
  readonly index: number;
  readonly at: number;
  readonly by: string;
  refused: number;
  handOvers: number;
  finished: number;
}

export class IncidentTally {
  readonly #period: Period;
  readonly #steps: Steps;
  readonly #counts = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<IncidentKind, number>;
  readonly #list: Incident[] = [];
  readonly #overTime: number[];
  readonly #open = new Map<string, OpenStop>();
  readonly #stops: Stop[] = [];
  readonly #refusals = new Map<string, number>();
  readonly #uncertain = new Set<string>();
  #total = 0;
  #stopsTotal = 0;
  #resolved = 0;

  constructor(period: Period, steps: Steps) {
    this.#period = period;
    this.#steps = steps;
    this.#overTime = Array.from({ length: steps.count }, () => 0);
  }

  #add(incident: Incident): void {
    this.#counts[incident.kind] += 1;
    if (routine.has(incident.kind)) return;
    this.#total += 1;
    this.#overTime[stepAt(this.#steps, incident.at)]! += 1;
    if (this.#list.length < listed) this.#list.push(incident);
  }

  /** An unreadable entry has no time of its own: `at` is that of the entry before it. */
  unreadable(index: number, at: number): void {
    if (at >= this.#period.from) this.#add({ index, at, kind: "unreadable", by: "unknown", about: null });
  }

  take(reading: Reading): void {
    const { index, at, type, message, accepted, refusal, principal } = reading;
    const inside = at >= this.#period.from;
    if (accepted && message !== null) {
      if (reading.to === "uncertain") this.#uncertain.add(message);
      else if (this.#uncertain.delete(message) && inside) this.#resolved += 1;
    }
    this.#stop(reading, inside);
    if (!inside) return;
    const about =
      message ?? reading.mailbox ?? (typeof reading.event["key"] === "string" ? reading.event["key"] : null);
    if (!accepted) {
      const reason = refusal ?? "unknown";
      this.#refusals.set(reason, (this.#refusals.get(reason) ?? 0) + 1);
      const kind = byRefusal.get(refusal);
      if (kind !== undefined) this.#add({ index, at, kind, by: principal, about });
      return;
    }
    const kind =
      type === "submit" && reading.to === "refused" && members(reading.event["verdict"])["blocked"] === true
        ? "recipient_blocked"
        : type === "dispatch" && reading.evidence["risk_rose"] !== undefined
          ? "returned_by_risk"
          : byType.get(type);
    if (kind !== undefined) {
      const { reviewer } = reading.event;
      const named = typeof reviewer === "string" && kind === "reviewer_revoked" ? reviewer : about;
      this.#add({ index, at, kind, by: principal, about: named });
    }
    if (type === "submit" && members(reading.event["verdict"])["held"] === true)
      this.#add({ index, at, kind: "held_by_risk", by: principal, about });
  }

  #stop(reading: Reading, inside: boolean): void {
    const { tenant, type, accepted, at, index, principal } = reading;
    if (accepted && type === "halt") {
      this.#open.set(tenant, { tenant, index, at, by: principal, refused: 0, handOvers: 0, finished: 0 });
      return;
    }
    const stop = this.#open.get(tenant);
    if (stop === undefined) return;
    if (accepted && type === "resume") {
      this.#open.delete(tenant);
      if (inside) this.#keep({ ...stop, resumedAt: at, resumedBy: principal });
    } else if (!accepted) {
      if (reading.refusal === "halted") stop.refused += 1;
    } else if (type === "dispatch") {
      if (reading.to === "dispatching") stop.handOvers += 1;
    } else if (reading.from === "dispatching") stop.finished += 1;
  }

  #keep(stop: Stop): void {
    this.#stopsTotal += 1;
    if (this.#stops.length < listed) this.#stops.push(stop);
  }

  finish(): IncidentsReport {
    for (const stop of this.#open.values()) this.#keep({ ...stop, resumedAt: null, resumedBy: null });
    return {
      counts: this.#counts,
      list: this.#list,
      total: this.#total,
      overTime: this.#overTime,
      resolved: this.#resolved,
      stillUncertain: this.#uncertain.size,
      stops: this.#stops,
      stopsTotal: this.#stopsTotal,
      refusals: [...this.#refusals].sort(([a, left], [b, right]) => (left !== right ? right - left : a < b ? -1 : 1)),
    };
  }
}
