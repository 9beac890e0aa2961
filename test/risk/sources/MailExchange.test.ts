import { describe, expect, it } from "@effect/vitest";
import { Deferred, Effect, Fiber } from "effect";
import { TestClock } from "effect/testing";
import { countingClient, exchanger, someExchangers } from "../../dns/countingClient.ts";
import { readDomain } from "../../../src/risk/ReadDomain.ts";
import {
  DnsClient,
  type DnsAnswer,
  type DnsError,
  dnsError,
  layerFixed,
  layerOff,
  type MailExchanger,
} from "../../../src/dns/DnsClient.ts";
import { makeMailExchange } from "../../../src/risk/sources/MailExchange.ts";
import { watch } from "../../../src/risk/lookalike/Watched.ts";

const watched = watch([], []);
const review = (domain: string) => ({ ...readDomain(domain), watched });
const none: DnsAnswer<never> = { kind: "none" };

/** A source over a client that counts. */
const counted = (
  answer: (host: string) => Effect.Effect<DnsAnswer<MailExchanger>, DnsError>,
  capacity?: number,
  addresses: DnsAnswer<string> = none,
) => {
  const { asked, client } = countingClient(answer, addresses);
  return makeMailExchange(capacity).pipe(
    Effect.provideService(DnsClient, client),
    Effect.map((source) => ({ asked, assess: (domain: string) => source.assess(review(domain)) })),
  );
};

describe("findings", () => {
  const source = makeMailExchange().pipe(
    Effect.provide(
      layerFixed({
        "mx.com": { MX: [exchanger] },
        "a.com": { A: ["192.0.2.1"] },
        "null.com": { MX: [{ exchange: "", priority: 0 }] },
        "none.com": { TXT: ["hello"] },
        "down.com": { MX: dnsError("server_failed", "ESERVFAIL") },
      }),
    ),
  );
  it.effect.each([
    ["mx.com", "mail_exchange", 0, null],
    ["a.com", "implicit_mail_exchange", 500, null],
    ["null.com", "null_mail_exchange", 9_000, "no_mail_exchange"],
    ["none.com", "no_mail_exchange", 9_000, "no_mail_exchange"],
    ["absent.com", "no_such_domain", 9_000, "no_mail_exchange"],
    ["down.com", "source_failed", 2_000, "unknown"],
  ] as const)("%s: %s", ([domain, name, weight, flag]) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(5_000_500);
      const found = yield* (yield* source).assess(review(domain));
      expect(found).toEqual([expect.objectContaining({ name, weight, flag, fetched_at: 5_000, stale: false })]);
      expect(found[0]?.error).toBe(domain === "down.com" ? "server_failed (ESERVFAIL)" : undefined);
    }),
  );

  it.effect("OV-99 not-configured-is-silent: none at all when the resolver is off: neither clean nor unknown", () =>
    Effect.gen(function* () {
      const off = yield* Effect.provide(makeMailExchange(), layerOff);
      expect(yield* off.assess(review("mx.com"))).toEqual([]);
    }),
  );

  it.effect("none for what cannot be asked", () =>
    Effect.gen(function* () {
      const { asked, assess } = yield* counted(() => Effect.succeed(someExchangers));
      expect([yield* assess("[192.0.2.1]"), yield* assess("a b"), asked]).toEqual([[], [], []]);
    }),
  );
});

describe("the cache", () => {
  it.effect.each([
    ["an answer 24 h", Effect.succeed(someExchangers), none, 86_400],
    ["an implicit exchange 24 h", Effect.succeed(none), { kind: "records", records: ["192.0.2.1"] }, 86_400],
    [
      "a null MX 1 h",
      Effect.succeed<DnsAnswer<MailExchanger>>({ kind: "records", records: [{ exchange: "", priority: 0 }] }),
      none,
      3_600,
    ],
    ["a missing domain 1 h", Effect.succeed<DnsAnswer<MailExchanger>>({ kind: "no_such_name" }), none, 3_600],
    ["a failure 5 min", Effect.fail(dnsError("timed_out", "BUDGET")), none, 300],
  ] as const)("keeps %s", ([, answer, addresses, seconds]) =>
    Effect.gen(function* () {
      const { asked, assess } = yield* counted(() => answer, undefined, addresses);
      yield* assess("example.com");
      yield* TestClock.adjust(`${seconds - 1} seconds`);
      const [late] = yield* assess("example.com");
      expect(asked.length).toBe(1);
      // Whoever keeps this finding keeps it for the second that is left, not for another day.
      expect(late).toMatchObject({ fetched_at: 0, keepFor: 1 });
      yield* TestClock.adjust("1 second");
      const [fresh] = yield* assess("example.com");
      expect(asked.length).toBe(2);
      expect(fresh).toMatchObject({ fetched_at: seconds, keepFor: seconds });
    }),
  );

  it.effect("asks once for many at the same time", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>();
      const { asked, assess } = yield* counted(() => Effect.as(Deferred.await(gate), someExchangers));
      const fiber = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 50 }), () => assess("example.com"), { concurrency: "unbounded" }),
        { startImmediately: true },
      );
      yield* Deferred.succeed(gate, undefined);
      expect((yield* Fiber.join(fiber)).length).toBe(50);
      expect(asked).toEqual(["example.com"]);
    }),
  );

  it.effect("is bounded: the least recently asked leaves", () =>
    Effect.gen(function* () {
      const { asked, assess } = yield* counted(() => Effect.succeed(someExchangers), 2);
      for (const domain of ["a.com", "b.com", "a.com", "c.com", "a.com", "b.com"]) yield* assess(domain);
      expect(asked).toEqual(["a.com", "b.com", "c.com", "b.com"]);
    }),
  );

  it.effect("asks for the host as addressed, once however it is written", () =>
    Effect.gen(function* () {
      const { asked, assess } = yield* counted(() => Effect.succeed(someExchangers));
      for (const domain of ["Mail.Example.COM", "mail.example.com.", "mail。example.com"]) yield* assess(domain);
      expect(asked).toEqual(["mail.example.com"]);
    }),
  );

  it.effect("survives the one who asked first being interrupted", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>();
      const { asked, assess } = yield* counted(() => Effect.as(Deferred.await(gate), someExchangers));
      const first = yield* Effect.forkChild(assess("example.com"), { startImmediately: true });
      const second = yield* Effect.forkChild(assess("example.com"), { startImmediately: true });
      yield* Fiber.interrupt(first);
      yield* Deferred.succeed(gate, undefined);
      expect(yield* Fiber.join(second)).toMatchObject([{ name: "mail_exchange" }]);
      expect(asked.length).toBe(1);
    }),
  );
});
