/**
 * Verifies both identity headers of a message as it was received: signatures, keys, the domain of From, and whether they are about this
 * message. Runs anywhere; the caller brings the keys. @spec OV-50
 *
 * **Gotchas**
 * - `resolveKey` is the root of trust. Ask only servers you would believe about From's domain (the operator's own key directory),
 *   never one that the message itself names.
 * - `verified` names who sent these bytes and who released them. It does not mean that they are true, or that you are who they were meant
 *   for: blind copies and later forwarding are not in the message.
 * - Without `now` no signature is "in the future": this code never reads a clock.
 */
import { Option, Result, Schema } from "effect";
import { fieldValues } from "../mail/read/Fields.ts";
import {
  AGENT_IDENTITY_HEADER,
  bindingBytes,
  parseAgentIdentity,
  statementBytes,
  type AgentIdentity,
} from "./AgentIdentity.ts";
import { decodeBase64 } from "../bytes/base64.ts";
import { ResolvedKey } from "./KeyRecord.ts";
import { authorOf, contentOf, messageIdOf, type MessageContent } from "./MessageContent.ts";
import {
  foldableClaims,
  foldableValuesOf,
  foldedHash,
  OPERATOR_IDENTITY_HEADER,
  type FoldableClaim,
  type FoldableValues,
} from "./OperatorIdentity.ts";
import { parseOperatorIdentity, type OperatorIdentity } from "./OperatorIdentityReader.ts";
import { parsePublicKeyPem, type P256PublicKey } from "./PublicKey.ts";
import {
  conclude,
  type Check,
  type ContentReport,
  type KeyReport,
  type Presence,
  type VerificationReport,
} from "./VerificationReport.ts";
import { verifyNoble, type VerifySignature } from "./Verify.ts";

/** Looks up a key by its id; `null` when there is none. May reject: the report then gives `unreachable`. */
export type ResolveKey = (kid: string) => Promise<ResolvedKey | null>;

export interface VerifyOptions {
  /** Seconds since the epoch. */
  readonly now?: number | undefined;
  /** Default: the portable verifier. */
  readonly verify?: VerifySignature | undefined;
}

/** How far clocks of honest machines may be apart, in seconds. */
export const CLOCK_SKEW_SECONDS = 300;

/** One identity header as the message has it. */
interface Found<A> {
  readonly presence: Presence;
  readonly count: number;
  readonly value: A | null;
}

/** A key as far as it can be used. */
interface FoundKey {
  readonly status: KeyReport["status"];
  readonly record: ResolvedKey | null;
  readonly key: P256PublicKey | null;
}

const yes = (condition: boolean): Check => (condition ? "pass" : "fail");

const findHeader = <A, E>(
  content: MessageContent,
  name: string,
  parse: (value: string) => Result.Result<A, E>,
): Found<A> => {
  const values = fieldValues(content.fields, name);
  if (values.length !== 1)
    return { presence: values.length === 0 ? "absent" : "duplicate", count: values.length, value: null };
  const value = Result.getOrNull(parse(values[0]!));
  return { presence: value === null ? "malformed" : "present", count: 1, value };
};

const decodeKey = Schema.decodeUnknownOption(ResolvedKey);

const findKey = async (kid: string | undefined, resolveKey: ResolveKey): Promise<FoundKey> => {
  if (kid === undefined) return { status: "unchecked", record: null, key: null };
  let answer: unknown;
  try {
    answer = await resolveKey(kid);
  } catch {
    return { status: "unreachable", record: null, key: null };
  }
  if (answer === null || answer === undefined) return { status: "unknown", record: null, key: null };
  const record = Option.getOrNull(decodeKey(answer));
  const key = record === null ? null : Result.getOrNull(parsePublicKeyPem(record.public_key_pem));
  if (record === null || key === null || record.kid !== kid) return { status: "unusable", record: null, key: null };
  return { status: record.status, record, key };
};

/** `true` when the domain is the operator's or below it; an operator that is a single label matches nothing. */
const isUnder = (domain: string, operator: string): boolean =>
  operator.includes(".") && (domain === operator || domain.endsWith(`.${operator}`));

