/**
 * The one expected failure of the pure part of this room: a closed reason, and what to do next.
 *
 * **Gotchas**: `message` and `hint` never repeat bytes of a message or a key, so they may be logged and shown.
 */
import { Schema } from "effect";

export const identityErrorReasons = [
  /** A signature that is no strict DER or no 64-byte `r‖s`. */
  "malformed_signature",
  /** A public key that is no P-256 key in uncompressed SPKI form. */
  "malformed_key",
  /** An identity header that does not follow its format. */
  "malformed_header",
  /** A value that must not go into a header: an agent name, a key id, a Message-ID. */
  "bad_value",
  /** A message the headers cannot be made for: From, To or Message-ID missing, doubled or unreadable. */
  "unsignable_message",
  /** Signing with another key than the one the statement names. */
  "wrong_key",
  /** The header cannot be made to fit in one line of 980 characters. */
  "too_long",
  /** The signer itself failed. */
  "signing_failed",
] as const;

export class IdentityError extends Schema.TaggedError<IdentityError>()("IdentityError", {
  reason: Schema.Literals(identityErrorReasons),
  message: Schema.String,
  hint: Schema.String,
}) {}

export type IdentityErrorReason = IdentityError["reason"];

/** Builds an {@link IdentityError} from its parts, in reading order. */
export const identityError = (reason: IdentityErrorReason, message: string, hint: string): IdentityError =>
  new IdentityError({ reason, message, hint });
