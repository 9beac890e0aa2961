/** Encryption and log-in. */
import { assert, describe, it } from "@effect/vitest";
import { Effect } from "effect";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SMTPServerOptions } from "smtp-server";
import { against, file, honest, one, pipelined, sendTo } from "./exchange.ts";
import { permitOf } from "./permit.ts";
import { scripted, type Script } from "./relay.ts";

const trusting = (pem: string) => `tls_ca=${encodeURIComponent(file(pem))}`;

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
      assert.strictEqual(
        (yield* one(`${url}&tls_ca=${encodeURIComponent(file("../support/receiver-cert.pem"))}`)).type,
        "delivered",
      );
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
      const url = `smtps://127.0.0.1:${relay.port}?tls_ca=${encodeURIComponent(file("../support/receiver-cert.pem"))}`;
      assert.strictEqual((yield* one(url)).type, "delivered");
      assert.isTrue(relay.received[0]?.secure);
    }).pipe(Effect.scoped),
  );

  it.live("an unusable SMTP_URL stops the start, and says why", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(sendTo("smtp://127.0.0.1?tls_ca=/no/such.pem", []));
      assert.strictEqual(error.reason, "ca_unreadable");
      const key = yield* Effect.flip(sendTo(`smtp://127.0.0.1?${trusting("../support/receiver-key.pem")}`, []));
      assert.strictEqual(key.reason, "ca_unreadable");
      const scheme = yield* Effect.flip(sendTo("http://127.0.0.1", []));
      assert.strictEqual(scheme.reason, "scheme");
    }),
  );
});

/** A relay that offers these mechanisms, and what it heard of AUTH. */
const loginTo = (
  offered: string,
  url: (port: number) => string,
  other: NonNullable<Script["other"]>,
  base: Script = {},
) =>
  Effect.gen(function* () {
    const relay = yield* scripted(() => ({
      ...base,
      ehlo: `250-relay.test\r\n250-PIPELINING\r\n250 ${offered}`,
      other,
    }));
    const result = yield* one(url(relay.port));
    const heard = relay.commands.filter((line) => !/^(EHLO|MAIL|RCPT|DATA|QUIT)/.test(line));
    return { relay, result, heard };
  });

const base64 = (text: string) => Buffer.from(text, "latin1").toString("base64");