const reportKey = (
  kid: string | undefined,
  found: FoundKey,
  facts: {
    readonly ofMailbox: boolean;
    readonly at: number;
    readonly notAfter: number;
    readonly fromDomain: string | null;
  },
): KeyReport => {
  const { record } = found;
  if (record === null)
    return { kid: kid ?? null, status: found.status, kind: "unchecked", inTime: "unchecked", fromDomain: "unchecked" };
  const owner = [record.mailbox, record.agent];
  const latest = Math.min(record.valid_to ?? Infinity, facts.notAfter);
  return {
    kid: record.kid,
    status: found.status,
    kind: yes(owner.every((id) => (id !== null) === facts.ofMailbox)),
    inTime: yes(facts.at >= record.valid_from - CLOCK_SKEW_SECONDS && facts.at <= latest + CLOCK_SKEW_SECONDS),
    fromDomain: yes(facts.fromDomain !== null && isUnder(facts.fromDomain, record.operator.toLowerCase())),
  };
};

const checkDer = async (
  verify: VerifySignature,
  key: P256PublicKey | null,
  data: Uint8Array,
  base64: string,
): Promise<Check> => {
  if (key === null) return "unchecked";
  const der = decodeBase64(base64);
  return yes(der !== null && (await verify(key, data, der, "der")));
};

const checkStatement = async (
  verify: VerifySignature,
  key: P256PublicKey | null,
  identity: AgentIdentity | null,
): Promise<Check> =>
  identity === null ? "unchecked" : checkDer(verify, key, statementBytes(identity.agent, identity.ts), identity.sig);

const checkJws = async (
  verify: VerifySignature,
  key: P256PublicKey | null,
  jws: OperatorIdentity | null,
): Promise<Check> =>
  jws === null || key === null ? "unchecked" : yes(await verify(key, jws.signingInput, jws.signature, "p1363"));

const checkBinding = async (
  verify: VerifySignature,
  key: P256PublicKey | null,
  identity: AgentIdentity | null,
  content: MessageContent,
): Promise<Check> =>
  identity === null || identity.binding === null
    ? "unchecked"
    : checkDer(verify, key, bindingBytes(identity, identity.binding, content.fields), identity.binding.b2);

/** Each foldable claim against its own value, or all folded ones together against their hash. */
const checkClaims = (
  operator: OperatorIdentity | null,
  content: MessageContent,
  who: { readonly agent: string | null; readonly mailbox: string | null },
): Readonly<Record<FoldableClaim, Check>> => {
  if (operator === null) return allUnchecked;
  const { claims } = operator;
  const actual = { ...foldableValuesOf(content, claims.jti), agent: who.agent, mailbox: who.mailbox };
  const folded = foldableClaims.filter((name) => claims[name] === undefined);
  const foldedFit = isComplete(actual, folded) && foldedHash(folded, actual) === claims.folded;
  const check = (name: FoldableClaim): Check =>
    folded.includes(name) ? yes(foldedFit) : yes(claims[name] === actual[name]);
  // The other header, or its key, may leave nothing to compare these two with. And which of the folded ones differs cannot be known: they
  // are not blamed for what a changed Subject does as well.
  const checkOwner = (name: "mailbox" | "agent"): Check =>
    actual[name] === null || (folded.includes(name) && !foldedFit) ? "unchecked" : check(name);
  return {
    subject_hash: check("subject_hash"),
    rcpt: check("rcpt"),
    mid: check("mid"),
    from: check("from"),
    mailbox: checkOwner("mailbox"),
    agent: checkOwner("agent"),
  };
};

const allUnchecked: Readonly<Record<FoldableClaim, Check>> = {
  subject_hash: "unchecked",
  rcpt: "unchecked",
  mid: "unchecked",
  from: "unchecked",
  mailbox: "unchecked",
  agent: "unchecked",
};

const isComplete = (
  values: { readonly [Name in FoldableClaim]: string | null },
  names: readonly FoldableClaim[],
): values is FoldableValues => names.every((name) => values[name] !== null);

