/**
 * The network sources' answers, by source, version and name: the memory that makes a known domain cost nothing.
 *
 * - Bounded; what was asked for longest ago leaves first.
 * - The key is the source's name, the version its answer rests on, and a domain as `readDomain` wrote it, so no spelling,
 *   and no other source, reaches another's entry. Only the assessor writes, and an entry is frozen when it is written.
 * - An answer is `fresh` until its shortest-lived finding is. A failure never takes a fresh answer's place.
 * - After that, what spoke against the domain is remembered for `STALE_SECONDS`: it counts on, marked stale, for as long as
 *   the source cannot be asked. Silencing a source must not remove its answer.
 */
import type { Finding } from "../RiskSource.ts";
import { CACHE_SECONDS } from "../policy/Weights.ts";

export interface KeptAnswer {
  readonly findings: readonly Finding[];
  /** Seconds since the epoch at which it was given. */
  readonly at: number;
  /** Seconds since the epoch up to which it may be believed. */
  readonly until: number;
  /** The source failed when it was asked again, and need not be asked before `until`. */
  readonly failure: { readonly findings: readonly Finding[]; readonly until: number } | null;
}

export const STALE_SECONDS = 7 * 86_400;

/** Answers of all sources together. */
export const ANSWER_CAPACITY = 50_000;

const hasFailed = (findings: readonly Finding[]): boolean => findings.some(({ error }) => error !== undefined);

/** Speaks against the domain. A weight that is no number counts as certainty, so it does. */
const isDanger = ({ weight, error }: Finding): boolean => !(weight <= 0) && error === undefined;

/** How long an answer may be believed, seconds: as long as each of its findings. A lifetime that is no number keeps nothing. */
export const lifetime = (findings: readonly Finding[]): number =>
  findings.length === 0
    ? CACHE_SECONDS.failure
    : Math.max(0, Math.min(CACHE_SECONDS.positive, ...findings.map(({ keepFor }) => keepFor))) || 0;

export interface AnswerCache {
  /** The entry, fresh or not. */
  readonly get: (key: string, now: number) => KeptAnswer | null;
  /** Answers the entry that is in force afterwards. */
  readonly put: (key: string, findings: readonly Finding[], now: number) => KeptAnswer;
  readonly size: () => number;
}

export const keyOf = (source: string, version: string, name: string): string => JSON.stringify([source, version, name]);

export const makeAnswerCache = (capacity: number = ANSWER_CAPACITY): AnswerCache => {
  const kept = new Map<string, KeptAnswer>();

  const get = (key: string, now: number): KeptAnswer | null => {
    const entry = kept.get(key);
    if (entry === undefined) return null;
    kept.delete(key);
    if (entry.until <= now && entry.at + STALE_SECONDS <= now) return null;
    kept.set(key, entry);
    return entry;
  };

  return {
    get,
    put: (key, given, now) => {
      const findings = Object.freeze(given.map((one) => Object.freeze({ ...one })));
      const until = now + lifetime(findings);
      const before = get(key, now);
      const isWorthMore =
        before !== null && hasFailed(findings) && (before.until > now || before.findings.some(isDanger));
      const entry: KeptAnswer = Object.freeze(
        isWorthMore ? { ...before, failure: { findings, until } } : { findings, at: now, until, failure: null },
      );
      kept.delete(key);
      kept.set(key, entry);
      for (const oldest of kept.keys()) {
        if (kept.size <= capacity) break;
        kept.delete(oldest);
      }
      return entry;
    },
    size: () => kept.size,
  };
};

/**
 * What counts when the source was asked again and gave no answer: the failure, and with it what is known from before. All of
 * it while it may be believed; after that only what speaks against the domain.
 */
export const besides = (failure: readonly Finding[], before: KeptAnswer | null, now: number): readonly Finding[] => {
  if (before === null) return failure;
  const isFresh = before.until > now;
  return [
    ...before.findings
      .filter((one) => one.error === undefined && (isFresh || isDanger(one)))
      .map((one) => ({ ...one, stale: true })),
    ...failure,
  ];
};
