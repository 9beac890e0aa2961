/**
 * The compliance report as data: the fold of a log over a period. `Tally` takes the entries in order, from the log's first
 * one on (what was before the period sets the stage and is not counted); `report` gives the numbers.
 *
 * - Pure, and a function of its input alone: the same entries give the same report. The only moment in it that is not of the log
 *   is `generatedAt`, which the caller gives.
 * - Memory grows with the mailboxes, people and messages that are open at one time, not with the length of the log.
 */
import { CustodyTally, type CustodyReport } from "./CustodyTally.ts";
import { DecisionTally, type DecisionsReport } from "./DecisionTally.ts";
import { DeliveryTally, type DeliveriesReport } from "./DeliveryTally.ts";
import { IncidentTally, type IncidentsReport } from "./IncidentTally.ts";
import { ModeTally, type ModesReport } from "./ModeTally.ts";
import { type Period, type Steps, stepsOf } from "./Period.ts";
import { readingOf } from "./Reading.ts";

/** What is known of the log behind the report. */
export interface Provenance {
  /** Where the entries were read: `the export log.jsonl`, `the store`. */
  readonly source: string;
  /** Of the export's octets, hex; `null` for a store. */
  readonly sha256: string | null;
  /** The log's name, if it was given. */
  readonly origin: string | null;
  /**
   * - `sound`: checked before anything was counted, and found whole and lawful.
   * - `unsound`: checked, and a fault was found: the numbers may be false.
   * - `undecided`: the check could not be completed.
   * - `unchecked`: there was no check.
   */
  readonly verification: "sound" | "unsound" | "undecided" | "unchecked";
  /** What the check found, for people; one sentence each. */
  readonly findings: readonly string[];
}

export interface Report {
  readonly period: Period;
  readonly steps: Steps;
  /** Seconds; `null` when the caller gave none. */
  readonly generatedAt: number | null;
  /** The end of the period, or when the report was made if that is earlier: modes and stops are counted up to there. */
  readonly until: number;
  /** Only entries of this tenant were counted; `null` = all. */
  readonly tenant: string | null;
  readonly provenance: Provenance;
  readonly custody: CustodyReport;
  readonly modes: ModesReport;
  readonly decisions: DecisionsReport;
  readonly deliveries: DeliveriesReport;
  readonly incidents: IncidentsReport;
}

/** A fold under way. */
export class Tally {
  readonly #period: Period;
  readonly #steps: Steps;
  readonly #tenant: string | null;
  readonly #custody: CustodyTally;
  readonly #modes: ModeTally;
  readonly #decisions: DecisionTally;
  readonly #deliveries: DeliveryTally;
  readonly #incidents: IncidentTally;
  /** The index after the last entry seen; `null` before the first. */
  #next: number | null = null;
  #firstIndex: number | null = null;

  constructor(period: Period, tenant: string | null = null) {
    this.#period = period;
    this.#tenant = tenant;
    this.#steps = stepsOf(period);
    this.#custody = new CustodyTally(period);
    this.#modes = new ModeTally(period, this.#steps);
    this.#decisions = new DecisionTally(period, this.#steps);
    this.#deliveries = new DeliveryTally(period);
    this.#incidents = new IncidentTally(period, this.#steps);
  }

  #seen(index: number): void {
    this.#firstIndex ??= index;
    const next = this.#next ?? index;
    if (index < next) this.#custody.outOfOrder();
    else this.#custody.withheld(index - next);
    this.#next = Math.max(next, index + 1);
  }

  /** The next entry. Indices must rise. */
  take(index: number, leaf: string): void {
    this.#seen(index);
    const reading = readingOf(index, leaf);
    if (reading === null) {
      this.#incidents.unreadable(index, this.#custody.at);
      return;
    }
    if (this.#tenant !== null && reading.tenant !== this.#tenant) return;
    if (reading.at >= this.#period.to) {
      this.#custody.after();
      return;
    }
    this.#custody.take(reading);
    this.#modes.take(reading);
    this.#decisions.take(reading);
    this.#deliveries.take(reading);
    this.#incidents.take(reading);
  }

  /** An unreadable entry, after the one taken last. */
  unreadable(): void {
    this.#incidents.unreadable(this.#next ?? 0, this.#custody.at);
  }

  /** An entry of which only the hash is shown. */
  withheld(index: number): void {
    this.#seen(index);
    this.#custody.withheld(1);
  }

  /** Ends the fold; call it once. */
  report(about: { readonly provenance: Provenance; readonly generatedAt: number | null }): Report {
    const until = Math.min(this.#period.to, about.generatedAt ?? this.#period.to);
    const custody = this.#custody.finish();
    return {
      period: this.#period,
      steps: this.#steps,
      generatedAt: about.generatedAt,
      until,
      tenant: this.#tenant,
      provenance: about.provenance,
      custody,
      modes: this.#modes.finish(until),
      decisions: this.#decisions.finish(this.#firstIndex === 0 && custody.missing === 0),
      deliveries: this.#deliveries.finish(),
      incidents: this.#incidents.finish(),
    };
  }
}
