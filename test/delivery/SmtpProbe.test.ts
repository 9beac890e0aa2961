/** What the relay is asked before any mail, and what is said of its answers. */
import { readFileSync } from "node:fs";
import { assert, describe, it } from "@effect/vitest";
import { Effect, Result } from "effect";
import { parseSmtpUrl } from "../../src/delivery/SmtpSettings.ts";
import { probe } from "../../src/delivery/smtp/probe.ts";
import { file, honest } from "./exchange.ts";
import { scripted } from "./relay.ts";

const ask = (url: string, pem: string | null = null, milliseconds?: number) =>
  probe(Result.getOrThrow(parseSmtpUrl(url)), pem === null ? null : readFileSync(file(pem), "utf8"), milliseconds);

describe.concurrent("the probe", () => {
  it.live("reports greeting, extensions, TLS, mechanisms and limit, and leaves without any mail", () =>
    Effect.gen(function* () {
      const relay = yield* honest({
        size: 20_000,
        banner: "hello",
        onAuth: (_auth, _session, done) => done(null, { user: "a" }),
      });
      const report = yield* ask(`smtp://a:b@127.0.0.1:${relay.port}?starttls=required`, "../support/receiver-cert.pem");
      assert.isNull(report.problem);
      assert.isTrue(report.ok);
      assert.match(report.greeting ?? "", /^220 .*hello/);
      assert.include(report.extensions, "PIPELINING");
      assert.notInclude(report.extensions, "STARTTLS");
      assert.deepStrictEqual(report.tls, {
        protocol: "TLSv1.3",
        peer: "localhost, 127.0.0.1",
        expires: "2126-10-28T11:47:08.000Z",
      });
      assert.include(report.mechanisms, "PLAIN");
      assert.strictEqual(report.sizeLimit, 20_000);
      assert.strictEqual(relay.received.length, 0);
    }).pipe(Effect.scoped),
  );

  it.live("says goodbye", () =>
    Effect.gen(function* () {
      const relay = yield* scripted(() => ({}));
      assert.isTrue((yield* ask(`smtp://127.0.0.1:${relay.port}`)).ok);
      while (!relay.commands.includes("QUIT")) yield* Effect.sleep("5 millis");
      assert.deepStrictEqual(
        relay.commands.map((line) => line.slice(0, 4)),
        ["EHLO", "QUIT"],
      );
    }).pipe(Effect.scoped),
  );

  it.live("names the stage at which it failed, and keeps what it learned before", () =>
    Effect.gen(function* () {
      const auth = "250-relay.test\r\n250 AUTH PLAIN";
      for (const [script, option, stage] of [
        [{ greeting: "554 5.7.1 go away" }, "", "greeting"],
        [{ greeting: "close" }, "", "greeting"],
        [{ ehlo: "550 no" }, "", "ehlo"],
        [{}, "?starttls=required", "starttls"],
        [{ ehlo: auth, other: () => "535 5.7.8 no" }, "", "auth"],
        [{ ehlo: auth, other: () => "die" }, "", "auth"],
      ] as const) {
        const relay = yield* scripted(() => script);
        const user = stage === "auth" ? "a:b@" : "";
        const report = yield* ask(`smtp://${user}127.0.0.1:${relay.port}${option}`);
        assert.isFalse(report.ok);
        assert.strictEqual(report.problem?.stage, stage);
        assert.match(report.problem?.sentence ?? "", /\w/);
        if (stage !== "greeting") assert.strictEqual(report.greeting, "220 relay.test");
        if (stage === "auth") assert.deepStrictEqual(report.mechanisms, ["PLAIN"]);
      }
      const port = yield* Effect.scoped(
        Effect.map(
          scripted(() => ({})),
          (gone) => gone.port,
        ),
      );
      const nobody = yield* ask(`smtp://127.0.0.1:${port}`);
      assert.strictEqual(nobody.problem?.stage, "connect");
      assert.match(nobody.problem?.sentence ?? "", /Nothing listens/);
    }).pipe(Effect.scoped),
  );

  it.live("answers within its bound, also where the server is silent or drips", () =>
    Effect.gen(function* () {
      const long = "220-and so on\r\n".repeat(5_000).trimEnd();
      for (const script of [
        { greeting: "hang" },
        { ehlo: "hang" },
        { greeting: long, cut: (octets: string) => [...octets] },
      ]) {
        const relay = yield* scripted(() => script);
        const started = performance.now();
        const report = yield* ask(`smtp://127.0.0.1:${relay.port}`, null, 400);
        assert.isFalse(report.ok);
        assert.isBelow(performance.now() - started, 3_000);
      }
    }).pipe(Effect.scoped),
  );
});
