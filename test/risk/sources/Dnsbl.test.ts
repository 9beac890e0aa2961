/** Against block list zones served on the loopback. */
import { Effect } from "effect";
import { TestClock } from "effect/testing";
import { describe, expect, it } from "vitest";
import { DnsClient } from "../../../src/dns/DnsClient.ts";
import { makeDnsClient } from "../../../src/dns/NodeDns.ts";
import { readDomain } from "../../../src/risk/ReadDomain.ts";
import type { RiskSource } from "../../../src/risk/RiskSource.ts";
import { makeDnsbl, spamhausDbl, spamhausZrd, surbl, uribl, type DnsblZone } from "../../../src/risk/sources/Dnsbl.ts";
import { watch } from "../../../src/risk/lookalike/Watched.ts";
import { NXDOMAIN, REFUSED, SERVFAIL, withDns, zoneOf, type DnsServer, type Zone } from "../servers/dns.ts";

const NOW = Date.UTC(2026, 10, 21) / 1000;
const watched = watch([], []);
const ask = (source: RiskSource, domain: string) => source.assess({ ...readDomain(domain), watched });

const scene = (zone: Zone, list: DnsblZone, play: (source: RiskSource, server: DnsServer) => Effect.Effect<void>) =>
  withDns(zone, (server) =>
    Effect.runPromise(
      Effect.gen(function* () {
        yield* TestClock.setTime(NOW * 1000);
        const source = yield* Effect.provideService(makeDnsbl(list), DnsClient, makeDnsClient([server.address]));
        yield* play(source, server);
      }).pipe(Effect.provide(TestClock.layer())),
    ),
  );
/** What the list says of evil.com when its zone answers with these addresses. */
const saysOf = (list: DnsblZone, ...addresses: readonly string[]) =>
  new Promise<unknown>((resolve, reject) =>
    scene(zoneOf({ [`evil.com.${list.zone} A`]: addresses }), list, (source) =>
      Effect.map(ask(source, "evil.com"), (found) => resolve(found[0])),
    ).catch(reject),
  );

describe("the codes", () => {
  it.each([
    [spamhausDbl(), "127.0.1.2", "block_listed_spam", "spam"],
    [spamhausDbl(), "127.0.1.4", "block_listed_threat", "phishing"],
    [spamhausDbl(), "127.0.1.5", "block_listed_threat", "malware"],
    [spamhausDbl(), "127.0.1.6", "block_listed_threat", "botnet control"],
    [spamhausDbl(), "127.0.1.102", "block_listed_abused", "abused for spam"],
    [spamhausDbl(), "127.0.1.106", "block_listed_abused", "abused for botnet control"],
    [spamhausZrd("zrd.example"), "127.0.2.2", "newly_observed", "first seen within 2 h"],
    [spamhausZrd("zrd.example"), "127.0.2.24", "newly_observed", "first seen within 24 h"],
    [surbl(), "127.0.0.8", "block_listed_threat", "phishing"],
    [surbl(), "127.0.0.80", "block_listed_threat", "malware, spam"],
    [surbl(), "127.0.0.128", "block_listed_abused", "cracked site"],
    [uribl(), "127.0.0.2", "block_listed_spam", "spam"],
    [uribl(), "127.0.0.4", "block_listed_abused", "bulk mail"],
    [uribl(), "127.0.0.14", "block_listed_spam", "spam, bulk mail, new and unproven"],
  ] as const)("$name: %s %s is %s", async (list, address, name, note) => {
    expect(await saysOf(list, address)).toMatchObject({
      name,
      note,
      source: `dnsbl:${list.name}`,
      fetched_at: NOW,
      keepFor: 3_600,
    });
  });

  it.each([
    [spamhausDbl(), ["127.0.1.4", "127.0.1.99"], "block_listed_threat"],
    [spamhausDbl(), ["127.0.1.99", "127.0.1.2", "127.0.0.2"], "block_listed_spam"],
    [surbl(), ["127.0.0.8", "127.0.1.8"], "block_listed_threat"],
    [uribl(), ["127.0.0.16", "127.0.0.4"], "block_listed_abused"],
  ] as const)(
    "OV-105 refusal-is-no-listing: %#: a code that is not defined hides no listing beside it",
    async (list, addresses, name) => {
      expect(await saysOf(list, ...addresses)).toMatchObject({ name, keepFor: 3_600 });
    },
  );

  it("count the heaviest of several", async () => {
    expect(await saysOf(spamhausDbl(), "127.0.1.102", "127.0.1.4", "127.0.1.2")).toMatchObject({
      name: "block_listed_threat",
      note: "phishing, spam, abused for spam",
    });
  });
});

