/**
 * Stops asking a source that keeps failing, and tries it again with one question at a time.
 *
 * closed → (`opensAfter` names in a row fail) → open → (`openSeconds` later) → half open: one probe → closed, or open for
 * twice as long, at most `longestSeconds`.
 *
 * - What counts is different names, not tries: a domain whose own name servers are broken must not blind us to all others.
 *   An attacker who has `opensAfter` such domains still can, and gets `unknown` for it, never a clean answer.
 * - Pure but for its own memory; time is a parameter, in seconds.
 */
export interface BreakerOptions {
  readonly opensAfter: number;
  readonly openSeconds: number;
  readonly longestSeconds: number;
}

export const BREAKER_DEFAULTS: BreakerOptions = { opensAfter: 5, openSeconds: 30, longestSeconds: 480 };

export interface BreakerState {
  readonly state: "closed" | "open" | "half_open";
  /** Different names that failed since the last success. */
  readonly failures: number;
  /** Seconds since the epoch at which a probe is let through; `null` while closed. */
  readonly retryAt: number | null;
}

export interface CircuitBreaker {
  /** May the source be asked now? While half open: yes for the first who asks, and no until that one has reported. */
  readonly admit: (now: number) => boolean;
  /** What became of a question about `name`. Everyone admitted must report. */
  readonly report: (succeeded: boolean, name: string, now: number) => void;
  readonly state: (now: number) => BreakerState;
}

export const makeCircuitBreaker = (options: Partial<BreakerOptions> = {}): CircuitBreaker => {
  const { opensAfter, openSeconds, longestSeconds } = { ...BREAKER_DEFAULTS, ...options };
  const failed = new Set<string>();
  let retryAt: number | null = null;
  let pause = openSeconds;
  let probing = false;

  return {
    admit: (now) => {
      if (retryAt === null) return true;
      if (now < retryAt || probing) return false;
      probing = true;
      return true;
    },
    report: (succeeded, name, now) => {
      if (succeeded) {
        failed.clear();
        retryAt = null;
        pause = openSeconds;
        probing = false;
        return;
      }
      if (failed.size < opensAfter) failed.add(name);
      if (retryAt === null) {
        if (failed.size >= opensAfter) retryAt = now + pause;
        return;
      }
      // Of those admitted before it opened, the late ones change nothing.
      if (!probing) return;
      probing = false;
      pause = Math.min(pause * 2, longestSeconds);
      retryAt = now + pause;
    },
    state: (now) => ({
      state: retryAt === null ? "closed" : now < retryAt ? "open" : "half_open",
      failures: failed.size,
      retryAt,
    }),
  };
};
