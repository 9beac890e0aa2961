/**
 * Many durations in little memory: their number, extremes, quantiles, and how many fall into each class.
 *
 * Whole seconds up to 4,095 are kept exactly; above, the last bits go, at most one part in 2,048 of the value. So quantiles
 * are exact below an hour, and within 0.05 % of the truth above.
 */

/** The classes people are shown: below so many seconds, and how they are called. */
export const classes: readonly (readonly [below: number, text: string])[] = [
  [10, "under 10 s"],
  [60, "10 s to 1 min"],
  [300, "1 to 5 min"],
  [900, "5 to 15 min"],
  [3_600, "15 to 60 min"],
  [14_400, "1 to 4 h"],
  [86_400, "4 to 24 h"],
  [Infinity, "24 h or more"],
];

const rounded = (seconds: number): number => {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, seconds))) - 11);
  return Math.floor(seconds / step) * step;
};

export class Durations {
  readonly #counts = new Map<number, number>();
  readonly #classes: number[] = classes.map(() => 0);
  #count = 0;
  #least = Infinity;
  #most = 0;

  /** Seconds, ≥ 0. */
  add(seconds: number): void {
    const key = rounded(seconds);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    const place = classes.findIndex(([below]) => seconds < below);
    this.#classes[place]! += 1;
    this.#count += 1;
    this.#least = Math.min(this.#least, seconds);
    this.#most = Math.max(this.#most, seconds);
  }

  get summary(): DurationSummary {
    return {
      count: this.#count,
      least: this.#count === 0 ? null : this.#least,
      most: this.#count === 0 ? null : this.#most,
      median: this.#quantile(0.5),
      p90: this.#quantile(0.9),
      classes: this.#classes,
    };
  }

  /** The smallest value that a share of `q` of all does not exceed (nearest rank). */
  #quantile(q: number): number | null {
    if (this.#count === 0) return null;
    const rank = Math.ceil(q * this.#count);
    let seen = 0;
    for (const key of [...this.#counts.keys()].sort((a, b) => a - b)) {
      seen += this.#counts.get(key)!;
      if (seen >= rank) return key;
    }
    return null;
  }
}

export interface DurationSummary {
  readonly count: number;
  /** Seconds; `null` where there are none. */
  readonly least: number | null;
  readonly most: number | null;
  readonly median: number | null;
  readonly p90: number | null;
  /** Numbers in `classes`, in their order. */
  readonly classes: readonly number[];
}
