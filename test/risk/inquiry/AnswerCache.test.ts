import fc from "fast-check";
import { assert, describe, it } from "vitest";
import { besides, keyOf, lifetime, makeAnswerCache, STALE_SECONDS } from "../../../src/risk/inquiry/AnswerCache.ts";
import { failed, finding, type Finding } from "../../../src/risk/RiskSource.ts";
import { score } from "../../../src/risk/policy/score.ts";

const evidence = { source: "s", version: "1" };
const clean = finding("mail_exchange", evidence);
const danger = finding("block_listed_threat", evidence);
const failure = failed("s", "1", "down", 0);
const names = (findings: readonly Finding[]) => findings.map(({ name, stale }) => `${name}${stale ? " stale" : ""}`);

describe("the answer cache", () => {
  it("never holds more than its capacity, and lets go first of what nobody asked for longest", () => {
    const cache = makeAnswerCache(3);
    for (const key of ["a", "b", "c"]) cache.put(key, [clean], 0);
    cache.get("a", 0);
    for (let i = 0; i < 1_000; i++) {
      cache.put(`k${i}`, [clean], 0);
      cache.get("a", 0);
    }
    assert.strictEqual(cache.size(), 3);
    assert.isNotNull(cache.get("a", 0));
    assert.isNull(cache.get("b", 0));
  });

  it("believes an answer as long as the shortest-lived of its findings, and nothing that is no number", () => {
    assert.strictEqual(lifetime([clean, danger]), 3_600);
    assert.strictEqual(lifetime([clean, { ...danger, keepFor: Number.NaN }]), 0);
    assert.strictEqual(lifetime([{ ...clean, keepFor: 1e12 }]), 86_400);
    assert.strictEqual(lifetime([{ ...clean, keepFor: -5 }]), 0);
  });

  it("keeps a fresh answer when the source fails, and danger even after its time", () => {
    for (const [before, later] of [
      [[clean], [] as string[]],
      [[danger], ["block_listed_threat stale"]],
    ] as const) {
      const cache = makeAnswerCache();
      const { until } = cache.put("k", before, 0);
      cache.put("k", [failure], 10);
      assert.deepEqual(cache.get("k", 10)?.findings, before);
      assert.strictEqual(cache.get("k", 10)?.failure?.until, 310);
      const entry = cache.get("k", until);
      assert.deepEqual(names(besides([failure], entry, until)), [...later, "source_failed"]);
      cache.put("k", [failure], until);
      assert.deepEqual(names(besides([failure], cache.get("k", until + 1), until + 1)).slice(0, later.length), later);
      assert.isNull(cache.get("k", until + STALE_SECONDS));
    }
  });

  it("is not changed by whoever holds what was put or got", () => {
    const cache = makeAnswerCache();
    const mine = [{ ...danger }];
    cache.put("k", mine, 0);
    (mine[0] as { weight: number }).weight = 0;
    mine.length = 0;
    assert.throws(() => ((cache.get("k", 0)!.findings[0] as { weight: number }).weight = 0));
    assert.strictEqual(cache.get("k", 0)!.findings[0]!.weight, danger.weight);
  });

  it("keeps sources, versions and names apart, whatever is in them", () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.string(), fc.string(), fc.string()),
        fc.tuple(fc.string(), fc.string(), fc.string()),
        (a, b) => {
          assert.strictEqual(keyOf(...a) === keyOf(...b), JSON.stringify(a) === JSON.stringify(b));
        },
      ),
    );
    assert.notStrictEqual(keyOf('a","b', "c", "d"), keyOf("a", 'b","c', "d"));
  });

  it("a source that fails after it spoke never lowers what it said", () => {
    const weigh = fc.record({
      weight: fc.integer({ min: 0, max: 10_000 }),
      keepFor: fc.integer({ min: 0, max: 90_000 }),
    });
    fc.assert(
      fc.property(fc.array(weigh, { minLength: 1, maxLength: 4 }), fc.nat(100_000), (weights, after) => {
        const cache = makeAnswerCache();
        const said = weights.map((one): Finding => ({ ...clean, ...one }));
        cache.put("k", said, 0);
        const silent = besides([failure], cache.get("k", after), after);
        const sum = (findings: readonly Finding[]) => score(findings.map(({ weight }) => weight));
        assert.isAtLeast(sum(silent), sum(said));
        assert.isAtLeast(sum(silent), failure.weight);
      }),
    );
  });
});
