/** Time, failure and memory: what a verdict is when sources are late, down, or wiped. */
import { describe, expect, it } from "@effect/vitest";
import { Deferred, Effect, Fiber } from "effect";
import { TestClock } from "effect/testing";
import { ANSWER_CAPACITY } from "../../../src/risk/inquiry/AnswerCache.ts";
import { SOURCE_LIMIT_MILLIS } from "../../../src/risk/inquiry/questions.ts";
import {
  type AssessmentInput,
  layerSources,
  RiskAssessor,
  type RiskAssessorConfig,
  VERDICT_BUDGET_MILLIS,
} from "../../../src/risk/RiskAssessor.ts";
import { failed, finding, type Finding, type RiskSource } from "../../../src/risk/RiskSource.ts";

const clean = finding("not_block_listed", { source: "net", version: "1" });
const listed = finding("block_listed_threat", { source: "net", version: "1" });

/** A network source that answers what the test says, after what it waits for. */
const scripted = (answer: (host: string) => Effect.Effect<readonly Finding[]>, more: Partial<RiskSource> = {}) => {
  const asked: string[] = [];
  const source: RiskSource = {
    name: "net",
    reach: "network",
    assess: ({ host }) => Effect.suspend(() => (asked.push(host), answer(host))),
    ...more,
  };
  return { asked, source };
};
const on = <A, E>(
  sources: readonly RiskSource[],
  body: Effect.Effect<A, E, RiskAssessor>,
  config: Partial<RiskAssessorConfig> = {},
) => body.pipe(Effect.provide(layerSources({ ownDomains: [], ...config }, sources)));
const assess = (hosts: string | readonly string[], rest: Partial<AssessmentInput> = {}) =>
  Effect.flatMap(RiskAssessor, (assessor) =>
    assessor.assess({
      recipients: [hosts].flat().map((domain) => ({ addrSpec: `x@${domain}`, domain })),
      replyTo: null,
      ownDomains: [],
      knownDomains: [],
      lists: { deny: [], allow: [] },
      ...rest,
    }),
  );
const forked = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true });
const said = (verdict: Effect.Success<ReturnType<typeof assess>>) =>
  verdict.signals.map(({ name, stale }) => `${name}${stale ? " stale" : ""}`);

describe("the budget", () => {
  it.effect("is one for the whole message, however many domains and sources are late", () => {
    const nets = ["a", "b", "c"].map((name) => scripted(() => Effect.never, { name }).source);
    return on(
      nets,
      Effect.gen(function* () {
        const hosts = Array.from({ length: 50 }, (_, i) => `d${i}.example.com`);
        const fiber = yield* forked(assess(hosts));
        yield* TestClock.adjust(VERDICT_BUDGET_MILLIS - 1);
        expect(fiber.pollUnsafe()).toBeUndefined();
        yield* TestClock.adjust(1);
        const verdict = yield* Fiber.join(fiber);
        expect(verdict).toMatchObject({ unknown: true, flags: ["unknown"] });
        expect(verdict.signals.length).toBe(150);
        expect(verdict.signals.every(({ error }) => error === "no answer within 800 ms")).toBe(true);
      }),
    );
  });

  it.effect("what is late refreshes the cache, is asked once, and counts from then on", () => {
    const { asked, source } = scripted(() => Effect.as(Effect.sleep("5 seconds"), [listed]));
    return on(
      [source],
      Effect.gen(function* () {
        const first = yield* forked(assess("example.com"));
        yield* TestClock.adjust("1 second");
        expect(yield* Fiber.join(first)).toMatchObject({ score: 2_000, unknown: true });
        const second = yield* forked(assess("EXAMPLE.com."));
        yield* TestClock.adjust("1 second");
        expect(yield* Fiber.join(second)).toMatchObject({ score: 2_000, unknown: true });
        yield* TestClock.adjust("3 seconds");
        expect(yield* assess("example.com")).toMatchObject({ score: 9_000, unknown: false, flags: ["threat_listed"] });
        expect(asked).toEqual(["example.com"]);
      }),
    );
  });

  it.effect("a source that never ends is given up, and may be asked again", () => {
    const { asked, source } = scripted(() => Effect.never);
    return on(
      [source],
      Effect.gen(function* () {
        const fiber = yield* forked(assess("example.com"));
        yield* TestClock.adjust(SOURCE_LIMIT_MILLIS);
        yield* Fiber.join(fiber);
        // Given up, and remembered as failed for five minutes.
        expect((yield* assess("example.com")).signals[0]).toMatchObject({ error: "timed_out" });
        yield* TestClock.adjust("301 seconds");
        yield* forked(assess("example.com"));
        yield* TestClock.adjust("1 second");
        expect(asked.length).toBe(2);
      }),
    );
  });
});

