/**
 * The signature headers of one message, as header fields from the top down: DKIM, who wrote it, which operator released it, and
 * the entry that records it. Plain data in, plain data out, so that any thread can make them. @spec OV-45 OV-46
 */
import { Result } from "effect";
import { agentIdentityField, bindAgentIdentity, type AgentStatement } from "../../identity/AgentIdentity.ts";
import { contentOf } from "../../identity/MessageContent.ts";
import { operatorIdentity, operatorIdentityField, type OperatorStatement } from "../../identity/OperatorIdentity.ts";
import type { P256Signer } from "../../identity/P256Signer.ts";
import { signDkim } from "../../mail/Dkim.ts";
import { prependFields } from "../../mail/read/Fields.ts";
import type { DkimKey } from "../../contracts/settings.ts";

/** What is to be signed: the bytes, and the statements about them. */
export interface ToSign {
  /** The approved bytes. */
  readonly raw: Uint8Array;
  /** The agent's statement, which its signer binds to the message. */
  readonly agent: AgentStatement;
  readonly operator: OperatorStatement;
}

/** Fails with the reason, in words; nothing has been signed by halves then. */
export const signatureFields = async (
  { raw, agent, operator }: ToSign,
  signers: { readonly agent: P256Signer; readonly operator: P256Signer },
  dkim: readonly DkimKey[],
): Promise<Result.Result<readonly string[], string>> => {
  const content = contentOf(raw);
  if (Result.isFailure(content)) return Result.fail(content.failure.message);
  const bound = await bindAgentIdentity(signers.agent, agent, content.success);
  if (Result.isFailure(bound)) return Result.fail(bound.failure.message);
  const claimed = await operatorIdentity(signers.operator, operator, content.success);
  if (Result.isFailure(claimed)) return Result.fail(claimed.failure.message);
  const fields = [agentIdentityField(bound.success), operatorIdentityField(claimed.success)];
  if (dkim.length === 0) return Result.succeed(fields);
  // Every DKIM signature covers the identity headers and none covers another, so all are made over the same bytes.
  const identified = prependFields(raw, fields);
  const lines: string[] = [];
  for (const key of dkim) {
    const line = signDkim(identified, { ...key, timestamp: operator.iat });
    if (Result.isFailure(line)) return Result.fail(line.failure.message);
    lines.push(line.success);
  }
  return Result.succeed([...lines, ...fields]);
};
