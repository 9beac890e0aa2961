/** Feeds from servers on the loopback that are slow, broken, truncated, gzipped and changed midway. */
import { gzipSync } from "node:zlib";
import { Effect, Fiber, Layer } from "effect";
import { TestClock } from "effect/testing";
import { describe, expect, it } from "vitest";
import { readDomain } from "../../../src/risk/ReadDomain.ts";
import { Feeds, layer, makeFeeds, type FeedConfig, type RefreshOutcome } from "../../../src/risk/feeds/Feeds.ts";
import { layerFetch } from "../../../src/server/layerFetch.ts";
import { breaksOff, sends, sendsUnframed, type Answers } from "../servers/http.ts";
import { feedServer, list, nameOf, NOW, signals } from "./feedServer.ts";
import { pause, until } from "../../support/time.ts";

const web = feedServer();
const { fromServer, refresh, staged } = web;

describe("a feed", () => {
  it("is unknown until it is loaded, then answers with source, version and age", () =>
    staged([fromServer()], (feeds) =>
      Effect.gen(function* () {
        expect(yield* signals(feeds, "bad1.com")).toMatchObject([
          {
            name: "source_failed",
            flag: "unknown",
            weight: 2_000,
            error: "not loaded yet",
            source: "threat_feed:list",
          },
        ]);
        expect(yield* refresh(feeds, sends(list(3)))).toEqual({
          name: "list",
          kind: "replaced",
          error: null,
          entries: 3,
        });
        yield* TestClock.adjust("1 hour");
        const [bad] = yield* signals(feeds, "mail.bad1.com");
        expect(bad).toMatchObject({
          name: "threat_listed",
          flag: "threat_listed",
          weight: 9_000,
          note: "bad1.com is listed",
        });
        const [good] = yield* signals(feeds, "good.com");
        for (const one of [bad, good])
          expect(one).toMatchObject({ source: "threat_feed:list", fetched_at: NOW, stale: false });
        expect(good).toMatchObject({ name: "not_threat_listed", weight: 0, flag: null });
        expect(bad?.version).toMatch(/^sha256:[0-9a-f]{12}$/);
        expect(yield* signals(feeds, "[192.0.2.1]")).toEqual([]);
      }),
    ));

  it.each([
    ["gzip as content coding", () => sends(gzipSync(list(2)), { "content-encoding": "gzip" })],
    ["a gzip file", () => sends(gzipSync(list(2)), { "content-type": "application/gzip" })],
    ["chunks", () => ((_q, r) => (r.write(list(1)), r.end(list(1, 1)))) as Answers],
    ["a connection that ends after a whole line", () => sendsUnframed(list(2))],
  ] as const)("comes as %s", (_what, given) =>
    staged([fromServer()], (feeds) =>
      Effect.gen(function* () {
        expect(yield* refresh(feeds, given())).toMatchObject({ kind: "replaced", error: null, entries: 2 });
      }),
    ),
  );

  it("OV-101 stale-list-clears-nobody: is believed where it lists, and unknown where it does not", () =>
    staged([fromServer({ staleSeconds: 7_200 })], (feeds) =>
      Effect.gen(function* () {
        yield* refresh(feeds, sends(list(3)));
        yield* TestClock.adjust("2 hours");
        expect(yield* nameOf(feeds, "good.com")).toBe("not_threat_listed");
        yield* TestClock.adjust("1 second");
        expect(yield* signals(feeds, "good.com")).toMatchObject([
          {
            name: "source_failed",
            stale: true,
            fetched_at: NOW,
            flag: "unknown",
            error: "stale: last confirmed 2 h ago",
          },
        ]);
        expect(yield* signals(feeds, "bad1.com")).toMatchObject([
          { name: "threat_listed", stale: true, fetched_at: NOW },
        ]);
        expect((yield* feeds.status)[0]).toMatchObject({ isStale: true, entries: 3, fetchedAt: NOW });
      }),
    ));

  it("asks with what it knows, and an answer of 304 makes it fresh again", () => {
    const seen: unknown[] = [];
    const tagged: Answers = (request, response) => {
      seen.push([request.headers["if-none-match"], request.headers["if-modified-since"], request.headers["auth-key"]]);
      if (request.headers["if-none-match"] === '"v1"') response.writeHead(304).end();
      else sends(list(3), { etag: '"v1"', "last-modified": "Sat, 21 Nov 2026 00:00:00 GMT" })(request, response);
    };
    const location = { ...fromServer().location, headers: { "auth-key": "k" } } as FeedConfig["location"];
    return staged([fromServer({ location })], (feeds) =>
      Effect.gen(function* () {
        yield* refresh(feeds, tagged);
        yield* TestClock.adjust("20 hours");
        expect(yield* refresh(feeds, tagged)).toMatchObject({ kind: "unchanged", error: null });
        expect((yield* feeds.status)[0]).toMatchObject({ fetchedAt: NOW + 72_000, isStale: false, entries: 3 });
        expect(seen).toEqual([
          [undefined, undefined, "k"],
          ['"v1"', "Sat, 21 Nov 2026 00:00:00 GMT", "k"],
        ]);
      }),
    );
  });
});