describe.concurrent("AUTH", () => {
  const user = "me@x.test";
  const login = (port: number) => `smtp://me%40x.test:s3cret@127.0.0.1:${port}`;

  it.live("PLAIN, LOGIN and CRAM-MD5 say what their RFCs say", () =>
    Effect.gen(function* () {
      const plain = yield* loginTo("AUTH PLAIN", login, () => "235 ok");
      assert.deepStrictEqual(plain.heard, [`AUTH PLAIN ${base64("\0me@x.test\0s3cret")}`]);
      const steps = yield* loginTo("AUTH LOGIN", login, (line) =>
        line === "AUTH LOGIN" ? "334 VXNlcm5hbWU6" : line === base64(user) ? "334 UGFzc3dvcmQ6" : "235 ok",
      );
      assert.deepStrictEqual(steps.heard, ["AUTH LOGIN", base64(user), base64("s3cret")]);
      // The example of RFC 2195 section 2.
      const cram = yield* loginTo(
        "AUTH CRAM-MD5",
        (port) => `smtp://tim:tanstaaftanstaaf@127.0.0.1:${port}`,
        (line) =>
          line === "AUTH CRAM-MD5" ? "334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+" : "235 ok",
      );
      assert.deepStrictEqual(cram.heard, ["AUTH CRAM-MD5", "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw"]);
      for (const { result } of [plain, steps, cram]) assert.strictEqual(result.type, "delivered");
    }).pipe(Effect.scoped),
  );

  it.live(
    "tokens go by OAUTHBEARER (RFC 7628) or XOAUTH2, from the URL or from a file that is read for each session",
    () =>
      Effect.gen(function* () {
        const bearer = yield* loginTo(
          "AUTH OAUTHBEARER",
          (port) => `${login(port)}?auth=oauthbearer`,
          () => "235 ok",
        );
        assert.deepStrictEqual(bearer.heard, [
          `AUTH OAUTHBEARER ${base64(`n,a=me@x.test,\x01host=127.0.0.1\x01port=${bearer.relay.port}\x01auth=Bearer s3cret\x01\x01`)}`,
        ]);
        const folder = yield* Effect.acquireRelease(
          Effect.promise(() => mkdtemp(join(tmpdir(), "countersign-token-"))),
          (path) => Effect.promise(() => rm(path, { recursive: true })),
        );
        const path = join(folder, "token");
        const relay = yield* scripted(() => ({
          ehlo: "250-relay.test\r\n250 AUTH PLAIN XOAUTH2",
          other: () => "235 ok",
          content: "250 taken close",
        }));
        const url = `smtp://me%40x.test@127.0.0.1:${relay.port}?auth_token_file=${encodeURIComponent(path)}`;
        const missing = yield* one(url);
        assert.strictEqual(missing.type, "deferred");
        assert.match(missing.reply, /auth_token_file cannot be read/);
        for (const token of ["first", "second"]) {
          yield* Effect.promise(() => writeFile(path, `${token}\n`));
          assert.strictEqual((yield* one(url)).type, "delivered");
          assert.include(relay.commands, `AUTH XOAUTH2 ${base64(`user=me@x.test\x01auth=Bearer ${token}\x01\x01`)}`);
        }
        yield* Effect.promise(() => writeFile(path, "two\nlines"));
        assert.match((yield* one(url)).reply, /does not hold a token/);
      }).pipe(Effect.scoped),
  );

  it.live("a token that is refused: the server's reason is in the reply, and no second try is made", () =>
    Effect.gen(function* () {
      for (const [mechanism, empty] of [
        ["XOAUTH2", ""],
        ["OAUTHBEARER", "AQ=="],
      ] as const) {
        const { result, heard } = yield* loginTo(
          `AUTH ${mechanism}`,
          (port) => `${login(port)}?auth=${mechanism.toLowerCase()}`,
          (line) => (line.startsWith("AUTH") ? `334 ${base64('{"status":"invalid_token"}')}` : "535 5.7.8 no"),
        );
        assert.strictEqual(result.type, "deferred");
        assert.match(result.reply, /invalid_token.*535 5\.7\.8 no.*Renew the token/);
        assert.deepStrictEqual(heard.slice(1), [empty]);
      }
    }).pipe(Effect.scoped),
  );

  it.live("a server that offers only what we do not speak gets no password", () =>
    Effect.gen(function* () {
      for (const [offered, option] of [
        ["AUTH GSSAPI NTLM", ""],
        ["AUTH", ""],
        ["AUTH XOAUTH2", ""],
        ["AUTH PLAIN", "?auth=cram-md5"],
        ["AUTH PLAIN", "?auth=xoauth2"],
      ] as const) {
        const { result, heard } = yield* loginTo(
          offered,
          (port) => `${login(port)}${option}`,
          () => "235 ok",
        );
        assert.strictEqual(result.type, "deferred");
        assert.match(result.reply, /so nothing was sent/);
        assert.deepStrictEqual(heard, []);
      }
    }).pipe(Effect.scoped),
  );

  it.live("no password over what is not encrypted, but for starttls=off and this machine", () =>
    Effect.gen(function* () {
      const offered = "AUTH PLAIN LOGIN CRAM-MD5";
      for (const option of ["?starttls=opportunistic", "?starttls=required"]) {
        const { result, heard } = yield* loginTo(
          offered,
          (port) => `${login(port)}${option}`,
          () => "235 ok",
        );
        assert.strictEqual(result.type, "deferred");
        assert.deepStrictEqual(heard, []);
      }
      const off = yield* loginTo(
        offered,
        (port) => `${login(port)}?starttls=off`,
        (line) => (line === "AUTH CRAM-MD5" ? `334 ${base64("<1@relay.test>")}` : "235 ok"),
      );
      // There, better the one that does not show the password.
      assert.strictEqual(off.heard[0], "AUTH CRAM-MD5");
      assert.strictEqual(off.result.type, "delivered");
    }).pipe(Effect.scoped),
  );

  it.live("a refusal of the login is a fault of ours: nothing of the message leaves", () =>
    Effect.gen(function* () {
      for (const refusal of ["535 5.7.8 no", "454 4.7.0 later", "421 4.7.0 bye close", "334", "die"]) {
        const { relay, result } = yield* loginTo("AUTH PLAIN", login, () => refusal);
        assert.strictEqual(result.type, "deferred", refusal);
        assert.isFalse(relay.commands.some((line) => line.startsWith("MAIL")));
        assert.notInclude(result.reply, "s3cret");
      }
    }).pipe(Effect.scoped),
  );
});

