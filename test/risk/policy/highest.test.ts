import { describe, expect, it } from "vitest";
import { highest } from "../../../src/risk/policy/score.ts";

describe("highest", () => {
  it("is the worst domain's score, wherever it stands", () => {
    expect(highest([7_500, 0, 20])).toBe(7_500);
    expect(highest([0, 20, 7_500])).toBe(7_500);
    expect(highest([])).toBe(0);
  });
});
