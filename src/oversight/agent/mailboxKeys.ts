/** The log's introduction of a mailbox's key: the public key, and the operator's signature that it is this mailbox's. */
import { Effect, Result } from "effect";
import { mailboxKeyBytes, mailboxKeyEvidence, type MailboxKeyEvidence } from "../../audit/leaf/mailboxKey.ts";
import { KeyRing } from "../../identity/KeyRing.ts";
import { KeyRingError } from "../../identity/KeyRingError.ts";
import { parsePublicKeyPem } from "../../identity/PublicKey.ts";
import { fromKeyRing } from "../errors.ts";
import type { MailboxRow } from "../../model/records/account.ts";

const unusable = new KeyRingError({
  reason: "key_mismatch",
  message: "The mailbox's public key cannot be read.",
  hint: "Rotate the mailbox's key.",
});

export const makeIntroductions = Effect.gen(function* () {
  const keys = yield* KeyRing;
  // One signature by each operator key for each mailbox key; as many as there are mailboxes that send.
  const made = new Map<string, MailboxKeyEvidence>();

  return Effect.fnUntraced(function* ({ id, agent, kid }: Pick<MailboxRow, "id" | "agent" | "kid">) {
    const operator = yield* keys.operatorSigner;
    const name = `${kid} ${id} ${agent} ${operator.kid}`;
    const known = made.get(name);
    if (known !== undefined) return known;
    const published = yield* keys.publicKey(kid);
    const key = published === null ? null : parsePublicKeyPem(published.public_key_pem);
    if (key === null || Result.isFailure(key)) return yield* unusable;
    const introduced = { mailbox: id, agent, kid, spki: key.success.spki };
    const signature = yield* Effect.tryPromise({
      try: () => operator.sign(mailboxKeyBytes(introduced)),
      catch: () => unusable,
    });
    const evidence = mailboxKeyEvidence(introduced, { kid: operator.kid, signature });
    made.set(name, evidence);
    return evidence;
  }, Effect.catch(fromKeyRing));
});
