/** Failures of the rooms below the door, as the service error that its caller gets. */
import { Effect } from "effect";
import { conflict, invalid, tooLarge, unavailable, type ServiceError } from "../contracts/errors.ts";
import type { KeyRingError } from "../identity/KeyRingError.ts";
import type { MailError } from "../mail/MailError.ts";

export const missingOversightAddress = invalid(
  "oversight_address",
  "A monitored mailbox needs an oversight_address for its copies.",
  "Give oversight_address when the mailbox is created.",
);

export const fromMail = ({ reason, field, message, hint }: MailError): ServiceError =>
  reason === "message_too_large" ? tooLarge(field, message, hint) : invalid(field, message, hint);

/** An outage is no reason to make new keys. The cause goes to the server's own log. */
export const fromKeyRing = (error: KeyRingError): Effect.Effect<never, ServiceError> =>
  Effect.andThen(
    Effect.logError(`An identity key cannot be used (${error.reason}): ${error.message} ${error.hint}`),
    Effect.fail(
      error.reason === "store"
        ? unavailable("The store is not available.", "Nothing was stored. Try again later.")
        : conflict(
            "The mailbox's identity key cannot sign, so nothing can be sent from it.",
            "An operator can read the reason in the server's log, and give the mailbox a new key.",
            { advice: "rotate_identity_key" },
          ),
    ),
  );
