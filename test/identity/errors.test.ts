/** The failures and services of the room by name: callers match on the tag and on a closed set of reasons. */
import { describe, expect, it } from "vitest";
import { IdentityError } from "../../src/identity/IdentityError.ts";
import { KeyRecords, KeyStoreError } from "../../src/identity/KeyRecords.ts";
import { KeyRing } from "../../src/identity/KeyRing.ts";
import { KeyRingError } from "../../src/identity/KeyRingError.ts";
import { Seal, SealError } from "../../src/identity/Seal.ts";

const words = { message: "What is wrong.", hint: "What to do." };

describe("the errors of the identity room", () => {
  it.each([
    [
      "IdentityError",
      IdentityError,
      [
        "malformed_signature",
        "malformed_key",
        "malformed_header",
        "bad_value",
        "unsignable_message",
        "wrong_key",
        "too_long",
        "signing_failed",
      ],
    ],
    ["KeyStoreError", KeyStoreError, ["unavailable", "duplicate", "corrupt"]],
    [
      "KeyRingError",
      KeyRingError,
      ["bad_agent", "unknown_key", "revoked", "expired", "not_active", "key_mismatch", "seal", "store"],
    ],
    [
      "SealError",
      SealError,
      ["bad_key", "key_file_exposed", "key_file_unusable", "unknown_format", "wrong_key", "cannot_open"],
    ],
  ] as const)("%s has its tag and these reasons, no others", (tag, Failure, reasons) => {
    const make = (reason: string) =>
      new (Failure as new (fields: { reason: string; message: string; hint: string }) => IdentityError)({
        reason,
        ...words,
      });
    for (const reason of reasons) {
      const { _tag, message, hint } = make(reason);
      expect([_tag, make(reason).reason, message, hint]).toEqual([tag, reason, words.message, words.hint]);
    }
    for (const odd of ["", "other"]) expect(() => make(odd)).toThrow();
  });

  it.each([
    [KeyRecords, "countersign/identity/KeyRecords"],
    [KeyRing, "countersign/identity/KeyRing"],
    [Seal, "countersign/identity/Seal"],
  ])("each service has a key of its own: %#", (service, key) => {
    expect(service.key).toBe(key);
  });
});
