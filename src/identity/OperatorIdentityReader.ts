/**
 * Reads `X-MultiMail-Identity` without trusting it: the JWS taken apart, its protected header pinned, its claims typed. No signature is
 * checked here.
 *
 * **Gotchas**
 * - Pinned (RFC 8725): `alg` is ES256, `typ` is ours, `kid` is a key id, and nothing else is in the header; so no `none`, no `jwk`, `jku`
 *   or `x5u` that brings its own key, no `crit`.
 * - Claims we do not know are ignored, as JWT asks, but `exp` and `nbf` are refused: this profile has none, and to ignore them would be
 *   to accept what its signer meant to end.
 */
import { Option, Result, Schema } from "effect";
import { modes } from "../model/Mode.ts";
import { utf8 } from "../bytes/octets.ts";
import { decodeBase64Url } from "../bytes/base64.ts";
import { decodeAsciiWords } from "../mail/read/decodeAsciiWords.ts";
import { identityError, type IdentityError } from "./IdentityError.ts";
import { KID_PATTERN } from "./KeyRecord.ts";
import { foldableClaims, OPERATOR_IDENTITY_HEADER, OPERATOR_IDENTITY_TYPE } from "./OperatorIdentity.ts";

const Natural = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0));

export const OperatorClaims = Schema.Struct({
  iss: Schema.String,
  operator: Schema.String,
  mailbox: Schema.optionalKey(Schema.String),
  agent: Schema.optionalKey(Schema.String),
  agent_ref: Schema.optionalKey(Schema.String),
  oversight_mode: Schema.Literals(modes),
  decision: Schema.Literals(["human", "policy"]),
  ai_generated: Schema.Boolean,
  iat: Natural,
  jti: Schema.String,
  mid: Schema.optionalKey(Schema.String),
  from: Schema.optionalKey(Schema.String),
  rcpt: Schema.optionalKey(Schema.String),
  subject_hash: Schema.optionalKey(Schema.String),
  body_hash: Schema.String,
  /** Over the foldable claims that are absent. */
  folded: Schema.optionalKey(Schema.String),
  log: Schema.Struct({ origin: Schema.String, index: Natural, leaf: Schema.String }),
});
export type OperatorClaims = typeof OperatorClaims.Type;

export interface OperatorIdentity {
  readonly kid: string;
  readonly claims: OperatorClaims;
  /** What the signature is over: the first two parts, ASCII. */
  readonly signingInput: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

const ProtectedHeader = Schema.Struct({
  alg: Schema.Literal("ES256"),
  kid: Schema.String.check(Schema.isPattern(KID_PATTERN)),
  typ: Schema.Literal(OPERATOR_IDENTITY_TYPE),
});

const decodeHeader = Schema.decodeUnknownOption(ProtectedHeader, { onExcessProperty: "error" });
const decodeClaims = Schema.decodeUnknownOption(OperatorClaims);

// A byte order mark is kept, for JSON.parse to refuse.
const parse = Option.liftThrowable((bytes: Uint8Array): unknown =>
  JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)),
);

const json = (part: string): unknown =>
  Option.getOrUndefined(Option.flatMap(Option.fromNullOr(decodeBase64Url(part)), parse));

/** Reads the header's unfolded value; encoded words are decoded first. Fails with `malformed_header`. @spec OV-167 */
export const parseOperatorIdentity = (value: string): Result.Result<OperatorIdentity, IdentityError> => {
  const malformed = (message: string): Result.Result<never, IdentityError> =>
    Result.fail(
      identityError(
        "malformed_header",
        `${OPERATOR_IDENTITY_HEADER}: ${message}.`,
        "Do not trust it; ask the sender to send again.",
      ),
    );
  const parts = decodeAsciiWords(value).split(".");
  if (parts.length !== 3) return malformed("it is no compact JWS");
  const [head, payload, tail] = parts as [string, string, string];
  const header = decodeHeader(json(head));
  if (Option.isNone(header)) return malformed("its protected header is not exactly alg ES256, kid and typ");
  const body = json(payload);
  const claims = decodeClaims(body);
  if (Option.isNone(claims)) return malformed("a claim is missing or has the wrong type");
  if (Object.hasOwn(body as object, "exp") || Object.hasOwn(body as object, "nbf"))
    return malformed("it has exp or nbf");
  const absent = foldableClaims.some((name) => claims.value[name] === undefined);
  if (absent !== (claims.value.folded !== undefined))
    return malformed("claims are absent, and folded does not stand for them");
  const signature = decodeBase64Url(tail);
  if (signature === null || signature.length !== 64) return malformed("its signature is not 64 bytes in base64url");
  return Result.succeed({
    kid: header.value.kid,
    claims: claims.value,
    signingInput: utf8(`${head}.${payload}`),
    signature,
  });
};
