/**
 * When the log is signed: about every 0.8 s while it grows, and at once for a caller that needs it. @spec OV-75
 *
 * - At most ten checkpoints a second in all.
 * - How a head is signed, and held against every one signed before, is in `signedHead.ts`.
 *
 * **Gotchas**: once it has refused it stays so until the server is started again; entries are still written.
 */
import { Clock, Effect, Option, Schedule, Semaphore } from "effect";
import type { ServiceError } from "../contracts/errors.ts";
import type { Signed } from "./earlierCheckpoints.ts";
import { LogRefusal } from "./errors.ts";
import { type CheckpointSignerParts, makeSignedHead } from "./signedHead.ts";

/** How often a growing log is signed, milliseconds: at most a second apart, with the time that signing takes. */
const every = 800;
/** Between two that are asked for, milliseconds. */
const apart = 100;

export const makeCheckpointSigner = (parts: CheckpointSignerParts) => {
  const { headNow, signHead, known, signedAt } = makeSignedHead(parts);
  const oneAtATime = Semaphore.makeUnsafe(1).withPermits(1);
  let refusal: LogRefusal | null = null;

  /** A refusal stays; an outage of the store does not. */
  const guarded = Effect.suspend(() => (refusal === null ? signHead : Effect.fail(refusal))).pipe(
    Effect.tapError((error) =>
      Effect.suspend(() => {
        if (!(error instanceof LogRefusal) || refusal !== null) return Effect.void;
        refusal = error;
        return Effect.logFatal(`${error.message} ${error.hint}`);
      }),
    ),
  );

  /** A durable checkpoint over at least `size` entries; over all there are when it has to be signed. */
  const cover = (size: number): Effect.Effect<Signed, ServiceError | LogRefusal> =>
    Effect.suspend(() => {
      const newest = known();
      return newest !== null && newest.size >= size
        ? Effect.succeed(newest)
        : oneAtATime(
            Effect.suspend(() => {
              const meanwhile = known();
              if (meanwhile !== null && meanwhile.size >= size) return Effect.succeed(meanwhile);
              return Clock.currentTimeMillis.pipe(
                Effect.flatMap((now) => Effect.sleep(Math.max(0, Math.min(apart, signedAt() + apart - now)))),
                Effect.andThen(guarded),
              );
            }),
          );
    });

  /** Signs what is there now, whatever its age. */
  const signNow = Effect.flatMap(headNow, (head) => cover(head.size));

  const beat = Effect.suspend(() =>
    refusal === null
      ? Effect.flatMap(headNow, (head) => (head.size > 0 ? cover(head.size) : Effect.void))
      : Effect.void,
  ).pipe(
    // What must be told with its cause has been; here it is tried again.
    Effect.catch(({ message }) => Effect.logWarning(`The log was not signed: ${message}`)),
    Effect.catchCause((cause) => Effect.logWarning("The log was not signed", cause)),
    Effect.repeat(Schedule.spaced(every)),
  );

  return {
    cover,
    signNow,
    /** Checks and signs, for the start: fails when the log is not the one that was signed. */
    ready: signNow,
    latest: Effect.suspend(() => {
      const newest = known();
      return newest === null ? signNow : Effect.succeed(newest);
    }),
    /** What stopped the signing. */
    refused: Effect.sync(() => Option.fromNullishOr(refusal)),
    beat,
  };
};

export type CheckpointSigner = ReturnType<typeof makeCheckpointSigner>;
