/** For what must be done in the end, whatever the store does meanwhile. */
import { Effect, Schedule } from "effect";

/** 0.2 s, 0.4 s … 30 s. */
const patiently = Schedule.min([Schedule.exponential("200 millis"), Schedule.spaced("30 seconds")]).pipe(
  Schedule.jittered,
);

/** Retries until it is done. `worthwhile` is true for a failure that another try can mend. */
export const persist = <A, E extends { readonly message: string }>(
  what: string,
  effect: Effect.Effect<A, E>,
  worthwhile: (error: E) => boolean = () => true,
): Effect.Effect<A, E> =>
  effect.pipe(
    Effect.tapError((error) => Effect.logWarning(`${what}: ${error.message}`)),
    Effect.retry({ schedule: patiently, while: worthwhile }),
  );

export const storeIsAway = (error: { readonly reason: string }): boolean => error.reason === "unavailable";
