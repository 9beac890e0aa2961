/**
 * `X-MultiMail-Agent-Identity`: which agent wrote a message, by the key of its mailbox, and which message that was. @spec OV-44, OV-45
 *
 *     v=1; kid=key_…; agent=…; ts=…; sig=…; mid=…; bh=…; h=…; b2=…
 *
 * - **Statement** (`v` to `sig`), made at submit: `sig` is over `agent:ts` in UTF-8 and names who, not what.
 * - **Binding** (`mid` to `b2`), made at dispatch over the final message by the same key. `mid` is the Message-ID without its angle
 *   brackets, `bh` the body hash, `h` the signed header fields in lower case with colons between. `b2` is over
 *   `encodeFields("countersign/agent-identity/v1", [v, kid, agent, ts, sig, mid, bh, h, …fields])`, that is: for the domain and each
 *   value, its length as a 32-bit big-endian number and its octets. The values up to `h` are the header's own text. `fields` is, for
 *   each name in `h` in that order: the name, how many fields of that name the message has (in decimal), and the value of each from top
 *   to bottom, unfolded, runs of blanks made one space, none at the ends. A name without a field counts 0, so a field that is added
 *   later (a second From, a Reply-To) breaks `b2` as surely as one that is changed.
 * - Both signatures: ECDSA P-256 with SHA-256, DER, standard base64.
 *
 * **Gotchas**: a statement without a binding fits any message and proves nothing about this one. No value holds `;` or blanks and nothing
 * follows the last, so that splitting at `;` and at the first `=` reads it. What a line cannot hold is folded inside (see
 * {@link agentIdentityField}), and the reader drops the blanks that this leaves.
 */
import { Result } from "effect";
import { fromBinaryString, toBase64, utf8 } from "../bytes/octets.ts";
import type { Field } from "../mail/read/Fields.ts";
import { fieldOfParts } from "../mail/compose/fold.ts";
import { decodeAsciiWords } from "../mail/read/decodeAsciiWords.ts";
import { decodeBase64 } from "../bytes/base64.ts";
import { derToP1363 } from "./EcdsaSignature.ts";
import { encodeFields } from "../bytes/encodeFields.ts";
import { identityError, type IdentityError } from "./IdentityError.ts";
import { KID_PATTERN } from "./KeyRecord.ts";
import { messageIdOf, relaxedValues, type MessageContent } from "./MessageContent.ts";
import type { P256Signer } from "./P256Signer.ts";

export const AGENT_IDENTITY_HEADER = "X-MultiMail-Agent-Identity";

/** Who, when: the five fields that the header began with. */
export interface AgentStatement {
  readonly kid: string;
  /** `[A-Za-z0-9._-]{1,128}` */
  readonly agent: string;
  /** Seconds since the epoch. */
  readonly ts: number;
  /** Base64 of DER. */
  readonly sig: string;
}

/** Which message, without its signature. */
export interface BoundMessage {
  readonly mid: string;
  readonly bh: string;
  /** Names of the signed header fields, lower case. */
  readonly h: readonly string[];
}

export interface AgentIdentity extends AgentStatement {
  /** `null` when the header is a statement only. */
  readonly binding: (BoundMessage & { readonly b2: string }) | null;
}

/** Fields every binding must cover, present or not: those that decide whom and what a reader sees. */
export const requiredSignedFields: readonly string[] = [
  "from",
  "sender",
  "reply-to",
  "to",
  "cc",
  "subject",
  "date",
  "message-id",
  "mime-version",
  "content-type",
  "content-transfer-encoding",
];

/** What we sign: the required fields, the thread, and the two that disclose a machine. */
export const defaultSignedFields: readonly string[] = [
  ...requiredSignedFields,
  "in-reply-to",
  "references",
  "auto-submitted",
  "x-ai-generated",
];