describe("OV-102 whole-download-or-none", () => {
  const page = "<!doctype html>\n<html>\n<head><title>Log in</title></head>\n<body>\n<p>Please wait</p>\n</html>\n";
  it.each([
    ["broken off", breaksOff(list(90)), "truncated"],
    ["cut with the connection", sendsUnframed(`${list(90)}bad9`), "truncated: its last line has no end"],
    ["half a gzip", sends(gzipSync(list(900)).subarray(0, 200), { "content-encoding": "gzip" }), "undecodable"],
    ["half a gzip file", sends(gzipSync(list(900)).subarray(0, 200)), "Z_BUF_ERROR"],
    ["a gzip bomb", sends(gzipSync(Buffer.alloc(5_000_000, "a\n"))), "ERR_BUFFER_TOO_LARGE"],
    [
      "a gzip bomb as coding",
      sends(gzipSync(Buffer.alloc(5_000_000, "a\n")), { "content-encoding": "gzip" }),
      "too_large",
    ],
    ["too large", sends(list(100_000)), "too_large"],
    ["an error", sends("no", {}, 503), "status 503"],
    ["a login page", sends(page), "unreadable (6 of 6 records)"],
    ["binary", sends(Buffer.from(Array.from({ length: 999 }, (_, i) => (i * 7919) % 256))), "unreadable"],
    ["empty", sends("# nothing today\n"), "empty"],
    ["shrunk", sends(list(9)), "shrunk from 100 to 9 names"],
    ["304 out of the blue", (_q, r) => void r.writeHead(304).end(), "status 304"],
    ["hung up", (q) => void q.socket.destroy(), "unreachable"],
  ] as const satisfies readonly (readonly [string, Answers, string])[])("%s", (_what, given, error) =>
    staged([fromServer({ maxBytes: 1_000_000 })], (feeds) =>
      Effect.gen(function* () {
        yield* refresh(feeds, sends(list(100)));
        const [before] = yield* feeds.status;
        yield* TestClock.adjust("1 minute");
        const outcome = yield* refresh(feeds, given);
        expect(outcome).toMatchObject({ kind: "kept", entries: 100 });
        expect(outcome.error).toContain(error);
        const [after] = yield* feeds.status;
        expect(after).toEqual({ ...before, checkedAt: NOW + 60, error: outcome.error });
        expect([yield* nameOf(feeds, "bad99.com"), yield* nameOf(feeds, "good.com")]).toEqual([
          "threat_listed",
          "not_threat_listed",
        ]);
      }),
    ),
  );

  it("changed midway: until the new one is whole, the old one answers, and never a mixture", () => {
    let go = (): void => undefined;
    const slow: Answers = (_request, response) => {
      response.writeHead(200, { "transfer-encoding": "chunked" });
      response.write(list(100, 1_000));
      go = () => response.end(list(100, 2_000));
    };
    return staged([fromServer()], (feeds) =>
      Effect.gen(function* () {
        yield* refresh(feeds, sends(list(100)));
        web.answers = slow;
        const fiber = yield* Effect.forkChild(feeds.refresh(), { startImmediately: true });
        yield* Effect.promise(async () => {
          await until(() => web.asked.length === 2);
          await pause(50);
        });
        expect([yield* nameOf(feeds, "bad5.com"), yield* nameOf(feeds, "bad1005.com")]).toEqual([
          "threat_listed",
          "not_threat_listed",
        ]);
        go();
        yield* Effect.ignore(Fiber.join(fiber));
        expect([
          yield* nameOf(feeds, "bad5.com"),
          yield* nameOf(feeds, "bad1005.com"),
          yield* nameOf(feeds, "bad2005.com"),
        ]).toEqual(["not_threat_listed", "threat_listed", "threat_listed"]);
      }),
    );
  });

  it.each([
    ["a server that never answers", (() => undefined) as Answers],
    ["a server that drips", ((_q, r) => void (r.writeHead(200), r.write("bad1.com\n"))) as Answers],
  ])("%s is left after two minutes, and the old one answers", (_what, slow) =>
    staged([fromServer()], (feeds) =>
      Effect.gen(function* () {
        yield* refresh(feeds, sends(list(60)));
        web.answers = slow;
        const fiber = yield* Effect.forkChild(feeds.refresh(), { startImmediately: true });
        yield* Effect.promise(() => until(() => web.asked.length === 2));
        yield* TestClock.adjust("2 minutes");
        expect(yield* Fiber.join(fiber)).toMatchObject([
          { kind: "kept", error: "timed_out (after 120000 ms)", entries: 60 },
        ]);
        expect(yield* nameOf(feeds, "bad5.com")).toBe("threat_listed");
      }),
    ),
  );

  it("takes one that shrank when told to", () =>
    staged([fromServer()], (feeds) =>
      Effect.gen(function* () {
        yield* refresh(feeds, sends(list(100)));
        web.answers = sends(list(2));
        expect((yield* feeds.refresh())[0]?.kind).toBe("kept");
        expect((yield* feeds.refresh({ force: true }))[0]).toMatchObject({ kind: "replaced", entries: 2 });
      }),
    ));
});

