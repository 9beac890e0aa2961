/** The loop between Oversight and the wire, on a clock of its own: order, bounds, leases, recovery, and outcomes that must not be lost. */
import { assert, describe, it } from "@effect/vitest";
import { Deferred, Effect, Latch } from "effect";
import { TestClock } from "effect/testing";
import { away, broken, claimed, delivered, dispatcherOver } from "./dispatcherOver.ts";

/** Lets everything run that can run without time going by. */
const settleDown = Effect.repeat(TestClock.adjust(0), { times: 5 });
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `m${i}`);

describe("the dispatcher", () => {
  it.effect("asks, sends, reports: in that order, for all that is there at once", () =>
    Effect.gen(function* () {
      const { seen, enqueue } = yield* dispatcherOver({});
      yield* enqueue("a", "b");
      yield* settleDown;
      assert.deepStrictEqual(
        seen.filter((line) => !line.startsWith("claim")),
        ["dispatch a b", "send a", "send b", "settle a delivered", "settle b delivered"].sort(
          (left, right) => seen.indexOf(left) - seen.indexOf(right),
        ),
      );
      assert.isBelow(seen.indexOf("dispatch a b"), seen.indexOf("send a"));
      assert.isBelow(seen.indexOf("send a"), seen.indexOf("settle a delivered"));
    }),
  );

  it.effect("sends nothing without a permit", () =>
    Effect.gen(function* () {
      const { about, enqueue } = yield* dispatcherOver({
        dispatch: (_, permits) => Effect.succeed(permits.filter(({ content }) => content.message === "b")),
      });
      yield* enqueue("a", "b", "c");
      yield* settleDown;
      assert.deepStrictEqual(about("send"), ["send b"]);
      assert.deepStrictEqual(about("recover"), []);
    }),
  );

  it.effect("never has more permits than connections, nor asks for more than a batch", () =>
    Effect.gen(function* () {
      const { about, enqueue, now, settled } = yield* dispatcherOver({
        settings: { batchLimit: 3 },
        connections: 5,
        send: () => Effect.as(Effect.sleep("1 second"), delivered),
      });
      yield* enqueue(...numbered(40));
      yield* settleDown;
      assert.strictEqual(now.sending, 5);
      assert.strictEqual(now.permits, 5);
      yield* TestClock.adjust("60 seconds");
      assert.strictEqual(now.most, 5);
      assert.isTrue(about("dispatch").every((line) => line.split(" ").length <= 4));
      assert.strictEqual(settled.length, 40);
      assert.deepStrictEqual(
        about("send").map((line) => line.slice(5)),
        numbered(40),
      );
    }),
  );

  it.effect("takes what is due from the outbox every few seconds, and at once when there is more", () =>
    Effect.gen(function* () {
      const rows = numbered(150).map((message) => claimed(message, "queued", { tries: 2 }));
      const { about, settled } = yield* dispatcherOver({ claim: () => rows.splice(0, 64) });
      yield* settleDown;
      assert.deepStrictEqual(about("claim"), ["claim 0"]);
      for (let i = 0; i < 20; i++) yield* TestClock.adjust("100 millis");
      assert.strictEqual(settled.length, 150);
      assert.deepStrictEqual(about("claim"), ["claim 0", "claim 0", "claim 0"]);
      yield* TestClock.adjust("10 seconds");
      assert.strictEqual(about("claim").length, 5);
    }),
  );

  it.effect("OV-32 a hand-over that a dead process left is recovered, not repeated", () =>
    Effect.gen(function* () {
      const rows = [claimed("dead", "dispatching"), claimed("due", "queued"), claimed("gone", "cancelled")];
      const { about } = yield* dispatcherOver({ claim: () => rows.splice(0) });
      yield* settleDown;
      assert.deepStrictEqual(about("recover"), ["recover dead"]);
      assert.deepStrictEqual(about("dispatch"), ["dispatch due"]);
      assert.deepStrictEqual(about("send"), ["send due"]);
    }),
  );

  it.effect("what is in hand is not taken for abandoned when its lease lapsed", () =>
    Effect.gen(function* () {
      const { about, enqueue } = yield* dispatcherOver({
        send: () => Effect.never,
        claim: () => [claimed("a", "dispatching")],
      });
      yield* enqueue("a");
      yield* TestClock.adjust("20 seconds");
      assert.deepStrictEqual(about("recover"), []);
      assert.deepStrictEqual(about("send"), ["send a"]);
    }),
  );

  it.effect("a copy is dispatched wherever its message is, and put back for an hour when there is no permit", () =>
    Effect.gen(function* () {
      const rows = ["a", "b"].map((message) => claimed(message, "delivered", { kind: "copy", tries: 3 }));
      const { about } = yield* dispatcherOver({
        claim: () => rows.splice(0),
        dispatch: (_, permits) => Effect.succeed(permits.filter(({ content }) => content.message === "a")),
      });
      yield* settleDown;
      assert.deepStrictEqual(about("dispatch"), ["dispatch copy:a copy:b"]);
      assert.deepStrictEqual(about("settle"), ["settle a delivered"]);
      assert.deepStrictEqual(about("defer copy"), ["defer copy b 3600 4"]);
    }),
  );

  it.effect("keeps its leases while work is in hand, and only then", () =>
    Effect.gen(function* () {
      const { about, enqueue } = yield* dispatcherOver({
        send: () => Effect.as(Effect.sleep("50 seconds"), delivered),
      });
      yield* TestClock.adjust("100 seconds");
      assert.deepStrictEqual(about("renew"), []);
      yield* enqueue("a");
      yield* TestClock.adjust("300 seconds");
      // Every 20 seconds, from 100 to 150.
      assert.deepStrictEqual(about("renew"), ["renew 180", "renew 200"]);
    }),
  );
});

