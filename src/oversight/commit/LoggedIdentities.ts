/**
 * Identity keys as the log records them, compared with the rows that are published: whose each key is, the key itself, and that the
 * operator's key vouches for it. @spec OV-170
 *
 * **Gotchas**
 * - A key that has signed nothing yet is known to the log by its id alone, one that a rotation made not at all.
 * - Rotations and revocations are no entries, so a key's status and validity cannot be compared with the log.
 */
import { verify } from "node:crypto";
import { Result } from "effect";
import { mailboxKeyBytes } from "../../audit/leaf/mailboxKey.ts";
import type { Leaf } from "../../audit/leaf/Leaf.ts";
import { toBase64 } from "../../bytes/octets.ts";
import { parsePublicKeyPem } from "../../identity/PublicKey.ts";
import type { IdentityKeyRow } from "../../model/records/account.ts";

interface Logged {
  readonly tenant: string | null;
  readonly mailbox: string | null;
  readonly agent: string;
  /** The entry that named it first. */
  readonly index: number;
  /** SPKI in base64; `null` until it has signed. */
  readonly key: string | null;
  /** One word of each operator key, by its kid: a signature in base64. */
  readonly words: ReadonlyMap<string, string>;
}

const text = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** SPKI in base64, or `null` where the row holds no key. */
const spkiOf = (row: IdentityKeyRow): Uint8Array | null => {
  const key = parsePublicKeyPem(row.publicKeyPem);
  return Result.isSuccess(key) ? key.success.spki : null;
};

const vouches = (operator: IdentityKeyRow, bytes: Uint8Array, word: string): boolean => {
  try {
    return verify("sha256", bytes, operator.publicKeyPem, Buffer.from(word, "base64"));
  } catch {
    return false;
  }
};

export class LoggedIdentities {
  readonly #keys = new Map<string, Logged>();

  /** Takes the next entry. Answers what is wrong with it, or `null`. */
  take(leaf: Leaf): string | null {
    const { tenant, mailbox, evidence } = leaf;
    const [kid, agent] = [text(evidence["identity_kid"]), text(evidence["agent"])];
    if (kid === null || agent === null) return null;
    const known = this.#keys.get(kid);
    if (known !== undefined && (known.tenant !== tenant || known.mailbox !== mailbox || known.agent !== agent))
      return `the identity key ${kid} was another's at entry ${known.index}`;
    const key = text(evidence["identity_key"]);
    if (key !== null && known !== undefined && known.key !== null && known.key !== key)
      return `the identity key ${kid} was another key at entry ${known.index}`;
    const [by, word] = [text(evidence["identity_key_operator"]), text(evidence["identity_key_signature"])];
    const isNew = by !== null && word !== null && known?.words.has(by) !== true;
    if (known !== undefined && !isNew && (key === null || known.key !== null)) return null;
    this.#keys.set(kid, {
      tenant,
      mailbox,
      agent,
      index: known?.index ?? leaf.index,
      key: key ?? known?.key ?? null,
      words: new Map([...(known?.words ?? []), ...(isNew ? [[by, word] as const] : [])]),
    });
    return null;
  }

  /** Where the rows differ from the log, a sentence; `null` where they agree. */
  fault(rows: readonly IdentityKeyRow[]): string | null {
    const stored = new Map(rows.map((row) => [row.kid, row]));
    for (const [kid, logged] of this.#keys) {
      const row = stored.get(kid);
      const otherwise = (what: string): string =>
        `The published identity key ${kid} is not what the log says (entry ${logged.index}): ${what}.`;
      if (row === undefined) return otherwise("it is gone");
      if (row.kind !== "mailbox") return otherwise("it is no mailbox's");
      if (row.tenant !== logged.tenant || row.mailbox !== logged.mailbox)
        return otherwise(`it is published as of mailbox ${row.mailbox}, and is of ${logged.mailbox}`);
      if (row.agent !== logged.agent) return otherwise(`it is published as of ${row.agent}, and is of ${logged.agent}`);
      const spki = spkiOf(row);
      if (spki === null || (logged.key !== null && toBase64(spki) !== logged.key))
        return otherwise("the public key is another");
      const bytes = mailboxKeyBytes({ mailbox: logged.mailbox ?? "", agent: logged.agent, kid, spki });
      for (const [by, word] of logged.words) {
        const operator = stored.get(by);
        if (operator?.kind !== "operator" || !vouches(operator, bytes, word))
          return `The published operator key ${by} is not what the log says (entry ${logged.index}): it does not vouch for ${kid}.`;
      }
    }
    return null;
  }
}
