import { assert, describe, it } from "@effect/vitest";
import { Deferred, Effect, Exit, Fiber } from "effect";
import { coalesced } from "../../../src/oversight/judgement/coalesced.ts";

interface Key {
  readonly tenant: string;
  readonly mailbox: string | null;
}
const textOf = ({ tenant, mailbox }: Key): string => `${tenant}/${mailbox}`;
const key = (tenant: string, mailbox: string | null = null): Key => ({ tenant, mailbox });

/** A read that counts, waits at a gate, and answers how many there were before it. */
const counted = (gate: Effect.Effect<void> = Effect.void) => {
  const asked: string[] = [];
  const read = coalesced(textOf, ({ tenant, mailbox }) =>
    Effect.suspend(() => {
      const before = asked.push(`${tenant}/${mailbox}`) - 1;
      return Effect.as(gate, before);
    }),
  );
  return { asked, read };
};

describe("coalesced", () => {
  it.effect("is one read for all that ask for the same at a moment, and one for each key", () =>
    Effect.gen(function* () {
      const { asked, read } = counted();
      const keys = [key("a"), key("a", "m1"), key("b"), key("a"), key("a", "m1"), key("b")];
      const answers = yield* Effect.forEach(keys, read, { concurrency: "unbounded" });
      assert.deepStrictEqual(asked, ["a/null", "a/m1", "b/null"]);
      assert.deepStrictEqual(answers, [0, 1, 2, 0, 1, 2]);
    }),
  );

  it.effect("never answers with what was read before the question", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>();
      const { asked, read } = counted(Deferred.await(gate));
      const first = yield* Effect.forkChild(read(key("a")), { startImmediately: true });
      yield* Effect.yieldNow;
      yield* Effect.yieldNow;
      assert.lengthOf(asked, 1);
      // It has begun: this one comes too late for it.
      const second = yield* Effect.forkChild(read(key("a")), { startImmediately: true });
      yield* Deferred.succeed(gate, undefined);
      assert.deepStrictEqual([yield* Fiber.join(first), yield* Fiber.join(second)], [0, 1]);
    }),
  );

  it.effect("goes on when the caller that asked first is interrupted, before and after the read begins", () =>
    Effect.gen(function* () {
      for (const yields of [0, 2]) {
        const gate = yield* Deferred.make<void>();
        const { asked, read } = counted(Deferred.await(gate));
        const first = yield* Effect.forkChild(read(key("a")), { startImmediately: true });
        const second = yield* Effect.forkChild(read(key("a")), { startImmediately: true });
        for (let i = 0; i < yields; i++) yield* Effect.yieldNow;
        yield* Fiber.interrupt(first);
        yield* Deferred.succeed(gate, undefined);
        assert.strictEqual(yield* Fiber.join(second), 0);
        assert.lengthOf(asked, 1);
      }
    }),
  );

  it.effect("fails for all that share it, and is tried again for the next", () =>
    Effect.gen(function* () {
      let reads = 0;
      const read = coalesced(textOf, () =>
        Effect.suspend(() => (reads++ === 0 ? Effect.fail("away") : Effect.succeed("here"))),
      );
      const exits = yield* Effect.forEach([key("a"), key("a")], (one) => Effect.exit(read(one)), {
        concurrency: "unbounded",
      });
      assert.deepStrictEqual(exits, [Exit.fail("away"), Exit.fail("away")]);
      assert.strictEqual(yield* read(key("a")), "here");
      assert.strictEqual(reads, 2);
    }),
  );

  it.effect("hands on a defect", () =>
    Effect.gen(function* () {
      const read = coalesced(textOf, () => Effect.die(new Error("broken")));
      const exit = yield* Effect.exit(read(key("a")));
      assert.isTrue(Exit.isFailure(exit));
      assert.include(String(exit), "broken");
    }),
  );
});
