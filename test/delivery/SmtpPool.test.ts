/** The sessions behind the transport: few, used again, replaced when they died, and none of their messages sent twice. */
import { assert, describe, it } from "@effect/vitest";
import { Effect, Fiber, Layer, type Scope } from "effect";
import type { SmtpLimits } from "../../src/delivery/SmtpPool.ts";
import { layerSmtp } from "../../src/delivery/SmtpTransport.ts";
import { Transport } from "../../src/delivery/Transport.ts";
import type { Receiver, Script } from "../support/receiver.ts";
import { permitOf, text } from "./permit.ts";
import { scripted } from "./sendTo.ts";
import { until } from "../support/time.ts";

describe.concurrent("the pool", () => {
  const through = <A>(
    script: Script,
    limits: Partial<SmtpLimits>,
    body: (transport: Transport["Service"], relay: Receiver) => Effect.Effect<A, never, Scope.Scope>,
  ) =>
    Effect.gen(function* () {
      const relay = yield* scripted(script);
      const context = yield* Layer.build(layerSmtp({ url: relay.url, limits }));
      return yield* Effect.provide(
        Effect.flatMap(Transport, (transport) => body(transport, relay)),
        context,
      );
    }).pipe(Effect.scoped);

  it.live("serves many over few sessions, each message once", () =>
    through({}, { maxConnections: 3 }, (transport, relay) =>
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

  it.live("goes on with the session after a refused message, and with a new one after a final reply", () =>
    through({ mail: "550 no" }, { maxConnections: 1 }, (transport, relay) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* transport.send(permitOf())).type, "failed");
        relay.script = {};
        assert.strictEqual((yield* transport.send(permitOf())).type, "delivered");
        assert.strictEqual(relay.connections(), 1);
        relay.script = { content: "550 spam" };
        assert.strictEqual((yield* transport.send(permitOf())).type, "failed");
        relay.script = {};
        assert.strictEqual((yield* transport.send(permitOf())).type, "delivered");
        assert.strictEqual(relay.contents.length, 3);
      }),
    ),
  );

  it.live("a reused session that died is replaced once, unless the content was taken", () =>
    through({}, { maxConnections: 2 }, (transport, relay) =>
      Effect.gen(function* () {
        yield* transport.send(permitOf());
        // The server is tired of this session and says so at the next MAIL.
        let tired = 1;
        relay.script = { mail: () => (tired-- > 0 ? "421 4.3.2 bye" : null) };
        assert.strictEqual((yield* transport.send(permitOf())).type, "delivered");
        assert.strictEqual(relay.connections(), 2);
        relay.script = { mail: "die" };
        assert.strictEqual((yield* transport.send(permitOf())).type, "deferred");
        relay.script = {};
        assert.strictEqual((yield* transport.send(permitOf())).type, "delivered");
        const { length } = relay.contents;
        relay.script = { content: "die" };
        assert.strictEqual((yield* transport.send(permitOf())).type, "lost");
        yield* Effect.sleep("300 millis");
        assert.strictEqual(relay.contents.length, length + 1);
      }),
    ),
  );

  it.live("sessions cut while idle, or closed for idleness, are opened anew", () =>
    through({}, { maxConnections: 2, idle: 100 }, (transport, relay) =>
      Effect.gen(function* () {
        yield* transport.send(permitOf());
        relay.cut();
        assert.strictEqual((yield* transport.send(permitOf())).type, "delivered");
        yield* Effect.promise(() => until(() => relay.commands.includes("QUIT")));
        assert.strictEqual((yield* transport.send(permitOf())).type, "delivered");
        assert.strictEqual(relay.contents.length, 3);
      }),
    ),
  );

  it.live("an interrupted hand-over ends its session, and the next message gets one", () =>
    through({ rcpt: "hang" }, { maxConnections: 1 }, (transport, relay) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(transport.send(permitOf()));
        yield* Effect.promise(() => until(() => relay.commands.some((line) => line.startsWith("RCPT"))));
        yield* Fiber.interrupt(fiber);
        relay.script = {};
        assert.strictEqual((yield* transport.send(permitOf())).type, "delivered");
        assert.strictEqual(relay.contents.length, 1);
      }),
    ),
  );

  it.live("when it closes, what waits is put off and what is on the wire is lost", () =>
    Effect.gen(function* () {
      const relay = yield* scripted({ content: "hang" });
      const layer = layerSmtp({ url: relay.url, limits: { maxConnections: 1 } });
      const fibers = yield* Effect.gen(function* () {
        const transport = yield* Transport;
        const sent = yield* Effect.forEach([permitOf(), permitOf()], (permit) =>
          Effect.forkDetach(transport.send(permit)),
        );
        yield* Effect.promise(() => until(() => relay.contents.length === 1));
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
