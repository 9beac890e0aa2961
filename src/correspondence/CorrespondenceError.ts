/** Why a message or list is not to be had. Faces turn `reason` into their own words and status. */
import { Effect, Schema } from "effect";
import type { StoreError } from "../store/Journal.ts";

export class CorrespondenceError extends Schema.TaggedError<CorrespondenceError>()("CorrespondenceError", {
  reason: Schema.Literals([
    /** Not there, or not yours: deliberately one answer. */
    "not_found",
    /** The credential lacks the scope. */
    "forbidden",
    /** The request makes no sense. */
    "invalid",
    /** It is there already. */
    "conflict",
    /** The store is unavailable. */
    "unavailable",
  ]),
  field: Schema.NullOr(Schema.String),
  message: Schema.String,
  hint: Schema.String,
}) {}

export const notFound = (what: string, hint: string): CorrespondenceError =>
  new CorrespondenceError({ reason: "not_found", field: null, message: `There is no such ${what}.`, hint });

export const forbidden = (message: string, hint: string): CorrespondenceError =>
  new CorrespondenceError({ reason: "forbidden", field: null, message, hint });

export const invalid = (field: string, message: string, hint: string): CorrespondenceError =>
  new CorrespondenceError({ reason: "invalid", field, message, hint });

/** The cause goes to the server's own log; the caller learns only that the store did not answer. */
export const fromStore = (error: StoreError): Effect.Effect<never, CorrespondenceError> =>
  Effect.logError(`The store failed (${error.reason}): ${error.message}`).pipe(
    Effect.andThen(
      Effect.fail(
        new CorrespondenceError({
          reason: "unavailable",
          field: null,
          message: "The store is not available.",
          hint: "Try again in a moment.",
        }),
      ),
    ),
  );
