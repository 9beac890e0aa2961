/** From what went wrong inside to what the caller is told: one place, so that nothing inside leaks and every error says what to do. */
import { Effect } from "effect";
import type { MailError } from "../mail/MailError.ts";
import { advice, type Refusal } from "../model/Refusal.ts";
import type { KeyRingError } from "../identity/KeyRing.ts";
import { OversightError } from "../contracts/Oversight.ts";
import type { StoreError } from "../store/Journal.ts";

const plain: Readonly<Record<Refusal, string>> = {
  not_permitted: "That is not permitted to this credential.",
  wrong_status: "The message is no longer where that could be done.",
  self_decision: "Whoever wrote or owns a message may not decide on it.",
  reviewer_revoked: "This reviewer has been revoked.",
  stale_digest: "The content has changed since it was seen.",
  window_closed: "The time to decide has passed.",
  recipient_blocked: "A recipient is blocked.",
  already_approved: "This reviewer has approved this content already.",
  read_only: "The mailbox is read_only: nothing leaves it.",
  halted: "All sending is halted.",
  not_due: "It is not time yet.",
  stale_attempt: "Another worker has taken over.",
  not_approved_by: "That reviewer has not approved this message.",
  mode_raise: "A mailbox's mode is raised by an operator only.",
  no_change: "Nothing would change.",
  unknown_mailbox: "There is no such mailbox.",
  unknown_tenant: "There is no such tenant.",
  exists: "It exists already.",
};

const make = (fields: Pick<OversightError, "reason" | "message" | "hint"> & Partial<OversightError>): OversightError =>
  new OversightError({ refusal: null, field: null, winner: null, index: null, ...fields });

export const invalid = (field: string | null, message: string, hint: string): OversightError =>
  make({ reason: "invalid", field, message, hint });

export const notFound = (what: string): OversightError =>
  make({ reason: "not_found", message: `There is no such ${what}.`, hint: `List what you can see, and use its id.` });

export const forbidden = (message: string, hint: string): OversightError =>
  make({ reason: "forbidden", message, hint });

export const conflict = (message: string, hint: string): OversightError => make({ reason: "conflict", message, hint });

export const missingOversightAddress = invalid(
  "oversight_address",
  "A monitored mailbox needs an oversight_address for its copies.",
  "Give oversight_address when the mailbox is created.",
);

/** `true` for text of at most `limit` characters that can be stored and hashed: well-formed Unicode without NUL. */
export const isPlainNote = (text: string, limit: number): boolean =>
  text.length <= limit && text.isWellFormed() && !text.includes("\0");

/** The machine said no, and the log holds it at `index`. */
export const refusedError = (
  refusal: Refusal,
  index: number,
  winner: OversightError["winner"] = null,
): OversightError =>
  make({
    reason: refusal === "unknown_mailbox" || refusal === "unknown_tenant" ? "not_found" : "refused",
    refusal,
    index,
    winner,
    message: plain[refusal],
    hint: advice[refusal],
  });

export const fromMail = (error: MailError): OversightError =>
  make({
    reason: error.reason === "message_too_large" ? "too_large" : "invalid",
    field: error.field,
    message: error.message,
    hint: error.hint,
  });

const unavailable = make({
  reason: "unavailable",
  message: "The store is not available.",
  hint: "Nothing was stored. Try again later.",
});

/** An outage is no reason to make new keys. The cause goes to the server's own log. */
export const fromKeyRing = (error: KeyRingError): Effect.Effect<never, OversightError> =>
  Effect.andThen(
    Effect.logError(`An identity key cannot be used (${error.reason}): ${error.message} ${error.hint}`),
    Effect.fail(
      error.reason === "store"
        ? unavailable
        : conflict(
            "The mailbox's identity key cannot sign, so nothing can be sent from it.",
            "An operator can read the reason in the server's log, and make a new key: countersign keys rotate.",
          ),
    ),
  );

/** The cause goes to the server's own log; the caller learns only that nothing was done. */
export const fromStore = (error: StoreError): Effect.Effect<never, OversightError> => {
  if (error.reason === "conflict") {
    return Effect.fail(conflict("It is taken already, or cannot be stored.", "Choose another address, name or id."));
  }
  return Effect.logError(`The store failed (${error.reason}): ${error.message}`).pipe(
    Effect.andThen(
      Effect.fail(
        make({
          reason: "unavailable",
          message:
            error.reason === "outcome_unknown"
              ? "The store's answer was lost, so it is not known whether this was recorded."
              : "The store is not available; nothing was stored.",
          hint: "Try again, with the same Idempotency-Key.",
        }),
      ),
    ),
  );
};
