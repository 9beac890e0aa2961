/** Quantiles in little memory against quantiles of everything. */
import fc from "fast-check";
import { assert, describe, it } from "vitest";
import { classes, Durations } from "../../src/report/Durations.ts";

const naive = (values: readonly number[], q: number): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(q * values.length) - 1]!;

describe("durations", () => {
  it("is exact below an hour, and within 0.05 % above", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.nat(100), fc.nat(4_095), fc.nat(40_000_000)), { minLength: 1, maxLength: 200 }),
        (values) => {
          const durations = new Durations();
          for (const value of values) durations.add(value);
          const { count, least, most, median, p90, classes: numbers } = durations.summary;
          assert.strictEqual(count, values.length);
          assert.strictEqual(least, Math.min(...values));
          assert.strictEqual(most, Math.max(...values));
          for (const [found, q] of [
            [median, 0.5],
            [p90, 0.9],
          ] as const) {
            const wanted = naive(values, q);
            if (wanted <= 4_095) assert.strictEqual(found, wanted);
            else assert.isTrue(found! <= wanted && found! >= wanted * 0.9995, `${found} for ${wanted}`);
          }
          let below = 0;
          for (const [i, [limit]] of classes.entries()) {
            assert.strictEqual(numbers[i], values.filter((it) => it >= below && it < limit).length);
            below = limit;
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("says nothing of nothing", () => {
    const { count, least, median, p90 } = new Durations().summary;
    assert.deepEqual([count, least, median, p90], [0, null, null, null]);
  });

  it("keeps little, however much it is given", () => {
    const durations = new Durations();
    for (let i = 0; i < 300_000; i++) durations.add((i * 7919) % 31_622_400);
    const median = durations.summary.median!;
    assert.isTrue(Math.abs(median / 15_811_200 - 1) < 0.02, String(median));
  });
});
