import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { highest, score, survive, weightOf, WHOLE } from "../../../src/risk/policy/score.ts";
import { isHeld, scoreShown } from "../../../src/risk/RiskVerdict.ts";

const weight = fc.integer({ min: 0, max: WHOLE });
const weights = fc.array(weight, { maxLength: 40 });
/** The exact noisy-or, in rationals, rounded up once: what the integer score approximates from above. */
const exact = (ws: readonly number[]): number => {
  const numerator = ws.reduce((product, w) => product * BigInt(WHOLE - w), BigInt(WHOLE));
  return WHOLE - Number(numerator / BigInt(WHOLE) ** BigInt(ws.length));
};

describe("score", () => {
  it("OV-90 score-bounded: a natural of at most 10000", () => {
    fc.assert(
      fc.property(weights, (ws) => {
        const result = score(ws);
        expect(Number.isInteger(result) && result >= 0 && result <= WHOLE).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it("OV-91 score-monotone: adding a signal never lowers the score, wherever it is put", () => {
    fc.assert(
      fc.property(weights, weight, fc.nat(), (ws, added, at) => {
        const more = ws.toSpliced(at % (ws.length + 1), 0, added);
        expect(score(more)).toBeGreaterThanOrEqual(score(ws));
      }),
      { numRuns: 5_000 },
    );
  });

  it("OV-92 score-monotone-in-weight: raising a weight never lowers the score", () => {
    fc.assert(
      fc.property(fc.array(weight, { minLength: 1, maxLength: 20 }), fc.nat(), weight, (ws, at, by) => {
        const i = at % ws.length;
        expect(score(ws.with(i, Math.min(WHOLE, ws[i]! + by)))).toBeGreaterThanOrEqual(score(ws));
      }),
      { numRuns: 5_000 },
    );
  });

  it("OV-93 score-order-free: does not depend on the order of the signals", () => {
    fc.assert(
      fc.property(
        weights.chain((ws) => fc.tuple(fc.constant(ws), fc.shuffledSubarray(ws, { minLength: ws.length }))),
        ([ws, shuffled]) => score(shuffled) === score(ws),
      ),
      { numRuns: 2_000 },
    );
    // Without the sort it would: rounding remembers the order.
    expect([survive(WHOLE, [1, 24, 1_234]), survive(WHOLE, [1_234, 1, 24])]).toEqual([8_744, 8_743]);
  });

  it("OV-94 score-at-least-each: is at least the heaviest signal, and never under the exact noisy-or, nor more than a point per signal over", () => {
    fc.assert(
      fc.property(weights, (ws) => {
        expect(score(ws)).toBeGreaterThanOrEqual(highest(ws));
        expect(score(ws)).toBeGreaterThanOrEqual(exact(ws));
        expect(score(ws)).toBeLessThanOrEqual(exact(ws) + ws.length);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    [[], 0],
    [[0], 0],
    [[10_000], 10_000],
    [[5_000, 5_000], 7_500],
    [[2_000, 8_000], 8_400],
    [[1, 1], 2],
    [[9_999, 9_999], 10_000],
  ])("of %j is %i", (ws, expected) => expect(score(ws)).toBe(expected));

  it.each([
    [Number.NaN, WHOLE],
    [Number.POSITIVE_INFINITY, WHOLE],
    [20_000, WHOLE],
    [-5, 0],
    [0.2, 1],
  ])("takes a weight of %d as %i: what is out of range can only tighten", (given, taken) => {
    expect(weightOf(given)).toBe(taken);
  });

  it("is shown as a fraction", () => expect(scoreShown(1_234)).toBe(0.1234));
});

describe("isHeld", () => {
  const verdict = { score: 7_000, unknown: false };
  it("holds over the threshold, not at it", () => {
    expect(isHeld(verdict, 7_000)).toBe(false);
    expect(isHeld({ ...verdict, score: 7_001 }, 7_000)).toBe(true);
  });
  it.each([Number.NaN, -1, 10_001, 0.7])("holds by an unreadable threshold: %d", (threshold) => {
    expect(isHeld({ score: 0, unknown: false }, threshold)).toBe(true);
  });
  it("holds a score that is no number", () => {
    expect(isHeld({ score: Number.NaN, unknown: false }, 7_000)).toBe(true);
  });
  it("holds the unknown where policy says so", () => {
    expect(isHeld({ score: 2_000, unknown: true }, 7_000)).toBe(false);
    expect(isHeld({ score: 2_000, unknown: true }, 7_000, true)).toBe(true);
    expect(isHeld({ score: 0, unknown: false }, 7_000, true)).toBe(false);
  });
});
