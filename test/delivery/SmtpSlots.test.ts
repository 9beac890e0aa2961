/** OV-29 A connection first, then the permit: what a stop can still take back, and what it cannot. */
import { assert, describe, it } from "@effect/vitest";
import { Effect, Exit, Fiber, Latch } from "effect";
import { recall, spend, type DeliveryPermit } from "../../src/contracts/DeliveryPermit.ts";
import { deferredFor, handOver, pipelined, through } from "./exchange.ts";
import { permitOf } from "./permit.ts";
import type { Relay, Script } from "./relay.ts";

const no = Effect.succeed(false);
const yes = Effect.succeed(true);
const begun = (relay: Relay) => relay.commands.filter((line) => line.startsWith("MAIL")).length;

describe.concurrent("OV-29 a slot", () => {
  for (const [mode, base] of [
    ["in step", {}],
    ["pipelined", { ehlo: pipelined }],
  ] as const satisfies readonly (readonly [string, Script])[]) {
    it.live(
      `${mode}: what may not begin, or was taken back, is recalled; no byte of it leaves, and the session serves others`,
      () =>
        through(
          () => base,
          { maxConnections: 1 },
          (transport, relay) =>
            Effect.gen(function* () {
              const stopped = permitOf();
              assert.deepStrictEqual(yield* handOver(transport, stopped, no), { type: "recalled" });
              // It was not spent.
              assert.strictEqual(spend(stopped), "spent");
              const withdrawn = permitOf();
              recall(withdrawn);
              assert.deepStrictEqual(yield* handOver(transport, withdrawn), { type: "recalled" });
              const meanwhile = permitOf();
              const asked = Effect.as(
                Effect.andThen(
                  Effect.sleep("20 millis"),
                  Effect.sync(() => recall(meanwhile)),
                ),
                true,
              );
              assert.deepStrictEqual(yield* handOver(transport, meanwhile, asked), { type: "recalled" });
              assert.strictEqual(begun(relay), 0);
              assert.strictEqual((yield* handOver(transport, permitOf())).type, "delivered");
              assert.strictEqual(relay.connections(), 1);
            }),
        ),
    );
  }

  it.live("a permit is not spent before the first byte, and cannot be taken back after it", () =>
    through(
      () => ({ mail: "hang" }),
      { maxConnections: 1, silence: 300 },
      (transport, relay) =>
        Effect.gen(function* () {
          const permit = permitOf();
          const asked = yield* Latch.make(false);
          const go = yield* Latch.make(false);
          const question = Effect.as(Effect.andThen(asked.open, go.await), true);
          const fiber = yield* Effect.forkChild(handOver(transport, permit, question));
          yield* asked.await;
          yield* Effect.sleep("50 millis");
          assert.strictEqual(begun(relay), 0);
          yield* go.open;
          while (begun(relay) === 0) yield* Effect.sleep("5 millis");
          assert.isFalse(recall(permit));
          assert.strictEqual((yield* Fiber.join(fiber)).type, "deferred");
        }),
    ),
  );

  it.live("is used once", () =>
    through(
      () => ({}),
      { maxConnections: 1 },
      (transport, relay) =>
        Effect.gen(function* () {
          const [slot] = yield* transport.reserve(5);
          assert.strictEqual((yield* slot!.send(permitOf(), yes)).type, "delivered");
          assert.isTrue(Exit.isFailure(yield* Effect.exit(slot!.send(permitOf(), yes))));
          // A second release must not put the session into the pool twice.
          slot!.release();
          slot!.release();
          const [first] = yield* transport.reserve(5);
          const waiting = yield* Effect.forkChild(transport.reserve(5));
          yield* Effect.sleep("50 millis");
          assert.isUndefined(waiting.pollUnsafe());
          first!.release();
          const [second] = yield* Fiber.join(waiting);
          assert.isTrue(Exit.isFailure(yield* Effect.exit(first!.send(permitOf(), yes))));
          assert.strictEqual((yield* second!.send(permitOf(), yes)).type, "delivered");
          assert.strictEqual(relay.connections(), 1);
        }),
    ),
  );

  it.live("interrupted while it asks, it gives its session back", () =>
    through(
      () => ({}),
      { maxConnections: 1 },
      (transport, relay) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(handOver(transport, permitOf(), Effect.never));
          yield* Effect.sleep("100 millis");
          yield* Fiber.interrupt(fiber);
          assert.strictEqual((yield* handOver(transport, permitOf())).type, "delivered");
          assert.strictEqual(relay.connections(), 1);
        }),
    ),
  );

  it.live("interrupted while it waits, a reservation takes nothing", () =>
    through(
      () => ({}),
      { maxConnections: 1 },
      (transport) =>
        Effect.gen(function* () {
          const [only] = yield* transport.reserve(1);
          const waiting = yield* Effect.forkChild(transport.reserve(1));
          yield* Effect.sleep("20 millis");
          yield* Fiber.interrupt(waiting);
          only!.release();
          const [again] = yield* transport.reserve(1);
          assert.strictEqual((yield* again!.send(permitOf(), yes)).type, "delivered");
        }),
    ),
  );

  it.live("a session that died while it was held is replaced, and the question is asked after that", () =>
    through(
      () => ({}),
      { maxConnections: 1 },
      (transport, relay) =>
        Effect.gen(function* () {
          const [slot] = yield* transport.reserve(1);
          relay.cut();
          yield* Effect.sleep("50 millis");
          let connections = 0;
          const question = Effect.sync(() => {
            connections = relay.connections();
            return true;
          });
          assert.strictEqual((yield* slot!.send(permitOf(), question)).type, "delivered");
          assert.strictEqual(connections, 2);
        }),
    ),
  );

  it.live("a reused session dies under MAIL: the message is asked for again, and a stop in between counts", () => {
    let script: Script = {};
    return through(
      () => script,
      { maxConnections: 1 },
      (transport, relay) =>
        Effect.gen(function* () {
          yield* handOver(transport, permitOf());
          script = { mail: "421 4.3.2 tired close" };
          const answers = [true, false];
          const permit = permitOf({ recipients: ["ann@there.test", "bob@there.test"] });
          const before = Math.floor(Date.now() / 1000);
          const result = yield* handOver(
            transport,
            permit,
            Effect.sync(() => answers.shift()!),
          );
          assert.deepStrictEqual(deferredFor(result), ["ann@there.test", "bob@there.test"]);
          // There is nothing to wait for.
          assert.isTrue(result.type === "deferred" && result.retryAt >= before && result.retryAt <= before + 5);
          assert.deepStrictEqual(answers, []);
          assert.strictEqual(begun(relay), 2);
          assert.strictEqual(relay.connections(), 2);
        }),
    );
  });

  it.live("many slots at once, one for each session that is ready, and more as they open", () =>
    through(
      () => ({}),
      { maxConnections: 3 },
      (transport, relay) =>
        Effect.gen(function* () {
          const slots = [...(yield* transport.reserve(10))];
          while (slots.length < 3) slots.push(...(yield* transport.reserve(10)));
          assert.strictEqual(relay.connections(), 3);
          for (const slot of slots) slot.release();
          assert.strictEqual((yield* transport.reserve(2)).length, 2);
          assert.strictEqual((yield* transport.reserve(10)).length, 1);
          assert.strictEqual(relay.connections(), 3);
        }),
    ),
  );

  it.live("a misused permit dies, and the session serves others", () =>
    through(
      () => ({}),
      { maxConnections: 1 },
      (transport, relay) =>
        Effect.gen(function* () {
          const spent: DeliveryPermit = permitOf();
          spend(spent);
          assert.isTrue(Exit.isFailure(yield* Effect.exit(handOver(transport, spent))));
          assert.strictEqual((yield* handOver(transport, permitOf())).type, "delivered");
          assert.strictEqual(begun(relay), 1);
          assert.strictEqual(relay.connections(), 1);
        }),
    ),
  );
});
