/** Against a registry file and registries that are served on the loopback. */
import { gzipSync } from "node:zlib";
import { Effect, Fiber, Layer } from "effect";
import { TestClock } from "effect/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readDomain } from "../../../src/risk/ReadDomain.ts";
import { Fetch, fetchError } from "../../../src/net/Fetch.ts";
import { layerFetch } from "../../../src/server/layerFetch.ts";
import type { Finding, RiskSource } from "../../../src/risk/RiskSource.ts";
import { makeRegistration, type RegistrationOptions } from "../../../src/risk/sources/Registration.ts";
import { watch } from "../../../src/risk/lookalike/Watched.ts";
import { breaksOff, hangs, sends, startHttp, type Answers, type HttpServer } from "../servers/http.ts";
import { until } from "../../support/time.ts";

const NOW = Date.UTC(2026, 10, 21) / 1000;
const DAY = 86_400;
const watched = watch([], []);
const loopback: RegistrationOptions = { allowPlain: true, allowPrivate: true, timeoutMillis: 400 };

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
const rdap = (name: string, ...events: readonly (readonly [string, string])[]) =>
  JSON.stringify({
    rdapConformance: ["rdap_level_0"],
    objectClassName: "domain",
    ldhName: name,
    events: events.map(([eventAction, eventDate]) => ({ eventAction, eventDate })),
  });
const aged = (name: string, days: number) => rdap(name, ["registration", iso(NOW - days * DAY)]);

let server: HttpServer;
let answers: Answers;
const asked = () => server.asked.filter((line) => line.includes("/domain/")).map((line) => line.split("/").at(-1));
beforeAll(async () => {
  server = await startHttp((request, response) => answers(request, response));
});
afterAll(() => server.close());
beforeEach(() => {
  (server.asked as string[]).length = 0;
  answers = (request, response) =>
    request.url === "/dns.json"
      ? sends(JSON.stringify({ services: [[["com", "org"], [`${server.base}rdap`]]] }))(request, response)
      : registry(request, response);
});
/** What the registry at /rdap says. */
let registry: Answers = sends("{}");

type Scene = (source: RiskSource) => Effect.Effect<void>;
const scene = (options: RegistrationOptions, play: Scene) =>
  Effect.runPromise(
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW * 1000);
      yield* play(yield* makeRegistration({ ...loopback, bootstrap: `${server.base}dns.json`, ...options }));
    }).pipe(Effect.provide(Layer.mergeAll(layerFetch, TestClock.layer()))),
  );
const ask = (source: RiskSource, domain: string) => source.assess({ ...readDomain(domain), watched });
const answerFor = async (domain: string, given: Answers, options: RegistrationOptions = {}): Promise<Finding> => {
  registry = given;
  let found: readonly Finding[] = [];
  await scene(options, (source) => Effect.map(ask(source, domain), (all) => void (found = all)));
  expect(found.length).toBe(1);
  return found[0]!;
};

describe("the age of a domain", () => {
  it.each([
    [0, "registered_this_week", 8_500, "newly_registered", "registered today"],
    [1, "registered_this_week", 8_500, "newly_registered", "registered a day ago"],
    [6, "registered_this_week", 8_500, "newly_registered", "registered 6 days ago"],
    [7, "newly_registered", 7_500, "newly_registered", "registered 7 days ago"],
    [29, "newly_registered", 7_500, "newly_registered", "registered 29 days ago"],
    [30, "recently_registered", 2_500, null, "registered 30 days ago"],
    [89, "recently_registered", 2_500, null, "registered 89 days ago"],
    [90, "young_registration", 500, null, "registered 90 days ago"],
    [364, "young_registration", 500, null, "registered 364 days ago"],
    [365, "settled_registration", 0, null, "registered 365 days ago"],
  ] as const)("%i days: %s", async (days, name, weight, flag, note) => {
    expect(await answerFor("example.com", sends(aged("example.com", days)))).toMatchObject({
      name,
      weight,
      flag,
      note,
      source: "registration",
      fetched_at: NOW,
      stale: false,
      keepFor: DAY,
    });
  });

  it("starts again when a dropped domain is taken again", async () => {
    const text = rdap("example.com", ["registration", "1996-01-01T00:00:00Z"], ["reregistration", iso(NOW - 3 * DAY)]);
    expect(await answerFor("example.com", sends(text))).toMatchObject({
      name: "registered_this_week",
      note: "registered again 3 days ago",
    });
  });

  it("grows while the date is remembered", () => {
    registry = sends(aged("example.com", 6));
    return scene({}, (source) =>
      Effect.gen(function* () {
        expect((yield* ask(source, "example.com"))[0]?.name).toBe("registered_this_week");
        yield* TestClock.adjust("23 hours");
        expect((yield* ask(source, "example.com"))[0]).toMatchObject({ name: "registered_this_week", keepFor: 3_600 });
        yield* TestClock.adjust("1 hour");
        expect((yield* ask(source, "example.com"))[0]?.name).toBe("newly_registered");
        expect(asked()).toEqual(["example.com", "example.com"]);
      }),
    );
  });
});

