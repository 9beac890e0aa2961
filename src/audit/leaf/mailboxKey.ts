/**
 * What the log holds of the key a mailbox signs with, and the operator's signature on it, so that an auditor who has the operator's key and
 * nothing else can check every agent's signature. It stands in the evidence of each entry that brings a content, because an export may
 * show that entry alone.
 *
 * - `identity_key`: the public key, SPKI DER in base64. `identity_key_operator`: which operator key vouches for it.
 * - `identity_key_signature`: that key's ECDSA P-256 signature, DER in base64, over {@link mailboxKeyBytes}.
 */
import { encodeFields } from "../../bytes/encodeFields.ts";
import { toBase64 } from "../../bytes/octets.ts";

/** Whose a key is. */
export interface MailboxKey {
  readonly mailbox: string;
  readonly agent: string;
  readonly kid: string;
  /** 91 bytes. */
  readonly spki: Uint8Array;
}

/** What the operator's key signs. */
export const mailboxKeyBytes = ({ mailbox, agent, kid, spki }: MailboxKey): Uint8Array =>
  encodeFields("countersign/mailbox-key/v1", [mailbox, agent, kid, spki]);

/** The three members of evidence. */
export interface MailboxKeyEvidence {
  readonly [name: string]: string;
  readonly identity_key: string;
  readonly identity_key_operator: string;
  readonly identity_key_signature: string;
}

export const mailboxKeyEvidence = (
  key: MailboxKey,
  operator: { readonly kid: string; readonly signature: Uint8Array },
): MailboxKeyEvidence => ({
  identity_key: toBase64(key.spki),
  identity_key_operator: operator.kid,
  identity_key_signature: toBase64(operator.signature),
});
