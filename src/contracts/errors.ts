/**
 * The one error of every service that a face may ask, and its makers. Faces turn `reason` and `refusal` into their own statuses, and
 * `advice` into their own sentences.
 *
 * **Gotchas**: what went wrong inside goes to the server's log, never to the caller ({@link fromStore}, {@link fromRead}).
 */
import { Effect, Schema } from "effect";
import { Advice } from "../model/Advice.ts";
import { advice as adviceOn, hints, plain, Refusal } from "../model/Refusal.ts";

/** Why a service did not do what was asked. `refusal` is the machine's word when the machine refused. */
export class ServiceError extends Schema.TaggedError<ServiceError>()("ServiceError", {
  reason: Schema.Literals([
    /** The machine refused; see `refusal`. The event is in the log. */
    "refused",
    /** The request makes no sense: an address, a header, a mode, a date. Nothing was stored. */
    "invalid",
    /** No key, an unknown one, a revoked one, a malformed one: deliberately one answer. */
    "unauthenticated",
    /** Not there, or not yours: deliberately one answer. */
    "not_found",
    /** The credential lacks the scope. */
    "forbidden",
    /** Taken already, or the idempotency key was used for something else. */
    "conflict",
    "too_large",
    /** The store is unavailable. */
    "unavailable",
  ]),
  refusal: Schema.NullOr(Refusal),
  /** Which part of the request, when one is to blame. */
  field: Schema.NullOr(Schema.String),
  message: Schema.String,
  /** What to do next, whichever face the caller uses. */
  hint: Schema.String,
  /** The same where a face knows better: its sentence replaces `hint`. */
  advice: Schema.NullOr(Advice),
  /** For a lost race: who decided, what, when. */
  winner: Schema.NullOr(
    Schema.Struct({ decision: Schema.String, by: Schema.String, at: Schema.Int, status: Schema.String }),
  ),
  /** Index of the log entry of a refused event. */
  index: Schema.NullOr(Schema.Int),
}) {}

const make = (fields: Pick<ServiceError, "reason" | "message" | "hint"> & Partial<ServiceError>): ServiceError =>
  new ServiceError({ refusal: null, field: null, advice: null, winner: null, index: null, ...fields });

export const invalid = (field: string | null, message: string, hint: string, advice: Advice | null = null) =>
  make({ reason: "invalid", field, message, hint, advice });

export const unauthenticated = make({
  reason: "unauthenticated",
  message: "Invalid API key.",
  hint: "Present an API key that is in use; an operator can make one.",
  advice: "authenticate",
});

/** `what` names the kind of thing. */
export const notFound = (what: string, hint = "List what you can see, and use its id.", advice: Advice | null = null) =>
  make({ reason: "not_found", message: `There is no such ${what}.`, hint, advice });

export const noMailbox = notFound("mailbox", "List the mailboxes this key can see, and use an id.", "list_mailboxes");
export const noMessage = notFound("message", "List the messages this key can see, and use an id.", "list_messages");

/** `message` is a whole sentence, for what is missing for another reason than its name. */
export const missing = (message: string, hint: string, advice: Advice | null = null) =>
  make({ reason: "not_found", message, hint, advice });

export const forbidden = (message: string, hint: string) => make({ reason: "forbidden", message, hint });

export const conflict = (
  message: string,
  hint: string,
  more: Partial<Pick<ServiceError, "field" | "advice">> = {},
): ServiceError => make({ reason: "conflict", message, hint, ...more });

export const tooLarge = (field: string | null, message: string, hint: string) =>
  make({ reason: "too_large", field, message, hint });

export const unavailable = (message: string, hint: string, advice: Advice | null = null) =>
  make({ reason: "unavailable", message, hint, advice });

/** The machine refused, and the log holds it at `index`. `words`: the service's own, where they fit better than the refusal's. */
export const refusedError = (
  refusal: Refusal,
  index: number,
  winner: ServiceError["winner"] = null,
  words: Partial<Pick<ServiceError, "message" | "hint">> = {},
): ServiceError =>
  make({
    reason: refusal === "unknown_mailbox" || refusal === "unknown_tenant" ? "not_found" : "refused",
    refusal,
    index,
    winner,
    message: plain[refusal],
    hint: hints[refusal],
    advice: adviceOn[refusal] ?? null,
    ...words,
  });

/** What these makers need to know of a failure of the store (`store/Journal.ts`, `StoreError`). */
interface StoreFailure {
  readonly reason: "unavailable" | "conflict" | "corrupt" | "locked" | "outcome_unknown";
  readonly message: string;
}

const logged = (error: StoreFailure) => Effect.logError(`The store failed (${error.reason}): ${error.message}`);

/** A read failed. */
export const fromRead = (error: StoreFailure): Effect.Effect<never, ServiceError> =>
  Effect.andThen(logged(error), Effect.fail(unavailable("The store is not available.", "Try again in a moment.")));

/** A write failed, or what had to be read for one. */
export const fromStore = (error: StoreFailure): Effect.Effect<never, ServiceError> =>
  error.reason === "conflict"
    ? Effect.fail(conflict("It is taken already, or cannot be stored.", "Choose another address, name or id."))
    : Effect.andThen(
        logged(error),
        Effect.fail(
          unavailable(
            error.reason === "outcome_unknown"
              ? "The store's answer was lost, so it is not known whether this was recorded."
              : "The store is not available; nothing was stored.",
            "Try again, with the same Idempotency-Key.",
          ),
        ),
      );

/** `true` for text of at most `limit` characters that can be stored and hashed: well-formed Unicode without NUL. */
export const isPlainNote = (text: string, limit: number): boolean =>
  text.length <= limit && text.isWellFormed() && !text.includes("\0");
