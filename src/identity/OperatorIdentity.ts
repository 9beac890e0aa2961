/**
 * `X-MultiMail-Identity`: the operator's signed claim about one message, a compact JWS (RFC 7515) with ES256. @spec OV-46
 *
 * Protected header: exactly `alg` (`ES256`), `kid`, `typ` (`agent-mail+jwt`). Claims:
 * - `iss`, `operator` (the operator's domain, twice), `mailbox` (its id), `agent`, `agent_ref` (such as an Entra object id, if there is
 *   one), `oversight_mode`, `decision` (`human` or `policy`), `ai_generated`, `iat`, `jti`;
 * - `mid` (Message-ID without angle brackets), `from` (the author's address in lower case), `subject_hash` (base64url SHA-256 of the
 *   Subject's octets, unfolded, runs of blanks made one space), `body_hash` (as `bh` in the other header);
 * - `rcpt`, a commitment to the addresses in To and Cc, `<count>.<hash>`: each lower-case address is hashed as
 *   `encodeFields("countersign/rcpt/v1", [jti, address])`, the hashes are sorted as octets, and `hash` is the base64url SHA-256 of
 *   `encodeFields("countersign/rcpt-list/v1", hashes)`. Its size does not grow with the recipients. Blind copies are not in it: with them,
 *   any recipient could tell that there are some. The log's leaf binds the whole envelope;
 * - `log`: `origin`, `index`, `leaf` (its hash) of the entry that let the message go.
 *
 * No `exp`: old mail must keep verifying. Name and value are ONE line of at most 980 characters. Where that is not enough, claims that a
 * verifier can work out from the message and the other header are folded, as few as needed, in the order of {@link foldableClaims}: they
 * are left out, and `folded` is the base64url SHA-256 of `encodeFields("countersign/folded-claims/v1", [name, value, …])` over exactly
 * the foldable claims that are absent, in that order.
 *
 * **Gotchas**: the salt of `rcpt` is public (`jti`), so someone who can guess the whole list can confirm it; it keeps addresses out of
 * plain sight, no more. Only `OperatorIdentityReader.ts` decides what is well-formed.
 */
import { Result } from "effect";
import type { Mode } from "../model/Mode.ts";
import { fromBinaryString, toBinaryString, utf8 } from "../bytes/octets.ts";
import { sha256 } from "../bytes/sha256.ts";
import { encodeBase64Url } from "../bytes/base64.ts";
import { derToP1363 } from "./EcdsaSignature.ts";
import { encodeFields } from "../bytes/encodeFields.ts";
import { isAgentName } from "./AgentIdentity.ts";
import { identityError, type IdentityError } from "./IdentityError.ts";
import { KID_PATTERN } from "./KeyRecord.ts";
import { authorOf, messageIdOf, subjectOf, visibleRecipientsOf, type MessageContent } from "./MessageContent.ts";
import type { P256Signer } from "./P256Signer.ts";

export const OPERATOR_IDENTITY_HEADER = "X-MultiMail-Identity";
export const OPERATOR_IDENTITY_TYPE = "agent-mail+jwt";
/** Characters of name and value: below the 990 at which sendmail's smtp mailers cut a line, blanks and all. @spec OV-165 */
const MAX_IDENTITY_LINE = 980;

/** Who let the message go: a person who saw it, or the mailbox's mode. */
export type ClaimedDecision = "human" | "policy";

/** What the operator states beyond what the message itself states. */
export interface OperatorStatement {
  /** Domain, lower-case A-labels. */
  readonly operator: string;
  /** The mailbox's id. */
  readonly mailbox: string;
  readonly agent: string;
  readonly agentRef?: string | undefined;
  readonly oversightMode: Mode;
  readonly decision: ClaimedDecision;
  readonly aiGenerated: boolean;
  /** Seconds since the epoch. */
  readonly iat: number;
  /** Unique for each header made: `[A-Za-z0-9._-]{8,40}`. */
  readonly jti: string;
  readonly log: LogReference;
}

export interface LogReference {
  /** The log's name, as on its checkpoints. */
  readonly origin: string;
  readonly index: number;
  /** The leaf's hash, in base64 or hex. */
  readonly leaf: string;
}

/** The claims that may be folded, in the order in which they are. */
export const foldableClaims = ["subject_hash", "rcpt", "mid", "from", "mailbox", "agent"] as const;
export type FoldableClaim = (typeof foldableClaims)[number];

