/** Relays that are out of step: replies too early, too many, too few, cut anywhere. Nothing is delivered that was not taken. */
import { assert, describe, it } from "@effect/vitest";
import { Effect } from "effect";
import { against, deferredFor, handOver, one, pipelined, three, through } from "./exchange.ts";
import { permitOf, text } from "./permit.ts";
import { scripted, type Script } from "./relay.ts";

const modes = [
  ["in step", {}],
  ["pipelined", { ehlo: pipelined }],
] as const;

/** A content that no buffers on the way can hold, so that its end stays here while the relay does not read. */
const hugeText = text("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n".repeat(400_000));
const huge = () => permitOf({ raw: hugeText });

for (const [mode, base] of modes) {
  describe.concurrent(`out of step, ${mode}`, () => {
    it.live("an acceptance before the end of the content is not one: lost", () =>
      Effect.gen(function* () {
        const { relay, result } = yield* against({ ...base, data: "354 go on\r\n250 taken", content: "hang" });
        assert.strictEqual(result.type, "lost");
        assert.match(result.reply, /^Reply before the end of the content: 250 taken/);
        assert.deepStrictEqual(result.type === "lost" && result.remaining, ["ann@there.test"]);
        assert.isAtMost(relay.contents.length, 1);
      }).pipe(Effect.scoped),
    );

    it.live("an acceptance in the middle of the content is not one: lost", () =>
      Effect.gen(function* () {
        const { result } = yield* against({ ...base, contentAfter: 1000, content: "250 taken" }, huge());
        assert.strictEqual(result.type, "lost");
        assert.match(result.reply, /^Reply before the end of the content/);
      }).pipe(Effect.scoped),
    );

    it.live("a refusal before the end of the content is one", () =>
      Effect.gen(function* () {
        const hard = yield* against({ ...base, data: "354 go on\r\n552 5.3.4 too big", content: "hang" });
        assert.strictEqual(hard.result.type, "failed");
        const soft = yield* against({ ...base, contentAfter: 1000, content: "452 4.3.1 full" }, huge());
        assert.deepStrictEqual(deferredFor(soft.result), ["ann@there.test"]);
        const leaving = yield* against({ ...base, data: "354 go on\r\n421 4.3.2 bye", content: "hang" });
        assert.deepStrictEqual(deferredFor(leaving.result), ["ann@there.test"]);
      }).pipe(Effect.scoped),
    );

    it.live("cut before the end of the content has left: not accepted, and known not to be", () =>
      Effect.gen(function* () {
        const { relay, result } = yield* against({ ...base, readUntil: 1000 }, huge());
        assert.deepStrictEqual(deferredFor(result), ["ann@there.test"]);
        assert.isFalse(relay.contents.some((content) => content.endsWith("\r\n.\r\n")));
        assert.strictEqual(relay.connections(), 1);
      }).pipe(Effect.scoped),
    );

    it.live("cut when the end of the content may have been read: lost", () =>
      Effect.gen(function* () {
        // Small enough for the buffers, and the relay reads only a part.
        const { result } = yield* against(
          { ...base, readUntil: 10 },
          permitOf({ raw: text("Hello.\r\n".repeat(1000)) }),
        );
        assert.strictEqual(result.type, "lost");
      }).pipe(Effect.scoped),
    );

    for (const [step, extra] of [
      ["EHLO", { ehlo: `${base === modes[0][1] ? "250 relay.test" : pipelined}\r\n250 again` }],
      ["MAIL", { mail: "250 ok\r\n250 ok" }],
      ["RCPT", { rcpt: "250 ok\r\n250 ok" }],
      ["DATA", { data: "250 ok\r\n354 go on" }],
    ] as const) {
      it.live(`one reply too many to ${step}: put off, and the session is over`, () =>
        Effect.gen(function* () {
          const { relay, result } = yield* against({ ...base, ...extra });
          assert.deepStrictEqual(deferredFor(result), ["ann@there.test"]);
          assert.deepStrictEqual(relay.contents, []);
        }).pipe(Effect.scoped),
      );
    }

    it.live("replies given in advance are not taken for answers to the next message", () => {
      const ahead = mode === "pipelined" ? "250 ok\r\n250 ok\r\n354 go on\r\n250 taken" : "250 ok";
      let script: Script = { ...base, content: `250 taken\r\n${ahead}` };
      return through(
        () => script,
        { maxConnections: 1 },
        (transport, relay) =>
          Effect.gen(function* () {
            // The first reply is in step, whatever comes behind it.
            assert.strictEqual((yield* handOver(transport, permitOf())).type, "delivered");
            script = { ...base, content: "550 no" };
            assert.strictEqual((yield* handOver(transport, permitOf())).type, "failed");
            assert.strictEqual(relay.connections(), 2);
          }),
      );
    });

    it.live("a reply too few: put off before the content, lost after it", () =>
      Effect.gen(function* () {
        for (const missing of [{ mail: "hang" }, { rcpt: "hang" }, { data: "hang" }] as const) {
          const { relay, result } = yield* against({ ...base, ...missing }, permitOf(), { silence: 200 });
          assert.deepStrictEqual(deferredFor(result), ["ann@there.test"]);
          assert.deepStrictEqual(relay.contents, []);
        }
        const after = yield* against({ ...base, content: "hang" }, permitOf(), { silence: 200 });
        assert.strictEqual(after.result.type, "lost");
      }).pipe(Effect.scoped),
    );

    it.live("what is no reply ends the session: put off before the content, lost after it", () =>
      Effect.gen(function* () {
        for (const nonsense of ["250 o\nk", "250", "250-a\r\n550 b", `250 ${"x".repeat(5000)}`, "354 what"]) {
          const before = yield* against({ ...base, mail: nonsense });
          if (nonsense === "250") assert.strictEqual(before.result.type, "delivered");
          else assert.deepStrictEqual(deferredFor(before.result), ["ann@there.test"], nonsense);
        }
        for (const nonsense of ["250 o\nk", "250-a\r\n550 b", `250 ${"x".repeat(5000)}`]) {
          const after = yield* against({ ...base, content: nonsense });
          assert.strictEqual(after.result.type, "lost", nonsense);
        }
      }).pipe(Effect.scoped),
    );

    it.live("421 at any step is the end of the session and of nothing else", () =>
      Effect.gen(function* () {
        const bye = "421 4.3.2 bye close";
        for (const step of ["greeting", "ehlo", "mail", "rcpt", "data", "content"] as const) {
          const { result } = yield* against({ ...base, [step]: bye });
          assert.deepStrictEqual(deferredFor(result), ["ann@there.test"], step);
          assert.match(result.reply, /421 4\.3\.2 bye/);
        }
      }).pipe(Effect.scoped),
    );

    it.live("a reply that drips meets the deadline: put off before the content, lost after it", () =>
      Effect.gen(function* () {
        const drip = (line: string): Script => ({
          ...base,
          cut: (octets) => (octets.includes(line) ? [...octets] : [octets]),
        });
        const long = "250-and so on, and on, and on, and on, and on, and on, and on\r\n".repeat(40).trimEnd();
        const limits = { silence: 5_000, deadline: 300 };
        const before = yield* against({ ...drip("and so on"), mail: long }, permitOf(), limits);
        assert.deepStrictEqual(deferredFor(before.result), ["ann@there.test"]);
        const after = yield* against({ ...drip("and so on"), content: long }, permitOf(), limits);
        assert.strictEqual(after.result.type, "lost");
        const ehlo = yield* against({ ...drip("and so on"), ehlo: long }, permitOf(), { connect: 100, greeting: 40 });
        assert.strictEqual(ehlo.result.type, "deferred");
      }).pipe(Effect.scoped),
    );

    it.live("replies are the same in one packet, one a packet, or cut at any byte", () =>
      Effect.gen(function* () {
        const cuts: readonly NonNullable<Script["cut"]>[] = [
          (octets) => [octets],
          (octets) => octets.split(/(?<=\r\n)/),
          (octets) => [...octets],
          (octets) => octets.split(/(?<=\r)/),
          (octets) => octets.split(/(?<=^\d{3})/m),
        ];
        const answers: Record<string, string> = { "bob@there.test": "450-4.2.0 grey\r\n450 4.2.0 listed" };
        for (const cut of cuts) {
          const rcpt = (address: string) => answers[address] ?? "250-2.1.5 well\r\n250 2.1.5 ok";
          const { relay, result } = yield* against({ ...base, cut, rcpt }, permitOf({ recipients: three }));
          assert.deepStrictEqual(deferredFor(result), ["bob@there.test"]);
          assert.strictEqual(relay.contents.length, 1);
        }
      }).pipe(Effect.scoped),
    );
  });
}

describe.concurrent("content for nobody", () => {
  it.live("a server that takes DATA although it refused everybody gets a bare dot, and goes on", () => {
    let script: Script = { ehlo: pipelined, rcpt: "550 no", data: "354 go on", content: "554 nobody" };
    return through(
      () => script,
      { maxConnections: 1 },
      (transport, relay) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* handOver(transport, permitOf())).type, "failed");
          assert.deepStrictEqual(relay.contents, ["\r\n"]);
          script = { ehlo: pipelined };
          assert.strictEqual((yield* handOver(transport, permitOf())).type, "delivered");
          assert.strictEqual(relay.connections(), 1);
        }),
    );
  });

  it.live("a server that refuses MAIL and takes the rest gets not even a dot", () =>
    Effect.gen(function* () {
      const relay = yield* scripted(() => ({ ehlo: pipelined, mail: "550 no", data: "354 go on" }));
      const result = yield* one(`smtp://127.0.0.1:${relay.port}`);
      assert.strictEqual(result.type, "failed");
      assert.deepStrictEqual(relay.contents, []);
    }).pipe(Effect.scoped),
  );
});
