/**
 * OV-32 Random relays, random cuts, random stops: whatever happens, each message gets one answer, and the answer is true.
 *
 * What the relay had in hand is the judge: a recipient counts as served only if the relay took the content's end with that recipient
 * accepted and said 2yz to it; as refused or remaining only if it took no such content, or refused it.
 */
import { Effect, Fiber } from "effect";
import fc from "fast-check";
import { assert, describe, it } from "vitest";
import type { HandOver } from "../../src/contracts/Oversight.ts";
import { layerSmtp } from "../../src/delivery/SmtpTransport.ts";
import { Transport } from "../../src/delivery/Transport.ts";
import { handOver } from "./exchange.ts";
import { permitOf, text } from "./permit.ts";
import { scripted, type Answer, type Relay, type Script } from "./relay.ts";

/** What goes wrong at any step. */
const wrong: readonly Answer[] = [
  "450 4.2.0 later",
  "550 5.1.1 no",
  "421 4.3.2 bye close",
  "452 4.5.3 too many",
  "554 5.7.1 no close",
  "250-a\r\n250-b\r\n250 c",
  "2x0 what",
  "354 what",
  "250 ok close",
  "close",
  "die",
];

/**
 * A relay may leave replies out, or give too many; not both, since the one would hide the other and it would be in step again. Nor does it
 * refuse, in a packet of its own, a content that it then accepts: no client can tell.
 */
const missing: readonly Answer[] = ["hang", "250-half"];
const extra: readonly Answer[] = ["250 ok\r\n250 again", "250 ok\r\n550 again"];
const early: readonly Answer[] = ["354 go\r\n250 early", "354 go\r\n451 early", "354 go\r\n250 early\r\n451 early"];

interface World {
  readonly pipelining: boolean;
  /** For each answer of the relay in turn, over and over: below `odds`, one of `wrong`. */
  readonly dice: readonly number[];
  readonly odds: number;
  readonly count: "too_few" | "too_many";
  readonly cuts: readonly number[];
  readonly contentAfter: number | undefined;
  /** Recipients of each message. */
  readonly messages: readonly number[];
  readonly connections: number;
  /** For each question in turn, over and over. */
  readonly mayBegin: readonly boolean[];
  /** After so many milliseconds the transport is closed. */
  readonly closed: number | undefined;
}

const seldom = <A>(arbitrary: fc.Arbitrary<A>): fc.Arbitrary<A | undefined> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const world: fc.Arbitrary<World> = fc.record({
  pipelining: fc.boolean(),
  dice: fc.array(fc.noBias(fc.nat(999)), { minLength: 15, maxLength: 60 }),
  odds: fc.constantFrom(0, 50, 150, 300),
  count: fc.constantFrom("too_few", "too_many"),
  cuts: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 8 }),
  contentAfter: seldom(fc.constantFrom(10, 40)),
  messages: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 }),
  connections: fc.integer({ min: 1, max: 3 }),
  mayBegin: fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }).map((answers) => [true, true, true, ...answers]),
  closed: seldom(fc.integer({ min: 1, max: 60 })),
});

const scriptOf = (made: World): Script => {
  const faults = [
    ...wrong,
    ...(made.count === "too_few" ? missing : made.cuts.length > 0 ? extra : [...extra, ...early]),
  ];
  let rolled = 0;
  const roll = (right: Answer): Answer => {
    const die = made.dice[rolled++ % made.dice.length]!;
    return die < made.odds ? faults[die % faults.length]! : right;
  };
  let cut = 0;
  return {
    ehlo: made.pipelining ? "250-relay.test\r\n250 PIPELINING" : "250 relay.test",
    get mail() {
      return roll("250 ok");
    },
    rcpt: () => roll("250 ok"),
    get data() {
      return roll("354 go on");
    },
    content: () => roll("250 taken"),
    ...(made.contentAfter === undefined ? {} : { contentAfter: made.contentAfter }),
    get rset() {
      return roll("250 ok");
    },
    ...(made.cuts.length === 0
      ? {}
      : {
          cut: (octets: string) => {
            const pieces: string[] = [];
            for (let from = 0; from < octets.length;) {
              const length = made.cuts[cut++ % made.cuts.length]!;
              pieces.push(octets.slice(from, from + length));
              from += length;
            }
            return pieces;
          },
        }),
  };
};

