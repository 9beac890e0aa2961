/** What a relay refuses, at each step, and what becomes of the message. */
import { assert, describe, it } from "@effect/vitest";
import { Effect } from "effect";
import { against, deferredFor, pipelined, three } from "./exchange.ts";
import { permitOf } from "./permit.ts";
import type { Script } from "./relay.ts";

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
    const base: Script = pipelining ? { ehlo: pipelined } : {};
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
        assert.deepStrictEqual(some.result.type === "delivered" && some.result.refused, [
          { address: "bob@there.test", reply: "550 5.1.1 unknown" },
          { address: "cyn@there.test", reply: "550 5.1.1 unknown" },
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
      for (const refusal of [{ mail: "550 no" }, { rcpt: "550 no" }]) {
        const { relay, result } = yield* against({ ehlo: pipelined, data: "354 go on", ...refusal });
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
