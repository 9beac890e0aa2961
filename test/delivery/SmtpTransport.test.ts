/** What leaves, and what is said of it: the transport against relays that do every wrong thing at every moment. */
import { assert, describe, it } from "@effect/vitest";
import { Cause, Effect, Exit } from "effect";
import { layerSmtp } from "../../src/delivery/SmtpTransport.ts";
import { contentOf } from "../../src/delivery/smtp/Content.ts";
import { PermitMisused, Transport } from "../../src/delivery/Transport.ts";
import { against, deferredFor, handOver, honest, one, sendTo, three } from "./exchange.ts";
import { permitOf, text } from "./permit.ts";
import { scripted, type Relay } from "./relay.ts";

/** Envelopes begun: the connection itself is there before the permit is. */
const begun = (relay: Relay): readonly string[] => relay.commands.filter((line) => line.startsWith("MAIL"));

const flawOf = (raw: Uint8Array): string | null => {
  const content = contentOf(raw);
  return typeof content === "string" ? content : null;
};

describe.concurrent("the wire", () => {
  it.live("carries the bytes as they are, to the envelope as it is", () =>
    Effect.gen(function* () {
      const relay = yield* honest({ hideSTARTTLS: true });
      const bodies = [
        "Hello.\r\n",
        ".\r\n..\r\n...three\r\n.\r\n",
        "\r\n\r\n.\r\n\r\n",
        `${"x".repeat(998)}\r\n.${"y".repeat(997)}\r\n`,
        ".first and last.\r\n.",
      ].map((body) => (body.endsWith("\r\n") ? body : `${body}\r\n`));
      // Larger than any buffer on the way, with dots at the edges of chunks.
      bodies.push(".23456789\r\n".repeat(60_000));
      const permits = bodies.map((body) => permitOf({ raw: text(body), recipients: [...three, "hidden@bcc.test"] }));
      const results = yield* sendTo(`smtp://127.0.0.1:${relay.port}`, permits);
      for (const [i, permit] of permits.entries()) {
        assert.deepStrictEqual(results[i]?.type, "delivered");
        const got = relay.received[i]!;
        assert.isTrue(Buffer.from(permit.content.raw).equals(got.raw), `body ${i} differs`);
        assert.deepStrictEqual(got.to, [...three, "hidden@bcc.test"]);
        assert.strictEqual(got.from, "agent@sender.test");
        assert.notMatch(got.raw.toString("latin1"), /hidden@bcc|^bcc:/im);
      }
    }).pipe(Effect.scoped),
  );

  it.live("starts with a dot: stuffed once", () =>
    Effect.gen(function* () {
      const raw = Buffer.from(".a: b\r\n\r\n.\r\n");
      const { relay, result } = yield* against({}, permitOf({ raw }));
      assert.strictEqual(result.type, "delivered");
      assert.deepStrictEqual(relay.contents, ["..a: b\r\n\r\n..\r\n"]);
      // One session, one transaction, and the size announced only where the server asked for it.
      assert.deepStrictEqual(
        relay.commands.slice(1),
        ["MAIL FROM:<agent@sender.test>", "RCPT TO:<ann@there.test>", "DATA"].concat(relay.commands.slice(4)),
      );
    }).pipe(Effect.scoped),
  );

  it.live("is not used for bytes it would change", () =>
    Effect.gen(function* () {
      assert.isNull(flawOf(text(`${"x".repeat(998)}\r\n\r\n.\r\n`)));
      assert.isNotNull(flawOf(new Uint8Array()));
      for (const body of [
        "a\nb\r\n",
        "a\rb\r\n",
        "a",
        "a\0\r\n",
        "\u00e9\r\n",
        `${"x".repeat(999)}\r\n`,
        "a\r\n\r",
        "a\r\r\n",
        "\n\r\n",
      ]) {
        assert.isNotNull(flawOf(text(body)), JSON.stringify(body));
      }
      const { relay, result } = yield* against({}, permitOf({ raw: text("a\n.\nMAIL FROM:<x@y>\r\n") }));
      assert.strictEqual(result.type, "failed");
      assert.deepStrictEqual(begun(relay), []);
      for (const bad of ["ann@there.test>\r\nRCPT TO:<eve@there.test", "<ann@there.test>", "ann there@x.test", ""]) {
        const to = yield* against({}, permitOf({ recipients: [bad] }));
        assert.strictEqual(to.result.type, "failed");
        assert.deepStrictEqual(begun(to.relay), []);
      }
      assert.strictEqual((yield* against({}, permitOf({ recipients: [] }))).result.type, "failed");
    }).pipe(Effect.scoped),
  );
});

