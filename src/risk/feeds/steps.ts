/**
 * Long work in steps: a generator that yields now and then, so that the caller can run others in between.
 * Feeds have a million lines; a server that reads one must answer meanwhile.
 */
import { Effect } from "effect";

/** Work that yields every few hundred records and returns its result. */
export type Steps<A> = Generator<void, A, void>;

/** Records between two yields: about a millisecond. */
export const STEP = 500;

/** To the end, at once. */
export const allAtOnce = <A>(steps: Steps<A>): A => {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
};

/** To the end, with a turn of the event loop after each step. */
export const inTurns = <A>(steps: Steps<A>): Effect.Effect<A> =>
  Effect.promise(async () => {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      await new Promise<void>((next) => setImmediate(next));
    }
  });
