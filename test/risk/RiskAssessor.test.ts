import { describe, expect, it } from "@effect/vitest";
import { Deferred, Effect, Fiber, Layer, Schema } from "effect";
import { TestClock } from "effect/testing";
import {
  DnsClient,
  type DnsAnswer,
  type DnsError,
  dnsError,
  layerFixed,
  layerOff,
  type MailExchanger,
} from "../../src/dns/DnsClient.ts";
import { domainOf } from "../../src/mail/address/domainOf.ts";
import { countingClient, exchanger, someExchangers } from "../dns/countingClient.ts";
import {
  layer,
  layerSources,
  RiskAssessor,
  VERDICT_BUDGET_MILLIS,
  type AssessmentInput,
} from "../../src/risk/RiskAssessor.ts";
import { finding, type Finding, type RiskSource } from "../../src/risk/RiskSource.ts";
import { isHeld, RiskVerdict } from "../../src/risk/RiskVerdict.ts";
import { DEFAULT_HOLD_THRESHOLD } from "../../src/risk/policy/Weights.ts";

const address = (addrSpec: string) => ({ addrSpec, domain: domainOf(addrSpec) });
const message = (to: readonly string[], rest: Partial<AssessmentInput> = {}): AssessmentInput => ({
  recipients: to.map(address),
  replyTo: null,
  ownDomains: [],
  knownDomains: [],
  lists: { deny: [], allow: [] },
  ...rest,
});
const assess = (to: readonly string[], rest: Partial<AssessmentInput> = {}) =>
  Effect.flatMap(RiskAssessor, (assessor) => assessor.assess(message(to, rest)));

const exchanges = { MX: [exchanger] };
const world = layer({ ownDomains: ["acme-corp.com"] }).pipe(
  Layer.provide(
    layerFixed({
      "example.com": exchanges,
      "example.org": exchanges,
      "mailinator.com": exchanges,
      "acme-corp.com": exchanges,
      "acme-c0rp.com": exchanges,
      "null.org": { MX: [{ exchange: "", priority: 0 }] },
      "down.org": { MX: dnsError("timed_out", "BUDGET") },
    }),
  ),
);