const checkContent = (
  agent: AgentIdentity | null,
  operator: OperatorIdentity | null,
  content: MessageContent,
  claims: Readonly<Record<FoldableClaim, Check>>,
  binding: Check,
): ContentReport => {
  const bound = agent?.binding ?? null;
  const both = bound !== null && operator !== null;
  return {
    bodyHash: both ? yes(bound.bh === content.bodyHash && operator.claims.body_hash === content.bodyHash) : "unchecked",
    signedFields: binding,
    messageId: both && claims.mid === "pass" ? yes(bound.mid === messageIdOf(content.fields)) : claims.mid,
    author: claims.from,
    recipients: claims.rcpt,
    subject: claims.subject_hash,
  };
};

/** Stands for what cannot be read as a message: an empty one. */
const NOTHING = Result.getOrThrow(contentOf(new Uint8Array(0)));

/**
 * Verifies a message. Never rejects and never throws on account of the message or the resolver: what cannot be read is `invalid`, and a
 * message without identity headers is `unsigned`. Asks `resolveKey` at most twice.
 */
export const verifyMessage = async (
  raw: Uint8Array,
  resolveKey: ResolveKey,
  options: VerifyOptions = {},
): Promise<VerificationReport> => {
  const verify = options.verify ?? verifyNoble;
  const parsed = contentOf(raw);
  const content = Result.getOrElse(parsed, () => NOTHING);
  const first = findHeader(content, AGENT_IDENTITY_HEADER, parseAgentIdentity);
  const second = findHeader(content, OPERATOR_IDENTITY_HEADER, parseOperatorIdentity);
  const agent = first.value;
  const operator = second.value;
  const [mailboxKey, operatorKey] = await Promise.all([
    findKey(agent?.kid, resolveKey),
    findKey(operator?.kid, resolveKey),
  ]);

  const [statementSignature, bindingSignature, signature] = await Promise.all([
    checkStatement(verify, mailboxKey.key, agent),
    checkBinding(verify, mailboxKey.key, agent, content),
    checkJws(verify, operatorKey.key, operator),
  ]);

  const fromDomain = authorOf(content.fields)?.domain ?? null;
  const now = options.now ?? Infinity;
  const operatorRecord = operatorKey.record;
  const claims = checkClaims(operator, content, {
    agent: agent?.agent ?? null,
    mailbox: mailboxKey.record?.mailbox ?? null,
  });
  const report = conclude(
    {
      agent: {
        presence: first.presence,
        count: first.count,
        identity: agent,
        statementSignature,
        bindingSignature,
        // A statement comes before the hand-over that carries it.
        key: reportKey(agent?.kid, mailboxKey, {
          ofMailbox: true,
          at: agent?.ts ?? 0,
          notAfter: Math.min(now, operator?.claims.iat ?? Infinity),
          fromDomain,
        }),
        agentMatchesKey:
          agent === null || mailboxKey.record === null ? "unchecked" : yes(agent.agent === mailboxKey.record.agent),
      },
      operator: {
        presence: second.presence,
        count: second.count,
        claims: operator?.claims ?? null,
        signature,
        key: reportKey(operator?.kid, operatorKey, {
          ofMailbox: false,
          at: operator?.claims.iat ?? 0,
          notAfter: now,
          fromDomain,
        }),
        operatorMatchesKey:
          operator === null || operatorRecord === null
            ? "unchecked"
            : yes([operator.claims.iss, operator.claims.operator].every((name) => name === operatorRecord.operator)),
      },
      content: checkContent(agent, operator, content, claims, bindingSignature),
      agreement: {
        agent: claims.agent,
        mailbox: claims.mailbox,
        operator:
          operator === null || mailboxKey.record === null
            ? "unchecked"
            : yes(operator.claims.operator === mailboxKey.record.operator),
      },
    },
    [AGENT_IDENTITY_HEADER, OPERATOR_IDENTITY_HEADER],
  );
  if (Result.isSuccess(parsed)) return report;
  return { ...report, verdict: "invalid", reasons: [`This cannot be read as a message. ${parsed.failure.message}`] };
};
