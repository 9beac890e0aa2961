import { describe, expect, it } from "@effect/vitest";
import { Effect } from "effect";
import * as fc from "fast-check";
import { readDomain } from "../../../src/risk/ReadDomain.ts";
import {
  CorrespondenceHistory,
  CorrespondenceHistoryError,
  judgeHistory,
  makeHistory,
  type DomainHistory,
  type RecipientHistory,
} from "../../../src/risk/sources/History.ts";
import { watch } from "../../../src/risk/lookalike/Watched.ts";

const watched = watch([], []);
const settled: DomainHistory = { delivered: 100, received: 40, bounced: 0, complaints: 0, lastHour: 1, lastMonth: 30 };
const nothing: DomainHistory = { delivered: 0, received: 0, bounced: 0, complaints: 0, lastHour: 0, lastMonth: 0 };
const names = (domain: Partial<DomainHistory>, ...recipients: readonly RecipientHistory[]) =>
  judgeHistory({ ...settled, ...domain }, recipients, 7).map(({ name }) => name);

describe("judgeHistory", () => {
  it.each([
    ["long known", {}, ["known_correspondent"]],
    ["never written with", nothing, ["first_contact"]],
    ["written to once", { ...nothing, delivered: 1 }, ["known_correspondent"]],
    ["heard from once", { ...nothing, received: 1 }, ["known_correspondent"]],
    ["tried, and nothing arrived", { ...nothing, bounced: 5 }, ["first_contact", "past_bounces"]],
    ["a fifth came back", { delivered: 80, bounced: 20 }, ["known_correspondent", "past_bounces"]],
    ["less than a fifth came back", { delivered: 81, bounced: 20 }, ["known_correspondent"]],
    ["one of four came back", { delivered: 3, bounced: 1 }, ["known_correspondent"]],
    ["complaints", { complaints: 1 }, ["known_correspondent", "past_complaints"]],
    ["ten in an hour, none before", { lastHour: 10, lastMonth: 0 }, ["known_correspondent", "sudden_volume"]],
    ["nine in an hour, none before", { lastHour: 9, lastMonth: 0 }, ["known_correspondent"]],
    ["ten in an hour, of many", { lastHour: 10, lastMonth: 300 }, ["known_correspondent"]],
    ["ten in an hour, of fewer", { lastHour: 10, lastMonth: 299 }, ["known_correspondent", "sudden_volume"]],
  ] as const)("%s", (_what, domain, expected) => expect(names(domain)).toEqual(expected));

  it("counts a recipient that bounced or complained at once, and says who", () => {
    const [, bounces, complaints] = judgeHistory(
      settled,
      [
        { recipient: "a@b.com", bounced: 0, complaints: 0 },
        { recipient: "c@b.com", bounced: 1, complaints: 2 },
      ],
      7,
    );
    expect([bounces?.note, complaints?.note]).toEqual([
      "mail to c@b.com came back before",
      "c@b.com complained before",
    ]);
  });

  it("OV-97 failure-is-unknown: counts that are none", () => {
    for (const bad of [-1, 0.5, Number.NaN, Infinity])
      expect(judgeHistory({ ...settled, bounced: bad }, [], 7)).toMatchObject([
        { name: "source_failed", flag: "unknown" },
      ]);
  });

  it("never weighs less for more bounces, complaints or haste", () => {
    const count = fc.nat({ max: 400 });
    const history = fc.record({
      delivered: count,
      received: count,
      bounced: count,
      complaints: count,
      lastHour: count,
      lastMonth: count,
    });
    const weigh = (domain: DomainHistory) => judgeHistory(domain, [], 7).reduce((sum, { weight }) => sum + weight, 0);
    fc.assert(
      fc.property(history, fc.constantFrom("bounced", "complaints", "lastHour"), count, (domain, what, more) => {
        expect(weigh({ ...domain, [what]: domain[what] + more })).toBeGreaterThanOrEqual(weigh(domain));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("the source", () => {
  const asked: unknown[] = [];
  const source = Effect.provideService(makeHistory, CorrespondenceHistory, {
    about: (question) =>
      question.tenant === "broken"
        ? Effect.fail(new CorrespondenceHistoryError({ reason: "unavailable", hint: "-" }))
        : Effect.sync(() => {
            asked.push(question);
            return { domain: question.tenant === "acme" ? settled : nothing, recipients: [] };
          }),
  });
  const ask = (tenant: string | null, domain = "mail.example.com") =>
    Effect.flatMap(source, (it) =>
      it.assess(
        { ...readDomain(domain), watched },
        tenant === null ? undefined : { tenant, mailbox: "mbx_1", recipients: ["a@mail.example.com"] },
      ),
    );

  it.effect("OV-112 history-stays-with-its-tenant: is asked for each tenant, and never to be kept", () =>
    Effect.gen(function* () {
      const [known] = yield* ask("acme");
      const [fresh] = yield* ask("other");
      expect([known?.name, fresh?.name]).toEqual(["known_correspondent", "first_contact"]);
      expect([known?.keepFor, fresh?.keepFor]).toEqual([0, 0]);
      expect((yield* source).about).toBe("correspondence");
      expect(asked[0]).toEqual({
        tenant: "acme",
        mailbox: "mbx_1",
        hosts: ["example.com", "mail.example.com"],
        recipients: ["a@mail.example.com"],
        now: 0,
      });
    }),
  );

  it.effect("OV-97 failure-is-unknown: a store that does not answer", () =>
    Effect.gen(function* () {
      expect(yield* ask("broken")).toMatchObject([{ name: "source_failed", error: "unavailable", flag: "unknown" }]);
    }),
  );

  it.effect("says nothing of what is no domain, or when nobody writes", () =>
    Effect.gen(function* () {
      expect([yield* ask(null), yield* ask("acme", "[192.0.2.1]")]).toEqual([[], []]);
    }),
  );
});