describe("OV-105 refusal-is-no-listing", () => {
  it.each([
    [spamhausDbl(), ["127.255.255.252"], "refused: the zone's name is misspelt"],
    [spamhausDbl(), ["127.255.255.254"], "refused: asked through a public resolver"],
    [spamhausDbl(), ["127.255.255.255"], "refused: asked too often"],
    [spamhausDbl(), ["127.0.1.255"], "refused: it was asked for an address"],
    [spamhausDbl(), ["127.0.0.2"], "no code of this list"],
    [spamhausDbl(), ["127.0.1.1"], "no code of this list"],
    [spamhausDbl(), ["203.0.113.7"], "no code of this list"],
    [spamhausDbl(), ["127.0.1.4", "127.255.255.254"], "refused"],
    [spamhausDbl(), ["127.0.1.4", "203.0.113.7"], "no code of this list"],
    [spamhausZrd("zrd.example"), ["127.0.2.1"], "no code of this list"],
    [spamhausZrd("zrd.example"), ["127.0.2.25"], "no code of this list"],
    [spamhausZrd("zrd.example"), ["127.255.255.254"], "refused"],
    [surbl(), ["127.0.0.1"], "refused: the question was refused"],
    [surbl(), ["127.0.0.2"], "no code of this list"],
    [surbl(), ["127.0.1.8"], "no code of this list"],
    [uribl(), ["127.0.0.1"], "refused"],
    [uribl(), ["127.0.0.3"], "refused"],
    [uribl(), ["127.0.0.255"], "refused"],
    [uribl(), ["127.0.0.16"], "no code of this list"],
    [uribl(), ["10.0.0.2"], "no code of this list"],
  ] as const)("%#: %j", async (list, addresses, error) => {
    const found = await saysOf(list, ...addresses);
    expect(found).toMatchObject({ name: "source_failed", flag: "unknown", weight: 2_000, keepFor: 300 });
    expect((found as { error: string }).error).toContain(error);
  });

  it.each([
    ["SERVFAIL", SERVFAIL, "server_failed"],
    ["REFUSED", REFUSED, "refused"],
    ["a name without an address", {}, "a name without a code"],
  ] as const)("%s is a failure", async (_what, reply, error) => {
    const list = spamhausDbl();
    await scene(
      (name) => (name.startsWith("invalid.") ? NXDOMAIN : reply),
      list,
      (source) =>
        Effect.gen(function* () {
          const [found] = yield* ask(source, "evil.com");
          expect(found).toMatchObject({ name: "source_failed", flag: "unknown" });
          expect(found?.error).toContain(error);
        }),
    );
  });
});

describe("OV-106 zone-that-lists-all-is-broken", () => {
  it("an abandoned zone, and wildcard DNS", () =>
    scene(
      () => ({ records: ["127.0.1.2"] }),
      spamhausDbl(),
      (source, { asked }) =>
        Effect.gen(function* () {
          expect(yield* ask(source, "good.com")).toMatchObject([{ error: "it lists every name", flag: "unknown" }]);
          expect(yield* ask(source, "other.com")).toMatchObject([{ error: "it lists every name" }]);
          expect(asked).toEqual(["invalid.dbl.spamhaus.org A"]);
        }),
    ));

  it("a provider that answers for names that do not exist", () =>
    scene(
      () => ({ records: ["198.51.100.9"] }),
      surbl(),
      (source) =>
        Effect.gen(function* () {
          expect(yield* ask(source, "good.com")).toMatchObject([
            { error: "no code of this list (198.51.100.9)", flag: "unknown" },
          ]);
        }),
    ));

  it("is asked again when it may have been mended", () => {
    let isBroken = true;
    return scene(
      () => (isBroken ? { records: ["127.0.1.2"] } : NXDOMAIN),
      spamhausDbl(),
      (source) =>
        Effect.gen(function* () {
          yield* ask(source, "good.com");
          isBroken = false;
          yield* TestClock.adjust("5 minutes");
          expect(yield* ask(source, "good.com")).toMatchObject([{ name: "not_block_listed", weight: 0, flag: null }]);
        }),
    );
  });
});

describe("what is asked", () => {
  it("the registrable domain, once, and nothing for what is none", () =>
    scene(
      () => NXDOMAIN,
      surbl(),
      (source, { asked }) =>
        Effect.gen(function* () {
          for (const domain of ["a.example.co.uk", "b.example.co.uk", "EXAMPLE.co.uk.", "x.alice.github.io"])
            expect((yield* ask(source, domain))[0]?.name).toBe("not_block_listed");
          for (const domain of ["co.uk", "[192.0.2.1]", "localhost", "192.0.2.1", "a b"])
            expect(yield* ask(source, domain)).toEqual([]);
          expect(asked).toEqual([
            "invalid.multi.surbl.org A",
            "example.co.uk.multi.surbl.org A",
            "alice.github.io.multi.surbl.org A",
          ]);
        }),
    ));

  it("not a name that is too long with the zone's: unknown", () => {
    const long = `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(50)}.com`;
    return scene(
      () => NXDOMAIN,
      { ...surbl(), zone: `${"z".repeat(63)}.${"y".repeat(63)}.${"x".repeat(63)}.${"w".repeat(50)}` },
      (source) =>
        Effect.gen(function* () {
          expect(yield* ask(source, long)).toMatchObject([{ flag: "unknown", error: "bad_name (EBADNAME)" }]);
        }),
    );
  });
});