/** The values of the foldable claims, worked out again from a message and the other header. */
export type FoldableValues = Readonly<Record<FoldableClaim, string>>;

const refuse = (reason: IdentityError["reason"], message: string, hint: string): Result.Result<never, IdentityError> =>
  Result.fail(identityError(reason, message, hint));

/** `rcpt` of these lower-case addresses, in any order. */
export const recipientsCommitment = (jti: string, addresses: readonly string[]): string => {
  const hashes = addresses
    .map((address) => sha256(encodeFields("countersign/rcpt/v1", [jti, address])))
    .map(toBinaryString)
    .sort()
    .map(fromBinaryString);
  return `${addresses.length}.${encodeBase64Url(sha256(encodeFields("countersign/rcpt-list/v1", hashes)))}`;
};

/** `subject_hash` of a Subject as `subjectOf` gives it. */
export const subjectHash = (subject: string): string => encodeBase64Url(sha256(fromBinaryString(subject)));

/** `folded` over the named claims; order and omission are the caller's, both as in {@link foldableClaims}. */
export const foldedHash = (names: readonly FoldableClaim[], values: FoldableValues): string =>
  encodeBase64Url(
    sha256(
      encodeFields(
        "countersign/folded-claims/v1",
        names.flatMap((name) => [name, values[name]]),
      ),
    ),
  );

/**
 * The foldable claims that a message itself gives; the fields that cannot be read are `null`. The verifier compares these, the signer needs
 * all.
 */
export const foldableValuesOf = (
  content: MessageContent,
  jti: string,
): { readonly [Name in Exclude<FoldableClaim, "mailbox" | "agent">]: string | null } => {
  const subject = subjectOf(content.fields);
  const recipients = visibleRecipientsOf(content.fields);
  return {
    subject_hash: subject === null ? null : subjectHash(subject),
    rcpt: recipients === null ? null : recipientsCommitment(jti, recipients),
    mid: messageIdOf(content.fields),
    from: authorOf(content.fields)?.addrSpec.toLowerCase() ?? null,
  };
};

type PlainClaims = { readonly [Name in FoldableClaim]?: string | undefined };

/** The claims as JSON text; `plain`: the foldable ones that are not folded. Members are always in the same order. */
const claimsText = (
  statement: Omit<OperatorStatement, "mailbox" | "agent">,
  plain: PlainClaims,
  bodyHash: string,
  folded: string | undefined,
): string =>
  // JSON.stringify leaves members out whose value is undefined.
  JSON.stringify({
    iss: statement.operator,
    operator: statement.operator,
    mailbox: plain.mailbox,
    agent: plain.agent,
    agent_ref: statement.agentRef,
    oversight_mode: statement.oversightMode,
    decision: statement.decision,
    ai_generated: statement.aiGenerated,
    iat: statement.iat,
    jti: statement.jti,
    mid: plain.mid,
    from: plain.from,
    rcpt: plain.rcpt,
    subject_hash: plain.subject_hash,
    body_hash: bodyHash,
    folded,
    log: { origin: statement.log.origin, index: statement.log.index, leaf: statement.log.leaf },
  });

const protectedHeader = (kid: string): string =>
  encodeBase64Url(utf8(JSON.stringify({ alg: "ES256", kid, typ: OPERATOR_IDENTITY_TYPE })));

/** What is signed, if the whole line fits: `Name: ` + input + `.` + 86 characters of signature. Fails with `too_long`. */
const fitting = (kid: string, claims: string): Result.Result<string, IdentityError> => {
  const input = `${protectedHeader(kid)}.${encodeBase64Url(utf8(claims))}`;
  return OPERATOR_IDENTITY_HEADER.length + 2 + input.length + 1 + 86 <= MAX_IDENTITY_LINE
    ? Result.succeed(input)
    : refuse(
        "too_long",
        `${OPERATOR_IDENTITY_HEADER} does not fit in one line of ${MAX_IDENTITY_LINE} characters.`,
        "Use a shorter operator domain, log origin or agent_ref.",
      );
};