describe("OV-29 a permit is spent by one hand-over", () => {
  it.live("the second use of a permit dies, and nothing leaves", () =>
    Effect.gen(function* () {
      const relay = yield* scripted(() => ({}));
      const permit = permitOf();
      const exit = yield* Effect.exit(sendTo(`smtp://127.0.0.1:${relay.port}`, [permit, permit]));
      assert.isTrue(Exit.isFailure(exit) && Cause.squash(exit.cause) instanceof PermitMisused);
      assert.strictEqual(relay.contents.length, 1);
    }).pipe(Effect.scoped),
  );

  it.live("a forged permit does not type-check, and dies", () =>
    Effect.gen(function* () {
      const relay = yield* scripted(() => ({}));
      const forged = { content: permitOf().content };
      const exit = yield* Effect.exit(
        Effect.gen(function* () {
          const transport = yield* Transport;
          // @ts-expect-error a permit has a private field, so a look-alike is not one
          return yield* handOver(transport, forged);
        }).pipe(Effect.provide(layerSmtp({ url: `smtp://127.0.0.1:${relay.port}` }))),
      );
      assert.isTrue(Exit.isFailure(exit) && Cause.squash(exit.cause) instanceof PermitMisused);
      assert.deepStrictEqual(begun(relay), []);
    }).pipe(Effect.scoped),
  );
});

describe.concurrent("OV-32 nobody knows: lost, and never sent again", () => {
  const long = permitOf.bind(null, { raw: text("0123456789abcdef\r\n".repeat(40_000)) });

  for (const [when, script] of [
    ["at the greeting", { greeting: "die" }],
    ["at EHLO", { ehlo: "die" }],
    ["at MAIL", { mail: "die" }],
    ["at RCPT", { rcpt: "die" }],
    ["at DATA", { data: "die" }],
  ] as const) {
    it.live(`the connection dies ${when}: put off, for no byte has left`, () =>
      Effect.gen(function* () {
        const { relay, result } = yield* against(script);
        assert.strictEqual(result.type, "deferred");
        assert.deepStrictEqual(deferredFor(result), ["ann@there.test"]);
        assert.strictEqual(relay.contents.length, 0);
        assert.strictEqual(relay.connections(), 1);
      }).pipe(Effect.scoped),
    );
  }

  for (const [when, script, permit] of [
    ["in the content", { contentAfter: 1000, content: "die" }, long],
    ["after the content, before the reply", { content: "die" }, permitOf],
    ["and the reply never comes", { content: "hang" }, permitOf],
    ["the reply is no reply to a content", { content: "354 more" }, permitOf],
    ["the reply breaks off in the middle", { content: "250-half of" }, permitOf],
  ] as const) {
    it.live(`the connection dies: ${when}`, () =>
      Effect.gen(function* () {
        const { relay, result } = yield* against(script, permit(), { silence: 300 });
        assert.strictEqual(result.type, "lost");
        // Long enough for nodemailer's own pool to have sent it again (50 ms, then 100 ms).
        yield* Effect.sleep("300 millis");
        assert.strictEqual(relay.contents.length, 1);
        assert.strictEqual(relay.connections(), 1);
      }).pipe(Effect.scoped),
    );
  }

  it.live("a refusal in the middle of the content is a refusal", () =>
    Effect.gen(function* () {
      const { result } = yield* against({ contentAfter: 1000, content: "552 5.3.4 enough" }, long());
      assert.strictEqual(result.type, "failed");
    }).pipe(Effect.scoped),
  );

  it.live("a server that drips its reply meets the deadline", () =>
    Effect.gen(function* () {
      const { result } = yield* against({ content: "hang" }, permitOf(), { deadline: 200 });
      assert.strictEqual(result.type, "lost");
      const before = yield* against({ mail: "hang" }, permitOf(), { deadline: 200 });
      assert.strictEqual(before.result.type, "deferred");
    }).pipe(Effect.scoped),
  );

  it.live("the reply time-out before the content is put off", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* against({ rcpt: "hang" }, permitOf(), { silence: 200 })).result.type, "deferred");
      assert.strictEqual((yield* against({ greeting: "hang" }, permitOf(), { greeting: 200 })).result.type, "deferred");
    }).pipe(Effect.scoped),
  );

  it.live("nobody listens: put off", () =>
    Effect.gen(function* () {
      const port = yield* Effect.scoped(
        Effect.map(
          scripted(() => ({})),
          ({ port }) => port,
        ),
      );
      const result = yield* one(`smtp://127.0.0.1:${port}`);
      assert.strictEqual(result.type, "deferred");
      assert.match(result.reply, /ECONNREFUSED/);
    }),
  );
});
