/** Why the log signs nothing more, and how a caller learns of it. */
import { Effect, Schema } from "effect";
import { unavailable, type ServiceError } from "../contracts/errors.ts";
import { Advice } from "../model/Advice.ts";

/** What is signed, what is stored and what the files hold do not agree: nothing more is signed. */
export class LogRefusal extends Schema.TaggedError<LogRefusal>()("LogRefusal", {
  message: Schema.String,
  hint: Schema.String,
  advice: Schema.NullOr(Advice),
}) {}

export const inconsistent = (message: string, hint: string, advice: Advice | null = null): LogRefusal =>
  new LogRefusal({ message, hint, advice });

/** Maps a {@link LogRefusal} to the error callers get. */
export const withServiceError = <A, E, R>(
  self: Effect.Effect<A, E | LogRefusal, R>,
): Effect.Effect<A, Exclude<E, LogRefusal> | ServiceError, R> =>
  Effect.mapError(self, (error) =>
    error instanceof LogRefusal
      ? unavailable(error.message, error.hint, error.advice)
      : (error as Exclude<E, LogRefusal>),
  );
