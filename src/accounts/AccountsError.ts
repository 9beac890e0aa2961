/** Why an account, a key or a mailbox is not to be had. Faces turn `reason` into their own words and status. */
import { Effect, Schema } from "effect";
import type { StoreError } from "../store/Journal.ts";

export class AccountsError extends Schema.TaggedError<AccountsError>()("AccountsError", {
  reason: Schema.Literals([
    /** No key, an unknown one, a revoked one, a malformed one: deliberately one answer. */
    "unauthenticated",
    /** The credential lacks the scope. */
    "forbidden",
    /** Not there, or not yours: deliberately one answer. */
    "not_found",
    /** The store is unavailable. */
    "unavailable",
  ]),
  message: Schema.String,
  hint: Schema.String,
}) {}

/** The cause goes to the server's own log; the caller learns only that the store did not answer. */
export const fromStore = (error: StoreError): Effect.Effect<never, AccountsError> =>
  Effect.logError(`The store failed (${error.reason}): ${error.message}`).pipe(
    Effect.andThen(
      Effect.fail(
        new AccountsError({
          reason: "unavailable",
          message: "The store is not available.",
          hint: "Try again in a moment.",
        }),
      ),
    ),
  );
