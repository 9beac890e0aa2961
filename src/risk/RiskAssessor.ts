/**
 * The verdict on a message: every domain it would reach, every source asked, the lists applied.
 *
 * - The unit is the domain as addressed (`mail.example.com`), of each recipient and of Reply-To, each once. Its score is
 *   the noisy-or of its signals (`score.ts`); the message's score is the highest of its domains', so one bad domain is
 *   not diluted by good ones; flags are the union. The public suffix, disposable and lookalike sources judge the unit by
 *   its registrable domain, the mail exchange source by itself.
 * - Never fails. A source that dies, or takes more than `SOURCE_BUDGET_MILLIS`, has failed: a signal with an `error`
 *   and the flag `unknown` (attack D8: an error must not read as clean).
 * - What the sources said of one domain is kept as a whole, for the shortest time that any of it may be believed. Asked
 *   twice at once, it is found out once.
 *
 * **Gotchas**
 * - `ownDomains`, `knownDomains` and the lists may be long: pass the same arrays while they say the same, and they are
 *   read once. Changing them is noticed.
 * - The deny list applies to Reply-To too, the allow list to recipients only.
 */
import { Cache, Clock, Context, Duration, Effect, Exit, Layer } from "effect";
import { readDomain, type DomainUnderReview, type ReadDomain, type WatchedDomains } from "./Domain.ts";
import { denied, listed, NOT_LISTED, type Listed, type SendLists } from "./Lists.ts";
import type { MailExchangeResolver } from "./MailExchangeResolver.ts";
import { remembered } from "./remembered.ts";
import { failed, type Finding, type RiskSource } from "./RiskSource.ts";
import { highest, score, weightOf } from "./score.ts";
import { disposableList, type DisposableOverride } from "./sources/DisposableList.ts";
import { lookalike } from "./sources/Lookalike.ts";
import { makeMailExchange } from "./sources/MailExchange.ts";
import { publicSuffix } from "./sources/PublicSuffix.ts";
import { FLAGS, type DomainSignal, type Flag, type RiskVerdict } from "./Verdict.ts";
import { watch } from "./Watched.ts";
import { CACHE_SECONDS } from "./Weights.ts";

/** One source on one domain, in milliseconds. More than the budget of any network source of ours, so that theirs acts first. */
export const SOURCE_BUDGET_MILLIS = 2_000;

/** Domains assessed at once for one message. */
const CONCURRENCY = 64;

/** Assessed domains remembered for each pair of own and known domains. */
export const ASSESSMENT_CAPACITY = 5_000;

/** An address as the mail room parsed it. */
export interface AssessedAddress {
  /** `local@domain`. */
  readonly addrSpec: string;
  readonly domain: string;
}

export interface AssessmentInput {
  readonly recipients: readonly AssessedAddress[];
  readonly replyTo: AssessedAddress | null;
  /** The tenant's own domains; added to the configured ones. */
  readonly ownDomains: readonly string[];
  /** Domains of those the tenant already writes with. */
  readonly knownDomains: readonly string[];
  readonly lists: SendLists;
}

export class RiskAssessor extends Context.Service<
  RiskAssessor,
  {
    /** What is known about where this message would go, now. */
    readonly assess: (input: AssessmentInput) => Effect.Effect<RiskVerdict>;
  }
>()("countersign/risk/RiskAssessor") {}

export interface RiskAssessorConfig {
  /** The operator's own domains: never lookalikes, and what others must not look like. */
  readonly ownDomains: readonly string[];
  /** Domains that the disposable list names and that this operator does not count as such. */
  readonly disposableOverrides?: readonly DisposableOverride[];
}

/** All that was found out about one domain. */
interface Assessment {
  readonly score: number;
  readonly flags: readonly Flag[];
  readonly signals: readonly DomainSignal[];
  /** Seconds. */
  readonly keepFor: number;
}

/** A finding without what is only ours, its weight as the score took it. */
const onWire = (domain: string, { flag: _flag, keepFor: _keepFor, ...signal }: Finding): DomainSignal => ({
  domain,
  ...signal,
  weight: weightOf(signal.weight),
});

/** Every source about one domain. */
const assessDomain = (sources: readonly RiskSource[], domain: DomainUnderReview): Effect.Effect<Assessment> =>
  Effect.map(
    Effect.forEach(sources, (source) => guarded(source, domain), { concurrency: "unbounded" }),
    (all): Assessment => {
      const findings = all.flat();
      return {
        score: score(findings.map(({ weight }) => weight)),
        flags: FLAGS.filter((flag) => findings.some((one) => one.flag === flag)),
        signals: findings.map((one) => onWire(domain.host, one)),
        // `|| 0`: a lifetime that is no number keeps nothing.
        keepFor: Math.max(0, Math.min(CACHE_SECONDS.positive, ...findings.map(({ keepFor }) => keepFor))) || 0,
      };
    },
  );

