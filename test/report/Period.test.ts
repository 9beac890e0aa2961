/** Moments, steps and durations as people write and read them. */
import { assert, describe, it } from "vitest";
import {
  durationText,
  instantText,
  momentOf,
  stepAt,
  stepsAtMost,
  stepsOf,
  stepText,
} from "../../src/report/Period.ts";
import { october } from "../support/tenantLog.ts";

const day = 86_400;

describe("period", () => {
  it("reads days and RFC 3339 with a zone, and nothing else", () => {
    assert.strictEqual(momentOf("2026-10-01"), october);
    assert.strictEqual(momentOf("2026-10-01T00:00:00Z"), october);
    assert.strictEqual(momentOf("2026-10-01T02:00:00+02:00"), october);
    assert.strictEqual(momentOf("2026-10-01T00:00:01.900Z"), october + 1);
    for (const text of [
      "",
      "today",
      "2026-10",
      "2026-13-01",
      "2026-02-31",
      "2026-02-30T00:00:00Z",
      "1960-01-01",
      "2026-10-01T00:00:00",
      "01.10.2026",
      "2026-10-01 00:00:00Z",
      "1790812800",
    ])
      assert.isNull(momentOf(text), text);
  });

  it("divides any period into at most so many steps that cover it", () => {
    for (const length of [
      1,
      59,
      3600,
      7 * 3600,
      3 * day,
      31 * day,
      62 * day,
      63 * day,
      366 * day,
      10 * 366 * day,
      300 * 366 * day,
    ]) {
      const steps = stepsOf({ from: october, to: october + length });
      assert.isAtMost(steps.count, stepsAtMost);
      assert.isAtLeast(steps.count, 1);
      assert.isAtLeast(steps.count * steps.width, length);
      assert.isBelow((steps.count - 1) * steps.width, length);
      assert.strictEqual(stepAt(steps, october), 0);
      assert.strictEqual(stepAt(steps, october + length - 1), steps.count - 1);
    }
    const month = stepsOf({ from: october, to: october + 31 * day });
    assert.deepEqual([month.count, month.word], [31, "day"]);
    assert.strictEqual(stepText(month, 30), "2026-10-31");
    assert.strictEqual(stepText(stepsOf({ from: october, to: october + day }), 5), "2026-10-01 05:00");
  });

  it("writes moments and durations", () => {
    assert.strictEqual(instantText(october + 61), "2026-10-01 00:01:01Z");
    const written = [0, 1, 60, 61, 3600, 3_661, 86_399, day, 400 * day + 3 * 3600 + 5].map(durationText);
    assert.deepEqual(written, [
      "0 s",
      "1 s",
      "1 min",
      "1 min 1 s",
      "1 h",
      "1 h 1 min",
      "23 h 59 min",
      "1 d",
      "400 d 3 h",
    ]);
  });
});
