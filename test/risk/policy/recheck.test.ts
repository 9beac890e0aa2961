import fc from "fast-check";
import { assert, describe, it } from "vitest";
import { changeOf, hasRisen, shownRisk } from "../../../src/risk/policy/recheck.ts";
import { score } from "../../../src/risk/policy/score.ts";
import { WEIGHTS } from "../../../src/risk/policy/Weights.ts";

const risk = (points: number, held: boolean) => ({ score: points, held });

describe("risk has risen", () => {
  it("when it is held now and was not, or one more strong finding came", () => {
    assert.isTrue(hasRisen(risk(6_900, false), risk(7_001, true)));
    assert.isTrue(hasRisen(risk(7_500, true), risk(score([7_500, 9_000]), true)));
    assert.isTrue(hasRisen(risk(9_900, true), risk(10_000, true)));
    assert.isFalse(hasRisen(risk(9_000, false), risk(9_000, false)));
    assert.isFalse(hasRisen(risk(9_000, true), risk(9_000, true)));
    assert.isFalse(hasRisen(risk(10_000, true), risk(10_000, true)));
    assert.isFalse(hasRisen(risk(9_000, true), risk(8_000, true)));
  });

  it("for every score that held: any finding of weight 5000 or more raises it, a failing source does not", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 9_500 }), { maxLength: 4 }),
        fc.integer({ min: 5_000, max: 10_000 }),
        (weights, more) => {
          const before = score(weights);
          fc.pre(before < 9_990);
          assert.isTrue(hasRisen(risk(before, true), risk(score([...weights, more]), true)));
          assert.isFalse(hasRisen(risk(before, true), risk(score([...weights, WEIGHTS.source_failed.weight]), true)));
        },
      ),
    );
  });

  it("never says that what is not held sends anything back: that is not its word to give", () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.boolean(), fc.nat(10_000), (then, held, now) => {
        assert.isFalse(hasRisen(risk(then, held), risk(now, false)));
      }),
    );
  });
});

describe("what people were shown", () => {
  it("is nothing, where it cannot be read", () => {
    for (const stored of [
      null,
      undefined,
      7,
      "x",
      {},
      { score: "9000", held: 1 },
      { score: -1 },
      { score: 1e9, signals: [1] },
    ]) {
      assert.deepEqual(shownRisk(stored), { score: 0, held: false, signals: [] });
    }
  });

  it("against what is found: what is new, or weighs more", () => {
    const signal = (name: string, weight: number, domain = "a.org") => ({
      domain,
      name,
      weight,
      source: "s",
      version: "1",
      fetched_at: null,
      stale: false,
    });
    const shown = shownRisk({ score: 5_000, held: true, signals: [signal("old", 5_000), signal("grew", 100)] });
    const now = [signal("old", 5_000), signal("grew", 200), signal("old", 5_000, "b.org"), signal("zero", 0)];
    const change = changeOf(shown, { score: 8_000, signals: now });
    assert.deepEqual([change.from, change.to], [5_000, 8_000]);
    assert.deepEqual(
      change.signals.map(({ name, domain }) => `${name} ${domain}`),
      ["grew a.org", "old b.org"],
    );
  });
});
