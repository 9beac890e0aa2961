/**
 * Is the domain on a threat feed? One source for each feed, each with its own version and age.
 *
 * - A feed that never loaded is unknown. A stale one is believed where it lists a domain, and unknown where it does not.
 * @spec OV-101
 */
import { Effect } from "effect";
import { nowSeconds } from "../../model/time.ts";
import { Feeds } from "../feeds/Feeds.ts";
import { failed, finding, type Finding, type RiskSource } from "../RiskSource.ts";
import type { SignalName } from "../policy/Weights.ts";

const NAMES = {
  listed: "threat_listed",
  on_domain: "threat_on_domain",
  shared: "threat_on_shared_host",
  none: "not_threat_listed",
} as const satisfies Record<string, SignalName>;

const hours = (seconds: number): string => `${Math.floor(seconds / 3_600)} h`;

/** One source for each feed in the context. */
export const makeThreatFeeds: Effect.Effect<readonly RiskSource[], never, Feeds> = Effect.map(Feeds, (feeds) =>
  feeds.names.map((name): RiskSource => {
    const source = `threat_feed:${name}`;
    return {
      name: source,
      assess: (domain) => {
        if (domain.registrable === null) return Effect.succeed([]);
        return Effect.zipWith(feeds.ask(name, domain), nowSeconds, (answer, now): readonly Finding[] => {
          if (answer === null || answer.found === null)
            return [failed(source, "none", answer?.status.error ?? "not loaded yet", now)];
          const { status, found } = answer;
          const evidence = {
            source,
            version: status.version ?? "none",
            fetched_at: status.fetchedAt,
            stale: status.isStale,
          };
          if (found.kind !== "none") return [finding(NAMES[found.kind], { ...evidence, note: found.note })];
          if (!status.isStale) return [finding("not_threat_listed", evidence)];
          const age = hours(now - (status.fetchedAt ?? 0));
          return [finding("source_failed", { ...evidence, error: `stale: last confirmed ${age} ago` })];
        });
      },
    };
  }),
);
