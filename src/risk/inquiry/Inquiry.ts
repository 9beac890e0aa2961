/**
 * Asking the sources about one domain: what is kept at once, what is local in place, what needs the network in the
 * background, where it goes on when the time of the asker is over.
 *
 * - One question about one name is asked once, however many wait for it, and its answer is kept for those who come later.
 * - A source that is not asked (its breaker is open, too much is under way), dies, or takes more than `SOURCE_LIMIT_MILLIS`
 *   has failed: a finding with an `error`, above zero and `unknown` (attack D8: an error must not read as clean).
 * - A network source is told nothing of who asks: its answer is kept for every tenant.
 *
 * **Gotchas**
 * - While nobody can be asked again, an older answer counts on; see `AnswerCache.ts`.
 */
import { Deferred, Duration, Effect, Semaphore } from "effect";
import { nowSeconds } from "../../model/time.ts";
import { besides, type AnswerCache, keyOf, makeAnswerCache } from "./AnswerCache.ts";
import { type BreakerOptions, type BreakerState, type CircuitBreaker, makeCircuitBreaker } from "./CircuitBreaker.ts";
import type { DomainUnderReview, ReadDomain } from "../ReadDomain.ts";
import { type Correspondence, failed, type Finding, type RiskSource } from "../RiskSource.ts";
import { watch } from "../lookalike/Watched.ts";

/** The longest a source may work on one question, in milliseconds; long after whoever asked has gone on without it. */
export const SOURCE_LIMIT_MILLIS = 15_000;

/** Questions to one source at a time. */
export const QUESTIONS_AT_ONCE = 64;

/** Questions to all sources that are under way or wait. More are not taken on: they count as unknown. */
export const QUESTIONS_UNDER_WAY = 4_000;

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

/** One place of the answer. It is filled when its source has answered; until then `late` says what it counts as. */
export interface Slot {
  findings: readonly Finding[] | null;
  readonly late: (now: number, error: string) => readonly Finding[];
  /** Fills it. `null`: it is filled already. */
  readonly wait: Effect.Effect<void> | null;
}

const NOBODY = watch([], []);

const failureOf = (source: string, error: string, now: number): readonly Finding[] => [
  failed(source, "none", error, now),
];

/** `null` also when it cannot say. */
const versionOf = (source: RiskSource): string | null => {
  try {
    return source.version?.() ?? null;
  } catch {
    return null;
  }
};

/** A source that cannot hurt: dying, and answers that are none, become findings. Interruption stays what it is. */
const guarded = (source: RiskSource, ask: () => Effect.Effect<readonly Finding[]>) =>
  Effect.suspend(ask).pipe(
    Effect.flatMap((findings) =>
      Array.isArray(findings) ? Effect.succeed(findings as readonly Finding[]) : Effect.die("no list of findings"),
    ),
    Effect.catchDefect(() => Effect.map(nowSeconds, (now) => failureOf(source.name, "source_died", now))),
  );

interface Network {
  readonly source: RiskSource;
  readonly breaker: CircuitBreaker;
  readonly turn: Semaphore.Semaphore;
}

/** The sources, ready to be asked. Background work ends with the scope. */
export const makeInquiry = Effect.fnUntraced(function* (sources: readonly RiskSource[], options: InquiryOptions = {}) {
  const scope = yield* Effect.scope;
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
  const underWay = new Map<string, Deferred.Deferred<readonly Finding[]>>();

  /** Asks in the background; whoever asks meanwhile shares the answer. A text says why nobody is asked. */
  const begin = Effect.fnUntraced(function* (network: Network, key: string, domain: ReadDomain, now: number) {
    const shared = underWay.get(key);
    if (shared !== undefined) return shared;
    const { source, breaker, turn } = network;
    if (underWay.size >= QUESTIONS_UNDER_WAY) return "too many questions are under way";
    if (!breaker.admit(now)) return "not asked: it has failed too often of late";
    const answer = Deferred.makeUnsafe<readonly Finding[]>();
    underWay.set(key, answer);
    const review: DomainUnderReview = { ...domain, watched: NOBODY };
    yield* turn
      .withPermits(1)(
        guarded(source, () => source.assess(review)).pipe(
          Effect.timeoutOrElse({
            duration: Duration.millis(SOURCE_LIMIT_MILLIS),
            orElse: () => Effect.map(nowSeconds, (at) => failureOf(source.name, "timed_out", at)),
          }),
        ),
      )
      .pipe(
        Effect.flatMap((findings) =>
          Effect.map(nowSeconds, (at) => {
            breaker.report(!findings.some(({ error }) => error !== undefined), domain.registrable ?? domain.host, at);
            underWay.delete(key);
            cache.put(key, findings, at);
            return findings;
          }),
        ),
        // Whatever happens, nobody waits for ever and the breaker's probe is not lost.
        Effect.onInterrupt(() =>
          Effect.sync(() => {
            breaker.report(false, domain.host, now);
            underWay.delete(key);
          }),
        ),
        Deferred.into(answer),
        Effect.forkIn(scope),
      );
    return answer;
  });

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
      // What has no name has no records; asking would only tell strangers what we could not read.
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
