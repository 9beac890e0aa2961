/** What leaves, and what is said of it: the transport against relays that do every wrong thing at every moment. */
import { assert, describe, it } from "@effect/vitest";
import { Cause, Effect, Exit } from "effect";
import { flawOf, layerSmtp } from "../../src/delivery/SmtpTransport.ts";
import { PermitMisused, Transport } from "../../src/delivery/Transport.ts";
import type { Script } from "../support/receiver.ts";
import { permitOf, text } from "./permit.ts";
import { against, deferredFor, receiver, scripted, sendTo, three } from "./sendTo.ts";

describe.concurrent("the wire", () => {
  it.live("carries the bytes as they are, to the envelope as it is", () =>
    Effect.gen(function* () {
      const relay = yield* receiver();
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
      const results = yield* sendTo(relay.url, permits);
      for (const [i, permit] of permits.entries()) {
        assert.deepStrictEqual(results[i]?.type, "delivered");
        const got = relay.mails[i]!;
        assert.isTrue(Buffer.from(permit.content.raw).equals(got.raw), `body ${i} differs`);
        assert.deepStrictEqual(got.recipients, [...three, "hidden@bcc.test"]);
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
      assert.strictEqual(relay.connections(), 0);
      for (const bad of ["ann@there.test>\r\nRCPT TO:<eve@there.test", "<ann@there.test>", "ann there@x.test", ""]) {
        const to = yield* against({}, permitOf({ recipients: [bad] }));
        assert.strictEqual(to.result.type, "failed");
        assert.strictEqual(to.relay.connections(), 0);
      }
      assert.strictEqual((yield* against({}, permitOf({ recipients: [] }))).result.type, "failed");
    }).pipe(Effect.scoped),
  );
});

describe("OV-29 a permit is spent by one hand-over", () => {
  it.live("the second use of a permit dies, and nothing leaves", () =>
    Effect.gen(function* () {
      const relay = yield* scripted();
      const permit = permitOf();
      const exit = yield* Effect.exit(sendTo(relay.url, [permit, permit]));
      assert.isTrue(Exit.isFailure(exit) && Cause.squash(exit.cause) instanceof PermitMisused);
      assert.strictEqual(relay.contents.length, 1);
    }).pipe(Effect.scoped),
  );

  it.live("a forged permit does not type-check, and dies", () =>
    Effect.gen(function* () {
      const relay = yield* scripted();
      const forged = { content: permitOf().content };
      const exit = yield* Effect.exit(
        Effect.gen(function* () {
          const transport = yield* Transport;
          // @ts-expect-error a permit has a private field, so a look-alike is not one
          return yield* transport.send(forged);
        }).pipe(Effect.provide(layerSmtp({ url: relay.url }))),
      );
      assert.isTrue(Exit.isFailure(exit) && Cause.squash(exit.cause) instanceof PermitMisused);
      assert.strictEqual(relay.connections(), 0);
    }).pipe(Effect.scoped),
  );
});

describe.concurrent("refusals", () => {
  const stages: readonly (readonly [string, (reply: string) => Script])[] = [
    ["greeting", (greeting) => ({ greeting })],
    ["ehlo", (ehlo) => ({ ehlo })],
    ["mail", (mail) => ({ mail })],
    ["rcpt", (rcpt) => ({ rcpt })],
    ["data", (data) => ({ data })],
    ["content", (content) => ({ content })],
  ];
  for (const pipelining of [false, true]) {
    const base: Script = pipelining ? { ehlo: "250-relay.test\r\n250 PIPELINING" } : {};
    for (const [stage, script] of stages) {
      it.live(
        `${stage}, ${pipelining ? "pipelined" : "in step"}: 4yz is put off, 5yz ends the message but not at the door`,
        () =>
          Effect.gen(function* () {
            const soft = yield* against({ ...base, ...script("451 4.3.0 later") });
            assert.strictEqual(soft.result.type, "deferred");
            assert.deepStrictEqual(deferredFor(soft.result), ["ann@there.test"]);
            const hard = yield* against({ ...base, ...script("554 5.7.1 no\u0007 \u00fc") });
            assert.strictEqual(hard.result.type, stage === "greeting" || stage === "ehlo" ? "deferred" : "failed");
            if (stage !== "ehlo") assert.match(hard.result.reply, /^[\x20-\x7e]*554 5\.7\.1 no\?[\x20-\x7e]*$/);
            assert.isAtMost(soft.relay.contents.length + hard.relay.contents.length, stage === "content" ? 2 : 0);
            const closing = yield* against({ ...base, ...script("421 4.3.2 closing") });
            assert.strictEqual(closing.result.type, "deferred");
          }).pipe(Effect.scoped),
      );
    }

    it.live(`some recipients, ${pipelining ? "pipelined" : "in step"}: a retry serves only those put off`, () =>
      Effect.gen(function* () {
        const answers: Record<string, string> = {
          "bob@there.test": "450 4.2.0 greylisted",
          "cyn@there.test": "550 5.1.1 unknown",
        };
        const rcpt = (address: string) => answers[address] ?? null;
        const mixed = yield* against({ ...base, rcpt }, permitOf({ recipients: three }));
        assert.deepStrictEqual(deferredFor(mixed.result), ["bob@there.test"]);
        assert.match(mixed.result.reply, /cyn@there\.test \(550 5\.1\.1 unknown\)/);
        assert.strictEqual(mixed.relay.contents.length, 1);

        answers["bob@there.test"] = "550 5.1.1 unknown";
        const some = yield* against({ ...base, rcpt }, permitOf({ recipients: three }));
        assert.strictEqual(some.result.type, "delivered");
        assert.deepStrictEqual(some.result.type === "delivered" && some.result.rejected, [
          "bob@there.test",
          "cyn@there.test",
        ]);

        answers["ann@there.test"] = "452 4.5.3 too many";
        const none = yield* against({ ...base, rcpt }, permitOf({ recipients: three }));
        assert.deepStrictEqual(deferredFor(none.result), ["ann@there.test"]);
        assert.strictEqual(none.relay.contents.length, 0);

        answers["ann@there.test"] = "550 5.1.1 unknown";
        const all = yield* against({ ...base, rcpt }, permitOf({ recipients: three }));
        assert.strictEqual(all.result.type, "failed");
      }).pipe(Effect.scoped),
    );
  }

  it.live("a reply of several lines is kept as one, with its code once", () =>
    Effect.gen(function* () {
      const { result } = yield* against({ mail: "550-5.7.1 not\r\n550-5.7.1 here\r\n550 5.7.1 ever" });
      assert.strictEqual(result.reply, "550 5.7.1 not 5.7.1 here 5.7.1 ever");
      const long = yield* against({ mail: `550 ${"x".repeat(2000)}` });
      assert.strictEqual(long.result.reply.length, 500);
    }).pipe(Effect.scoped),
  );

  it.live("a server that takes DATA for nobody gets no content", () =>
    Effect.gen(function* () {
      const ehlo = "250-relay.test\r\n250 PIPELINING";
      for (const refusal of [{ mail: "550 no" }, { rcpt: "550 no" }]) {
        const { relay, result } = yield* against({ ehlo, data: "354 go on", ...refusal });
        assert.strictEqual(result.type, "failed");
        assert.notInclude(relay.contents.join(""), "Hello");
      }
    }).pipe(Effect.scoped),
  );

  it.live("552 to RCPT is too many recipients; 530 and 503 are never final", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* against({ rcpt: "552 5.5.3 too many" })).result.type, "deferred");
      assert.strictEqual((yield* against({ content: "552 5.3.4 too big" })).result.type, "failed");
      assert.strictEqual((yield* against({ mail: "530 5.7.0 log in" })).result.type, "deferred");
      assert.strictEqual((yield* against({ mail: "503 5.5.1 sequence" })).result.type, "deferred");
    }).pipe(Effect.scoped),
  );

  it.live("a message over the server's SIZE fails without being sent", () =>
    Effect.gen(function* () {
      const { relay, result } = yield* against({ ehlo: "250-relay.test\r\n250 SIZE 50" });
      assert.strictEqual(result.type, "failed");
      assert.strictEqual(relay.commands.filter((line) => line.startsWith("MAIL")).length, 0);
    }).pipe(Effect.scoped),
  );
});
