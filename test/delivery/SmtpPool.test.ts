/** Sessions: shared, reused, replaced, and given up. */
import { assert, describe, it } from "@effect/vitest";
import { Effect, Fiber } from "effect";
import { layerSmtp } from "../../src/delivery/SmtpTransport.ts";
import { pauseAfter } from "../../src/delivery/smtp/Pool.ts";
import { Transport } from "../../src/delivery/Transport.ts";
import { handOver, through } from "./exchange.ts";
import { permitOf, text } from "./permit.ts";
import { scripted, type Script } from "./relay.ts";

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
          for (let i = 0; i < 100 && !relay.commands.includes("QUIT"); i += 1) yield* Effect.sleep("25 millis");
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

describe.concurrent("a relay that cannot be reached", () => {
  it.live("one attempt answers all who wait; until the next one all are answered at once", () => {
    const script: Script = { greeting: "421 4.3.2 not now close" };
    return through(
      () => script,
      { maxConnections: 4 },
      (transport, relay) =>
        Effect.gen(function* () {
          const results = yield* Effect.forEach(
            Array.from({ length: 30 }, () => permitOf()),
            (permit) => handOver(transport, permit),
            { concurrency: "unbounded" },
          );
          assert.isTrue(
            results.every((result) => result.type === "deferred" && /421 4\.3\.2 not now/.test(result.reply)),
          );
          const connections = relay.connections();
          assert.isAtMost(connections, 4);
          const started = performance.now();
          const slots = yield* transport.reserve(7);
          assert.strictEqual(slots.length, 7);
          for (const slot of slots) {
            assert.strictEqual((yield* slot.send(permitOf(), Effect.succeed(true))).type, "deferred");
          }
          assert.isBelow(performance.now() - started, 900);
          assert.strictEqual(relay.connections(), connections);
        }),
    );
  });

  it.live("is tried again after a second, by one connection at first, and serves again", () => {
    let script: Script = { greeting: "421 4.3.2 not now close" };
    return through(
      () => script,
      { maxConnections: 4 },
      (transport, relay) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* handOver(transport, permitOf())).type, "deferred");
          yield* Effect.sleep("1100 millis");
          const before = relay.connections();
          yield* Effect.forEach([1, 2, 3], () => handOver(transport, permitOf()), { concurrency: "unbounded" });
          assert.strictEqual(relay.connections(), before + 1);
          script = {};
          yield* Effect.sleep("2100 millis");
          const results = yield* Effect.forEach([1, 2, 3], () => handOver(transport, permitOf()), {
            concurrency: "unbounded",
          });
          assert.isTrue(results.every(({ type }) => type === "delivered"));
        }),
    );
  });

  it("waits 1 s, 2 s … 30 s", () => {
    assert.deepStrictEqual(
      [1, 2, 3, 4, 5, 6, 7, 1000].map(pauseAfter),
      [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000],
    );
  });

  it.live("a relay that allows fewer connections than we want: the ones it allows serve all", () => {
    let open = 0;
    const script: Script = {
      get greeting() {
        open += 1;
        return open > 2 ? "421 4.7.0 too many connections close" : "220 relay.test";
      },
    };
    return through(
      () => script,
      { maxConnections: 10 },
      (transport, relay) =>
        Effect.gen(function* () {
          const results = yield* Effect.forEach(
            Array.from({ length: 60 }, () => permitOf()),
            (permit) => handOver(transport, permit),
            { concurrency: "unbounded" },
          );
          assert.isTrue(results.every(({ type }) => type === "delivered"));
          assert.strictEqual(relay.contents.length, 60);
        }),
    );
  });

  it.live("closing answers all: who waits, who reserved, who is under way", () =>
    Effect.gen(function* () {
      const relay = yield* scripted(() => ({ greeting: "hang" }));
      const layer = layerSmtp({ url: `smtp://127.0.0.1:${relay.port}` });
      const fibers = yield* Effect.gen(function* () {
        const transport = yield* Transport;
        const waiting = yield* Effect.forEach([1, 2, 3], () => Effect.forkDetach(handOver(transport, permitOf())));
        yield* Effect.sleep("50 millis");
        return waiting;
      }).pipe(Effect.provide(layer));
      for (const fiber of fibers) {
        const result = yield* Fiber.join(fiber);
        assert.strictEqual(result.type, "deferred");
        assert.match(result.type === "deferred" ? result.reply : "", /shutting down/);
      }
      const held = yield* scripted(() => ({}));
      const slot = yield* Effect.gen(function* () {
        return (yield* (yield* Transport).reserve(1))[0]!;
      }).pipe(Effect.provide(layerSmtp({ url: `smtp://127.0.0.1:${held.port}` })));
      assert.strictEqual((yield* slot.send(permitOf(), Effect.succeed(true))).type, "deferred");
      assert.isFalse(held.commands.some((line) => line.startsWith("MAIL")));
    }).pipe(Effect.scoped),
  );
});

describe.concurrent("sessions and their limits", () => {
  it.live("a session is ended after so many messages", () =>
    through(
      () => ({}),
      { maxConnections: 1, maxMessages: 2 },
      (transport, relay) =>
        Effect.gen(function* () {
          for (let i = 0; i < 5; i += 1) {
            assert.strictEqual((yield* handOver(transport, permitOf())).type, "delivered");
          }
          assert.strictEqual(relay.connections(), 3);
        }),
    ),
  );

  it.live("an idle session that the server says goodbye to is replaced without a word", () => {
    let script: Script = {};
    return through(
      () => script,
      { maxConnections: 1 },
      (transport, relay) =>
        Effect.gen(function* () {
          script = { content: "250 taken\r\n421 4.4.2 idle close" };
          assert.strictEqual((yield* handOver(transport, permitOf())).type, "delivered");
          script = {};
          assert.strictEqual((yield* handOver(transport, permitOf())).type, "delivered");
          assert.strictEqual(relay.connections(), 2);
        }),
    );
  });

  it.live("a fresh session is made room for among those that are free", () => {
    let script: Script = {};
    return through(
      () => script,
      { maxConnections: 2 },
      (transport, relay) =>
        Effect.gen(function* () {
          // Two sessions, both used before.
          const slots = [...(yield* transport.reserve(2))];
          while (slots.length < 2) slots.push(...(yield* transport.reserve(1)));
          for (const slot of slots) yield* slot.send(permitOf(), Effect.succeed(true));
          let tired = 1;
          script = {
            get mail() {
              return tired-- > 0 ? "421 4.3.2 tired close" : "250 ok";
            },
          };
          assert.strictEqual((yield* handOver(transport, permitOf())).type, "delivered");
          assert.strictEqual(relay.connections(), 3);
          assert.strictEqual(relay.contents.length, 3);
        }),
    );
  });
});