describe("when the store is away", () => {
  it.effect("an outcome is offered until it is taken", () =>
    Effect.gen(function* () {
      let failures = 20;
      const { about, settled, enqueue } = yield* dispatcherOver({
        settle: () => Effect.suspend(() => (failures-- > 0 ? Effect.fail(away) : Effect.void)),
      });
      yield* enqueue("a");
      yield* TestClock.adjust("20 minutes");
      assert.deepStrictEqual(settled, [["a", delivered]]);
      assert.strictEqual(about("settle").length, 21);
      assert.deepStrictEqual(about("send"), ["send a"]);
    }),
  );

  it.effect("outcomes in memory are bounded: no permits are asked for beyond that", () =>
    Effect.gen(function* () {
      const back = yield* Latch.make(false);
      const { now, settled, enqueue } = yield* dispatcherOver({
        settings: { unsettledLimit: 10 },
        settle: () => (Latch.isOpen(back) ? Effect.void : Effect.fail(away)),
      });
      yield* enqueue(...numbered(30));
      yield* TestClock.adjust("10 minutes");
      assert.strictEqual(now.mostUnsettled, 10);
      assert.strictEqual(settled.length, 0);
      yield* back.open;
      yield* TestClock.adjust("10 minutes");
      assert.strictEqual(settled.length, 30);
    }),
  );

  it.effect("an outcome that Oversight refuses is not offered again", () =>
    Effect.gen(function* () {
      const { about, enqueue, settled } = yield* dispatcherOver({
        settle: (message) => (message === "a" ? Effect.fail(broken) : Effect.void),
      });
      yield* enqueue("a", "b");
      yield* TestClock.adjust("10 minutes");
      assert.strictEqual(about("settle a").length, 1);
      assert.strictEqual(settled.length, 1);
    }),
  );

  it.effect("permits are asked for again; one that may have been made and lost is recovered", () =>
    Effect.gen(function* () {
      let failures = 3;
      const { about, enqueue } = yield* dispatcherOver({
        dispatch: (_, permits) =>
          Effect.suspend(() =>
            failures-- > 0
              ? Effect.fail(away)
              : Effect.succeed(permits.filter(({ content }) => content.message !== "a")),
          ),
      });
      yield* enqueue("a", "b");
      yield* TestClock.adjust("5 minutes");
      assert.strictEqual(about("dispatch").length, 4);
      assert.deepStrictEqual(about("send"), ["send b"]);
      assert.deepStrictEqual(about("recover"), ["recover a"]);
    }),
  );

  it.effect("a message that is on the wire is not recovered because its row came twice", () =>
    Effect.gen(function* () {
      let asked = 0;
      const { about, enqueue, settled } = yield* dispatcherOver({
        dispatch: (_, permits) =>
          Effect.suspend(() => {
            asked++;
            if (asked === 2) return Effect.fail(away);
            return Effect.succeed(asked === 1 ? permits : []);
          }),
        send: () => Effect.as(Effect.sleep("1 minute"), delivered),
      });
      yield* enqueue("a");
      yield* settleDown;
      yield* enqueue("a");
      yield* TestClock.adjust("2 minutes");
      assert.strictEqual(asked, 3);
      assert.deepStrictEqual(about("recover"), []);
      assert.deepStrictEqual(settled, [["a", delivered]]);
    }),
  );

  it.effect("one row that cannot be answered for holds up nobody, and is asked again", () =>
    Effect.gen(function* () {
      let cured = false;
      const { settled, enqueue } = yield* dispatcherOver({
        dispatch: (rows, permits) =>
          rows.some(({ message }) => message === "bad") && !cured ? Effect.die("a bug") : Effect.succeed(permits),
      });
      yield* enqueue("a", "bad", "b");
      yield* settleDown;
      assert.deepStrictEqual(settled.map(([message]) => message).sort(), ["a", "b"]);
      cured = true;
      yield* TestClock.adjust("2 minutes");
      assert.strictEqual(settled.length, 3);
    }),
  );

  it.effect("a transport that breaks leaves an uncertain message, not a forgotten one", () =>
    Effect.gen(function* () {
      const { settled, enqueue } = yield* dispatcherOver({ send: () => Effect.die(new Error("a bug")) });
      yield* enqueue("a");
      yield* settleDown;
      assert.strictEqual(settled[0]?.[1].type, "lost");
    }),
  );

  it.effect("the outbox is looked into again after it could not be read", () =>
    Effect.gen(function* () {
      let looks = 0;
      const { settled } = yield* dispatcherOver({
        claim: () => {
          if (looks++ < 2) throw new Error("gone");
          return looks === 3 ? [claimed("a", "queued")] : [];
        },
      });
      yield* TestClock.adjust("11 seconds");
      assert.strictEqual(settled.length, 1);
    }),
  );
});

