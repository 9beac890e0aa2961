/**
 * The signature headers, put on top of the approved bytes once the hand-over is durable: who wrote it, which operator released it
 * and how, and the entry that records it. The approved bytes themselves do not change.
 */
import { randomUUID } from "node:crypto";
import { Effect, Result } from "effect";
import { agentStatement, parseAgentIdentity } from "../../identity/AgentIdentity.ts";
import { KeyRing } from "../../identity/KeyRing.ts";
import { prependFields } from "../../mail/read/Fields.ts";
import { toBase64 } from "../../bytes/octets.ts";
import type { Mode } from "../../model/Mode.ts";
import { OversightSettings } from "../../contracts/settings.ts";
import { makeSigningThread } from "./SigningThread.ts";
import type { MailboxRow } from "../../model/records/account.ts";

export interface Unsigned {
  readonly raw: Uint8Array;
  readonly mailbox: MailboxRow;
  /** The statement made at submit. */
  readonly identityHeader: string;
  readonly mode: Mode;
  readonly decision: "human" | "policy";
  /** Seconds. */
  readonly at: number;
  /** The entry that released it. */
  readonly index: number;
  readonly leafHash: Uint8Array;
}

/** Why the headers could not be made, in words. Nothing has left. */
export type Unsignable = { readonly message: string };

export const makeSignatures = Effect.gen(function* () {
  const keys = yield* KeyRing;
  const settings = yield* OversightSettings;
  const thread = yield* makeSigningThread(settings.dkim);

  /** The statement made at submit, or a new one if its key has been retired or revoked since. */
  const statementOf = Effect.fnUntraced(function* (unsigned: Unsigned) {
    const parsed = parseAgentIdentity(unsigned.identityHeader);
    if (Result.isFailure(parsed)) return yield* Effect.fail<Unsignable>(parsed.failure);
    const signer = yield* keys.signerFor(parsed.success.kid).pipe(
      Effect.catch((error) =>
        // Only a key that has ended is replaced; one that cannot be read now may be read later.
        ["revoked", "expired", "unknown_key"].includes(error.reason)
          ? Effect.succeed(null)
          : Effect.fail<Unsignable>(error),
      ),
    );
    if (signer !== null) return { signer, statement: parsed.success };
    const successor = yield* keys.signerFor(unsigned.mailbox.kid).pipe(Effect.mapError((error): Unsignable => error));
    const { agent } = unsigned.mailbox;
    const made = yield* Effect.promise(() => agentStatement(successor, { agent, ts: unsigned.at }));
    if (Result.isFailure(made)) return yield* Effect.fail<Unsignable>(made.failure);
    return { signer: successor, statement: made.success };
  });

  return Effect.fnUntraced(function* (unsigned: Unsigned) {
    const { raw, mailbox } = unsigned;
    const { signer, statement } = yield* statementOf(unsigned);
    const operator = yield* keys.operatorSigner.pipe(Effect.mapError((error): Unsignable => error));
    const fields = yield* Effect.promise(() =>
      thread.sign(
        {
          raw,
          agent: statement,
          operator: {
            operator: settings.operatorDomain,
            mailbox: mailbox.id,
            agent: mailbox.agent,
            ...(mailbox.agentRef === null ? {} : { agentRef: mailbox.agentRef }),
            oversightMode: unsigned.mode,
            decision: unsigned.decision,
            aiGenerated: true,
            iat: unsigned.at,
            jti: randomUUID(),
            log: { origin: settings.origin, index: unsigned.index, leaf: toBase64(unsigned.leafHash) },
          },
        },
        { agent: signer, operator },
      ),
    );
    if (Result.isFailure(fields)) return yield* Effect.fail<Unsignable>({ message: fields.failure });
    return prependFields(raw, fields.success);
  });
});
