/** Every recipient is accounted for, one by one: over several transactions and sessions of one hand-over, and over several tries. */
import { assert, describe, it } from "@effect/vitest";
import { Effect } from "effect";
import type { HandOver } from "../../src/contracts/Oversight.ts";
import { against, answered, deferredFor, handOver, pipelined, through } from "./exchange.ts";
import { permitOf } from "./permit.ts";
import type { Relay, Script } from "./relay.ts";

const people = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}${i}@there.test`);
const refusedBy = (result: HandOver) =>
  "refused" in result ? result.refused.map(({ address }) => address) : `no refusals: ${result.type}`;

/** For each content that was taken, the recipients that had been accepted for it. */
const served = (relay: Relay): readonly (readonly string[])[] =>
  relay.taken.filter(({ answer }) => answer.startsWith("2")).map(({ recipients }) => recipients);

for (const [mode, base] of [
  ["in step", {}],
  ["pipelined", { ehlo: pipelined }],
] as const satisfies readonly (readonly [string, Script])[]) {
  describe.concurrent(`recipients, ${mode}`, () => {
    const answers: Readonly<Record<string, string>> = {
      "bob@there.test": "450 4.2.0 later",
      "cyn@there.test": "550 5.1.1 unknown",
    };
    const rcpt = (address: string) => answers[address] ?? "250 ok";

    it.live("250, 450 and 550: served, remaining and refused, beside what earlier tries left", () =>
      Effect.gen(function* () {
        const earlier = { address: "dan@there.test", reply: "551 moved" };
        const recipients = ["ann@there.test", "bob@there.test", "cyn@there.test"];
        const { result } = yield* against({ ...base, rcpt }, permitOf({ recipients, refused: [earlier] }));
        assert.deepStrictEqual(result, {
          type: "deferred",
          reply: "250 taken; refused: bob@there.test (450 4.2.0 later), cyn@there.test (550 5.1.1 unknown)",
          retryAt: result.type === "deferred" ? result.retryAt : 0,
          remaining: ["bob@there.test"],
          refused: [earlier, { address: "cyn@there.test", reply: "550 5.1.1 unknown" }],
          partly: true,
        });
      }).pipe(Effect.scoped),
    );

    it.live("the last of them: delivered if anybody was ever served, else failed; all others by name", () =>
      Effect.gen(function* () {
        const earlier = { address: "dan@there.test", reply: "551 moved" };
        const last = { recipients: ["cyn@there.test"], refused: [earlier] };
        const after = yield* against({ ...base, rcpt }, permitOf({ ...last, partly: true }));
        assert.deepStrictEqual(after.result, {
          type: "delivered",
          reply: "550 5.1.1 unknown",
          refused: [earlier, { address: "cyn@there.test", reply: "550 5.1.1 unknown" }],
        });
        const never = yield* against({ ...base, rcpt }, permitOf(last));
        assert.strictEqual(never.result.type, "failed");
        assert.deepStrictEqual(refusedBy(never.result), ["dan@there.test", "cyn@there.test"]);
        // Nobody answers for a message that is refused as a whole: each of its recipients is refused.
        const whole = yield* against(
          { ...base, rcpt, content: "554 5.7.1 spam" },
          permitOf({ recipients: ["ann@there.test", "cyn@there.test"] }),
        );
        assert.strictEqual(whole.result.type, "failed");
        assert.deepStrictEqual(whole.result.type === "failed" && whole.result.refused, [
          { address: "ann@there.test", reply: "554 5.7.1 spam" },
          { address: "cyn@there.test", reply: "550 5.1.1 unknown" },
        ]);
      }).pipe(Effect.scoped),
    );

    it.live("more than 100 go in transactions of at most 100 over one session, nobody twice", () =>
      Effect.gen(function* () {
        const recipients = people("p", 250);
        const { relay, result } = yield* against(base, permitOf({ recipients }));
        assert.strictEqual(result.type, "delivered");
        assert.deepStrictEqual(
          served(relay).map(({ length }) => length),
          [100, 100, 50],
        );
        assert.deepStrictEqual(served(relay).flat(), recipients);
        assert.strictEqual(relay.connections(), 1);
      }).pipe(Effect.scoped),
    );

    it.live("too many for a transaction go into the next at once, as many as there was room for", () =>
      Effect.gen(function* () {
        for (const tooMany of ["452 4.5.3 too many", "452 too many", "552 too many"]) {
          let room = 0;
          const recipients = people("p", 8);
          const script: Script = {
            ...base,
            get mail() {
              room = 3;
              return "250 ok";
            },
            rcpt: () => (room-- > 0 ? "250 ok" : tooMany),
          };
          const { relay, result } = yield* against(script, permitOf({ recipients }));
          assert.strictEqual(result.type, "delivered");
          assert.deepStrictEqual(
            served(relay).map(({ length }) => length),
            [3, 3, 2],
          );
          assert.deepStrictEqual(served(relay).flat(), recipients);
        }
      }).pipe(Effect.scoped),
    );

    it.live("452 for another reason, or when there was room for nobody, waits for the next try", () =>
      Effect.gen(function* () {
        for (const full of ["452 4.2.2 mailbox full", "452 4.3.1 no space"]) {
          const some = yield* against(
            { ...base, rcpt: (address) => (address.startsWith("ann") ? "250 ok" : full) },
            permitOf({ recipients: ["ann@there.test", "bob@there.test"] }),
          );
          assert.deepStrictEqual(deferredFor(some.result), ["bob@there.test"]);
          assert.strictEqual(some.relay.commands.filter((line) => line.startsWith("MAIL")).length, 1);
        }
        const none = yield* against({ ...base, rcpt: "452 4.5.3 too many" });
        assert.deepStrictEqual(deferredFor(none.result), ["ann@there.test"]);
        assert.strictEqual(none.relay.commands.filter((line) => line.startsWith("MAIL")).length, 1);
      }).pipe(Effect.scoped),
    );

    for (const [how, bye] of [
      ["421", "421 4.7.0 too many errors close"],
      ["a closed connection", "550 5.1.1 unknown close"],
    ] as const) {
      it.live(
        `a relay that ends the session by ${how} after 20 refusals: the good ones behind the bad are served`,
        () => {
          let errors = 0;
          let session = 0;
          let relay: Relay | null = null;
          const script: Script = {
            ...base,
            rcpt: (address) => {
              if (relay!.connections() !== session) {
                session = relay!.connections();
                errors = 0;
              }
              if (!address.startsWith("bad")) return "250 ok";
              errors += 1;
              return errors > 20 ? bye : "550 5.1.1 unknown";
            },
          };
          return through(
            () => script,
            { maxConnections: 2 },
            (transport, opened) =>
              Effect.gen(function* () {
                relay = opened;
                const good = people("good", 20);
                const recipients = [...good.slice(0, 2), ...people("bad", 70), ...good.slice(2)];
                const result = yield* handOver(transport, permitOf({ recipients }));
                assert.strictEqual(result.type, "delivered");
                assert.deepStrictEqual(refusedBy(result), people("bad", 70));
                assert.deepStrictEqual(served(relay).flat().toSorted(), good.toSorted());
                assert.isAtMost(relay.connections(), 8);
              }),
          );
        },
      );
    }

    it.live("a relay that ends every session at once is not asked for ever", () =>
      Effect.gen(function* () {
        const { relay, result } = yield* against(
          { ...base, rcpt: "421 4.7.0 no close" },
          permitOf({ recipients: people("p", 50) }),
        );
        assert.deepStrictEqual(deferredFor(result), people("p", 50));
        assert.strictEqual(relay.connections(), 1);
      }).pipe(Effect.scoped),
    );

    it.live("a refusal of the message for now is not repeated for the others", () =>
      Effect.gen(function* () {
        for (const step of ["mail", "data", "content"] as const) {
          const { relay, result } = yield* against(
            { ...base, [step]: "451 4.7.1 slow down" },
            permitOf({ recipients: people("p", 150) }),
          );
          assert.deepStrictEqual(deferredFor(result), people("p", 150));
          assert.strictEqual(relay.commands.filter((line) => line.startsWith("MAIL")).length, 1, step);
        }
      }).pipe(Effect.scoped),
    );

    it.live(
      "lost in the second transaction: those of the first stay served, the others remain, and the reply names whom",
      () =>
        Effect.gen(function* () {
          let contents = 0;
          const recipients = people("p", 230);
          const { relay, result } = yield* against(
            { ...base, content: () => (contents++ === 0 ? "250 taken" : "die") },
            permitOf({ recipients, refused: [{ address: "dan@there.test", reply: "551 moved" }] }),
          );
          assert.strictEqual(result.type, "lost");
          assert.deepStrictEqual(result.type === "lost" && result.remaining, recipients.slice(100));
          assert.isTrue(result.type === "lost" && result.partly);
          assert.deepStrictEqual(refusedBy(result), ["dan@there.test"]);
          assert.match(result.reply, /nobody knows about: p100@there\.test, .*p104@there\.test and 95 more/);
          assert.strictEqual(relay.connections(), 1);
        }).pipe(Effect.scoped),
    );

    it.live("stopped between two transactions: no further MAIL, and nothing to wait for", () =>
      through(
        () => base,
        { maxConnections: 1 },
        (transport, relay) =>
          Effect.gen(function* () {
            const recipients = people("p", 150);
            const answers = [true, false];
            const question = Effect.sync(() => answers.shift()!);
            const before = Math.floor(Date.now() / 1000);
            const result = answered(yield* handOver(transport, permitOf({ recipients }), question));
            assert.deepStrictEqual(deferredFor(result), recipients.slice(100));
            assert.isTrue(result.type === "deferred" && result.partly && result.retryAt <= before + 5);
            assert.strictEqual(relay.commands.filter((line) => line.startsWith("MAIL")).length, 1);
          }),
      ),
    );
  });
}

describe.concurrent("what the relay refuses because of our settings", () => {
  const auth = "250-relay.test\r\n250 AUTH PLAIN";

  it.live("a login that it wants and SMTP_URL does not have: put off, with what to do", () =>
    Effect.gen(function* () {
      for (const script of [
        { ehlo: auth, mail: "550 5.7.1 denied" },
        { ehlo: auth, rcpt: "554 5.7.1 Relay access denied" },
        { ehlo: auth, mail: "530 5.7.0 Authentication required" },
        { mail: "530 5.7.0 Authentication required" },
      ]) {
        const { result } = yield* against(script);
        assert.deepStrictEqual(deferredFor(result), ["ann@there.test"]);
        assert.match(result.reply, /user and password into SMTP_URL: 5\d\d 5\.7/);
      }
      const tls = yield* against({ mail: "530 5.7.0 Must issue a STARTTLS command first" });
      assert.deepStrictEqual(deferredFor(tls.result), ["ann@there.test"]);
      assert.match(tls.result.reply, /starttls=required/);
    }).pipe(Effect.scoped),
  );

  it.live("where there is no login to be had, or for another reason, it is the message's refusal", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* against({ mail: "550 5.7.1 denied" })).result.type, "failed");
      assert.strictEqual((yield* against({ ehlo: auth, mail: "550 5.1.8 bad sender" })).result.type, "failed");
      assert.strictEqual((yield* against({ ehlo: auth, rcpt: "550 5.1.1 unknown" })).result.type, "failed");
    }).pipe(Effect.scoped),
  );
});
