/** Moments in a request: what is UTC, and what is no moment. */
import { describe, expect, it } from "vitest";
import { secondsOf } from "../../src/requests/moment.ts";

describe("secondsOf", () => {
  it.each([
    ["2026-01-31T09:00:00Z", 1_769_850_000],
    ["2026-01-31T09:00:00+00:00", 1_769_850_000],
    ["2026-01-31T09:00Z", 1_769_850_000],
    ["2026-01-31T09:00+00:00", 1_769_850_000],
    ["2026-01-31T08:59:59.000000001+00:00", 1_769_849_999],
    ["2026-01-31T08:59:59.001+00:00", 1_769_850_000],
  ])("%s is %i", (text, seconds) => {
    expect(secondsOf(text)).toBe(seconds);
  });

  it.each([
    "2026-01-31T09:00:00",
    "2026-01-31T09:00:00+01:00",
    "2026-01-31T09:00:00-00:00",
    "2026-01-31T09:00:00+0000",
    "2026-01-31T09:00:00+00",
    "2026-01-31T09:00:00Z+00:00",
    "2026-02-30T09:00:00+00:00",
    "2026-01-31",
    "",
  ])("%j is no moment", (text) => {
    expect(secondsOf(text)).toBeNull();
  });
});