/** The signing input with as few claims folded as fit in one line. Fails with `too_long`. */
const signingInputOf = (
  kid: string,
  statement: OperatorStatement,
  values: FoldableValues,
  bodyHash: string,
): Result.Result<string, IdentityError> => {
  let plain: PlainClaims = values;
  let input = fitting(kid, claimsText(statement, plain, bodyHash, undefined));
  for (const [i, name] of foldableClaims.entries()) {
    if (Result.isSuccess(input)) break;
    plain = { ...plain, [name]: undefined };
    const folded = foldedHash(foldableClaims.slice(0, i + 1), values);
    input = fitting(kid, claimsText(statement, plain, bodyHash, folded));
  }
  return input;
};

/**
 * Whether every message of a mailbox will fit, whatever its recipients, subject, Message-ID, mailbox id and agent name. Ask when a mailbox
 * is made, so that no approved message fails at dispatch. Fails with `too_long`.
 */
export const checkOperatorLine = (profile: {
  readonly operator: string;
  readonly origin: string;
  readonly agentRef?: string | undefined;
}): Result.Result<void, IdentityError> => {
  const longest: Omit<OperatorStatement, "mailbox" | "agent"> = {
    operator: profile.operator,
    agentRef: profile.agentRef,
    oversightMode: "gated_send",
    decision: "policy",
    aiGenerated: false,
    iat: 99_999_999_999,
    jti: "j".repeat(40),
    log: { origin: profile.origin, index: Number.MAX_SAFE_INTEGER, leaf: "f".repeat(64) },
  };
  // In the worst case, all that can be folded is.
  const claims = claimsText(longest, {}, "h".repeat(44), "f".repeat(43));
  return Result.map(fitting(`key_${"0".repeat(26)}`, claims), () => undefined);
};

const PLAIN = /^[!-~](?:[ -~]{0,253}[!-~])?$/;
const DOMAIN = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;

const statementProblem = (kid: string, it: OperatorStatement): string | null => {
  if (!KID_PATTERN.test(kid)) return "kid";
  if (it.operator.length > 253 || !DOMAIN.test(it.operator)) return "operator";
  if (!PLAIN.test(it.mailbox)) return "mailbox";
  if (!isAgentName(it.agent)) return "agent";
  if (it.agentRef !== undefined && !PLAIN.test(it.agentRef)) return "agentRef";
  if (!Number.isSafeInteger(it.iat) || it.iat < 0) return "iat";
  if (!/^[A-Za-z0-9._-]{8,40}$/.test(it.jti)) return "jti";
  if (!PLAIN.test(it.log.origin)) return "log.origin";
  if (!Number.isSafeInteger(it.log.index) || it.log.index < 0) return "log.index";
  return /^[A-Za-z0-9+/=_-]{1,64}$/.test(it.log.leaf) ? null : "log.leaf";
};

/**
 * Makes the header's value over the final message. Fails with `bad_value`, `unsignable_message` (From, To, Cc, Subject or Message-ID
 * doubled, missing or unreadable), `too_long` (see {@link checkOperatorLine}) or `signing_failed`.
 */
export const operatorIdentity = async (
  signer: P256Signer,
  statement: OperatorStatement,
  content: MessageContent,
): Promise<Result.Result<string, IdentityError>> => {
  const problem = statementProblem(signer.kid, statement);
  if (problem !== null) {
    return refuse(
      "bad_value",
      `The value of ${problem} cannot be claimed.`,
      "OperatorStatement says what each value may be.",
    );
  }
  const { jti, mailbox, agent } = statement;
  const values = { ...foldableValuesOf(content, jti), mailbox, agent };
  if (!isComplete(values)) {
    return refuse(
      "unsignable_message",
      "The message's From, To, Cc, Subject or Message-ID is missing, doubled or unreadable.",
      "Compose it again: one From with one address, one Message-ID, at most one of the others.",
    );
  }
  const input = signingInputOf(signer.kid, statement, values, content.bodyHash);
  if (Result.isFailure(input)) return Result.fail(input.failure);
  let der: Uint8Array;
  try {
    der = await signer.sign(utf8(input.success));
  } catch {
    return refuse("signing_failed", "The operator's key did not sign.", "Look at the key ring, then try again.");
  }
  return Result.map(derToP1363(der), (raw) => `${input.success}.${encodeBase64Url(raw)}`);
};

const isComplete = (values: { readonly [Name in FoldableClaim]: string | null }): values is FoldableValues =>
  foldableClaims.every((name) => values[name] !== null);

/** The whole field with its CRLF, on one line. */
export const operatorIdentityField = (value: string): string => `${OPERATOR_IDENTITY_HEADER}: ${value}\r\n`;
