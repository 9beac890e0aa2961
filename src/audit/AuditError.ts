/** Why something an auditor was given cannot be read or believed. */
import { Result, Schema } from "effect";

export const AuditReason = Schema.Literals([
  /** The text is no signed note. */
  "malformed_note",
  /** The text is no verifier key. */
  "malformed_key",
  /** The note's text is no checkpoint. */
  "malformed_checkpoint",
  /** The text is no proof file. */
  "malformed_receipt",
  /** The path or the bytes are no tile. */
  "malformed_tile",
  /** No key that the reader knows signed it. */
  "unsigned",
  /** A key that the reader knows is named, and its signature does not verify. */
  "bad_signature",
  /** It is of another log. */
  "wrong_origin",
  /** The entry is not in the tree of the checkpoint, or not at that place. */
  "not_included",
  /** A key did not sign. */
  "signing_failed",
]);
export type AuditReason = typeof AuditReason.Type;

export class AuditError extends Schema.TaggedError<AuditError>()("AuditError", {
  reason: AuditReason,
  message: Schema.String,
  hint: Schema.String,
}) {}

export const refuse = (reason: AuditReason, message: string, hint: string): Result.Result<never, AuditError> =>
  Result.fail(new AuditError({ reason, message, hint }));