describe("the verdict", () => {
  it.effect("on an ordinary domain: 0, no flags, and the record of what was asked", () =>
    Effect.gen(function* () {
      const verdict = yield* assess(["ada@example.com"]);
      expect(verdict).toMatchObject({ score: 0, flags: [], blocked: false, blockedBy: null, unknown: false });
      expect(verdict.signals.map(({ domain, name }) => `${domain} ${name}`)).toEqual([
        "example.com registrable",
        "example.com not_disposable",
        "example.com no_lookalike",
        "example.com mail_exchange",
      ]);
      for (const { version, source } of verdict.signals) expect([version, source]).not.toContain("");
    }).pipe(Effect.provide(world)),
  );

  it.effect.each([
    ["disposable", "x@mailinator.com", ["disposable"], 8_000],
    ["null MX", "x@null.org", ["no_mail_exchange"], 9_000],
    ["no such domain", "x@absent.org", ["no_mail_exchange"], 9_000],
    ["lookalike", "x@acme-c0rp.com", ["lookalike"], 8_500],
    ["lookalike that does not exist", "x@acme-crop.com", ["no_mail_exchange", "lookalike"], 9_750],
  ] as const)("%s holds", ([, to, flags, score]) =>
    Effect.gen(function* () {
      const verdict = yield* assess([to]);
      expect(verdict).toMatchObject({ flags, score, unknown: false });
      expect(isHeld(verdict, DEFAULT_HOLD_THRESHOLD)).toBe(true);
    }).pipe(Effect.provide(world)),
  );

  it.effect("a failing source is unknown, above zero, below the threshold (D8)", () =>
    Effect.gen(function* () {
      const verdict = yield* assess(["x@down.org"]);
      expect(verdict).toMatchObject({ flags: ["unknown"], score: 2_000, unknown: true });
      expect(isHeld(verdict, DEFAULT_HOLD_THRESHOLD)).toBe(false);
      expect(isHeld(verdict, DEFAULT_HOLD_THRESHOLD, true)).toBe(true);
      expect(verdict.signals.at(-1)).toMatchObject({ source: "mail_exchange", error: "timed_out (BUDGET)" });
    }).pipe(Effect.provide(world)),
  );

  it.effect("is that of the worst domain, with the flags of all, each domain once", () =>
    Effect.gen(function* () {
      const verdict = yield* assess(["a@example.com", "b@Example.com.", "c@mailinator.com", "d@down.org"]);
      expect(verdict).toMatchObject({ score: 8_000, flags: ["disposable", "unknown"], unknown: true });
      expect([...new Set(verdict.signals.map(({ domain }) => domain))]).toEqual([
        "example.com",
        "mailinator.com",
        "down.org",
      ]);
      expect(verdict.signals.length).toBe(12);
    }).pipe(Effect.provide(world)),
  );

  it.effect("counts Reply-To", () =>
    Effect.gen(function* () {
      const verdict = yield* assess(["ada@example.com"], { replyTo: address("x@mailinator.com") });
      expect(verdict).toMatchObject({ score: 8_000, flags: ["disposable"] });
    }).pipe(Effect.provide(world)),
  );

  it.effect("takes own domains from the configuration and from the message, known ones from the message", () =>
    Effect.gen(function* () {
      expect((yield* assess(["x@example.com"], { ownDomains: ["exarnple.com"] })).flags).toEqual(["lookalike"]);
      expect((yield* assess(["x@example.com"], { knownDomains: ["exampel.com"] })).flags).toEqual(["lookalike"]);
      expect((yield* assess(["x@example.com"], { ownDomains: ["exarnple.com", "example.com"] })).flags).toEqual([]);
      expect((yield* assess(["x@example.com"])).flags).toEqual([]);
      expect((yield* assess(["x@acme-corp.com"])).flags).toEqual([]);
    }).pipe(Effect.provide(world)),
  );

  it.effect("notices that a list of known domains has changed", () =>
    Effect.gen(function* () {
      const metDomains = ["exampel.com"];
      expect((yield* assess(["x@example.com"], { metDomains })).flags).toEqual(["lookalike"]);
      metDomains[0] = "example.de";
      expect((yield* assess(["x@example.com"], { metDomains })).flags).toEqual([]);
      const knownDomains = ["other.com"];
      expect((yield* assess(["x@example.com"], { knownDomains })).flags).toEqual([]);
      knownDomains.push("exampel.com");
      expect((yield* assess(["x@example.com"], { knownDomains })).flags).toEqual(["lookalike"]);
    }).pipe(Effect.provide(world)),
  );

  it.effect("holds what is no domain", () =>
    Effect.gen(function* () {
      for (const to of [
        "x@[192.0.2.1]",
        "x@a b",
        `x@example.com${"\ufe0f".repeat(300)}`,
        `x@${"é".normalize("NFD").repeat(200)}.com`,
        "x@",
      ]) {
        const verdict = yield* assess([to]);
        expect(verdict, to).toMatchObject({ flags: ["unknown"], unknown: true });
        expect(isHeld(verdict, DEFAULT_HOLD_THRESHOLD)).toBe(true);
      }
    }).pipe(Effect.provide(world)),
  );

  it.effect("has no mail exchange signal when DNS is off", () =>
    Effect.gen(function* () {
      const verdict = yield* assess(["ada@absent.org"]);
      expect(verdict).toMatchObject({ score: 0, flags: [], unknown: false });
      expect(verdict.signals.some(({ source }) => source === "mail_exchange")).toBe(false);
    }).pipe(Effect.provide(Layer.provide(layer({ ownDomains: [] }), layerOff))),
  );

  it.effect("fits its schema", () =>
    Effect.gen(function* () {
      const verdict = yield* assess(["a@down.org", "b@mailinator.com", "c@[192.0.2.1]", "d@acme-c0rp.com"]);
      expect(yield* Schema.decodeUnknownEffect(RiskVerdict)(JSON.parse(JSON.stringify(verdict)))).toEqual(verdict);
    }).pipe(Effect.provide(world)),
  );
});

describe("the lists", () => {
  it.effect("block by any recipient, whatever the score", () =>
    Effect.gen(function* () {
      const lists = { deny: ["example.org"], allow: [] };
      expect(yield* assess(["a@example.com", "b@example.org"], { lists })).toMatchObject({
        score: 0,
        blocked: true,
        blockedBy: "deny:example.org",
      });
      expect(yield* assess(["a@example.com"], { lists })).toMatchObject({ blocked: false, blockedBy: null });
    }).pipe(Effect.provide(world)),
  );

  it.effect("admit every recipient or none; Reply-To is held against the deny list only", () =>
    Effect.gen(function* () {
      const lists = { deny: ["mailinator.com"], allow: ["example.com"] };
      const replyTo = address("me@example.org");
      expect((yield* assess(["a@example.com"], { lists, replyTo })).blocked).toBe(false);
      expect((yield* assess(["a@example.com", "b@example.org"], { lists })).blockedBy).toBe("allow:b@example.org");
      expect((yield* assess(["a@example.com"], { lists, replyTo: address("x@mailinator.com") })).blockedBy).toBe(
        "deny:mailinator.com",
      );
    }).pipe(Effect.provide(world)),
  );

  it.effect("do not make a risky domain less risky", () =>
    Effect.gen(function* () {
      const lists = { deny: [], allow: ["mailinator.com"] };
      expect(yield* assess(["a@mailinator.com"], { lists })).toMatchObject({ score: 8_000, blocked: false });
    }).pipe(Effect.provide(world)),
  );
});

