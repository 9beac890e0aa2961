/**
 * What the verification of one message found, each question answered by itself, and the one word that follows from all of them.
 *
 * A mailing list that adds a footer leaves `identity` questions at pass and a `content` question at fail; a forger the other way round.
 * One boolean could not show which. @spec OV-49
 */
import type { AgentIdentity } from "./AgentIdentity.ts";
import type { OperatorClaims } from "./OperatorIdentityReader.ts";

/** `unchecked`: an earlier answer left nothing to check. Only `pass` counts as yes. */
export type Check = "pass" | "fail" | "unchecked";

/** `malformed`: exactly one such field, and it does not follow its format. */
export type Presence = "absent" | "present" | "duplicate" | "malformed";

/**
 * - `verified`: both headers are there once, every check passed.
 * - `content_modified`: both headers are genuine and of From's domain, but not about this message as it is.
 * - `invalid`: a header is forged, doubled, missing or malformed, or its key does not stand for it.
 * - `unsigned`: neither header is there. Nothing is claimed, so nothing is refuted.
 */
export type Verdict = "verified" | "content_modified" | "invalid" | "unsigned";

export interface KeyReport {
  readonly kid: string | null;
  /** `unreachable`: the resolver failed. `unusable`: what it answered is no such key. `unchecked`: nothing to look up. */
  readonly status: "active" | "retired" | "revoked" | "unknown" | "unreachable" | "unusable" | "unchecked";
  /** A mailbox's key for the agent header, an operator's for the other. */
  readonly kind: Check;
  /** The time the signature claims lies in the key's validity, and not in the future. */
  readonly inTime: Check;
  /** The domain of From is the key's operator domain, or below it. */
  readonly fromDomain: Check;
}

export interface AgentHeaderReport {
  readonly presence: Presence;
  readonly count: number;
  readonly identity: AgentIdentity | null;
  /** `sig`: who. */
  readonly statementSignature: Check;
  /** `b2`: which message. Fails when a signed header field was changed, added or removed, and when `b2` itself was. */
  readonly bindingSignature: Check;
  readonly key: KeyReport;
  /** The agent is the one the key was made for. */
  readonly agentMatchesKey: Check;
}

export interface OperatorHeaderReport {
  readonly presence: Presence;
  readonly count: number;
  /** As signed when `signature` is pass; else somebody's words. */
  readonly claims: OperatorClaims | null;
  readonly signature: Check;
  readonly key: KeyReport;
  /** `iss` and `operator` are the domain the key was made for. */
  readonly operatorMatchesKey: Check;
}

/** The headers' claims about the message, against the message. Each is pass only if every header that makes the claim is right. */
export interface ContentReport {
  readonly bodyHash: Check;
  readonly signedFields: Check;
  readonly messageId: Check;
  readonly author: Check;
  readonly recipients: Check;
  readonly subject: Check;
}

/** The two headers and their keys against each other. */
export interface AgreementReport {
  readonly agent: Check;
  readonly mailbox: Check;
  readonly operator: Check;
}

export interface VerificationReport {
  readonly verdict: Verdict;
  /** Plain sentences: why not, or for `verified` what that means. Never empty; holds nothing from the message but key ids. */
  readonly reasons: readonly string[];
  readonly agent: AgentHeaderReport;
  readonly operator: OperatorHeaderReport;
  readonly content: ContentReport;
  readonly agreement: AgreementReport;
}

type Findings = Omit<VerificationReport, "verdict" | "reasons">;

const presenceReasons: Readonly<Record<Presence, string | null>> = {
  present: null,
  absent: "is missing",
  duplicate: "is there more than once",
  malformed: "does not follow its format",
};

const keyReasons: Readonly<Record<KeyReport["status"], string | null>> = {
  active: null,
  retired: null,
  unchecked: null,
  revoked: "was revoked: nothing it signed can be trusted",
  unknown: "is not known",
  unreachable: "could not be looked up",
  unusable: "is not what a published key must be",
};

