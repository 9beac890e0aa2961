/**
 * The threat feeds in use: loaded, refreshed on schedule, replaced as a whole or not at all.
 *
 * - A document takes the place of the one in use only when it is whole, readable and not suddenly small; until then, and
 *   after any failure, the one in use answers on, with its age. A feed that never loaded answers "unknown".
 * - `refresh` asks now, one feed or all; `status` reports what each feed is and how it stands.
 *
 * **Gotchas**
 * - The layer is ready before the feeds are: verdicts until then carry `unknown`. Wait for `refresh` where that matters.
 * - A feed that shrank for good stays refused until a `refresh` with `force`; it turns stale meanwhile, and reports that.
 * @spec OV-102
 */
import { Context, Duration, Effect, Layer, Schema, Semaphore } from "effect";
import { nowSeconds } from "../../model/time.ts";
import type { ReadDomain } from "../ReadDomain.ts";
import { Fetch } from "../../net/Fetch.ts";
import {
  digestOf,
  getFeed,
  loadCopy,
  NO_VALIDATORS,
  saveCopy,
  type FeedLocation,
  type Validators,
} from "./FeedCopy.ts";
import type { ParsedFeed } from "./entry.ts";
import { readFeed, type FeedFormat } from "./FeedFormat.ts";
import { indexing, type FeedIndex, type Found } from "./FeedIndex.ts";
import { inTurns } from "./steps.ts";

export interface FeedConfig {
  /** `a-z 0-9 _ -`, at most 40: the signals' source is `threat_feed:<name>`. */
  readonly name: string;
  readonly format: FeedFormat;
  readonly location: FeedLocation;
  /** Seconds between refreshes, at least 60. Default 3600. */
  readonly refreshSeconds?: number;
  /** Seconds after which it clears no domain. Default 86400. */
  readonly staleSeconds?: number;
  /** Of the document, compressed or not. Default 64 MiB. */
  readonly maxBytes?: number;
  /** The zone's name, for an RPZ file that does not name it. */
  readonly origin?: string;
}

export interface FeedStatus {
  readonly name: string;
  readonly format: FeedFormat;
  /** File or address, without headers. */
  readonly place: string;
  /** `sha256:<12 hex digits>` of the document in use; `null` when none is. */
  readonly version: string | null;
  /** Names that can make a domain listed. */
  readonly entries: number;
  /** When the document in use was last confirmed, in seconds; `null` when none is. */
  readonly fetchedAt: number | null;
  readonly isStale: boolean;
  readonly checkedAt: number | null;
  /** Why the last refresh changed nothing; `null` when it did, or nothing was to change. */
  readonly error: string | null;
}

export interface RefreshOutcome {
  readonly name: string;
  /** `kept`: it failed, and what was in use, if anything, is still in use. */
  readonly kind: "replaced" | "unchanged" | "kept";
  readonly error: string | null;
  readonly entries: number;
}

export interface FeedAnswer {
  readonly status: FeedStatus;
  /** `null`: the feed has no document to ask. */
  readonly found: Found | null;
}

export class FeedConfigError extends Schema.TaggedError<FeedConfigError>()("FeedConfigError", {
  reason: Schema.Literals(["bad_name", "duplicate_name", "bad_number", "unknown_feed"]),
  feed: Schema.String,
  hint: Schema.String,
}) {}

export class Feeds extends Context.Service<
  Feeds,
  {
    readonly names: readonly string[];
    readonly status: Effect.Effect<readonly FeedStatus[]>;
    /** Asks one feed, or all, now. `onOutcome` hears of each as it is done. */
    readonly refresh: (options?: {
      readonly name?: string;
      /** Take a whole and readable document even if it shrank. */
      readonly force?: boolean;
      readonly onOutcome?: (outcome: RefreshOutcome) => Effect.Effect<void>;
    }) => Effect.Effect<readonly RefreshOutcome[], FeedConfigError>;
    /** What one feed reports of a domain now. */
    readonly ask: (name: string, domain: ReadDomain) => Effect.Effect<FeedAnswer | null>;
  }
>()("countersign/risk/Feeds") {}

const DEFAULTS = { refreshSeconds: 3_600, staleSeconds: 86_400, maxBytes: 64 * 1024 * 1024 } as const;
/** After a failure, at the latest. Seconds. */
const RETRY_AFTER = 300;
/** A document with less than this part of the names in use has shrunk. */
const SHRUNK = 0.1;
/** Below this many names, shrinking is ordinary. */
const SMALL = 50;

interface InUse {
  readonly index: FeedIndex;
  readonly sha256: string;
  readonly validators: Validators;
  /** Seconds. */
  readonly fetchedAt: number;
}

