/**
 * Does the domain publish who may send for it (SPF, RFC 7208) and what becomes of forgeries (DMARC)? Nearly every
 * settled domain does; that one does not is a weak sign, and that it does is none at all.
 *
 * **Gotchas**
 * - DMARC is looked for at the host and at each domain above it down to the registrable one.
 */
import { Cache, Duration, Effect, Exit } from "effect";
import { nowSeconds } from "../../model/time.ts";
import { upTo, type ReadDomain } from "../ReadDomain.ts";
import { DnsClient, type DnsError } from "../../dns/DnsClient.ts";
import { failed, finding, type Finding, type RiskSource } from "../RiskSource.ts";
import { CACHE_SECONDS } from "../policy/Weights.ts";

const evidence = { source: "mail_policy", version: "rfc7208+dmarc1" };

/** Names that are asked for DMARC: a host of a hundred labels must not make a hundred questions (RFC 9989 walks eight). */
const DEEPEST = 8;

interface Published {
  readonly hasSpf: boolean;
  readonly hasDmarc: boolean;
}
interface Remembered {
  readonly published: Published | DnsError;
  /** Seconds. */
  readonly askedAt: number;
}

const keepFor = ({ published }: Remembered): number =>
  "_tag" in published ? CACHE_SECONDS.failure : CACHE_SECONDS.positive;

const findings = (remembered: Remembered, now: number): readonly Finding[] => {
  const { published, askedAt } = remembered;
  const left = Math.max(0, askedAt + keepFor(remembered) - now);
  if ("_tag" in published) {
    if (published.reason === "off") return [];
    const error = `${published.reason} (${published.code})`;
    return [{ ...failed(evidence.source, evidence.version, error, askedAt), keepFor: left }];
  }
  const names = [
    published.hasSpf ? "sender_policy" : "no_sender_policy",
    published.hasDmarc ? "dmarc_policy" : "no_dmarc_policy",
  ] as const;
  return names.map((name) => ({ ...finding(name, { ...evidence, fetched_at: askedAt }), keepFor: left }));
};

/** The source, over the `DnsClient` in the context. */
export const makeMailPolicy = Effect.fnUntraced(function* (
  capacity = 20_000,
): Effect.fn.Return<RiskSource, never, DnsClient> {
  const dns = yield* DnsClient;
  const has = (name: string, pattern: RegExp): Effect.Effect<boolean, DnsError> =>
    Effect.map(
      dns.ask("TXT", name),
      (answer) => answer.kind === "records" && answer.records.some((text) => pattern.test(text)),
    );

  const ask = Effect.fnUntraced(function* (host: string, registrable: string): Effect.fn.Return<Published, DnsError> {
    const hasSpf = yield* has(host, /^v=spf1(?: |$)/i);
    let hasDmarc = false;
    const names = [...upTo(host, registrable)];
    for (const name of names.length > DEEPEST ? [host, ...names.slice(1 - DEEPEST)] : names) {
      hasDmarc = yield* has(`_dmarc.${name}`, /^v=DMARC1(?:[;\s]|$)/);
      if (hasDmarc) break;
    }
    return { hasSpf, hasDmarc };
  });

  const cache = yield* Cache.makeWith(
    (key: string): Effect.Effect<Remembered> => {
      const [host, registrable] = key.split(" ") as [string, string];
      return Effect.zipWith(
        Effect.catch(ask(host, registrable), (error) => Effect.succeed(error)),
        nowSeconds,
        (published, askedAt) => ({ published, askedAt }),
      );
    },
    {
      capacity,
      timeToLive: (exit) => (Exit.isSuccess(exit) ? Duration.seconds(keepFor(exit.value)) : Duration.zero),
    },
  );
  return {
    name: evidence.source,
    reach: "network",
    assess: ({ host, registrable }: ReadDomain) =>
      registrable === null
        ? Effect.succeed([])
        : Effect.zipWith(Cache.get(cache, `${host} ${registrable}`), nowSeconds, findings),
  };
});
