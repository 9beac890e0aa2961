/** What leaves, and what is said of it: the transport against relays that do every wrong thing at every moment. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { assert, describe, it } from "@effect/vitest";
import { Cause, Effect, Exit, Fiber, Layer, type Scope } from "effect";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import type { HandOver } from "../../src/contracts/Oversight.ts";
import type { DeliveryPermit } from "../../src/contracts/DeliveryPermit.ts";
import type { SmtpLimits } from "../../src/delivery/SmtpPool.ts";
import { flawOf, layerSmtp } from "../../src/delivery/SmtpTransport.ts";
import { PermitMisused, Transport } from "../../src/delivery/Transport.ts";
import { permitOf, scripted, text, type Relay, type Script } from "./relay.ts";

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

interface Received {
  readonly raw: Buffer;
  readonly from: string;
  readonly to: readonly string[];
  readonly secure: boolean;
  readonly user: string | undefined;
}

/** smtp-server as an honest relay. */
const honest = (options: SMTPServerOptions = {}) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const received: Received[] = [];
      const server = new SMTPServer({
        disabledCommands: options.onAuth ? [] : ["AUTH"],
        cert: readFileSync(file("relay-cert.pem")),
        key: readFileSync(file("relay-key.pem")),
        onData: (stream, session, done) => {
          const chunks: Buffer[] = [];
          stream.on("data", (chunk: Buffer) => chunks.push(chunk));
          stream.on("end", () => {
            received.push({
              raw: Buffer.concat(chunks),
              from: session.envelope.mailFrom ? session.envelope.mailFrom.address : "",
              to: session.envelope.rcptTo.map(({ address }) => address),
              secure: session.secure,
              user: session.user as string | undefined,
            });
            done();
          });
        },
        ...options,
      });
      server.on("error", () => {});
      server.listen(0, "127.0.0.1");
      await once(server.server, "listening");
      return { server, received, port: (server.server.address() as AddressInfo).port };
    }),
    ({ server }) => Effect.promise(() => new Promise<void>((resolve) => server.close(() => resolve()))),
  );

/** Sends through a transport made for the purpose. */
const sendTo = (url: string, permits: readonly DeliveryPermit[], limits: Partial<SmtpLimits> = {}) =>
  Effect.gen(function* () {
    const transport = yield* Transport;
    const results: HandOver[] = [];
    for (const permit of permits) results.push(yield* transport.send(permit));
    return results;
  }).pipe(Effect.provide(layerSmtp({ url, limits })));

const one = (url: string, permit = permitOf(), limits: Partial<SmtpLimits> = {}) =>
  Effect.map(sendTo(url, [permit], limits), (results) => results[0]!);

/** One message to a relay with this script. */
const against = (script: Script, permit = permitOf(), limits: Partial<SmtpLimits> = {}) =>
  Effect.gen(function* () {
    const relay = yield* scripted(() => script);
    return { relay, result: yield* one(`smtp://127.0.0.1:${relay.port}`, permit, limits) };
  });

const three = ["ann@there.test", "bob@there.test", "cyn@there.test"];
const deferredFor = (result: HandOver) =>
  result.type === "deferred" ? result.remaining : `not deferred: ${result.type}`;

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
          return yield* transport.send(forged);
        }).pipe(Effect.provide(layerSmtp({ url: `smtp://127.0.0.1:${relay.port}` }))),
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
        const rcpt = (address: string) => answers[address] ?? "250 ok";
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

describe.concurrent("encryption and log-in", () => {
  const onAuth: SMTPServerOptions["onAuth"] = (auth, _session, done) =>
    auth.username === "relay@user" && auth.password === "p:w/d"
      ? done(null, { user: auth.username })
      : done(new Error("no"));

  it.live("STARTTLS is required where the URL or the host asks for it", () =>
    Effect.gen(function* () {
      const plain = yield* honest({ hideSTARTTLS: true, disabledCommands: ["AUTH", "STARTTLS"] });
      const refused = yield* one(`smtp://127.0.0.1:${plain.port}?starttls=required`);
      assert.strictEqual(refused.type, "deferred");
      assert.match(refused.reply, /STARTTLS/);
      assert.strictEqual(plain.received.length, 0);
      assert.strictEqual((yield* one(`smtp://127.0.0.1:${plain.port}?starttls=opportunistic`)).type, "delivered");
    }).pipe(Effect.scoped),
  );

  it.live("certificates are checked, against tls_ca where given", () =>
    Effect.gen(function* () {
      const relay = yield* honest();
      const url = `smtp://127.0.0.1:${relay.port}?starttls=required`;
      assert.strictEqual((yield* one(url)).type, "deferred");
      assert.strictEqual(relay.received.length, 0);
      assert.strictEqual((yield* one(`${url}&tls_ca=${encodeURIComponent(file("relay-cert.pem"))}`)).type, "delivered");
      assert.strictEqual((yield* one(`${url}&rejectUnauthorized=false`)).type, "delivered");
      assert.isTrue(relay.received.every(({ secure }) => secure));
    }).pipe(Effect.scoped),
  );

  it.live("AUTH: with the right password, the wrong one, and none asked for", () =>
    Effect.gen(function* () {
      const relay = yield* honest({ onAuth, allowInsecureAuth: true, hideSTARTTLS: true });
      const at = `127.0.0.1:${relay.port}`;
      assert.strictEqual((yield* one(`smtp://relay%40user:p%3Aw%2Fd@${at}`)).type, "delivered");
      assert.strictEqual(relay.received[0]?.user, "relay@user");
      // Our password is at fault, not the message.
      const wrong = yield* one(`smtp://relay%40user:wrong@${at}`);
      assert.strictEqual(wrong.type, "deferred");
      assert.match(wrong.reply, /535/);
      assert.strictEqual(relay.received.length, 1);
      const none = yield* honest({ hideSTARTTLS: true });
      const unasked = yield* one(`smtp://a:b@127.0.0.1:${none.port}`);
      assert.strictEqual(unasked.type, "deferred");
      assert.match(unasked.reply, /no AUTH/);
      const stripped = yield* one(`smtp://relay%40user:p%3Aw%2Fd@${at}?starttls=opportunistic`);
      assert.strictEqual(stripped.type, "deferred");
      assert.match(stripped.reply, /password was not sent/);
    }).pipe(Effect.scoped),
  );

  it.live("implicit TLS", () =>
    Effect.gen(function* () {
      const relay = yield* honest({ secure: true });
      const url = `smtps://127.0.0.1:${relay.port}?tls_ca=${encodeURIComponent(file("relay-cert.pem"))}`;
      assert.strictEqual((yield* one(url)).type, "delivered");
      assert.isTrue(relay.received[0]?.secure);
    }).pipe(Effect.scoped),
  );

  it.live("an unusable SMTP_URL stops the start, and says why", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(sendTo("smtp://127.0.0.1?tls_ca=/no/such.pem", []));
      assert.strictEqual(error.reason, "ca_unreadable");
      const scheme = yield* Effect.flip(sendTo("http://127.0.0.1", []));
      assert.strictEqual(scheme.reason, "scheme");
    }),
  );
});