interface Feed {
  readonly config: Required<Omit<FeedConfig, "origin">> & { readonly origin: string | undefined };
  readonly turn: Semaphore.Semaphore;
  inUse: InUse | null;
  checkedAt: number | null;
  error: string | null;
}

const placeOf = (location: FeedLocation): string => ("file" in location ? location.file : location.url);
const versionOf = (sha256: string): string => `sha256:${sha256.slice(0, 12)}`;

/** Why this document may not be used, or `null`. */
const objection = (
  parsed: ParsedFeed,
  index: FeedIndex,
  before: FeedIndex | undefined,
  force: boolean,
): string | null => {
  if (!parsed.isWhole) return "truncated or not of this format";
  if (parsed.unreadable * 5 > parsed.read) return `unreadable (${parsed.unreadable} of ${parsed.read} records)`;
  if (parsed.entries.length === 0) return "empty";
  if (!force && before !== undefined && before.size >= SMALL && index.size < before.size * SHRUNK)
    return `shrunk from ${before.size} to ${index.size} names`;
  return null;
};

const endsInside = (format: FeedFormat, text: string): boolean => format !== "phishtank_json" && !text.endsWith("\n");

const refreshFeed = Effect.fnUntraced(function* (
  feed: Feed,
  fetch: Fetch["Service"],
  folder: string | null,
  force: boolean,
): Effect.fn.Return<RefreshOutcome> {
  const { config } = feed;
  const before = feed.inUse;
  const got = yield* getFeed(fetch, config.location, config.maxBytes, before?.validators ?? NO_VALIDATORS);
  const now = yield* nowSeconds;
  feed.checkedAt = now;
  const outcome = (kind: RefreshOutcome["kind"], error: string | null): RefreshOutcome => {
    feed.error = error;
    return { name: config.name, kind, error, entries: feed.inUse?.index.size ?? 0 };
  };
  const keep = (inUse: InUse, text: string | null): Effect.Effect<string | null> =>
    folder === null
      ? Effect.succeed(null)
      : saveCopy(
          folder,
          config.name,
          {
            format: config.format,
            place: placeOf(config.location),
            sha256: inUse.sha256,
            fetchedAt: inUse.fetchedAt,
            ...inUse.validators,
          },
          text,
        );

  if (got.kind === "failed") return outcome("kept", got.error);
  if (got.kind === "unchanged") {
    if (before === null) return outcome("kept", "the server says it is unchanged, but nothing is in use");
    feed.inUse = { ...before, fetchedAt: got.writtenAt ?? now };
    const unsaved = yield* keep(feed.inUse, null);
    return outcome("unchanged", unsaved === null ? null : `not saved: ${unsaved}`);
  }
  if (!got.isFramed && endsInside(config.format, got.text))
    return outcome("kept", "truncated: its last line has no end");
  const parsed = yield* inTurns(readFeed(config.format, got.text, now, config.origin));
  const index = yield* inTurns(indexing(parsed.entries));
  const refused = objection(parsed, index, before?.index, force);
  if (refused !== null) return outcome("kept", refused);

  const sha256 = digestOf(got.text);
  // One assignment: a caller meanwhile gets its answer from the one or the other, never from both.
  feed.inUse = { index, sha256, validators: got.validators, fetchedAt: got.writtenAt ?? now };
  const unsaved = yield* keep(feed.inUse, got.text);
  return outcome(
    before?.sha256 === sha256 ? "unchanged" : "replaced",
    unsaved === null ? null : `not saved: ${unsaved}`,
  );
});

/** Puts the copy of an earlier run in use, when there is one of this very feed. */
const loadFeed = Effect.fnUntraced(function* (feed: Feed, folder: string): Effect.fn.Return<void> {
  const now = yield* nowSeconds;
  const { config } = feed;
  const copy = yield* loadCopy(folder, config.name, now);
  if (copy === null || copy.format !== config.format || copy.place !== placeOf(config.location)) return;
  const parsed = yield* inTurns(readFeed(config.format, copy.text, now, config.origin));
  const index = yield* inTurns(indexing(parsed.entries));
  if (objection(parsed, index, undefined, false) !== null) return;
  const { sha256, etag, lastModified, fetchedAt } = copy;
  feed.inUse = { index, sha256, validators: { etag, lastModified }, fetchedAt };
});

const statusOf = ({ config, inUse, checkedAt, error }: Feed, now: number): FeedStatus => ({
  name: config.name,
  format: config.format,
  place: placeOf(config.location),
  version: inUse === null ? null : versionOf(inUse.sha256),
  entries: inUse?.index.size ?? 0,
  fetchedAt: inUse?.fetchedAt ?? null,
  isStale: inUse !== null && now - inUse.fetchedAt > config.staleSeconds,
  checkedAt,
  error,
});