describe("what was known before", () => {
  it.effect("counts on, marked stale, while the source is down: nobody is rid of a listing by silencing it", () => {
    let isDown = false;
    const { source } = scripted((host) =>
      Effect.succeed(isDown ? [failed("net", "1", "down", 0)] : [host === "bad.org" ? listed : clean]),
    );
    return on(
      [source],
      Effect.gen(function* () {
        expect((yield* assess(["bad.org", "good.org"])).score).toBe(9_000);
        isDown = true;
        // After the answers' hour: of the bad one the listing stays, of the good one nothing.
        yield* TestClock.adjust("2 hours");
        expect(said(yield* assess("bad.org"))).toEqual(["block_listed_threat stale", "source_failed"]);
        expect(said(yield* assess("good.org"))).toEqual(["source_failed"]);
        yield* TestClock.adjust("1 day");
        expect((yield* assess("bad.org")).score).toBe(9_200);
        isDown = false;
        yield* TestClock.adjust("301 seconds");
        expect(said(yield* assess("bad.org"))).toEqual(["block_listed_threat"]);
      }),
    );
  });

  it.effect("is asked for again when it is older than the asker allows; what is late then counts besides", () => {
    let gate: Effect.Effect<unknown> = Effect.void;
    let now: Finding = clean;
    const { asked, source } = scripted(() =>
      Effect.andThen(
        Effect.suspend(() => gate),
        Effect.sync(() => [now]),
      ),
    );
    return on(
      [source],
      Effect.gen(function* () {
        yield* assess("example.com");
        yield* TestClock.adjust("200 seconds");
        expect(said(yield* assess("example.com", { freshWithin: 300 }))).toEqual(["not_block_listed"]);
        yield* TestClock.adjust("200 seconds");
        now = listed;
        expect(said(yield* assess("example.com"))).toEqual(["not_block_listed"]);
        gate = Effect.never;
        const late = yield* forked(assess("example.com", { freshWithin: 300 }));
        yield* TestClock.adjust("1 second");
        expect(said(yield* Fiber.join(late))).toEqual(["not_block_listed stale", "source_failed"]);
        yield* TestClock.adjust("20 seconds");
        gate = Effect.void;
        yield* TestClock.adjust("301 seconds");
        expect((yield* assess("example.com", { freshWithin: 300 })).score).toBe(9_000);
        expect(asked.length).toBe(3);
      }),
    );
  });

  it.effect("is no answer of another version", () => {
    let version = "1";
    const { asked, source } = scripted(() => Effect.succeed([clean]), { version: () => version });
    return on(
      [source],
      Effect.gen(function* () {
        yield* assess("example.com");
        version = "2";
        yield* assess("example.com");
        yield* assess("example.com");
        expect(asked.length).toBe(2);
      }),
    );
  });
});

describe("the breaker", () => {
  it.effect("stops asking a source that fails for one name after another, shows it, and takes it up again", () => {
    let isDown = true;
    const { asked, source } = scripted(() => Effect.succeed(isDown ? [failed("net", "1", "down", 0)] : [clean]));
    return on(
      [source],
      Effect.gen(function* () {
        const { status } = yield* RiskAssessor;
        for (let i = 0; i < 5; i++) yield* assess(`d${i}.org`);
        expect((yield* status)[0]).toMatchObject({
          source: "net",
          reach: "network",
          breaker: { state: "open", failures: 5 },
        });
        const verdict = yield* assess("other.org");
        expect(verdict).toMatchObject({ unknown: true, score: 2_000 });
        expect(verdict.signals[0]?.error).toMatch(/^not asked/);
        expect(asked.length).toBe(5);
        isDown = false;
        yield* TestClock.adjust("30 seconds");
        expect((yield* assess("other.org")).unknown).toBe(false);
        expect((yield* status)[0]?.breaker).toEqual({ state: "closed", failures: 0, retryAt: null });
      }),
    );
  });

  it.effect("is not opened by one domain, nor by its subdomains", () => {
    const { source } = scripted((host) =>
      Effect.succeed(host.endsWith("broken.org") ? [failed("net", "1", "down", 0)] : [clean]),
    );
    return on(
      [source],
      Effect.gen(function* () {
        for (let i = 0; i < 20; i++) yield* assess(`${i}.broken.org`);
        expect((yield* assess("fine.org")).unknown).toBe(false);
      }),
    );
  });

  it.effect("has its probe back when whoever probed died", () => {
    let answer: Effect.Effect<readonly Finding[]> = Effect.succeed([failed("net", "1", "down", 0)]);
    const { source } = scripted(() => Effect.suspend(() => answer));
    return on(
      [source],
      Effect.gen(function* () {
        for (let i = 0; i < 5; i++) yield* assess(`d${i}.org`);
        yield* TestClock.adjust("30 seconds");
        answer = Effect.die("probe");
        yield* assess("probe.org");
        answer = Effect.succeed([clean]);
        yield* TestClock.adjust("60 seconds");
        expect((yield* assess("fine.org")).unknown).toBe(false);
      }),
    );
  });
});

