/** The evaluation says what it says of this code, and counts right. */
import { readFileSync } from "node:fs";
import { Effect } from "effect";
import { assert, describe, it } from "vitest";
import { CORRESPONDENTS, forgeries, PHISHING, TOP_SITES } from "./datasets.ts";
import { evaluate, SEED } from "./evaluate.ts";
import { at, auc, roc, type Scored } from "./metrics.ts";

const scored = (bad: readonly number[], good: readonly number[]): readonly Scored[] => [
  ...bad.map((score, i) => ({ domain: `bad${i}`, score, isBad: true })),
  ...good.map((score, i) => ({ domain: `good${i}`, score, isBad: false })),
];

describe("the measures", () => {
  it("count as they are defined", () => {
    const all = scored([9_000, 8_000, 7_000], [7_001, 0, 0, 0]);
    assert.deepEqual(at(7_000, all), {
      truePositives: 2,
      falsePositives: 1,
      positives: 3,
      negatives: 4,
      precision: 2 / 3,
      recall: 2 / 3,
      falsePositiveRate: 1 / 4,
    });
    assert.isNull(at(10_000, all).precision);
  });

  it("the area is the chance that a bad one scores higher, ties half", () => {
    const pairs = (bad: readonly number[], good: readonly number[]) => {
      let sum = 0;
      for (const b of bad) for (const g of good) sum += b > g ? 1 : b === g ? 0.5 : 0;
      return sum / (bad.length * good.length);
    };
    for (const [bad, good] of [
      [[1], [0]],
      [[0], [1]],
      [[5], [5]],
      [
        [9, 8, 8, 3],
        [8, 3, 3, 0, 0],
      ],
    ] as const) {
      assert.closeTo(auc(scored(bad, good)), pairs(bad, good), 1e-12);
    }
    assert.deepEqual(roc(scored([1], [0])).at(-1), [1, 1]);
  });
});

describe("the data", () => {
  it("is there, and what is made is made the same every time, of names that are not real ones", () => {
    assert.isAbove(PHISHING.length, 10_000);
    assert.isAbove(TOP_SITES.length, 400);
    const forged = forgeries(SEED);
    assert.deepEqual(forgeries(SEED), forged);
    assert.notDeepEqual(forgeries(SEED + 1), forged);
    assert.isAbove(forged.length, CORRESPONDENTS.length * 8);
    const real = new Set(TOP_SITES);
    assert.isFalse(forged.some(({ domain }) => real.has(domain)));
  });
});

it("the committed results are those of this code; if not, run npm run eval:risk and look at what changed", async () => {
  const committed = JSON.parse(readFileSync(new URL("results/risk.json", import.meta.url), "utf8"));
  assert.deepEqual(JSON.parse(JSON.stringify(await Effect.runPromise(evaluate))), committed);
}, 60_000);
