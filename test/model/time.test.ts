import { assert, describe, it } from "@effect/vitest";
import { Effect } from "effect";
import { TestClock } from "effect/testing";
import { instant, LAST_INSTANT, nowSeconds, toSeconds } from "../../src/model/time.ts";

describe("moments", () => {
  it.effect("are whole seconds of the clock, rounded down", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_999);
      assert.strictEqual(yield* nowSeconds, 1);
      assert.strictEqual(toSeconds(-1), -1);
    }),
  );

  it("are written in RFC 3339, in four digits for the year up to the last", () => {
    assert.strictEqual(instant(0), "1970-01-01T00:00:00.000Z");
    assert.strictEqual(instant(LAST_INSTANT), "9999-12-31T23:59:59.000Z");
    assert.strictEqual(instant(LAST_INSTANT + 1), "+010000-01-01T00:00:00.000Z");
  });
});
