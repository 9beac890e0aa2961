/**
 * What is known about one identity key: whose it is, since when, until when, and its public half.
 *
 * - A `mailbox` key makes `X-MultiMail-Agent-Identity`, an `operator` key makes `X-MultiMail-Identity`; neither may do the other's work.
 * - `retired`: replaced; what it signed up to `validTo` stays good. `revoked`: not trusted any more, whatever date a signature claims,
 *   because a thief of the key can claim any date.
 *
 * **Gotchas**: `mailbox` is the mailbox's id, never its address; an address may later belong to someone else.
 */
import { Result, Schema } from "effect";
import type { IdentityError } from "./IdentityError.ts";
import { jwkOf, parsePublicKeyPem, type PublicJwk } from "./PublicKey.ts";

/** `key_` and a ULID in Crockford's capital letters. */
export const KID_PATTERN = /^key_[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export type KeyKind = "mailbox" | "operator";

export const KeyStatus = Schema.Literals(["active", "retired", "revoked"]);
export type KeyStatus = typeof KeyStatus.Type;

export interface KeyRecord {
  /** `key_` + ULID. */
  readonly kid: string;
  readonly kind: KeyKind;
  /** `null` for an operator key. */
  readonly tenant: string | null;
  /** The mailbox's id; `null` for an operator key. */
  readonly mailbox: string | null;
  /** `[A-Za-z0-9._-]{1,128}`; `null` for an operator key. */
  readonly agent: string | null;
  /** The operator's domain, in lower-case A-labels. */
  readonly operator: string;
  readonly publicKeyPem: string;
  readonly status: KeyStatus;
  /** Seconds since the epoch. */
  readonly validFrom: number;
  /** Seconds since the epoch; `null` while it has no end. */
  readonly validTo: number | null;
}

/** The store's row. */
export interface StoredKey extends KeyRecord {
  /** The private key, sealed under this record's `kid` (`Seal.ts`). */
  readonly sealedPrivateKey: string;
}

/** A key as it is published: all a verifier needs to know, nothing secret. */
export const ResolvedKey = Schema.Struct({
  kid: Schema.String,
  public_key_pem: Schema.String,
  agent: Schema.NullOr(Schema.String),
  mailbox: Schema.NullOr(Schema.String),
  operator: Schema.String,
  status: KeyStatus,
  valid_from: Schema.Number,
  valid_to: Schema.NullOr(Schema.Number),
});
export type ResolvedKey = typeof ResolvedKey.Type;

/** The record as it is published, field by field: a sealed key that rides along in `record` stays behind. */
export const resolvedKey = (record: KeyRecord): ResolvedKey => ({
  kid: record.kid,
  public_key_pem: record.publicKeyPem,
  agent: record.agent,
  mailbox: record.mailbox,
  operator: record.operator,
  status: record.status,
  valid_from: record.validFrom,
  valid_to: record.validTo,
});

/** The record without the sealed key. */
export const withoutSecret = (row: StoredKey): KeyRecord => {
  const { sealedPrivateKey: _, ...record } = row;
  return record;
};

/** The public half as a JWK with `kid`, `alg` and `use`. Fails with `malformed_key` when the record's PEM is not a P-256 key. */
export const publicJwk = (record: KeyRecord): Result.Result<PublicJwk, IdentityError> =>
  Result.map(parsePublicKeyPem(record.publicKeyPem), (key) => jwkOf(key, record.kid));
