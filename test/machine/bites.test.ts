/**
 * Every theorem bites: a machine with one defect planted breaks the theorem that forbids it, and on some trace breaks
 * nothing else, so that it is this theorem and no neighbour that saw it.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sabotagesDeciding } from "./sabotages-deciding.ts";
import { sabotagesLeaving } from "./sabotages-leaving.ts";
import { judge, type Theorem } from "./theorem.ts";
import { deciding } from "./theorems-deciding.ts";
import { leaving } from "./theorems-leaving.ts";
import { plans } from "./plans.ts";
import { run } from "./traces.ts";

const theorems: readonly Theorem[] = [...leaving, ...deciding];
const sabotages = [...sabotagesLeaving, ...sabotagesDeciding];
const drawn = fc.sample(plans, { seed: 20_260_102, numRuns: 1_200 });

describe("sabotage", () => {
  for (const { breaks, how, step, record, with: also = [] } of sabotages) {
    const theorem = theorems.find(({ name }) => name === breaks);
    it(`${theorem?.clause} ${theorem?.slug}: ${breaks} sees that ${how}`, () => {
      const wanted = [breaks, ...also].sort();
      const seen = new Set<string>();
      const at = drawn.findIndex((plan) => {
        const violated = [...judge(run(plan, step, record), theorems).violated.keys()].sort();
        for (const name of violated) seen.add(name);
        return violated.join() === wanted.join();
      });
      expect(at, `caught alone; seen on the way: ${[...seen].join(", ") || "nothing"}`).toBeGreaterThanOrEqual(0);
      expect(judge(run(drawn[at]!), theorems).violated.size, "the honest machine on the same plan").toBe(0);
    });
  }

  it("OV-1 one-door: every theorem has a defect that it catches", () => {
    const covered = new Set(sabotages.map(({ breaks }) => breaks));
    expect(theorems.map(({ name }) => name).filter((name) => !covered.has(name))).toEqual([]);
  });
});
