/** When a message is tried again, and when no more. */
import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { defaultSchedule, handOverOf, nextTryAt } from "../../src/delivery/RetrySchedule.ts";

const day = 86_400;
const content = {
  kind: "message",
  tries: 0,
  createdAt: 0,
  recipients: ["a@x.test", "b@x.test"],
  partly: false,
  refused: [],
} as const;
const c = { address: "c@x.test", reply: "550 no" };
const deferred = {
  type: "deferred",
  reply: "451 later",
  remaining: [{ address: "b@x.test", reply: "450 full" }],
  refused: [c],
  partly: true,
  atOnce: false,
} as const;

/** A message that is refused each time, tried on time: the moments of its tries, in seconds. */
const life = (firstTry: number, dice: number): number[] => {
  const moments = [firstTry];
  for (let tries = 0; tries < 200; tries++) {
    const next = nextTryAt(defaultSchedule, { tries, createdAt: 0, now: moments.at(-1)!, dice });
    if (next === null) return moments;
    moments.push(next);
  }
  throw new Error("never given up");
};

describe("the retry schedule", () => {
  it("waits 5 minutes, doubles to 4 hours, and ends after 5 days with a last try", () => {
    const moments = life(0, 0);
    const waits = moments.slice(1).map((moment, i) => moment - moments[i]!);
    expect(waits.slice(0, 8)).toEqual([300, 600, 1200, 2400, 4800, 9600, 14400, 14400]);
    expect(moments.at(-1)).toBe(5 * day);
    expect(moments.length).toBeGreaterThan(30);
  });

  it("tries a message that waited a week for its reviewer for a day all the same", () => {
    const moments = life(7 * day, 0);
    expect(moments.at(-1)! - moments[0]!).toBeGreaterThanOrEqual(day);
    expect(moments.at(-1)! - moments[0]!).toBeLessThan(day + 2 * defaultSchedule.longest);
  });

  it("always moves on, within bounds, and always ends", () => {
    fc.assert(
      fc.property(fc.nat(20 * day), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (start, dice) => {
        const moments = life(start, dice);
        for (const [i, moment] of moments.slice(1).entries()) {
          const wait = moment - moments[i]!;
          expect(wait).toBeGreaterThanOrEqual(1);
          expect(wait).toBeLessThanOrEqual(defaultSchedule.longest * (1 + defaultSchedule.jitter));
          expect(Number.isInteger(moment)).toBe(true);
        }
        expect(moments.at(-1)!).toBeLessThanOrEqual(Math.max(5 * day, start + day + 2 * defaultSchedule.longest));
      }),
      { numRuns: 200 },
    );
  });

  it("spreads retries by a tenth at most", () => {
    expect(nextTryAt(defaultSchedule, { tries: 0, createdAt: 0, now: 1000, dice: 0 })).toBe(1300);
    expect(nextTryAt(defaultSchedule, { tries: 0, createdAt: 0, now: 1000, dice: 0.999 })).toBe(1330);
    expect(nextTryAt(defaultSchedule, { tries: 5000, createdAt: 0, now: 1000, dice: 0 })).toBe(15_400);
  });
});

describe("an outcome as the contract has it", () => {
  const soon = { now: 100, dice: 0 };
  const late = { now: 6 * day, dice: 0 };
  const old = { ...content, tries: 40 };

  it("names who is still to be served", () => {
    expect(handOverOf(deferred, content, defaultSchedule, soon)).toEqual({
      type: "deferred",
      reply: "451 later",
      retryAt: 400,
      remaining: ["b@x.test"],
      refused: [c],
      partly: true,
    });
  });

  it("what was stopped waits for nothing", () => {
    expect(handOverOf({ ...deferred, atOnce: true }, old, defaultSchedule, late)).toMatchObject({
      type: "deferred",
      retryAt: 6 * day,
    });
  });

  it("given up: failed, or delivered to those who took it; all others are refused by name", () => {
    const refused = [c, { address: "b@x.test", reply: "450 full" }];
    const reply = "451 later (given up after 41 tries)";
    const failed = { ...deferred, partly: false };
    expect(handOverOf(failed, old, defaultSchedule, late)).toEqual({ type: "failed", reply, refused });
    expect(handOverOf(deferred, old, defaultSchedule, late)).toEqual({ type: "delivered", reply, refused });
    expect(handOverOf(failed, { ...old, partly: true }, defaultSchedule, late)).toEqual({
      type: "delivered",
      reply,
      refused,
    });
  });

  it("remembers who was refused and whether somebody was served by earlier tries", () => {
    const earlier = { ...content, partly: true, refused: [{ address: "d@x.test", reply: "551 moved" }] };
    const refused = [...earlier.refused, c];
    const failed = { type: "failed", reply: "550 no", refused: [c] } as const;
    expect(handOverOf(failed, earlier, defaultSchedule, soon)).toEqual({ type: "delivered", reply: "550 no", refused });
    expect(handOverOf({ ...failed, type: "delivered" }, earlier, defaultSchedule, soon)).toMatchObject({ refused });
    expect(handOverOf({ ...deferred, partly: false }, earlier, defaultSchedule, soon)).toMatchObject({
      refused,
      partly: true,
    });
    // Each once, by the reply that came first.
    const again = { ...failed, refused: [{ address: "d@x.test", reply: "550 never heard of" }] };
    expect(handOverOf(again, earlier, defaultSchedule, soon)).toMatchObject({ refused: earlier.refused });
  });

  it("lost is lost, but a copy that nobody answered for goes out again", () => {
    const lost = {
      type: "lost",
      reply: "closed",
      remaining: content.recipients.map((address) => ({ address, reply: "closed" })),
      refused: [],
      partly: false,
    } as const;
    expect(handOverOf(lost, content, defaultSchedule, soon)).toEqual({ ...lost, remaining: content.recipients });
    expect(handOverOf(lost, { ...content, kind: "copy" }, defaultSchedule, soon)).toEqual({
      type: "deferred",
      reply: "closed",
      retryAt: 400,
      remaining: content.recipients,
      refused: [],
      partly: false,
    });
  });
});
