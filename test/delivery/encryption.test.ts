/** Encryption and log-in: what the URL asks for is had or nothing is sent, and no password goes where it can be read. */
import { assert, describe, it } from "@effect/vitest";
import { Effect } from "effect";
import { certificateFile } from "../support/receiver.ts";
import { one, receiver, sendTo } from "./sendTo.ts";

describe.concurrent("encryption and log-in", () => {
  const logIn = (user: string, password: string) => user === "relay@user" && password === "p:w/d";

  it.live("STARTTLS is required where the URL or the host asks for it", () =>
    Effect.gen(function* () {
      const plain = yield* receiver();
      const refused = yield* one(`smtp://127.0.0.1:${plain.port}?starttls=required`);
      assert.strictEqual(refused.type, "deferred");
      assert.match(refused.reply, /STARTTLS/);
      assert.strictEqual(plain.mails.length, 0);
      assert.strictEqual((yield* one(`smtp://127.0.0.1:${plain.port}?starttls=opportunistic`)).type, "delivered");
    }).pipe(Effect.scoped),
  );

  it.live("certificates are checked, against tls_ca where given", () =>
    Effect.gen(function* () {
      const relay = yield* receiver({ tls: "starttls" });
      const url = `smtp://127.0.0.1:${relay.port}?starttls=required`;
      assert.strictEqual((yield* one(url)).type, "deferred");
      assert.strictEqual(relay.mails.length, 0);
      assert.strictEqual((yield* one(`${url}&tls_ca=${encodeURIComponent(certificateFile)}`)).type, "delivered");
      assert.strictEqual((yield* one(`${url}&rejectUnauthorized=false`)).type, "delivered");
      assert.isTrue(relay.mails.every(({ secure }) => secure));
    }).pipe(Effect.scoped),
  );

  it.live("AUTH: with the right password, the wrong one, and none asked for", () =>
    Effect.gen(function* () {
      const relay = yield* receiver({ logIn });
      const at = `127.0.0.1:${relay.port}`;
      assert.strictEqual((yield* one(`smtp://relay%40user:p%3Aw%2Fd@${at}`)).type, "delivered");
      assert.strictEqual(relay.mails[0]?.user, "relay@user");
      // Our password is at fault, not the message.
      const wrong = yield* one(`smtp://relay%40user:wrong@${at}`);
      assert.strictEqual(wrong.type, "deferred");
      assert.match(wrong.reply, /535/);
      assert.strictEqual(relay.mails.length, 1);
      const none = yield* receiver();
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
      const relay = yield* receiver({ tls: "implicit" });
      const url = `smtps://127.0.0.1:${relay.port}?tls_ca=${encodeURIComponent(certificateFile)}`;
      assert.strictEqual((yield* one(url)).type, "delivered");
      assert.isTrue(relay.mails[0]?.secure);
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