describe.concurrent("TLS", () => {
  const required = (port: number, pem?: string) =>
    `smtp://127.0.0.1:${port}?starttls=required${pem === undefined ? "" : `&${trusting(pem)}`}`;

  it.live("what is wrong with a certificate is said, and what to do", () =>
    Effect.gen(function* () {
      const read = (pem: string) => ({ cert: readFileSync(file(pem)) });
      const unknown = yield* honest();
      assert.match((yield* one(required(unknown.port))).reply, /not signed by an authority .* tls_ca of SMTP_URL/);
      const expired = yield* honest(read("relay-expired.pem"));
      assert.match((yield* one(required(expired.port, "relay-expired.pem"))).reply, /has expired/);
      const other = yield* honest(read("relay-other.pem"));
      const result = yield* one(required(other.port, "relay-other.pem"));
      assert.match(result.reply, /is for relay\.test, mail\.relay\.test/);
      assert.strictEqual(result.type, "deferred");
      assert.strictEqual(unknown.received.length + expired.received.length + other.received.length, 0);
    }).pipe(Effect.scoped),
  );

  it.live("TLS from the start where the server does not, and the other way round", () =>
    Effect.gen(function* () {
      const starttls = yield* honest();
      assert.match(
        (yield* one(`smtps://127.0.0.1:${starttls.port}`)).reply,
        /does not begin with TLS .* smtp: it uses STARTTLS/,
      );
      const implicit = yield* honest({ secure: true });
      const limits = { greeting: 300 };
      assert.match(
        (yield* one(`smtp://127.0.0.1:${implicit.port}`, permitOf(), limits)).reply,
        /did not greet .* smtps:/,
      );
      const alert = yield* against({ greeting: "220", cut: () => ["\x15\x03\x01\x00\x02\x02\x46"] });
      assert.match(alert.result.reply, /begins with TLS\. Use smtps:/);
    }).pipe(Effect.scoped),
  );

  it.live("what is said between STARTTLS and TLS ends the session (CVE-2011-0411)", () =>
    Effect.gen(function* () {
      for (const injected of ["220 go ahead\r\n250 trust me", "220 go ahead\r\n250-half"]) {
        const relay = yield* scripted(() => ({
          ehlo: "250-relay.test\r\n250 STARTTLS",
          other: () => injected,
          cut: (octets) => [octets.endsWith("half\r\n") ? octets.slice(0, -2) : octets],
        }));
        const result = yield* one(`smtp://127.0.0.1:${relay.port}?starttls=required`);
        assert.strictEqual(result.type, "deferred");
        assert.match(result.reply, /out of turn|spoke on/);
      }
    }).pipe(Effect.scoped),
  );

  it.live("a server that agrees to STARTTLS and cannot, or refuses it: put off, unless encryption is a wish", () =>
    Effect.gen(function* () {
      const relay = (answer: string) =>
        scripted(() => ({ ehlo: "250-relay.test\r\n250 STARTTLS", other: () => answer }));
      const cannot = yield* relay("220 go ahead");
      const limits = { greeting: 300 };
      for (const option of ["required", "opportunistic"]) {
        const url = `smtp://127.0.0.1:${cannot.port}?starttls=${option}`;
        assert.strictEqual((yield* one(url, permitOf(), limits)).type, "deferred");
      }
      const refuses = yield* relay("454 4.7.0 no TLS now");
      const refused = yield* one(`smtp://127.0.0.1:${refuses.port}?starttls=required`);
      assert.strictEqual(refused.type, "deferred");
      assert.match(refused.reply, /refused STARTTLS: 454/);
      assert.strictEqual((yield* one(`smtp://127.0.0.1:${refuses.port}?starttls=opportunistic`)).type, "delivered");
    }).pipe(Effect.scoped),
  );

  it.live("what was offered before TLS does not count after it", () =>
    Effect.gen(function* () {
      const url = (port: number) =>
        `smtp://a:b@127.0.0.1:${port}?starttls=required&${trusting("../support/receiver-cert.pem")}`;
      const ehlo = "250-relay.test\r\n250-STARTTLS\r\n250-SIZE 10\r\n250 AUTH PLAIN";
      const less = yield* scripted(() => ({
        ehlo,
        secureEhlo: "250-relay.test\r\n250 SIZE 20000",
        other: () => "235 ok",
      }));
      const refused = yield* one(url(less.port));
      assert.strictEqual(refused.type, "deferred");
      assert.match(refused.reply, /offers no AUTH/);
      assert.isFalse(less.commands.some((line) => line.startsWith("AUTH")));
      const more = yield* scripted(() => ({
        ehlo: "250-relay.test\r\n250 STARTTLS",
        secureEhlo: "250-relay.test\r\n250 AUTH PLAIN",
        other: () => "235 ok",
      }));
      assert.strictEqual((yield* one(url(more.port))).type, "delivered");
    }).pipe(Effect.scoped),
  );

  it.live("carries large contents and many recipients through TLS unchanged", () =>
    Effect.gen(function* () {
      const relay = yield* honest();
      const raw = Buffer.from(`Subject: x\r\n\r\n${".234567890123456789012345678901234567890\r\n".repeat(50_000)}`);
      const recipients = Array.from({ length: 120 }, (_, i) => `p${i}@there.test`);
      const result = yield* one(required(relay.port, "../support/receiver-cert.pem"), permitOf({ raw, recipients }));
      assert.strictEqual(result.type, "delivered");
      assert.deepStrictEqual(
        relay.received.map(({ to, secure }) => [to.length, secure]),
        [
          [100, true],
          [20, true],
        ],
      );
      for (const received of relay.received) assert.isTrue(raw.equals(received.raw));
    }).pipe(Effect.scoped),
  );
});

