/**
 * The signature headers, put on top of the approved bytes once the hand-over is durable: who wrote it, which operator let it
 * go and how, and where the log says so. The approved bytes themselves are not touched.
 */
import { randomUUID } from "node:crypto";
import { Effect, Result } from "effect";
import {
  agentIdentityField,
  agentStatement,
  bindAgentIdentity,
  parseAgentIdentity,
} from "../identity/AgentIdentity.ts";
import { KeyRing } from "../identity/KeyRing.ts";
import { contentOf } from "../identity/MessageContent.ts";
import { operatorIdentity, operatorIdentityField } from "../identity/OperatorIdentity.ts";
import { signDkim } from "../mail/Dkim.ts";
import { prependFields } from "../mail/Fields.ts";
import { toBase64 } from "../mail/octets.ts";
import type { Mode } from "../model/Mode.ts";
import type { MailboxRow } from "../store/Journal.ts";
import { OversightSettings } from "./settings.ts";

export interface Unsigned {
  readonly raw: Uint8Array;
  readonly mailbox: MailboxRow;
  /** The statement made at submit. */
  readonly identityHeader: string;
  readonly mode: Mode;
  readonly decision: "human" | "policy";
  /** Seconds. */
  readonly at: number;
  /** The entry that let it go. */
  readonly index: number;
  readonly leafHash: Uint8Array;
}

/** Why the headers could not be made, in words. Nothing has left. */
export type Unsignable = { readonly message: string };

export const makeSignatures = Effect.gen(function* () {
  const keys = yield* KeyRing;
  const settings = yield* OversightSettings;

  /** The statement made at submit, or a new one if its key has been retired or revoked since. */
  const statementOf = Effect.fnUntraced(function* (unsigned: Unsigned) {
    const parsed = parseAgentIdentity(unsigned.identityHeader);
    if (Result.isFailure(parsed)) return yield* Effect.fail<Unsignable>(parsed.failure);
    const signer = yield* keys.signerFor(parsed.success.kid).pipe(Effect.catch(() => Effect.succeed(null)));
    if (signer !== null) return { signer, statement: parsed.success };
    const successor = yield* keys.signerFor(unsigned.mailbox.kid).pipe(Effect.mapError((error): Unsignable => error));
    const { agent } = unsigned.mailbox;
    const made = yield* Effect.promise(() => agentStatement(successor, { agent, ts: unsigned.at }));
    if (Result.isFailure(made)) return yield* Effect.fail<Unsignable>(made.failure);
    return { signer: successor, statement: made.success };
  });

  return Effect.fnUntraced(function* (unsigned: Unsigned) {
    const { raw, mailbox, at } = unsigned;
    const content = contentOf(raw);
    if (Result.isFailure(content)) return yield* Effect.fail<Unsignable>(content.failure);
    const { signer, statement } = yield* statementOf(unsigned);
    const operatorSigner = yield* keys.operatorSigner.pipe(Effect.mapError((error): Unsignable => error));
    const [agent, operator] = yield* Effect.promise(() =>
      Promise.all([
        bindAgentIdentity(signer, statement, content.success),
        operatorIdentity(
          operatorSigner,
          {
            operator: settings.operatorDomain,
            mailbox: mailbox.id,
            agent: mailbox.agent,
            ...(mailbox.agentRef === null ? {} : { agentRef: mailbox.agentRef }),
            oversightMode: unsigned.mode,
            decision: unsigned.decision,
            aiGenerated: true,
            iat: at,
            jti: randomUUID(),
            log: { origin: settings.origin, index: unsigned.index, leaf: toBase64(unsigned.leafHash) },
          },
          content.success,
        ),
      ]),
    );
    if (Result.isFailure(agent)) return yield* Effect.fail<Unsignable>(agent.failure);
    if (Result.isFailure(operator)) return yield* Effect.fail<Unsignable>(operator.failure);
    let signed = prependFields(raw, [agentIdentityField(agent.success), operatorIdentityField(operator.success)]);
    // Every DKIM signature covers the identity headers and none covers another, so both are made over the same bytes.
    const dkim: string[] = [];
    for (const key of settings.dkim) {
      const line = signDkim(signed, { ...key, timestamp: at });
      if (Result.isFailure(line)) return yield* Effect.fail<Unsignable>(line.failure);
      dkim.push(line.success);
    }
    if (dkim.length > 0) signed = prependFields(signed, dkim);
    return signed;
  });
});
