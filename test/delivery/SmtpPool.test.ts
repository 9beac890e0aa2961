/** Sessions: shared, reused, replaced, and given up. */
import { assert, describe, it } from "@effect/vitest";
import { Effect, Fiber } from "effect";
import { layerSmtp } from "../../src/delivery/SmtpTransport.ts";
import { Transport } from "../../src/delivery/Transport.ts";
import { handOver, through } from "./exchange.ts";
import { permitOf, scripted, text, type Script } from "./relay.ts";

describe.concurrent("the pool", () => {
  it.live("serves many over few sessions, each message once", () =>
    through(
      () => ({}),
      { maxConnections: 3 },
      (transport, relay) =>
        Effect.gen(function* () {
          const permits = Array.from({ length: 40 }, (_, i) => permitOf({ raw: text(`number ${i}\r\n`) }));
          const results = yield* Effect.forEach(permits, (permit) => handOver(transport, permit), {
            concurrency: "unbounded",
          });
          assert.isTrue(results.every(({ type }) => type === "delivered"));
          assert.isAtMost(relay.connections(), 3);
          assert.strictEqual(new Set(relay.contents).size, 40);
          assert.strictEqual(relay.contents.length, 40);
        }),
    ),
  );

  it.live("goes on with the session after a refused message, and with a new one after a final reply", () => {
    let script: Script = { mail: "550 no" };
    return through(
      () => script,
      { maxConnections: 1 },
      (transport, relay) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* handOver(transport, permitOf())).type, "failed");
          script = {};
          assert.strictEqual((yield* handOver(transport, permitOf())).type, "delivered");
          assert.strictEqual(relay.connections(), 1);
          script = { content: "550 spam" };
          assert.strictEqual((yield* handOver(transport, permitOf())).type, "failed");
          script = {};
          assert.strictEqual((yield* handOver(transport, permitOf())).type, "delivered");
          assert.strictEqual(relay.contents.length, 3);
        }),
    );
  });

  it.live("a reused session that died is replaced once, unless the content was taken", () => {
    let script: Script = {};
    return through(
      () => script,
      { maxConnections: 2 },
      (transport, relay) =>
        Effect.gen(function* () {
          yield* handOver(transport, permitOf());
          // The server is tired of this session and says so at the next MAIL.
          let tired = 1;
          script = {
            get mail() {
              return tired-- > 0 ? "421 4.3.2 bye" : "250 ok";
            },
          };
          assert.strictEqual((yield* handOver(transport, permitOf())).type, "delivered");
          assert.strictEqual(relay.connections(), 2);
          script = { mail: "die" };
          assert.strictEqual((yield* handOver(transport, permitOf())).type, "deferred");
          script = {};
          assert.strictEqual((yield* handOver(transport, permitOf())).type, "delivered");
          const { length } = relay.contents;
          script = { content: "die" };
          assert.strictEqual((yield* handOver(transport, permitOf())).type, "lost");
          yield* Effect.sleep("300 millis");
          assert.strictEqual(relay.contents.length, length + 1);
        }),
    );
  });

  it.live("sessions cut while idle, or closed for idleness, are opened anew", () =>
    through(
      () => ({}),
      { maxConnections: 2, idle: 100 },
      (transport, relay) =>
        Effect.gen(function* () {
          yield* handOver(transport, permitOf());
          relay.cut();
          assert.strictEqual((yield* handOver(transport, permitOf())).type, "delivered");
          yield* Effect.sleep("250 millis");
          assert.include(relay.commands, "QUIT");
          assert.strictEqual((yield* handOver(transport, permitOf())).type, "delivered");
          assert.strictEqual(relay.contents.length, 3);
        }),
    ),
  );

  it.live("an interrupted hand-over ends its session, and the next message gets one", () => {
    let script: Script = { rcpt: "hang" };
    return through(
      () => script,
      { maxConnections: 1 },
      (transport, relay) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(handOver(transport, permitOf()));
          yield* Effect.sleep("100 millis");
          yield* Fiber.interrupt(fiber);
          script = {};
          assert.strictEqual((yield* handOver(transport, permitOf())).type, "delivered");
          assert.strictEqual(relay.contents.length, 1);
        }),
    );
  });

  it.live("when it closes, what waits is put off and what is on the wire is lost", () =>
    Effect.gen(function* () {
      const relay = yield* scripted(() => ({ content: "hang" }));
      const layer = layerSmtp({ url: `smtp://127.0.0.1:${relay.port}`, limits: { maxConnections: 1 } });
      const fibers = yield* Effect.gen(function* () {
        const transport = yield* Transport;
        const sent = yield* Effect.forEach([permitOf(), permitOf()], (permit) =>
          Effect.forkDetach(handOver(transport, permit)),
        );
        yield* Effect.sleep("100 millis");
        return sent;
      }).pipe(Effect.provide(layer));
      const results = yield* Effect.forEach(fibers, Fiber.join);
      assert.deepStrictEqual(
        results.map(({ type }) => type),
        ["lost", "deferred"],
      );
    }).pipe(Effect.scoped),
  );
});