describe("the cache", () => {
  it.effect("gives nobody another name's answer, however the name is written (poisoned cache)", () => {
    const { asked, source } = scripted((host) => Effect.succeed([host === "evil.org" ? listed : clean]));
    return on(
      [source],
      Effect.gen(function* () {
        for (const name of ["good.org", "GOOD.org", "good.org.", "ｇｏｏｄ．org", "good。org"]) {
          expect((yield* assess(name)).score, name).toBe(0);
        }
        expect(asked).toEqual(["good.org"]);
        expect((yield* assess("evil.org")).score).toBe(9_000);
        for (const name of [
          'good.org","net',
          "good.org\u0000evil.org",
          "good.org/evil.org",
          `good.org${".x".repeat(200)}`,
        ]) {
          const verdict = yield* assess(name);
          expect(
            verdict.signals.map(({ domain }) => domain),
            name,
          ).not.toContain("good.org");
        }
        // A name that cannot be read is told to nobody.
        expect(asked).toEqual(["good.org", "evil.org"]);
        expect((yield* assess("good.org")).score).toBe(0);
      }),
    );
  });

  it.effect("does not let one tenant's domains show to another: a network source sees none of them", () => {
    const seen: boolean[] = [];
    const source: RiskSource = {
      name: "net",
      reach: "network",
      assess: ({ watched }, correspondence) =>
        Effect.sync(() => {
          seen.push(watched.isOwn("secret.org"), correspondence !== undefined);
          return [clean];
        }),
    };
    return on(
      [source],
      Effect.gen(function* () {
        yield* assess("example.com", { ownDomains: ["secret.org"], mailbox: { tenant: "t", id: "m" } });
        expect(seen).toEqual([false, false]);
      }),
    );
  });

  it.effect("is bounded", () => {
    const { source } = scripted(() => Effect.succeed([clean]));
    return on(
      [source],
      Effect.gen(function* () {
        const { asked, source: counted } = scripted(() => Effect.succeed([clean]));
        yield* on(
          [counted],
          Effect.gen(function* () {
            for (let i = 0; i < 30; i++) yield* assess(`d${i}.org`);
            yield* assess("d29.org");
            expect(asked.length).toBe(30);
            yield* assess("d0.org");
            expect(asked.length).toBe(31);
          }),
          { capacity: 10 },
        );
        expect(ANSWER_CAPACITY).toBe(50_000);
      }),
    );
  });
});

describe("a source about correspondence", () => {
  it.effect("is asked each time, with who writes to whom, and nothing it says is kept", () => {
    const heard: unknown[] = [];
    const source: RiskSource = {
      name: "history",
      about: "correspondence",
      assess: (_, correspondence) =>
        Effect.sync(() => {
          heard.push(correspondence);
          return correspondence === undefined ? [] : [finding("first_contact", { source: "history", version: "1" })];
        }),
    };
    return on(
      [source],
      Effect.gen(function* () {
        expect((yield* assess("example.com")).signals).toEqual([]);
        yield* assess("example.com", { mailbox: { tenant: "t", id: "m" } });
        yield* assess("example.com", {
          mailbox: { tenant: "t2", id: "m" },
          replyTo: { addrSpec: "r@reply.org", domain: "reply.org" },
        });
        expect(heard).toEqual([
          undefined,
          { tenant: "t", mailbox: "m", recipients: ["x@example.com"] },
          { tenant: "t2", mailbox: "m", recipients: ["x@example.com"] },
          { tenant: "t2", mailbox: "m", recipients: [] },
        ]);
      }),
    );
  });

  it.effect("that is late is unknown", () => {
    const source: RiskSource = { name: "history", about: "correspondence", assess: () => Effect.never };
    return on(
      [source],
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>();
        const fiber = yield* forked(
          Effect.ensuring(
            assess("example.com", { mailbox: { tenant: "t", id: "m" } }),
            Deferred.succeed(gate, undefined),
          ),
        );
        yield* TestClock.adjust(VERDICT_BUDGET_MILLIS);
        expect((yield* Fiber.join(fiber)).unknown).toBe(true);
      }),
    );
  });
});