describe("on stop", () => {
  it.effect("it takes nothing more, lets the wire finish, reports, and gives its leases up", () =>
    Effect.gen(function* () {
      const { about, enqueue, seen, settled, stop } = yield* dispatcherOver({
        connections: 2,
        send: () => Effect.as(Effect.sleep("10 seconds"), delivered),
      });
      yield* enqueue("a", "b", "c");
      yield* settleDown;
      const ended = yield* Effect.forkChild(stop);
      yield* TestClock.adjust("9 seconds");
      assert.strictEqual(settled.length, 0);
      yield* TestClock.adjust("1 second");
      yield* Effect.yieldNow;
      assert.deepStrictEqual(settled.map(([message]) => message).sort(), ["a", "b"]);
      assert.deepStrictEqual(about("send"), ["send a", "send b"]);
      assert.strictEqual(seen.at(-1), "renew 10");
      assert.isNotNull(ended.pollUnsafe() ?? null);
    }),
  );

  it.effect("it waits no longer than it should, and leaves the rest to be recovered", () =>
    Effect.gen(function* () {
      const { about, enqueue, now, settled, stop } = yield* dispatcherOver({
        settings: { drainSeconds: 5 },
        send: () => Effect.never,
      });
      yield* enqueue("a");
      yield* settleDown;
      const ended = yield* Effect.forkChild(stop);
      yield* TestClock.adjust("4 seconds");
      assert.strictEqual(now.sending, 1);
      yield* TestClock.adjust("1 second");
      yield* Effect.yieldNow;
      assert.isNotNull(ended.pollUnsafe() ?? null);
      assert.strictEqual(now.sending, 0);
      assert.strictEqual(settled.length, 0);
      assert.deepStrictEqual(about("renew"), ["renew 5"]);
    }),
  );

  it.effect("a permit being made is still carried", () =>
    Effect.gen(function* () {
      const made = yield* Deferred.make<void>();
      const { enqueue, settled, stop } = yield* dispatcherOver({
        dispatch: (_, permits) => Effect.as(Deferred.await(made), permits),
      });
      yield* enqueue("a");
      yield* settleDown;
      const ended = yield* Effect.forkChild(stop);
      yield* settleDown;
      yield* Deferred.succeed(made, undefined);
      yield* settleDown;
      yield* Effect.yieldNow;
      assert.deepStrictEqual(settled, [["a", delivered]]);
      assert.isNotNull(ended.pollUnsafe() ?? null);
    }),
  );
});
