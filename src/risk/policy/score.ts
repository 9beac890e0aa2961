/**
 * The risk score: a noisy-or over the weights of the signals, on naturals only.
 *
 *     survive s []        = s
 *     survive s (w :: ws) = survive ((s * (10000 - w)) / 10000) ws        -- natural division, rounding down
 *     score ws            = 10000 - survive 10000 (ws sorted, largest first)
 *
 * - Bounded: `survive` never exceeds what it starts with, so 0 ≤ score ≤ 10000 (`score_bounded`).
 * - Monotone: one step never raises `s`, and a larger `s` never gives a smaller result, so a weight put anywhere into
 *   the list never raises what survives, and never lowers the score (`score_monotone`). Rounding down is what makes it
 *   so for all inputs; rounding to nearest would not.
 * - Order does not count: rounding makes `survive` depend on order by a basis point or two, hence the sort.
 *
 * **Gotchas**
 * - All intermediate values stay below 2^27: any language's machine integers do.
 * @spec OV-90 OV-91 OV-92 OV-93 OV-94
 */

/** Basis points in a whole. */
export const WHOLE = 10_000;

/**
 * A weight as the score takes it: a natural of at most 10000. Fractions round up, and what is no number at all counts
 * as certainty, so that a broken source can only tighten.
 */
export const weightOf = (weight: number): number =>
  Number.isNaN(weight) ? WHOLE : Math.min(WHOLE, Math.max(0, Math.ceil(weight)));

/** What survives of `s` after each weight in turn, rounding down at each step. */
export const survive = (s: number, weights: readonly number[]): number =>
  weights.reduce((left, weight) => Math.floor((left * (WHOLE - weight)) / WHOLE), s);

/** The noisy-or of the weights, 0 … 10000. No weights: 0. */
export const score = (weights: readonly number[]): number =>
  WHOLE -
  survive(
    WHOLE,
    weights.map(weightOf).sort((a, b) => b - a),
  );

/** The score of a message from the scores of its domains: the highest. One bad domain is not diluted by good ones. @spec OV-95 */
export const highest = (scores: readonly number[]): number => scores.reduce((a, b) => Math.max(a, b), 0);