/** A source that cannot hurt: overrunning and dying become findings. Interruption stays what it is. */
const guarded = (source: RiskSource, domain: DomainUnderReview): Effect.Effect<readonly Finding[]> => {
  const failure = (error: string) =>
    Effect.map(Clock.currentTimeMillis, (millis) => [failed(source.name, "none", error, Math.floor(millis / 1000))]);
  return Effect.suspend(() => source.assess(domain)).pipe(
    Effect.timeoutOrElse({
      duration: Duration.millis(SOURCE_BUDGET_MILLIS),
      orElse: () => failure("timed_out"),
    }),
    Effect.catchDefect(() => failure("source_died")),
  );
};

/** The assessor over these sources. */
export const makeRiskAssessor = (config: Pick<RiskAssessorConfig, "ownDomains">, sources: readonly RiskSource[]) => {
  const ownOf = remembered((own) => [...config.ownDomains, ...own]);
  const watchedOf = remembering();
  // One cache for each pair of lists, since what resembles depends on them; it goes when they go.
  const caches = new WeakMap<WatchedDomains, Cache.Cache<string, Assessment>>();

  const cacheFor = (watched: WatchedDomains): Effect.Effect<Cache.Cache<string, Assessment>> => {
    const there = caches.get(watched);
    if (there !== undefined) return Effect.succeed(there);
    return Effect.map(
      Cache.makeWith((host: string) => assessDomain(sources, { ...readDomain(host), watched }), {
        capacity: ASSESSMENT_CAPACITY,
        timeToLive: (exit) => (Exit.isSuccess(exit) ? Duration.seconds(exit.value.keepFor) : Duration.zero),
      }),
      (made) => {
        const first = caches.get(watched) ?? made;
        caches.set(watched, first);
        return first;
      },
    );
  };

  const assess = Effect.fnUntraced(function* (input: AssessmentInput): Effect.fn.Return<RiskVerdict> {
    const domains = new Map<string, ReadDomain>();
    for (const { domain } of input.recipients) domains.set(domain, readDomain(domain));
    if (input.replyTo !== null) domains.set(input.replyTo.domain, readDomain(input.replyTo.domain));

    const watched = watchedOf(ownOf(input.ownDomains), input.knownDomains);
    const cache = yield* cacheFor(watched);
    const one = (domain: ReadDomain): Effect.Effect<Assessment> =>
      // The key must be what was read: an unreadable domain has no canonical form, and is cheap to judge.
      domain.kind === "unreadable" ? assessDomain(sources, { ...domain, watched }) : Cache.get(cache, domain.host);

    const distinct = [...new Map([...domains.values()].map((domain) => [domain.host, domain])).values()];
    const assessed =
      distinct.length === 1
        ? [yield* one(distinct[0]!)]
        : yield* Effect.forEach(distinct, one, { concurrency: CONCURRENCY });
    const { blocked, by } = blocking(input);
    const flags = FLAGS.filter((flag) => assessed.some((each) => each.flags.includes(flag)));
    return {
      score: highest(assessed.map((each) => each.score)),
      flags,
      signals: assessed.flatMap((each) => each.signals),
      blocked,
      blockedBy: by,
      unknown: flags.includes("unknown"),
    };
  });
  return RiskAssessor.of({ assess });
};

/** The first address that a list blocks: recipients by both lists, Reply-To by the deny list. */
const blocking = ({ recipients, replyTo, lists }: AssessmentInput): Listed => {
  for (const { addrSpec, domain } of recipients) {
    const found = listed(addrSpec, domain, lists);
    if (found.blocked) return found;
  }
  return replyTo === null ? NOT_LISTED : denied(replyTo.addrSpec, replyTo.domain, lists.deny);
};

/** Indexes kept for lists that come as new arrays each time. */
const INDEXES = 64;

/** `watch`, done once for the same content: first by the arrays themselves, then by what they say. */
const remembering = () => {
  const byContent = new Map<string, WatchedDomains>();
  const byArrays = remembered((own) =>
    remembered((known) => {
      const content = JSON.stringify([own, known]);
      const there = byContent.get(content);
      const watched = there ?? watch(own, known);
      byContent.delete(content);
      byContent.set(content, watched);
      for (const oldest of byContent.keys()) {
        if (byContent.size <= INDEXES) break;
        byContent.delete(oldest);
      }
      return watched;
    }),
  );
  return (own: readonly string[], known: readonly string[]): WatchedDomains => byArrays(own)(known);
};

/** The assessor over given sources. */
export const layerSources = (
  config: Pick<RiskAssessorConfig, "ownDomains">,
  sources: readonly RiskSource[],
): Layer.Layer<RiskAssessor> => Layer.sync(RiskAssessor, () => makeRiskAssessor(config, sources));

/** The assessor with our own sources: public suffix, disposable list, lookalike, mail exchange. */
export const layer = (config: RiskAssessorConfig): Layer.Layer<RiskAssessor, never, MailExchangeResolver> =>
  Layer.effect(
    RiskAssessor,
    Effect.map(makeMailExchange(), (mailExchange) =>
      makeRiskAssessor(config, [
        publicSuffix,
        disposableList({ overrides: config.disposableOverrides ?? [] }),
        lookalike,
        mailExchange,
      ]),
    ),
  );
