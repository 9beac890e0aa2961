/** The sessions behind the transport: few, used again, replaced when they died, and none of their messages sent twice. */
import { assert, describe, it } from "@effect/vitest";
import { Effect, Fiber, Layer, type Scope } from "effect";
import type { SmtpLimits } from "../../src/delivery/SmtpPool.ts";
import { layerSmtp } from "../../src/delivery/SmtpTransport.ts";
import { Transport } from "../../src/delivery/Transport.ts";
import { permitOf, scripted, text, type Relay, type Script } from "./relay.ts";

describe.concurrent("the pool", () => {
  const through = <A>(
    script: () => Script,
    limits: Partial<SmtpLimits>,
    body: (transport: Transport["Service"], relay: Relay) => Effect.Effect<A, never, Scope.Scope>,
  ) =>
    Effect.gen(function* () {
      const relay = yield* scripted(script);
      const context = yield* Layer.build(layerSmtp({ url: `smtp://127.0.0.1:${relay.port}`, limits }));
      return yield* Effect.provide(
        Effect.flatMap(Transport, (transport) => body(transport, relay)),
        context,
      );
    }).pipe(Effect.scoped);

  it.live("serves many over few sessions, each message once", () =>
    through(
      () => ({}),
      { maxConnections: 3 },
      (transport, relay) =>
        Effect.gen(function* () {
          const permits = Array.from({ length: 40 }, (_, i) => permitOf({ raw: text(`number ${i}\r\n`) }));
          const results = yield* Effect.forEach(permits, transport.send, { concurrency: "unbounded" });
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
          assert.strictEqual((yield* transport.send(permitOf())).type, "failed");
          script = {};
          assert.strictEqual((yield* transport.send(permitOf())).type, "delivered");
          assert.strictEqual(relay.connections(), 1);
          script = { content: "550 spam" };
          assert.strictEqual((yield* transport.send(permitOf())).type, "failed");
          script = {};
          assert.strictEqual((yield* transport.send(permitOf())).type, "delivered");
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
          yield* transport.send(permitOf());
          // The server is tired of this session and says so at the next MAIL.
          let tired = 1;
          script = {
            get mail() {
              return tired-- > 0 ? "421 4.3.2 bye" : "250 ok";
            },
          };
          assert.strictEqual((yield* transport.send(permitOf())).type, "delivered");
          assert.strictEqual(relay.connections(), 2);
          script = { mail: "die" };
          assert.strictEqual((yield* transport.send(permitOf())).type, "deferred");
          script = {};
          assert.strictEqual((yield* transport.send(permitOf())).type, "delivered");
          const { length } = relay.contents;
          script = { content: "die" };
          assert.strictEqual((yield* transport.send(permitOf())).type, "lost");
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
          yield* transport.send(permitOf());
          relay.cut();
          assert.strictEqual((yield* transport.send(permitOf())).type, "delivered");
          yield* Effect.sleep("250 millis");
          assert.include(relay.commands, "QUIT");
          assert.strictEqual((yield* transport.send(permitOf())).type, "delivered");
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
          const fiber = yield* Effect.forkChild(transport.send(permitOf()));
          yield* Effect.sleep("100 millis");
          yield* Fiber.interrupt(fiber);
          script = {};
          assert.strictEqual((yield* transport.send(permitOf())).type, "delivered");
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
          Effect.forkDetach(transport.send(permit)),
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