/** Why a feed may not be configured like this, or `null`. That its name is its own is seen among all of them. */
export const feedProblem = (given: FeedConfig): FeedConfigError | null => {
  const { name, refreshSeconds, staleSeconds, maxBytes } = { ...DEFAULTS, ...given };
  const wrong = (reason: FeedConfigError["reason"], hint: string) => new FeedConfigError({ reason, feed: name, hint });
  if (!/^[a-z0-9_-]{1,40}$/.test(name)) return wrong("bad_name", "Name it with a-z, 0-9, _ and -, at most 40 of them.");
  return ![refreshSeconds, staleSeconds, maxBytes].every((it) => Number.isSafeInteger(it) && it > 0) ||
    refreshSeconds < 60
    ? wrong("bad_number", "Refresh no oftener than every 60 s; whole numbers over 0 everywhere.")
    : null;
};

const checked = (configs: readonly FeedConfig[]): Effect.Effect<readonly Feed[], FeedConfigError> =>
  Effect.gen(function* () {
    const feeds: Feed[] = [];
    for (const given of configs) {
      const problem = feedProblem(given);
      if (problem !== null) return yield* Effect.fail(problem);
      const config = { ...DEFAULTS, origin: undefined, ...given };
      if (feeds.some((feed) => feed.config.name === config.name))
        return yield* Effect.fail(
          new FeedConfigError({
            reason: "duplicate_name",
            feed: config.name,
            hint: "Give each feed a name of its own.",
          }),
        );
      feeds.push({ config, turn: Semaphore.makeUnsafe(1), inUse: null, checkedAt: null, error: null });
    }
    return feeds;
  });

/** The feeds of this configuration. `folder`: where copies are kept; `null` for none. Not refreshed by itself. */
export const makeFeeds = Effect.fnUntraced(function* (configs: readonly FeedConfig[], folder: string | null) {
  const fetch = yield* Fetch;
  const feeds = yield* checked(configs);
  const byName = new Map(feeds.map((feed) => [feed.config.name, feed]));
  if (folder !== null) yield* Effect.forEach(feeds, (feed) => loadFeed(feed, folder), { concurrency: 4 });

  const refreshOne = (feed: Feed, force: boolean): Effect.Effect<RefreshOutcome> =>
    feed.turn.withPermits(1)(refreshFeed(feed, fetch, folder, force));

  const service = Feeds.of({
    names: [...byName.keys()],
    status: Effect.map(nowSeconds, (now) => feeds.map((feed) => statusOf(feed, now))),
    refresh: ({ name, force = false, onOutcome = () => Effect.void } = {}) => {
      const chosen = name === undefined ? feeds : [byName.get(name)];
      return Effect.forEach(
        chosen,
        (feed) =>
          feed === undefined
            ? Effect.fail(
                new FeedConfigError({
                  reason: "unknown_feed",
                  feed: name ?? "",
                  hint: `There are: ${[...byName.keys()].join(", ") || "none"}.`,
                }),
              )
            : Effect.tap(refreshOne(feed, force), onOutcome),
        { concurrency: 4 },
      );
    },
    ask: (name, domain) =>
      Effect.map(nowSeconds, (now) => {
        const feed = byName.get(name);
        if (feed === undefined) return null;
        return { status: statusOf(feed, now), found: feed.inUse?.index.find(domain) ?? null };
      }),
  });

  /** Refreshes one feed for ever: when it is due, and soon after a failure. */
  const keepFresh = (feed: Feed): Effect.Effect<never> =>
    Effect.forever(
      Effect.gen(function* () {
        const now = yield* nowSeconds;
        const { refreshSeconds } = feed.config;
        const due =
          feed.error !== null || feed.checkedAt === null
            ? (feed.checkedAt ?? -Infinity) + Math.min(refreshSeconds, RETRY_AFTER)
            : feed.checkedAt + refreshSeconds;
        if (due > now) yield* Effect.sleep(Duration.seconds(due - now));
        else yield* refreshOne(feed, false);
      }),
    );
  return { service, keepFresh: feeds.map(keepFresh) };
});

/** The feeds, loaded from their copies, and refreshed in the background for as long as the layer lives. */
export const layer = (
  configs: readonly FeedConfig[],
  folder: string | null,
): Layer.Layer<Feeds, FeedConfigError, Fetch> =>
  Layer.effect(
    Feeds,
    Effect.gen(function* () {
      const { service, keepFresh } = yield* makeFeeds(configs, folder);
      for (const loop of keepFresh) yield* Effect.forkScoped(loop);
      return service;
    }),
  );