const keyFailures = (name: string, key: KeyReport): readonly (string | null)[] => {
  const status = keyReasons[key.status];
  return [
    status === null ? null : `The key ${key.kid} of ${name} ${status}.`,
    key.kind === "fail" ? `The key ${key.kid} is of the wrong kind for ${name}.` : null,
    key.inTime === "fail" ? `${name} claims a time at which its key was not valid, or which is in the future.` : null,
    key.fromDomain === "fail" ? `From is not an address of the domain that the key of ${name} belongs to.` : null,
  ];
};

/** Everything that makes a message `invalid`. */
const identityFailures = (
  { agent, operator, agreement }: Findings,
  names: readonly [string, string],
): readonly string[] => {
  const [first, second] = names;
  const presence = (name: string, how: Presence): string | null => {
    const reason = presenceReasons[how];
    return reason === null ? null : `${name} ${reason}.`;
  };
  return [
    presence(first, agent.presence),
    presence(second, operator.presence),
    agent.identity?.binding === null ? `${first} says who, but is not bound to any message.` : null,
    ...keyFailures(first, agent.key),
    ...keyFailures(second, operator.key),
    agent.statementSignature === "fail" ? `The signature of ${first} is not by the key it names.` : null,
    operator.signature === "fail" ? `The signature of ${second} is not by the key it names.` : null,
    agent.agentMatchesKey === "fail" ? `${first} names another agent than its key was made for.` : null,
    operator.operatorMatchesKey === "fail" ? `${second} names another operator than its key was made for.` : null,
    agreement.agent === "fail" ? "The two headers name different agents." : null,
    agreement.mailbox === "fail" ? "The two headers are from different mailboxes." : null,
    agreement.operator === "fail" ? "The two headers are from different operators." : null,
  ].filter((reason) => reason !== null);
};

const contentWords: Readonly<Record<keyof ContentReport, string>> = {
  bodyHash: "The body is not the one that was signed.",
  signedFields: "A signed header field was changed, added or removed.",
  messageId: "The Message-ID is not the one that was signed.",
  author: "From is not the address that was signed.",
  recipients: "To and Cc are not the recipients that were signed.",
  subject: "The Subject is not the one that was signed.",
};

const keysOf = <A extends object>(value: A): readonly (keyof A)[] => Object.keys(value) as (keyof A)[];

const everyCheck = ({ agent, operator, content, agreement }: Findings): readonly Check[] => [
  agent.statementSignature,
  agent.bindingSignature,
  agent.agentMatchesKey,
  operator.signature,
  operator.operatorMatchesKey,
  ...[agent.key, operator.key].flatMap((key) => [key.kind, key.inTime, key.fromDomain]),
  ...Object.values(content),
  ...Object.values(agreement),
];

/** The report with its verdict. `names` are the two headers', for the sentences. Fails closed: what is not all `pass` is not verified. */
export const conclude = (findings: Findings, names: readonly [string, string]): VerificationReport => {
  const { agent, operator, content } = findings;
  if (agent.presence === "absent" && operator.presence === "absent") {
    return { verdict: "unsigned", reasons: ["The message carries no identity header."], ...findings };
  }
  const failures = identityFailures(findings, names);
  if (failures.length > 0) return { verdict: "invalid", reasons: failures, ...findings };
  const changes = keysOf(contentWords).flatMap((name) => (content[name] === "pass" ? [] : [contentWords[name]]));
  if (changes.length > 0) return { verdict: "content_modified", reasons: changes, ...findings };
  if (everyCheck(findings).some((check) => check !== "pass")) {
    return { verdict: "invalid", reasons: ["Not everything could be checked."], ...findings };
  }
  const reasons = ["Both signatures are valid, by keys of From's domain, and the message is the one that was signed."];
  for (const key of [agent.key, operator.key]) {
    if (key.status === "retired") reasons.push(`The key ${key.kid} was replaced; it was valid at the time it signed.`);
  }
  return { verdict: "verified", reasons, ...findings };
};
