/**
 * Asking the sources about one domain: what is kept at once, what is local in place, what needs the network in the
 * background, where it goes on when the time of the asker is over.
 *
 * - What goes over the network is in `questions.ts`, what is kept of it in `AnswerCache.ts`.
 * - A source that is not asked (its breaker is open, too much is under way), dies, or takes more than `SOURCE_LIMIT_MILLIS`
 *   has failed: a finding with an `error`, above zero and `unknown` (attack D8: an error must not read as clean).
 *
 * **Gotchas**
 * - While no source can be asked again, an older answer counts on; see `AnswerCache.ts`.
 */
import { Deferred, Effect, Semaphore } from "effect";
import { nowSeconds } from "../../model/time.ts";
import { besides, type AnswerCache, keyOf, makeAnswerCache } from "./AnswerCache.ts";
import { type BreakerOptions, type BreakerState, makeCircuitBreaker } from "./CircuitBreaker.ts";
import { failureOf, guarded } from "./guarded.ts";
import { makeQuestions, type Network, QUESTIONS_AT_ONCE } from "./questions.ts";
import type { DomainUnderReview, ReadDomain } from "../ReadDomain.ts";
import type { Correspondence, Finding, RiskSource } from "../RiskSource.ts";

export interface SourceStatus {
  readonly source: string;
  readonly reach: "local" | "network";
  readonly version: string | null;
  /** `null` for a local source, which has none. */
  readonly breaker: BreakerState | null;
}

export interface InquiryOptions {
  readonly capacity?: number;
  readonly breaker?: Partial<BreakerOptions>;
}

/** One place of the answer. It is filled when its source has answered; until then `late` gives what it counts as. */
export interface Slot {
  findings: readonly Finding[] | null;
  readonly late: (now: number, error: string) => readonly Finding[];
  /** Fills it. `null`: it is filled already. */
  readonly wait: Effect.Effect<void> | null;
}

/** `null` also when it cannot be known. */
const versionOf = (source: RiskSource): string | null => {
  try {
    return source.version?.() ?? null;
  } catch {
    return null;
  }
};

/** A source that is asked in place, while its asker waits. */
const inPlace = (source: RiskSource, domain: DomainUnderReview, correspondence: Correspondence | undefined): Slot => {
  const slot: Slot = {
    findings: null,
    late: (at, error) => failureOf(source.name, error, at),
    wait: Effect.map(
      guarded(source, () => source.assess(domain, correspondence)),
      (findings) => {
        slot.findings = findings;
      },
    ),
  };
  return slot;
};

/** The sources, ready to be asked. Background work ends with the scope. */
export const makeInquiry = Effect.fnUntraced(function* (sources: readonly RiskSource[], options: InquiryOptions = {}) {
  const cache: AnswerCache = makeAnswerCache(options.capacity);
  const networks = new Map<RiskSource, Network>();
  for (const source of sources) {
    if (source.reach !== "network" || source.about === "correspondence") continue;
    networks.set(source, {
      source,
      breaker: makeCircuitBreaker(options.breaker),
      turn: Semaphore.makeUnsafe(QUESTIONS_AT_ONCE),
    });
  }
  const begin = yield* makeQuestions(cache);

  const overNetwork = (network: Network, domain: ReadDomain, now: number, freshWithin: number): Slot => {
    const { source } = network;
    const key = keyOf(source.name, versionOf(source) ?? "", domain.host);
    const before = cache.get(key, now);
    const late: Slot["late"] = (at, error) => besides(failureOf(source.name, error, at), before, at);
    if (before !== null && before.until > now && now - before.at <= freshWithin) {
      return { findings: before.findings, late, wait: null };
    }
    if (before?.failure != null && before.failure.until > now) {
      return { findings: besides(before.failure.findings, before, now), late, wait: null };
    }
    const slot: Slot = {
      findings: null,
      late,
      wait: Effect.gen(function* () {
        const asked = yield* begin(network, key, domain, now);
        if (typeof asked === "string") {
          slot.findings = late(now, asked);
          return;
        }
        const findings = yield* Deferred.await(asked);
        const hasFailed = findings.some(({ error }) => error !== undefined);
        slot.findings = hasFailed ? besides(findings, before, yield* nowSeconds) : findings;
      }),
    };
    return slot;
  };

  /**
   * One slot for each source that is not `off`, in their order. `freshWithin`: seconds; an answer that is older than that is
   * asked for again even if it may still be believed.
   */
  const slotsFor = (
    domain: DomainUnderReview,
    asking: {
      readonly now: number;
      readonly freshWithin: number;
      readonly off: ReadonlySet<string>;
      readonly correspondence: Correspondence | undefined;
    },
  ): readonly Slot[] => {
    const slots: Slot[] = [];
    for (const source of sources) {
      if (asking.off.has(source.name)) continue;
      const network = networks.get(source);
      if (network === undefined) slots.push(inPlace(source, domain, asking.correspondence));
      // What has no name has no records; asking would only show strangers what we could not read.
      else if (domain.kind !== "unreadable" && domain.kind !== "address_literal") {
        slots.push(overNetwork(network, domain, asking.now, asking.freshWithin));
      }
    }
    return slots;
  };

  const status = (now: number): readonly SourceStatus[] =>
    sources.map((source) => ({
      source: source.name,
      reach: source.reach ?? "local",
      version: versionOf(source),
      breaker: networks.get(source)?.breaker.state(now) ?? null,
    }));

  return { slotsFor, status };
});
