import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { score } from "../../../src/risk/policy/score.ts";
import { isHeld } from "../../../src/risk/RiskVerdict.ts";
import {
  DEFAULT_HOLD_THRESHOLD,
  HABITS,
  NOT_KNOWING,
  WEIGHTS,
  type SignalName,
} from "../../../src/risk/policy/Weights.ts";

const all = Object.entries(WEIGHTS);
const weightsOf = (names: readonly SignalName[]) => names.map((name) => WEIGHTS[name].weight);

describe("the weights", () => {
  it("OV-96 weights-as-stated: are those of the specification, all of them and no others", () => {
    const spec = readFileSync(new URL("../../../spec/scoring.md", import.meta.url), "utf8");
    const rows = [
      ...spec.slice(spec.indexOf("## Weights")).matchAll(/^\| `(\w+)` +\| +(\d+) \| (?:`(\w+)`)? *\|$/gm),
    ].map(([, name, weight, flag]) => [name, Number(weight), flag ?? null]);
    expect(rows).toEqual(all.map(([name, { weight, flag }]) => [name, weight, flag]));
  });

  it("score as the specification's example says", () => {
    expect(score(weightsOf(["lookalike_confusable", "newly_registered", "source_failed"]))).toBe(9_700);
  });

  it("are whole basis points", () => {
    for (const [name, { weight }] of all)
      expect(Number.isInteger(weight) && weight >= 0 && weight <= 10_000, name).toBe(true);
  });

  it("hold for every named danger alone", () => {
    const dangers = all.filter(([, { flag }]) => flag !== null && flag !== "unknown");
    expect(dangers.length).toBeGreaterThan(12);
    for (const [name, { weight }] of dangers) {
      expect(isHeld({ score: score([weight]), unknown: false }, DEFAULT_HOLD_THRESHOLD), name).toBe(true);
    }
  });

  it("never count not knowing as clean, and do not hold for it, even four times", () => {
    const unknown = all.filter(([, { flag, weight }]) => flag === "unknown" && weight < DEFAULT_HOLD_THRESHOLD);
    expect(unknown.map(([name]) => name).toSorted()).toEqual(NOT_KNOWING.toSorted());
    for (const [name, { weight }] of unknown) {
      expect(weight, name).toBeGreaterThan(0);
      expect(score([weight, weight, weight, weight]), name).toBeLessThan(DEFAULT_HOLD_THRESHOLD);
    }
  });

  it("leave a domain with nothing against it under 2500, and without a flag", () => {
    expect(score(weightsOf(HABITS))).toBeLessThan(2_500);
    for (const name of HABITS) expect(WEIGHTS[name].flag, name).toBe(null);
  });

  it("have no other small finding without a flag than a trace: not enough alone, not nothing", () => {
    const traces = all.filter(
      ([name, { flag, weight }]) => flag === null && weight > 0 && !HABITS.includes(name as SignalName),
    );
    for (const [name, { weight }] of traces) {
      expect(weight, name).toBeGreaterThanOrEqual(1_500);
      expect(weight, name).toBeLessThanOrEqual(5_000);
    }
  });
});