const AGENT = /^[A-Za-z0-9._-]{1,128}$/;
const TIMESTAMP = /^(?:0|[1-9][0-9]{0,14})$/;
const MID = /^[!#-:=?-[\]-~]+$/;
/** No capital letters: names are compared as they stand. */
const FIELD_LIST = /^[!-9<-@[-~]{1,76}(?::[!-9<-@[-~]{1,76}){0,63}$/;

/** `true` for a name an agent may have in a signed header. */
export const isAgentName = (name: string): boolean => AGENT.test(name);

/** The bytes that `sig` is over. */
export const statementBytes = (agent: string, ts: number): Uint8Array => utf8(`${agent}:${ts}`);

/**
 * The bytes that `b2` is over: `bound` as the header gives it, and the named fields as the message has them. The head of this file gives
 * the layout.
 */
export const bindingBytes = (statement: AgentStatement, bound: BoundMessage, fields: readonly Field[]): Uint8Array => {
  const values: (string | Uint8Array)[] = [
    "1",
    statement.kid,
    statement.agent,
    String(statement.ts),
    statement.sig,
    bound.mid,
    bound.bh,
    bound.h.join(":"),
  ];
  for (const name of bound.h) {
    const present = relaxedValues(fields, name);
    values.push(name, String(present.length), ...present.map(fromBinaryString));
  }
  return encodeFields("countersign/agent-identity/v1", values);
};

const refuse = (reason: IdentityError["reason"], message: string, hint: string): Result.Result<never, IdentityError> =>
  Result.fail(identityError(reason, message, hint));

const signed = async (signer: P256Signer, data: Uint8Array): Promise<Result.Result<string, IdentityError>> => {
  try {
    return Result.succeed(toBase64(await signer.sign(data)));
  } catch {
    return refuse("signing_failed", "The mailbox's key did not sign.", "Look at the key ring, then try again.");
  }
};

/** Signs who and when. `ts` in seconds. Fails with `bad_value` or `signing_failed`. */
export const agentStatement = async (
  signer: P256Signer,
  who: { readonly agent: string; readonly ts: number },
): Promise<Result.Result<AgentStatement, IdentityError>> => {
  if (!isAgentName(who.agent)) {
    return refuse(
      "bad_value",
      "The agent's name cannot stand in a header.",
      "Use 1 to 128 letters, digits, dots, hyphens, underscores.",
    );
  }
  if (!KID_PATTERN.test(signer.kid))
    return refuse("bad_value", "The key id is not key_ and a ULID.", "Use a key from the key ring.");
  if (!TIMESTAMP.test(String(who.ts)))
    return refuse("bad_value", "The time is not whole seconds.", "Give seconds since 1970.");
  const sig = await signed(signer, statementBytes(who.agent, who.ts));
  return Result.map(sig, (value) => ({ kid: signer.kid, agent: who.agent, ts: who.ts, sig: value }));
};

/**
 * Binds a statement to the final message. Fails with `wrong_key` when the signer is not the statement's, `unsignable_message` when there
 * is no single plain Message-ID, `bad_value` when `signedFields` is no list of field names or lacks a required one, `signing_failed`.
 */
export const bindAgentIdentity = async (
  signer: P256Signer,
  statement: AgentStatement,
  content: MessageContent,
  signedFields: readonly string[] = defaultSignedFields,
): Promise<Result.Result<AgentIdentity, IdentityError>> => {
  if (signer.kid !== statement.kid) {
    return refuse(
      "wrong_key",
      "The statement was made with another key.",
      "Bind it with the key it names, or make a new statement.",
    );
  }
  const mid = messageIdOf(content.fields);
  if (mid === null) {
    return refuse(
      "unsignable_message",
      "The message has no single plain Message-ID.",
      "Give it exactly one, as <id@domain>.",
    );
  }
  const h = signedFields.map((name) => name.toLowerCase());
  if (fieldListProblem(h) !== null) {
    return refuse(
      "bad_value",
      "The list of signed fields is not acceptable.",
      "Name each field once, the required ones among them.",
    );
  }
  const bound: BoundMessage = { mid, bh: content.bodyHash, h };
  const b2 = await signed(signer, bindingBytes(statement, bound, content.fields));
  return Result.map(b2, (value) => ({ ...statement, binding: { ...bound, b2: value } }));
};

const fieldListProblem = (h: readonly string[]): string | null => {
  if (!FIELD_LIST.test(h.join(":"))) return "h is no list of lower-case field names";
  if (new Set(h).size !== h.length) return "h names a field twice";
  const missing = requiredSignedFields.find((name) => !h.includes(name));
  return missing === undefined ? null : `h does not cover ${missing}`;
};

/** `v=1; kid=…; agent=…; ts=…; sig=…`: the answer to a submit (`identity_header`). */
export const formatAgentStatement = (statement: AgentStatement): string =>
  `v=1; kid=${statement.kid}; agent=${statement.agent}; ts=${statement.ts}; sig=${statement.sig}`;

/** The header's value on one line, without its name. */
export const formatAgentIdentity = (identity: AgentIdentity): string => {
  const statement = formatAgentStatement(identity);
  if (identity.binding === null) return statement;
  const { mid, bh, h, b2 } = identity.binding;
  return `${statement}; mid=${mid}; bh=${bh}; h=${h.join(":")}; b2=${b2}`;
};

/** The pieces of `name=value` between which a line may break: `h` behind colons, what needs no other reader than ours anywhere. */
const piecesOf = (part: string): readonly string[] =>
  part.startsWith("h=")
    ? (part.match(/^h=|[^:]+:?/g) ?? [])
    : /^(?:sig|mid|bh|b2)=/.test(part)
      ? [...part]
      : // Whole: the header's first readers compare an agent's name as it stands.
        [part];

/**
 * The whole field with its CRLF, in lines of at most 78 columns; an agent's name of more than 70 characters makes a longer one. Broken
 * behind `;`, and within `sig`, `mid`, `bh`, `h` and `b2` where a line does not hold them. @spec OV-166
 */
export const agentIdentityField = (identity: AgentIdentity): string =>
  fieldOfParts(
    AGENT_IDENTITY_HEADER,
    formatAgentIdentity(identity)
      .split(/(?<=;) /)
      .map(piecesOf),
  );

const STATEMENT_KEYS = ["v", "kid", "agent", "ts", "sig"];
const ALL_KEYS = [...STATEMENT_KEYS, "mid", "bh", "h", "b2"];

/** The fields that a line may not hold: blanks inside them are folds, and count for nothing. */
const FOLDED_KEYS = new Set(["sig", "mid", "bh", "h", "b2"]);

/**
 * Reads the header's unfolded value, strictly: these fields, in this order, each once, nothing after the last. Stricter than "ignore what
 * you do not know", because a field no signature covers is a place to lie. Encoded words are decoded first. Fails with `malformed_header`.
 * @spec OV-166, OV-167
 */
export const parseAgentIdentity = (value: string): Result.Result<AgentIdentity, IdentityError> => {
  const malformed = (message: string) =>
    refuse(
      "malformed_header",
      `${AGENT_IDENTITY_HEADER}: ${message}.`,
      "Do not trust it; ask the sender to send again.",
    );
  const parts = decodeAsciiWords(value)
    .split(";")
    .map((part) => part.trim());
  const keys = parts.map((part) => part.slice(0, Math.max(part.indexOf("="), 0)));
  const expected = keys.length === STATEMENT_KEYS.length ? STATEMENT_KEYS : ALL_KEYS;
  if (keys.length !== expected.length || keys.some((key, i) => key !== expected[i])) {
    return malformed(`its fields are not ${ALL_KEYS.join(", ")}`);
  }
  const values = parts.map((part, i) => {
    const own = part.slice(keys[i]!.length + 1);
    return FOLDED_KEYS.has(keys[i]!) ? own.replace(/[ \t]+/g, "") : own;
  });
  const [v, kid, agent, ts, sig] = values as [string, string, string, string, string];
  if (v !== "1") return malformed("its version is not 1");
  if (!KID_PATTERN.test(kid)) return malformed("kid is no key id");
  if (!isAgentName(agent)) return malformed("agent is no agent's name");
  if (!TIMESTAMP.test(ts)) return malformed("ts is no time in seconds");
  if (!isSignature(sig)) return malformed("sig is no DER signature in base64");
  const statement: AgentStatement = { kid, agent, ts: Number(ts), sig };
  if (expected === STATEMENT_KEYS) return Result.succeed({ ...statement, binding: null });
  const [mid, bh, list, b2] = values.slice(STATEMENT_KEYS.length) as [string, string, string, string];
  if (!MID.test(mid)) return malformed("mid is no Message-ID");
  if (decodeBase64(bh)?.length !== 32) return malformed("bh is no body hash");
  const h = list.split(":");
  const problem = fieldListProblem(h);
  if (problem !== null) return malformed(problem);
  if (!isSignature(b2)) return malformed("b2 is no DER signature in base64");
  return Result.succeed({ ...statement, binding: { mid, bh, h, b2 } });
};

const isSignature = (text: string): boolean => {
  const der = decodeBase64(text);
  return der !== null && Result.isSuccess(derToP1363(der));
};
