/**
 * Feeds from a server on the loopback that answers as the test says. `feedServer()` is called once at the top of a test file: it
 * starts the server before the file's tests and ends it after them, and gives each test an empty folder for copies.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Effect, Layer } from "effect";
import { TestClock } from "effect/testing";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { readDomain } from "../../../src/risk/ReadDomain.ts";
import { Feeds, makeFeeds, type FeedConfig, type FeedConfigError } from "../../../src/risk/feeds/Feeds.ts";
import { layerFetch } from "../../../src/server/layerFetch.ts";
import { makeThreatFeeds } from "../../../src/risk/sources/ThreatFeed.ts";
import { watch } from "../../../src/risk/lookalike/Watched.ts";
import { startHttp, type Answers, type HttpServer } from "../servers/http.ts";

/** Where the clock of `staged` stands, in seconds. */
export const NOW = Date.UTC(2026, 10, 21) / 1000;

/** A list of `count` names: `bad0.com` and so on, from `from`. */
export const list = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, i) => `bad${i + from}.com\n`).join("");

const watched = watch([], []);

export const signals = (feeds: Feeds["Service"], domain: string) =>
  Effect.flatMap(Effect.provideService(makeThreatFeeds, Feeds, feeds), (sources) =>
    Effect.map(
      Effect.forEach(sources, (source) => source.assess({ ...readDomain(domain), watched })),
      (all) => all.flat(),
    ),
  );

export const nameOf = (feeds: Feeds["Service"], domain: string) =>
  Effect.map(signals(feeds, domain), ([first]) => first?.name);

export const feedServer = () => {
  let server: HttpServer;
  let answers: Answers;
  let folder: string;
  let copies: string;
  beforeAll(async () => {
    server = await startHttp((request, response) => answers(request, response));
    folder = await mkdtemp(join(tmpdir(), "feeds-"));
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    (server.asked as string[]).length = 0;
    copies = await mkdtemp(join(folder, "copies-"));
  });
  return {
    get base(): string {
      return server.base;
    },
    /** What this test has asked of the server. */
    get asked(): readonly string[] {
      return server.asked;
    },
    /** The folder for copies. */
    get copies(): string {
      return copies;
    },
    /** How the server answers from now on. */
    set answers(given: Answers) {
      answers = given;
    },
    fromServer: (rest: Partial<FeedConfig> = {}): FeedConfig => ({
      name: "list",
      format: "hosts",
      location: { url: `${server.base}list.txt`, allowPlain: true, allowPrivate: true },
      ...rest,
    }),
    /** Feeds that refresh only when asked, at a clock that stands. */
    staged: <A>(
      configs: readonly FeedConfig[],
      play: (feeds: Feeds["Service"]) => Effect.Effect<A, FeedConfigError>,
      keepIn: string | null = copies,
    ): Promise<A> =>
      Effect.runPromise(
        Effect.gen(function* () {
          yield* TestClock.setTime(NOW * 1000);
          const { service } = yield* makeFeeds(configs, keepIn);
          return yield* play(service);
        }).pipe(Effect.provide(Layer.mergeAll(layerFetch, TestClock.layer()))),
      ),
    /** The outcome of a refresh to which the server answers so. */
    refresh: (feeds: Feeds["Service"], given: Answers) =>
      Effect.suspend(() => {
        answers = given;
        return Effect.map(feeds.refresh(), ([first]) => first!);
      }),
  };
};
