/** What a key ring fails with, and the failures it has in more than one place. */
import { Schema } from "effect";
import type { KeyStoreError } from "./KeyRecords.ts";
import type { SealError } from "./Seal.ts";

/** The key ring could not do it. `store` and `seal` failures keep their own message and hint. */
export class KeyRingError extends Schema.TaggedError<KeyRingError>()("KeyRingError", {
  reason: Schema.Literals([
    "bad_agent",
    "unknown_key",
    "revoked",
    "expired",
    "not_active",
    "key_mismatch",
    "seal",
    "store",
  ]),
  message: Schema.String,
  hint: Schema.String,
}) {}

export const ringError = (reason: KeyRingError["reason"], message: string, hint: string): KeyRingError =>
  new KeyRingError({ reason, message, hint });

export const fromStore = (error: KeyStoreError): KeyRingError => ringError("store", error.message, error.hint);
export const fromSeal = (error: SealError): KeyRingError => ringError("seal", error.message, error.hint);
export const unknownKey = ringError("unknown_key", "There is no key with this id.", "Look the id up with the mailbox.");
export const notActive = ringError("not_active", "The key is not active any more.", "Read the key that replaced it.");
export const mismatch = ringError(
  "key_mismatch",
  "The key's public half is not the one on record, or is no P-256 key.",
  "Someone changed the row: restore it from a backup, or revoke the key and make a new one.",
);