describe("the schedule", () => {
  const twice = (play: (feeds: Feeds["Service"]) => Effect.Effect<void>) =>
    Effect.runPromise(
      Effect.gen(function* () {
        yield* TestClock.setTime(NOW * 1000);
        yield* Effect.flatMap(Feeds, play).pipe(
          Effect.provide(Layer.provide(layer([fromServer({ refreshSeconds: 3_600 })], null), layerFetch)),
        );
      }).pipe(Effect.provide(TestClock.layer())),
    );
  const askedTimes = (count: number) =>
    Effect.promise(async () => {
      await until(() => web.asked.length >= count);
      await pause(100);
      expect(web.asked.length).toBe(count);
    });

  it("refreshes at once, then when it is due, and sooner after a failure", () => {
    web.answers = sends(list(3));
    return twice((feeds) =>
      Effect.gen(function* () {
        yield* askedTimes(1);
        yield* TestClock.adjust("3599 seconds");
        yield* askedTimes(1);
        web.answers = sends("", {}, 500);
        yield* TestClock.adjust("1 second");
        yield* askedTimes(2);
        expect((yield* feeds.status)[0]).toMatchObject({ error: "status 500", entries: 3, checkedAt: NOW + 3_600 });
        web.answers = sends(list(4));
        yield* TestClock.adjust("299 seconds");
        yield* askedTimes(2);
        yield* TestClock.adjust("1 second");
        yield* askedTimes(3);
        expect((yield* feeds.status)[0]).toMatchObject({ error: null, entries: 4 });
      }),
    );
  });
});

describe("the configuration", () => {
  it.each([
    [[{ ...fromServerLike(), name: "../x" }], "bad_name"],
    [[fromServerLike(), fromServerLike()], "duplicate_name"],
    [[{ ...fromServerLike(), refreshSeconds: 5 }], "bad_number"],
    [[{ ...fromServerLike(), maxBytes: Number.NaN }], "bad_number"],
  ] as const)("%#: %s", async (configs, reason) => {
    const error = await Effect.runPromise(Effect.flip(makeFeeds(configs, null)).pipe(Effect.provide(layerFetch)));
    expect(error).toMatchObject({ _tag: "FeedConfigError", reason });
  });

  it("refreshes the one that is named, reports each, and knows no others", () =>
    staged([fromServer(), fromServer({ name: "second" })], (feeds) =>
      Effect.gen(function* () {
        web.answers = sends(list(3));
        const heard: RefreshOutcome[] = [];
        const onOutcome = (outcome: RefreshOutcome) => Effect.sync(() => void heard.push(outcome));
        yield* feeds.refresh({ name: "second", onOutcome });
        expect(heard.map(({ name }) => name)).toEqual(["second"]);
        expect((yield* feeds.status).map(({ version }) => version === null)).toEqual([true, false]);
        expect(yield* Effect.result(feeds.refresh({ name: "third" }))).toMatchObject({
          failure: { reason: "unknown_feed", hint: "There are: list, second." },
        });
        expect(yield* feeds.ask("third", readDomain("a.com"))).toBe(null);
      }),
    ));
});

function fromServerLike(): FeedConfig {
  return { name: "list", format: "hosts", location: { file: "/nowhere" } };
}
