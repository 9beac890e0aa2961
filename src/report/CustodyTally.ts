/** The log itself: what of it is shown, how old it is, and what was ordered about keeping and erasing. */
import { textsOf } from "../audit/leaf/members.ts";
import { listed } from "./ModeTally.ts";
import type { Period } from "./Period.ts";
import type { Reading } from "./Reading.ts";

export interface CustodyReport {
  /** Over everything shown up to the end of the period. `null` = nothing. */
  readonly firstIndex: number | null;
  readonly lastIndex: number | null;
  readonly firstAt: number | null;
  readonly lastAt: number | null;
  /** Entries shown up to the end of the period, and in it. */
  readonly entries: number;
  readonly inPeriod: number;
  readonly accepted: number;
  readonly refused: number;
  /** Entries between the first and the last that are not shown, or of which only the hash is. */
  readonly missing: number;
  /** Entries that came after one with a higher index: there must be none. */
  readonly outOfOrder: number;
  readonly afterPeriod: number;
  readonly byType: readonly (readonly [type: string, accepted: number, refused: number])[];
  readonly tenants: readonly string[];
  /** By tenant: days personal data are kept after a message ended; `null` = until someone asks. Absent = never set. */
  readonly retention: readonly {
    readonly tenant: string;
    readonly days: number | null;
    readonly at: number;
    readonly index: number;
  }[];
  readonly holdsPlaced: number;
  readonly holdsReleased: number;
  readonly holdsStanding: number;
  /** Messages whose personal data were erased in the period. */
  readonly erasedByRetention: number;
  readonly erasedOnRequest: number;
  readonly keysMade: number;
  readonly keysRevoked: number;
}

export class CustodyTally {
  readonly #period: Period;
  readonly #types = new Map<string, { accepted: number; refused: number }>();
  readonly #tenants = new Set<string>();
  readonly #retention = new Map<
    string,
    { readonly days: number | null; readonly at: number; readonly index: number }
  >();
  readonly #holds = new Set<string>();
  #first: { readonly index: number; readonly at: number } | null = null;
  #last: { readonly index: number; readonly at: number } | null = null;
  #entries = 0;
  #missing = 0;
  #outOfOrder = 0;
  #after = 0;
  #accepted = 0;
  #refused = 0;
  #placed = 0;
  #released = 0;
  #byRetention = 0;
  #onRequest = 0;
  #keysMade = 0;
  #keysRevoked = 0;

  constructor(period: Period) {
    this.#period = period;
  }

  /** Time of the last entry that could be read; 0 before the first. */
  get at(): number {
    return this.#last?.at ?? 0;
  }

  /** So many entries are in the log, but not shown. */
  withheld(count: number): void {
    this.#missing += count;
  }

  /** An entry came after one with a higher index. */
  outOfOrder(): void {
    this.#outOfOrder += 1;
  }

  after(): void {
    this.#after += 1;
  }

  take(reading: Reading): void {
    const { index, at, type, accepted, tenant, event } = reading;
    this.#first ??= { index, at };
    this.#last = { index, at };
    this.#entries += 1;
    this.#tenants.add(tenant);
    const inside = at >= this.#period.from;
    if (inside) {
      const counts = this.#types.get(type) ?? { accepted: 0, refused: 0 };
      counts[accepted ? "accepted" : "refused"] += 1;
      this.#types.set(type, counts);
      if (accepted) this.#accepted += 1;
      else this.#refused += 1;
    }
    if (!accepted) return;
    const { days, hold } = event;
    if (type === "set_retention" && (days === null || typeof days === "number"))
      this.#retention.set(tenant, { days, at, index });
    if (type === "legal_hold" && typeof hold === "string") this.#holds.add(hold);
    if (type === "release_hold" && typeof hold === "string") this.#holds.delete(hold);
    if (!inside) return;
    if (type === "legal_hold") this.#placed += 1;
    if (type === "release_hold") this.#released += 1;
    if (type === "create_key") this.#keysMade += 1;
    if (type === "revoke_key") this.#keysRevoked += 1;
    if (type === "erase") {
      if (event["cause"] === "retention") this.#byRetention += textsOf(event["messages"]).length;
      else this.#onRequest += textsOf(event["messages"]).length;
    }
  }

  finish(): CustodyReport {
    const [first, last] = [this.#first, this.#last];
    return {
      firstIndex: first?.index ?? null,
      lastIndex: last?.index ?? null,
      firstAt: first?.at ?? null,
      lastAt: last?.at ?? null,
      entries: this.#entries,
      inPeriod: this.#accepted + this.#refused,
      accepted: this.#accepted,
      refused: this.#refused,
      missing: this.#missing,
      outOfOrder: this.#outOfOrder,
      afterPeriod: this.#after,
      byType: [...this.#types]
        .map(([type, counts]) => [type, counts.accepted, counts.refused] as const)
        .sort(([a, n, m], [b, k, l]) => (n + m !== k + l ? k + l - n - m : a < b ? -1 : 1))
        .slice(0, listed),
      tenants: [...this.#tenants].sort(),
      retention: [...this.#retention]
        .map(([tenant, set]) => ({ tenant, ...set }))
        .sort((a, b) => (a.tenant < b.tenant ? -1 : 1)),
      holdsPlaced: this.#placed,
      holdsReleased: this.#released,
      holdsStanding: this.#holds.size,
      erasedByRetention: this.#byRetention,
      erasedOnRequest: this.#onRequest,
      keysMade: this.#keysMade,
      keysRevoked: this.#keysRevoked,
    };
  }
}
