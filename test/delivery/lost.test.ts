/** When the connection dies or falls silent: put off as long as no byte of content has left, and lost from then on. */
import { assert, describe, it } from "@effect/vitest";
import { Effect } from "effect";
import { permitOf, text } from "./permit.ts";
import { against, deferredFor, one, scripted } from "./sendTo.ts";

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
        const { relay, result } = yield* against(script, permit(), { silence: 1_000 });
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
      const { result } = yield* against({ content: "hang" }, permitOf(), { deadline: 1_000 });
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
      const url = yield* Effect.scoped(Effect.map(scripted(), ({ url }) => url));
      const result = yield* one(url);
      assert.strictEqual(result.type, "deferred");
      assert.match(result.reply, /ECONNREFUSED/);
    }),
  );
});