describe("no age", () => {
  it.each([
    ["no such domain", "example.com", sends('{"errorCode":404}', {}, 404), "registration_not_found", "unknown"],
    ["no date", "example.com", sends(rdap("example.com")), "registration_undisclosed", null],
    ["1970", "example.com", sends(aged("example.com", NOW / DAY)), "registration_implausible", "unknown"],
    ["the future", "example.com", sends(aged("example.com", -2)), "registration_implausible", "unknown"],
    ["a suffix without RDAP", "example.de", sends("{}"), "registration_undisclosed", null],
    ["a private suffix", "alice.github.io", sends("{}"), "registration_undisclosed", null],
    ["a suffix nobody lists", "host.internal", sends("{}"), "registration_undisclosed", null],
  ] as const)("%s: %s", async (_what, domain, given, name, flag) => {
    const found = await answerFor(domain, given);
    expect(found).toMatchObject({ name, flag });
    expect(found.weight).toBeGreaterThan(0);
    expect(found.error).toBe(undefined);
  });

  it.each([
    ["an error", sends("{}", {}, 500), "status 500"],
    ["a refusal", sends("{}", {}, 403), "status 403"],
    ["broken JSON", sends('{"objectClassName":"domain","events":[{'), "unreadable (no JSON object)"],
    ["an HTML page", sends("<html>blocked</html>"), "unreadable (no JSON object)"],
    ["another domain's answer", sends(aged("old-and-good.com", 9_000)), "unreadable (about another domain)"],
    ["a huge answer", sends(`{"x":"${"x".repeat(300_000)}"}`), "too_large (over 262144 bytes)"],
    ["half an answer", breaksOff(aged("example.com", 4_000)), "truncated"],
    [
      "a gzip bomb",
      sends(gzipSync(Buffer.alloc(3_000_000, 32)), { "content-encoding": "gzip" }),
      "too_large (over 262144 bytes when decoded)",
    ],
    [
      "a redirect in circles",
      (_q, r) => void r.writeHead(302, { location: "/rdap/domain/example.com" }).end(),
      "redirected",
    ],
  ] as const satisfies readonly (readonly [string, Answers, string])[])(
    "OV-97 failure-is-unknown: %s",
    async (_what, given, error) => {
      const found = await answerFor("example.com", given);
      expect(found).toMatchObject({ name: "source_failed", flag: "unknown", weight: 2_000, keepFor: 300 });
      expect(found.error).toContain(error);
    },
  );

  it("OV-97 failure-is-unknown: a registry that does not answer, in the time it has", async () => {
    registry = hangs;
    await scene({}, (source) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(ask(source, "example.com"), { startImmediately: true });
        // The registry file comes over a real socket, while the clock stands.
        yield* Effect.promise(() => until(() => asked().length === 1));
        yield* TestClock.adjust("400 millis");
        expect((yield* Fiber.join(fiber))[0]).toMatchObject({ error: "timed_out (after 400 ms)", flag: "unknown" });
      }),
    );
  });

  it("says nothing about what was never registered", () =>
    scene({}, (source) =>
      Effect.gen(function* () {
        for (const domain of ["localhost", "co.uk", "[192.0.2.1]", "a b"])
          expect(yield* ask(source, domain)).toEqual([]);
        expect(server.asked).toEqual([]);
      }),
    ));
});

