/**
 * A small installation to test with: a mailbox key, an operator key, a composed message, and both headers on it.
 */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { Result } from "effect";
import { agentIdentityField, agentStatement, bindAgentIdentity } from "../../src/identity/AgentIdentity.ts";
import { encodeBase64Url } from "../../src/bytes/base64.ts";
import { derToP1363 } from "../../src/identity/EcdsaSignature.ts";
import type { ResolvedKey } from "../../src/identity/KeyRecord.ts";
import { contentOf } from "../../src/identity/MessageContent.ts";
import { nodeSigner } from "../../src/identity/NodeSigner.ts";
import {
  operatorIdentity,
  operatorIdentityField,
  type OperatorStatement,
} from "../../src/identity/OperatorIdentity.ts";
import type { P256Signer } from "../../src/identity/P256Signer.ts";
import { prependFields } from "../../src/mail/read/Fields.ts";
import { utf8 } from "../../src/bytes/octets.ts";
import { explained } from "../support/explained.ts";

export const KID = "key_01J00000000000000000MBX000";
export const OPERATOR_KID = "key_01J000000000000000000PER00";
export const AT = 1_713_542_400;
export const AGENT = "agent-crm-support-v2";

export interface TestKey {
  readonly signer: P256Signer;
  readonly privateKey: KeyObject;
  readonly record: ResolvedKey;
}

const testKey = (record: Omit<ResolvedKey, "public_key_pem">): TestKey => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = publicKey.export({ format: "pem", type: "spki" }).toString();
  return { signer: nodeSigner(record.kid, privateKey), privateKey, record: { ...record, public_key_pem: pem } };
};

export const mailboxKey = (changes: Partial<ResolvedKey> = {}): TestKey =>
  testKey({
    kid: KID,
    agent: AGENT,
    mailbox: "mbx_01J0000000000000000000MAIL",
    operator: "acme.example",
    status: "active",
    valid_from: AT - 1000,
    valid_to: null,
    ...changes,
  });

export const operatorKey = (changes: Partial<ResolvedKey> = {}): TestKey =>
  testKey({
    kid: OPERATOR_KID,
    agent: null,
    mailbox: null,
    operator: "acme.example",
    status: "active",
    valid_from: AT - 1000,
    valid_to: null,
    ...changes,
  });

export const resolver =
  (...keys: readonly TestKey[]) =>
  async (kid: string): Promise<ResolvedKey | null> =>
    keys.find((key) => key.record.kid === kid)?.record ?? null;

export interface Draft {
  readonly from?: string;
  readonly to?: string;
  readonly cc?: string;
  readonly subject?: string;
  readonly mid?: string;
  readonly body?: string;
}

/** Raw bytes, CRLF. */
export const message = (draft: Draft = {}): Uint8Array =>
  utf8(
    [
      `From: ${draft.from ?? '"CRM, Support" <crm@acme.example>'}`,
      `To: ${draft.to ?? "Ann <ann@customer.example>, bob@customer.example"}`,
      ...(draft.cc === undefined ? [] : [`Cc: ${draft.cc}`]),
      `Subject: ${draft.subject ?? "Your ticket 4821 is resolved"}`,
      "Date: Fri, 19 Apr 2024 16:00:00 +0000",
      `Message-ID: ${draft.mid ?? "<01J0MSG@acme.example>"}`,
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8",
      "Content-Transfer-Encoding: 7bit",
      "X-AI-Generated: true",
      "",
      draft.body ?? "Hi,\r\nwe have resolved ticket 4821.\r\n",
    ].join("\r\n"),
  );

export const statement = (changes: Partial<OperatorStatement> = {}): OperatorStatement => ({
  operator: "acme.example",
  mailbox: "mbx_01J0000000000000000000MAIL",
  agent: AGENT,
  oversightMode: "gated_send",
  decision: "human",
  aiGenerated: true,
  iat: AT + 60,
  jti: "01J0000000000000000000JTI0",
  log: { origin: "acme.example/log", index: 41, leaf: Buffer.alloc(32, 7).toString("base64") },
  ...changes,
});

/** A JWS with any header and payload, rightly signed by this key. */
export const forge = async (key: TestKey, header: object, payload: unknown): Promise<string> => {
  const part = (value: unknown) => encodeBase64Url(Buffer.from(JSON.stringify(value)));
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${encodeBase64Url(must(derToP1363(await key.signer.sign(Buffer.from(input)))))}`;
};
export const payloadOf = (jws: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(jws.split(".")[1]!, "base64url").toString()) as Record<string, unknown>;

export const must = <A, E>(result: Result.Result<A, E>): A => {
  if (Result.isFailure(result)) throw new Error(`expected success: ${JSON.stringify(result.failure)}`);
  return result.success;
};

export const reasonOf = (
  result: Result.Result<unknown, { readonly reason: string; readonly message: string; readonly hint: string }>,
): string => (Result.isFailure(result) ? explained(result.failure).reason : "accepted");

export interface Headers {
  /** Whole fields with CRLF. */
  readonly agent: string;
  readonly operator: string;
}

export const headersFor = async (
  raw: Uint8Array,
  mailbox: TestKey,
  operator: TestKey,
  claims: Partial<OperatorStatement> = {},
  agent = AGENT,
): Promise<Headers> => {
  const content = must(contentOf(raw));
  const stated = must(await agentStatement(mailbox.signer, { agent, ts: AT }));
  const bound = must(await bindAgentIdentity(mailbox.signer, stated, content));
  const jws = must(await operatorIdentity(operator.signer, statement(claims), content));
  return { agent: agentIdentityField(bound), operator: operatorIdentityField(jws) };
};

export const attach = (raw: Uint8Array, headers: Headers): Uint8Array =>
  prependFields(raw, [headers.agent, headers.operator]);

/** The bytes with one text replaced by another; throws when it is not there exactly once. */
export const edit = (raw: Uint8Array, from: string, to: string): Uint8Array => {
  const parts = Buffer.from(raw).toString("latin1").split(from);
  if (parts.length !== 2) throw new Error(`"${from}" occurs ${parts.length - 1} times`);
  return Uint8Array.from(Buffer.from(parts.join(to), "latin1"));
};