describe("sources that misbehave", () => {
  const misbehaving = (name: string, source: RiskSource["assess"]): RiskSource => ({ name, assess: source });
  const verdictOf = (sources: readonly RiskSource[]) =>
    assess(["a@example.com"]).pipe(Effect.provide(layerSources({ ownDomains: [] }, sources)));

  it.effect("dying is unknown, and the others still count", () =>
    Effect.gen(function* () {
      const listedAs = finding("disposable", { source: "good", version: "1" });
      const verdict = yield* verdictOf([
        misbehaving("thrower", () => {
          throw new Error("at once");
        }),
        misbehaving("dier", () => Effect.die("later")),
        misbehaving("good", () => Effect.succeed([listedAs])),
      ]);
      expect(verdict).toMatchObject({ score: 8_720, flags: ["disposable", "unknown"] });
      expect(verdict.signals.map(({ source, error }) => [source, error])).toEqual([
        ["thrower", "source_died"],
        ["dier", "source_died"],
        ["good", undefined],
      ]);
    }),
  );

  it.effect("overrunning is unknown", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(verdictOf([misbehaving("slow", () => Effect.never)]));
      yield* TestClock.adjust(VERDICT_BUDGET_MILLIS);
      expect(yield* Fiber.join(fiber)).toMatchObject({
        score: 2_000,
        flags: ["unknown"],
        signals: [{ source: "slow", error: "no answer within 800 ms" }],
      });
    }),
  );

  it.effect("a weight that is no number counts as certainty, a lifetime that is none keeps nothing", () =>
    Effect.gen(function* () {
      let calls = 0;
      const nonsense: Finding = {
        ...finding("registrable", { source: "x", version: "1" }),
        weight: Number.NaN,
        keepFor: Number.NaN,
      };
      const assessor = layerSources({ ownDomains: [] }, [
        misbehaving("x", () => Effect.sync(() => (calls++, [nonsense]))),
      ]);
      yield* Effect.gen(function* () {
        expect(yield* assess(["a@example.com"])).toMatchObject({ score: 10_000, signals: [{ weight: 10_000 }] });
        yield* assess(["a@example.com"]);
      }).pipe(Effect.provide(assessor));
      expect(calls).toBe(2);
    }),
  );
});

describe("the cache", () => {
  /** The assessor over a resolver that counts and waits at a gate. */
  const counting = (answer: Effect.Effect<DnsAnswer<MailExchanger>, DnsError>) => {
    const { asked, client } = countingClient(() => answer);
    return { asked, assessor: Layer.provide(layer({ ownDomains: [] }), Layer.succeed(DnsClient, client)) };
  };

  it.effect("keeps an assessment no longer than its shortest-lived finding, counted from when that was obtained", () =>
    Effect.gen(function* () {
      const { asked, assessor } = counting(Effect.succeed(someExchangers));
      yield* Effect.gen(function* () {
        const one = { knownDomains: ["one.org"] };
        yield* assess(["a@example.com"], one);
        yield* TestClock.adjust("23 hours");
        // Another list of known domains: assessed anew, from an MX answer that has one hour left.
        const two = { knownDomains: ["two.org"] };
        expect((yield* assess(["a@example.com"], two)).signals.at(-1)?.fetched_at).toBe(0);
        yield* TestClock.adjust("59 minutes");
        yield* assess(["a@example.com"], two);
        expect(asked.length).toBe(1);
        yield* TestClock.adjust("1 minute");
        expect((yield* assess(["a@example.com"], two)).signals.at(-1)?.fetched_at).toBe(86_400);
        expect(asked.length).toBe(2);
      }).pipe(Effect.provide(assessor));
    }),
  );

  it.effect("asks again five minutes after a failure, and believes the answer", () =>
    Effect.gen(function* () {
      let isDown = true;
      const { asked, assessor } = counting(
        Effect.suspend(() =>
          isDown ? Effect.fail(dnsError("server_failed", "ESERVFAIL")) : Effect.succeed(someExchangers),
        ),
      );
      yield* Effect.gen(function* () {
        expect((yield* assess(["a@example.com"])).unknown).toBe(true);
        isDown = false;
        yield* TestClock.adjust("299 seconds");
        expect((yield* assess(["a@example.com"])).unknown).toBe(true);
        yield* TestClock.adjust("1 second");
        expect((yield* assess(["a@example.com"])).unknown).toBe(false);
        expect(asked.length).toBe(2);
      }).pipe(Effect.provide(assessor));
    }),
  );

  it.effect("finds out once for many messages at the same time", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>();
      const { asked, assessor } = counting(Effect.as(Deferred.await(gate), someExchangers));
      yield* Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(
          Effect.forEach(Array.from({ length: 20 }), () => assess(["a@example.com", "b@example.org"]), {
            concurrency: "unbounded",
          }),
          { startImmediately: true },
        );
        yield* Deferred.succeed(gate, undefined);
        expect((yield* Fiber.join(fiber)).length).toBe(20);
      }).pipe(Effect.provide(assessor));
      expect(asked.toSorted()).toEqual(["example.com", "example.org"]);
    }),
  );

  it.effect("works for lists that come as new arrays each time", () =>
    Effect.gen(function* () {
      const { asked, assessor } = counting(Effect.succeed(someExchangers));
      yield* Effect.gen(function* () {
        for (let i = 0; i < 100; i++) {
          yield* assess(["a@example.com"], { ownDomains: ["own.org"], knownDomains: [`known${i}.org`] });
        }
      }).pipe(Effect.provide(assessor));
      expect(asked.length).toBe(1);
    }),
  );
});