describe("what is asked", () => {
  it("the registrable domain, once for its hosts, once for many askers", () => {
    registry = (request, response) => setTimeout(() => sends(aged("example.com", 40))(request, response), 50);
    return scene({}, (source) =>
      Effect.gen(function* () {
        const hosts = ["example.com", "mail.example.com", "EXAMPLE.com.", "a.b.example.com", "example。com"];
        const all = yield* Effect.forEach(hosts, (host) => ask(source, host), { concurrency: "unbounded" });
        expect(all.map(([first]) => first?.name)).toEqual(hosts.map(() => "recently_registered"));
        expect(asked()).toEqual(["example.com"]);
        expect(server.asked.filter((line) => line === "GET /dns.json").length).toBe(1);
      }),
    );
  });

  it("nothing of a server that wants to be left alone, until it may be asked again", () => {
    registry = sends("{}", { "retry-after": "120" }, 429);
    return scene({}, (source) =>
      Effect.gen(function* () {
        expect((yield* ask(source, "a.com"))[0]?.error).toBe("rate_limited: asked to wait 120 s");
        registry = sends(aged("b.org", 1));
        yield* TestClock.adjust("119 seconds");
        expect((yield* ask(source, "b.org"))[0]).toMatchObject({
          error: "rate_limited: asked to wait 1 s",
          flag: "unknown",
        });
        expect(asked()).toEqual(["a.com"]);
        yield* TestClock.adjust("1 second");
        // c.org was not asked before, so no failure of it is remembered.
        registry = sends(aged("c.org", 1));
        expect((yield* ask(source, "c.org"))[0]?.name).toBe("registered_this_week");
      }),
    );
  });

  it("caps a wait that would never end", () => {
    registry = sends("{}", { "retry-after": "999999999" }, 503);
    return scene({}, (source) =>
      Effect.gen(function* () {
        expect((yield* ask(source, "a.com"))[0]?.error).toBe("rate_limited: asked to wait 3600 s");
      }),
    );
  });
});

describe("the registry file", () => {
  it("is kept for a day, and serves on when it cannot be had again", () => {
    registry = sends(aged("example.com", 400));
    return scene({}, (source) =>
      Effect.gen(function* () {
        yield* ask(source, "example.com");
        answers = (request, response) =>
          (request.url === "/dns.json" ? sends("", {}, 500) : registry)(request, response);
        yield* TestClock.adjust("25 hours");
        expect((yield* ask(source, "example.com"))[0]?.name).toBe("settled_registration");
        expect(server.asked.filter((line) => line === "GET /dns.json").length).toBe(2);
      }),
    );
  });

  it.each([
    ["missing", sends("", {}, 404), "registry file: status 404"],
    ["garbage", sends("<html>"), "registry file unreadable"],
    ["broken off", breaksOff('{"services":['), "registry file truncated"],
  ] as const)("OV-97 failure-is-unknown: %s", async (_what, given, error) => {
    answers = given;
    expect(await answerFor("example.com", sends("{}"))).toMatchObject({ name: "source_failed", error });
  });

  it("may be given instead of fetched", () => {
    registry = sends(aged("example.com", 10));
    const text = JSON.stringify({ services: [[["com"], [`${server.base}rdap/`]]] });
    return scene({ registry: text }, (source) =>
      Effect.gen(function* () {
        expect((yield* ask(source, "example.com"))[0]?.name).toBe("newly_registered");
        expect(server.asked).toEqual(["GET /rdap/domain/example.com"]);
      }),
    );
  });

  it("OV-111 only-asked-hosts: cannot send us to our own network", () =>
    scene(
      { registry: JSON.stringify({ services: [[["com"], [server.base]]] }), allowPrivate: false, allowPlain: false },
      (source) =>
        Effect.gen(function* () {
          expect((yield* ask(source, "example.com"))[0]).toMatchObject({
            flag: "unknown",
            error: "not_allowed (http:)",
          });
          expect(server.asked).toEqual([]);
        }),
    ));

  it("OV-111 only-asked-hosts: one on our own network cannot send us to another host there", () => {
    const other = server.base.replace("127.0.0.1", "127.0.0.2");
    answers = (request, response) =>
      sends(request.url === "/dns.json" ? JSON.stringify({ services: [[["com"], [other]]] }) : "{}")(request, response);
    return scene({}, (source) =>
      Effect.gen(function* () {
        expect((yield* ask(source, "example.com"))[0]).toMatchObject({
          flag: "unknown",
          error: "not_allowed (127.0.0.2)",
        });
        expect(server.asked).toEqual(["GET /dns.json"]);
      }),
    );
  });

  it("OV-97 failure-is-unknown: a fetch that fails altogether", async () => {
    const down = Layer.succeed(Fetch, {
      get: (url) => Effect.fail(fetchError("unreachable", url, "ENETDOWN")),
      post: () => Effect.die("nothing is sent"),
    });
    const found = await Effect.runPromise(
      Effect.flatMap(makeRegistration(), (source) => ask(source, "example.com")).pipe(Effect.provide(down)),
    );
    expect(found).toMatchObject([{ name: "source_failed", error: "registry file unreachable", flag: "unknown" }]);
  });
});
