/**
 * The assessor with the sources that an installation's settings name, and the feeds behind them.
 *
 * **Gotchas**
 * - What an operator names itself (the host of a registry file over `http:`, a name server) may be on its own network; another host
 *   that such a file or a redirect names may not.
 */
import { Effect, Layer } from "effect";
import { type DnsClient, layerOff } from "../dns/DnsClient.ts";
import { layerNode as layerDns } from "../dns/NodeDns.ts";
import type { Fetch } from "../net/Fetch.ts";
import { type FeedConfigError, Feeds, layer as layerFeedsOf, makeFeeds } from "./feeds/Feeds.ts";
import { makeRiskAssessor, RiskAssessor, type RiskAssessorConfig } from "./RiskAssessor.ts";
import type { RiskSource } from "./RiskSource.ts";
import type { RiskSettings } from "./RiskSettings.ts";
import { disposableList } from "./sources/DisposableList.ts";
import { makeDnsbl } from "./sources/Dnsbl.ts";
import { lookalike } from "./sources/Lookalike.ts";
import { makeMailExchange } from "./sources/MailExchange.ts";
import { makeMailPolicy } from "./sources/MailPolicy.ts";
import { publicSuffix } from "./sources/PublicSuffix.ts";
import { makeRegistration } from "./sources/Registration.ts";
import { makeThreatFeeds } from "./sources/ThreatFeed.ts";

/** The feeds, kept fresh. */
export const layerFeeds = (settings: RiskSettings): Layer.Layer<Feeds, FeedConfigError, Fetch> =>
  layerFeedsOf(settings.feeds, settings.feedFolder);

/** The feeds as they were kept, refreshed only when asked: for who looks, or refreshes by hand. */
export const layerIdleFeeds = (settings: RiskSettings): Layer.Layer<Feeds, FeedConfigError, Fetch> =>
  Layer.effect(
    Feeds,
    Effect.map(makeFeeds(settings.feeds, settings.feedFolder), ({ service }) => service),
  );

/** Block lists are named one by one, so they are asked also where DNS is asked nothing else. */
const layerNames = ({ dns, dnsServers, zones }: RiskSettings): Layer.Layer<DnsClient> =>
  dns || zones.length > 0 ? layerDns(dnsServers) : layerOff;

/** Every source the settings name, in the order in which verdicts list them. */
const sourcesOf = Effect.fnUntraced(function* (
  settings: RiskSettings,
): Effect.fn.Return<readonly RiskSource[], never, DnsClient | Feeds | Fetch> {
  const { rdap, zones, dns } = settings;
  const isOwnRegistry = rdap?.bootstrap?.startsWith("http:") === true;
  return [
    publicSuffix,
    disposableList(),
    lookalike,
    ...(yield* makeThreatFeeds),
    ...(dns ? [yield* makeMailExchange(), yield* makeMailPolicy()] : []),
    // Block lists move within minutes: the assessor's memory is the only one, so that a hand-over can ask again.
    ...(yield* Effect.forEach(zones, (zone) => makeDnsbl(zone, 0))),
    ...(rdap === null
      ? []
      : [
          yield* makeRegistration({
            ...(rdap.bootstrap === null ? {} : { bootstrap: rdap.bootstrap }),
            ...(isOwnRegistry ? { allowPlain: true, allowPrivate: true } : {}),
          }),
        ]),
  ];
});

/** The assessor over all of them, and over `more`: sources that need what only the house has. */
export const layerAssessor = <R = never>(
  settings: RiskSettings,
  config: RiskAssessorConfig,
  more: Effect.Effect<readonly RiskSource[], never, R> = Effect.succeed([]),
): Layer.Layer<RiskAssessor, never, Feeds | Fetch | Exclude<R, DnsClient>> =>
  Layer.effect(
    RiskAssessor,
    Effect.gen(function* () {
      const sources = [...(yield* sourcesOf(settings)), ...(yield* more)];
      return yield* makeRiskAssessor({ ...config, budgetMillis: settings.budgetMillis }, sources);
    }),
  ).pipe(Layer.provide(layerNames(settings)));