describe.concurrent("EHLO", () => {
  it.live("says the name of the settings, or this machine's", () =>
    Effect.gen(function* () {
      const relay = yield* scripted(() => ({}));
      yield* one(`smtp://127.0.0.1:${relay.port}?name=out.example.com`);
      yield* one(`smtp://127.0.0.1:${relay.port}`);
      const [named, own] = relay.commands.filter((line) => line.startsWith("EHLO"));
      assert.strictEqual(named, "EHLO out.example.com");
      assert.match(own!, /^EHLO (\[127\.0\.0\.1\]|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)$/);
    }).pipe(Effect.scoped),
  );

  it.live("falls back to HELO where neither TLS nor a login is needed", () =>
    Effect.gen(function* () {
      for (const [helo, type] of [
        ["250 relay.test", "delivered"],
        ["502 no", "deferred"],
      ] as const) {
        const { result } = yield* against({ ehlo: "502 what", helo });
        assert.strictEqual(result.type, type);
      }
      const relay = yield* scripted(() => ({ ehlo: "502 what", helo: "250 relay.test" }));
      for (const url of [`smtp://a:b@127.0.0.1:${relay.port}`, `smtp://127.0.0.1:${relay.port}?starttls=required`]) {
        assert.strictEqual((yield* one(url)).type, "deferred");
      }
    }).pipe(Effect.scoped),
  );

  it.live("SIZE= goes with MAIL where the server knows it", () =>
    Effect.gen(function* () {
      const sized = yield* against({ ehlo: `${pipelined.replace("250 P", "250-P")}\r\n250 SIZE 10000` });
      const { raw } = permitOf().content;
      assert.include(sized.relay.commands, `MAIL FROM:<agent@sender.test> SIZE=${raw.length}`);
    }).pipe(Effect.scoped),
  );
});