/** The first reply of an answer, where there is a whole one. */
const said = (answer: Answer): string => (/^(?:\d{3}-[^\r]*\r\n)*\d{3} /.test(answer) ? answer[0]! : "nothing");

const check = (relay: Relay, recipients: readonly string[], body: string, result: HandOver): void => {
  const mine = relay.taken.filter(({ content }) => content.includes(body));
  for (const { content } of mine) assert.isTrue(content.endsWith(`${body}\r\n`), "other bytes");
  const of = (address: string) => mine.filter((one) => one.recipients.includes(address));
  const refused = "refused" in result ? result.refused.map(({ address }) => address) : [];
  const remaining = "remaining" in result ? result.remaining : result.type === "recalled" ? recipients : [];
  assert.sameMembers([...refused, ...remaining], [...new Set([...refused, ...remaining])], "in two places");
  for (const address of [...refused, ...remaining]) assert.include(recipients, address);
  for (const address of recipients) {
    const contents = of(address);
    assert.isAtMost(contents.length, result.type === "recalled" ? 0 : 1, `${address} twice`);
    const open = refused.includes(address) || remaining.includes(address);
    if (!open) {
      assert.strictEqual(said(contents[0]?.answer ?? "nothing"), "2", `${address} counts as served: ${result.type}`);
      assert.notStrictEqual(result.type, "failed");
    } else if (result.type !== "lost" || refused.includes(address)) {
      for (const { answer } of contents) assert.include(["4", "5"], said(answer), `${address} counts as not served`);
    }
  }
  if (result.type === "delivered") assert.isTrue(recipients.some((address) => !refused.includes(address)));
  if (result.type === "failed") assert.sameMembers([...refused], [...recipients]);
  if (result.type === "deferred") assert.isNotEmpty(remaining);
};

const run = (made: World): Effect.Effect<readonly HandOver["type"][]> =>
  Effect.gen(function* () {
    const script = scriptOf(made);
    const relay = yield* scripted(() => script);
    let asked = 0;
    const mayBegin = Effect.sync(() => made.mayBegin[asked++ % made.mayBegin.length]!);
    const limits = { maxConnections: made.connections, silence: 60, greeting: 2_000, deadline: 3_000 };
    const layer = layerSmtp({ url: `smtp://127.0.0.1:${relay.port}`, limits });
    const letters = made.messages.map((count, at) => ({
      body: `This is message ${at}, and .dots.\r\n.and a line of dots`,
      recipients: Array.from({ length: count }, (_, i) => `p${i}@m${at}.test`),
    }));
    const fibers = yield* Effect.gen(function* () {
      const transport = yield* Transport;
      const started = yield* Effect.forEach(letters, ({ body, recipients }) =>
        Effect.forkDetach(handOver(transport, permitOf({ recipients, raw: text(`${body}\r\n`) }), mayBegin)),
      );
      if (made.closed === undefined) yield* Effect.forEach(started, Fiber.await, { discard: true });
      else yield* Effect.sleep(`${made.closed} millis`);
      return started;
    }).pipe(Effect.provide(layer));
    // None waits for ever.
    const results = yield* Effect.timeout(Effect.forEach(fibers, Fiber.join), "10 seconds");
    // What the relay still reads belongs to the judgement.
    yield* Effect.sleep("20 millis");
    for (const [at, { body, recipients }] of letters.entries()) check(relay, recipients, body, results[at]!);
    return results.map(({ type }) => type);
  }).pipe(Effect.scoped, Effect.orDie);

describe("OV-32 random relays", () => {
  it("each message gets one answer, and it is true", { timeout: 600_000 }, async () => {
    const seen: Record<string, number> = {};
    await fc.assert(
      fc.asyncProperty(world, async (made) => {
        for (const type of await Effect.runPromise(run(made))) seen[type] = (seen[type] ?? 0) + 1;
      }),
      {
        numRuns: Number(process.env["WORLDS"] ?? 200),
        endOnFailure: true,
        ...(process.env["WORLD_SEED"] === undefined ? {} : { seed: Number(process.env["WORLD_SEED"]) }),
      },
    );
    // Worlds in which nothing happens would prove nothing.
    for (const type of ["delivered", "failed", "deferred", "lost", "recalled"])
      assert.isAbove(seen[type] ?? 0, 0, type);
    if (process.env["WORLDS"] !== undefined) console.log(JSON.stringify(seen));
  });
});
