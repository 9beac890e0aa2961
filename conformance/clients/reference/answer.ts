/**
 * One request, one answer: every operation of the protocol on Countersign's public entry and nothing else.
 */
import {
  agentStatement,
  bindAgentIdentity,
  contentDigest,
  contentOf,
  effectiveMode,
  highest,
  isReserved,
  modeOrStrictest,
  operatorIdentity,
  parsePublicKeyPem,
  score,
  verifyMessage,
  verifyNoble,
  WEIGHTS,
  type AgentStatement,
  type Event,
  type Mode,
  type OperatorStatement,
  type ResolvedKey,
} from "../../../src/index.ts";
import { audit } from "./audit.ts";
import { runHistory } from "./run.ts";
import { checksOf } from "./checks.ts";

import type { Answer, Operation } from "./operation.ts";

export type { Answer, Operation } from "./operation.ts";

export interface Request {
  readonly id: string;
  readonly op: string;
  readonly given: object;
  readonly input: object;
}

const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));
const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString("base64");

/** A signer that keeps what it was asked to sign. What it gives back is well-formed and nobody's signature. */
const recorder = (kid: string) => {
  const asked: Uint8Array[] = [];
  const der = Uint8Array.of(0x30, 6, 2, 1, 1, 2, 1, 1);
  return { asked, signer: { kid, sign: async (octets: Uint8Array) => (asked.push(octets), der) } };
};

const failure = (result: { readonly failure: { readonly reason: string } }): Answer => ({
  error: result.failure.reason,
});

type Octets = { readonly raw: string; readonly statement: AgentStatement; readonly h: readonly string[] };

const agentOctets = async ({ raw, statement, h }: Octets): Promise<Answer> => {
  const content = contentOf(bytes(raw));
  if (content._tag === "Failure") return { error: "unsignable_message" };
  const { asked, signer } = recorder(statement.kid);
  const stated = await agentStatement(signer, statement);
  if (stated._tag === "Failure") return failure(stated);
  const bound = await bindAgentIdentity(signer, statement, content.success, h);
  if (bound._tag === "Failure") return failure(bound);
  const { mid, bh } = bound.success.binding!;
  return { ok: { statement: base64(asked[0]!), binding: base64(asked[1]!), mid, bh } };
};

type Claims = { readonly raw: string; readonly kid: string; readonly statement: OperatorStatement };

const operatorClaims = async ({ raw, kid, statement }: Claims): Promise<Answer> => {
  const content = contentOf(bytes(raw));
  if (content._tag === "Failure") return { error: "unsignable_message" };
  const { signer } = recorder(kid);
  const made = await operatorIdentity(signer, statement, content.success);
  if (made._tag === "Failure") return failure(made);
  const [header, claims] = made.success
    .split(".")
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, "base64url").toString()) as object);
  return { ok: { header, claims } };
};

type Signed = {
  readonly public_key_pem: string;
  readonly format: "der" | "p1363";
  readonly message: string;
  readonly signature: string;
};

const verifySignature = async ({ public_key_pem, format, message, signature }: Signed): Promise<Answer> => {
  const key = parsePublicKeyPem(public_key_pem);
  if (key._tag === "Failure") return { error: "malformed_key" };
  return { ok: { valid: await verifyNoble(key.success, bytes(message), bytes(signature), format) } };
};

type Received = { readonly keys: readonly ResolvedKey[]; readonly now: number; readonly raw: string };

const verify = async ({ keys, now, raw }: Received): Promise<Answer> => {
  const find = async (kid: string) => keys.find((key) => key.kid === kid) ?? null;
  const report = await verifyMessage(bytes(raw), find, { now });
  return { ok: { verified: report.verdict === "verified", checks: checksOf(report) } };
};

type Content = {
  readonly mailbox: string;
  readonly send_at: number;
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
};

const digest = ({ mailbox, send_at, from, to, raw }: Content): Answer => {
  try {
    return { ok: { digest: contentDigest({ mailbox, sendAt: send_at, envelope: { from, to }, raw: bytes(raw) }) } };
  } catch {
    return { error: "no_digest" };
  }
};

type Domains = { readonly domains: readonly (readonly (keyof typeof WEIGHTS)[])[]; readonly threshold: number };

const judge = ({ domains, threshold }: Domains): Answer => {
  const found = highest(domains.map((names) => score(names.map((name) => WEIGHTS[name].weight))));
  const flags = new Set(domains.flat().flatMap((name) => WEIGHTS[name].flag ?? []));
  return { ok: { score: found, flags: [...flags].sort(), held: found > threshold } };
};

type Sources = {
  readonly mailbox: Mode;
  readonly requested: Mode | null;
  readonly held: boolean;
  readonly halted: boolean;
};
type History = { readonly before: readonly Event[]; readonly events: readonly Event[] };

/** What the client can do. A broken client replaces one of these. */
export const operations: Readonly<Record<string, Operation>> = {
  hello: () => ({ ok: { protocol: 1, name: "countersign", version: "0.1.0", features: ["lone_surrogates"] } }),
  run: ({ before, events }: History) => ({ ok: runHistory(before, events) }),
  effective_mode: ({ mailbox, requested, held, halted }: Sources) => ({
    ok: { mode: effectiveMode(modeOrStrictest(mailbox), requested, held, halted) },
  }),
  ...audit,
  digest,
  agent_octets: agentOctets,
  operator_claims: operatorClaims,
  verify_signature: verifySignature,
  verify_message: verify,
  reserved_header: ({ name }: { readonly name: string }) => ({ ok: { reserved: isReserved(name) } }),
  judge,
  score: ({ weights }: { readonly weights: readonly number[] }) => ({ ok: { score: score(weights) } }),
};

/** `given` and `input` share no names, so an operation sees both as one. */
export const answerWith =
  (own: Readonly<Record<string, Operation>>) =>
  async ({ op, given, input }: Request): Promise<Answer> => {
    const operation = own[op];
    return operation === undefined ? { unsupported: op } : await operation({ ...given, ...input } as never);
  };

export const answer = answerWith(operations);
