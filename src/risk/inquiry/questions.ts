/**
 * Questions over the network, asked in the background: one about one name is asked once, however many wait for it, and its answer
 * is kept for those who come later.
 *
 * A network source learns nothing of who asks: its answer is kept for every tenant.
 */
import { Deferred, Duration, Effect, type Semaphore } from "effect";
import { nowSeconds } from "../../model/time.ts";
import { watch } from "../lookalike/Watched.ts";
import type { DomainUnderReview, ReadDomain } from "../ReadDomain.ts";
import type { Finding, RiskSource } from "../RiskSource.ts";
import type { AnswerCache } from "./AnswerCache.ts";
import type { CircuitBreaker } from "./CircuitBreaker.ts";
import { failureOf, guarded } from "./guarded.ts";

/** The longest a source may work on one question, in milliseconds; long after the caller has gone on without it. */
export const SOURCE_LIMIT_MILLIS = 15_000;

/** Questions to one source at a time. */
export const QUESTIONS_AT_ONCE = 64;

/** Questions to all sources that are under way or wait. More are not taken on: they count as unknown. */
const QUESTIONS_UNDER_WAY = 4_000;

const NONE_WATCHED = watch([], []);

export interface Network {
  readonly source: RiskSource;
  readonly breaker: CircuitBreaker;
  readonly turn: Semaphore.Semaphore;
}

/** Questions that are under way end with the scope. */
export const makeQuestions = Effect.fnUntraced(function* (cache: AnswerCache) {
  const scope = yield* Effect.scope;
  const underWay = new Map<string, Deferred.Deferred<readonly Finding[]>>();

  /** Asks in the background; callers meanwhile share the answer. A text gives the reason that nothing is asked. */
  return Effect.fnUntraced(function* (network: Network, key: string, domain: ReadDomain, now: number) {
    const shared = underWay.get(key);
    if (shared !== undefined) return shared;
    const { source, breaker, turn } = network;
    if (underWay.size >= QUESTIONS_UNDER_WAY) return "too many questions are under way";
    if (!breaker.admit(now)) return "not asked: it has failed too often of late";
    const answer = Deferred.makeUnsafe<readonly Finding[]>();
    underWay.set(key, answer);
    const review: DomainUnderReview = { ...domain, watched: NONE_WATCHED };
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
        // Whatever happens, no caller waits for ever and the breaker's probe is not lost.
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
});
