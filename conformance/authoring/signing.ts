/**
 * Vectors of spec/signing.md at the core level: the digest, what is signed, what is claimed, single signatures, reserved fields.
 */
import type { Json, JsonObject } from "../runner/vectors.ts";
import { stated, type Draft } from "./draft.ts";
import {
  base64,
  bindingOctets,
  bodyHash,
  claimsOf,
  der,
  integer,
  keyNamed,
  latin1,
  midOf,
  octetsOf,
  pemOf,
  rawSignature,
  sequence,
  sha256,
  signedFields,
  statementOctets,
  type Claimed,
  type Letter,
} from "./signer.ts";

// --- the digest ---------------------------------------------------------------------------------------------------

interface Content {
  readonly mailbox: string;
  readonly send_at: number;
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: Buffer;
}

const u64 = (value: number): Buffer => {
  const octets = Buffer.alloc(8);
  octets.writeBigUInt64BE(BigInt(value));
  return octets;
};
const item = (value: string | Buffer): Buffer =>
  Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value as string)]);

const digestOf = ({ mailbox, send_at, from, to, raw }: Content): string =>
  `sha256:${sha256(
    Buffer.concat([
      item("countersign/content/v1"),
      item(mailbox),
      u64(send_at),
      item(from),
      u64(to.length),
      ...to.map(item),
      item(raw),
    ]),
  ).toString("hex")}`;

const example: Letter = {
  fields: [
    ["From", "crm@acme.example"],
    ["To", "ann@customer.example"],
    ["Subject", "Ticket 4821"],
    ["Date", "Fri, 19 Apr 2024 16:00:00 +0000"],
    ["Message-ID", "<01J0@acme.example>"],
    ["MIME-Version", "1.0"],
    ["Content-Type", "text/plain; charset=utf-8"],
    ["Content-Transfer-Encoding", "7bit"],
    ["X-AI-Generated", "true"],
    ["Auto-Submitted", "auto-generated"],
  ],
  body: "Resolved.\r\n",
};
const plain: Content = {
  mailbox: "mbx_1",
  send_at: 0,
  from: "crm@acme.example",
  to: ["ann@customer.example"],
  raw: octetsOf(example),
};

const digest = (comment: string, change: Partial<Content>, literal?: string): Draft => {
  const content = { ...plain, ...change };
  const own = digestOf(content);
  if (literal !== undefined && own !== literal) throw new Error(`${comment}: ${own} is not ${literal}`);
  return stated({
    comment: `digest: ${comment}`,
    requirements: ["OV-40"],
    flags: ["DigestCollision", "EncodingDiffers"],
    op: "digest",
    input: { ...content, raw: base64(content.raw) },
    expect: { ok: { digest: own } },
  });
};

const noDigest = (comment: string, change: Partial<Content>, features: readonly string[] = []): Draft =>
  stated({
    comment: `digest: ${comment}`,
    requirements: ["OV-40"],
    flags: ["DigestCollision"],
    features,
    op: "digest",
    input: { ...plain, ...change, raw: base64(plain.raw) },
    expect: { error: "no_digest" },
  });

const digests: readonly Draft[] = [
  digest("the example of signing.md", {}, "sha256:87117edce9d1b2c5cb5e81e6d736b3299faed850d10f3ca5da268fd0a086154c"),
  digest("another mailbox", { mailbox: "mbx_2" }),
  digest("a mailbox of no characters", { mailbox: "" }),
  digest("a mailbox beyond ASCII", { mailbox: "mbx_ü😀" }),
  digest("for later", { send_at: 1_713_546_000 }),
  digest("for a time above 32 bits", { send_at: 4_294_967_301 }),
  digest("for the last time there is", { send_at: 9_007_199_254_740_991 }),
  digest("another sender", { from: "crm@acme.example.evil.example" }),
  digest("a second recipient", { to: ["ann@customer.example", "bob@customer.example"] }),
  digest("two recipients the other way round", { to: ["bob@customer.example", "ann@customer.example"] }),
  digest("one recipient twice", { to: ["ann@customer.example", "ann@customer.example"] }),
  digest("no recipient", { to: [] }),
  digest("a recipient in other case", { to: ["Ann@customer.example"] }),
  digest("two recipients that joined are one", { to: ["ann@customer.example,bob@customer.example"] }),
  digest("characters moved from the sender to the recipient", {
    from: "crm@acme.exampl",
    to: ["eann@customer.example"],
  }),
  digest("no octets", { raw: Buffer.alloc(0) }),
  digest("one blank more at the end", { raw: Buffer.concat([plain.raw, latin1(" ")]) }),
  digest("LF for CRLF", { raw: latin1(plain.raw.toString("latin1").replaceAll("\r\n", "\n")) }),
  digest("octets that are no text", { raw: Buffer.from([0, 255, 254, 128, 13, 10, 192, 0]) }),
  digest("300 recipients", { to: Array.from({ length: 300 }, (_, i) => `r${i}@customer.example`) }),
  noDigest("a time before the epoch has none", { send_at: -1 }),
  noDigest("half a second has none", { send_at: 0.5 }),
  noDigest("a mailbox that has no UTF-8 has none", { mailbox: "mbx_\ud800" }, ["lone_surrogates"]),
  noDigest("a recipient that has no UTF-8 has none", { to: ["\udfff@customer.example"] }, ["lone_surrogates"]),
];

// --- what the first header signs ------------------------------------------------------------------------------------

const statement = { kid: "key_01J00000000000000000MBX000", agent: "crm", ts: 1_713_542_400, sig: "MAYCAQECAQE=" };

const withFields = (...change: readonly (readonly [string, string])[]): Letter => {
  const names = new Set(change.map(([name]) => name.toLowerCase()));
  return { ...example, fields: [...example.fields.filter(([name]) => !names.has(name.toLowerCase())), ...change] };
};

const octets = (
  comment: string,
  letter: Letter,
  change: { readonly statement?: object; readonly h?: readonly string[] } = {},
): Draft => {
  const own = { ...statement, ...change.statement };
  const h = change.h ?? signedFields;
  return stated({
    comment: `agent header: ${comment}`,
    requirements: ["OV-44", "OV-45"],
    flags: ["EncodingDiffers"],
    op: "agent_octets",
    input: { raw: base64(octetsOf(letter)), statement: own, h: [...h] },
    expect: {
      ok: {
        statement: base64(statementOctets(own.agent, own.ts)),
        binding: base64(bindingOctets(letter, own, h)),
        mid: midOf(letter),
        bh: bodyHash(letter.body),
      },
    },
  });
};

const unsigned = (
  comment: string,
  letter: Letter,
  error: string,
  change: { readonly statement?: object; readonly h?: readonly string[] } = {},
): Draft =>
  stated({
    comment: `agent header: ${comment}`,
    requirements: [error === "unsignable_message" || comment.startsWith("h ") ? "OV-45" : "OV-44"],
    flags: ["ModifiedContent"],
    op: "agent_octets",
    input: {
      raw: base64(octetsOf(letter)),
      statement: { ...statement, ...change.statement },
      h: [...(change.h ?? signedFields)],
    },
    expect: { error },
  });

const without = (name: string): Letter => ({ ...example, fields: example.fields.filter(([own]) => own !== name) });

const agents: readonly Draft[] = [
  octets("the example of signing.md", example),
  octets("a time of zero", example, { statement: { ts: 0 } }),
  octets("the longest name of an agent", example, { statement: { agent: "a".repeat(128) } }),
  octets("a name with all that it may have", example, { statement: { agent: "Az09._-" } }),
  octets("a folded Subject", withFields(["Subject", "Ticket\r\n 4821"])),
  octets("a Subject folded at a tab and another blank", withFields(["Subject", "Ticket\r\n\t 4821"])),
  octets("blanks at both ends of a value", withFields(["Subject", "  Ticket 4821\t "])),
  octets("runs of blanks inside a value", withFields(["Subject", "Ticket  \t  4821"])),
  octets("a Subject of no characters", withFields(["Subject", ""])),
  octets("octets beyond ASCII in a value", withFields(["Subject", "Ger\xc3\xa4t \xa0\xff"])),
  octets("field names in other case", withFields(["SUBJECT", "Ticket 4821"], ["message-id", "<01J0@acme.example>"])),
  octets("no Subject: counted as none", without("Subject")),
  octets("two Subjects: both are counted, from top to bottom", {
    ...example,
    fields: [...example.fields, ["Subject", "Another"]],
  }),
  octets("a Reply-To and a Sender", withFields(["Reply-To", "support@acme.example"], ["Sender", "crm@acme.example"])),
  octets("only the names that must be signed", example, { h: signedFields.slice(0, 11) }),
  octets("names in another order", example, { h: signedFields.toReversed() }),
  octets("one name more", example, { h: [...signedFields, "x-ticket"] }),
  octets("a body of no octets", { ...example, body: "" }),
  octets("a body without an end of line", { ...example, body: "Resolved." }),
  octets("a body with empty lines at its end", { ...example, body: "Resolved.\r\n\r\n\r\n" }),
  octets("a body that begins with empty lines", { ...example, body: "\r\n\r\nResolved.\r\n" }),
  octets("a body with blanks at the ends of lines", { ...example, body: "Resolved. \t\r\n \r\n" }),
  octets("a body beyond ASCII", { ...example, body: "Gel\xc3\xb6st. \xff\r\n" }),
  unsigned("no Message-ID", without("Message-ID"), "unsignable_message"),
  unsigned(
    "two Message-IDs",
    { ...example, fields: [...example.fields, ["Message-ID", "<02@acme.example>"]] },
    "unsignable_message",
  ),
  unsigned(
    "a Message-ID without angle brackets",
    withFields(["Message-ID", "01J0@acme.example"]),
    "unsignable_message",
  ),
  unsigned(
    "a Message-ID that would end the field it stands in",
    withFields(["Message-ID", "<01J0; b2=x@acme.example>"]),
    "unsignable_message",
  ),
  unsigned("an agent's name with a blank", example, "bad_value", { statement: { agent: "crm support" } }),
  unsigned("an agent's name with a semicolon", example, "bad_value", { statement: { agent: "crm;kid=other" } }),
  unsigned("an agent's name with a colon", example, "bad_value", { statement: { agent: "crm:1" } }),
  unsigned("an agent's name of no characters", example, "bad_value", { statement: { agent: "" } }),
  unsigned("an agent's name that is one character too long", example, "bad_value", {
    statement: { agent: "a".repeat(129) },
  }),
  unsigned("an agent's name over two lines", example, "bad_value", {
    statement: { agent: "crm\r\nBcc: eve@evil.example" },
  }),
  unsigned("h without reply-to", example, "bad_value", { h: signedFields.filter((name) => name !== "reply-to") }),
  unsigned("h without from", example, "bad_value", { h: signedFields.filter((name) => name !== "from") }),
  unsigned("h with a name twice", example, "bad_value", { h: [...signedFields, "from"] }),
];

// --- what the second header claims ------------------------------------------------------------------------------------

const operatorKid = "key_01J000000000000000000PER00";
const claimed: Claimed = {
  operator: "acme.example",
  mailbox: "mbx_1",
  agent: "crm",
  oversightMode: "gated_send",
  decision: "human",
  aiGenerated: true,
  iat: 1_713_542_460,
  jti: "jti-00000001",
  log: { origin: "log.acme.example", index: 41, leaf: "n5EWH0NDPkmm3m22gNefYBWfLkrJFyYhoShGQoFYRAs" },
};

const operatorInput = (letter: Letter, it: Claimed): JsonObject => ({
  raw: base64(octetsOf(letter)),
  kid: operatorKid,
  statement: it as unknown as Json,
});

const claims = (
  comment: string,
  letter: Letter,
  addresses: { readonly from?: string; readonly to?: readonly string[] } = {},
  change: Partial<Claimed> = {},
  folded = 0,
): Draft => {
  const it = { ...claimed, ...change };
  const from = addresses.from ?? "crm@acme.example";
  return stated({
    comment: `operator header: ${comment}`,
    requirements: ["OV-46"],
    flags: ["EncodingDiffers"],
    op: "operator_claims",
    input: operatorInput(letter, it),
    expect: {
      ok: {
        header: { alg: "ES256", kid: operatorKid, typ: "agent-mail+jwt" },
        claims: claimsOf(letter, it, { from, to: addresses.to ?? ["ann@customer.example"] }, folded),
      },
    },
  });
};

const noClaims = (comment: string, letter: Letter, error: string, change: Partial<Claimed> = {}): Draft =>
  stated({
    comment: `operator header: ${comment}`,
    requirements: ["OV-46"],
    flags: [error === "unsignable_message" ? "DoubledHeader" : "EncodingDiffers"],
    op: "operator_claims",
    input: operatorInput(letter, { ...claimed, ...change }),
    expect: { error },
  });

const ann = "ann@customer.example";
const operators: readonly Draft[] = [
  claims("the example of signing.md", example),
  claims("a policy's decision", example, {}, { decision: "policy", oversightMode: "monitored" }),
  claims("not made by a machine", example, {}, { aiGenerated: false }),
  claims("with an id of the agent elsewhere", example, {}, { agentRef: "00000003-0000-0000-c000-000000000000" }),
  claims("another jti salts the recipients anew", example, {}, { jti: "jti-00000002" }),
  claims("two recipients", withFields(["To", `${ann}, bob@customer.example`]), { to: [ann, "bob@customer.example"] }),
  claims("two recipients the other way round", withFields(["To", `bob@customer.example, ${ann}`]), {
    to: [ann, "bob@customer.example"],
  }),
  claims("To and Cc together", withFields(["Cc", "bob@customer.example"]), { to: [ann, "bob@customer.example"] }),
  claims("one address in To and Cc is one", withFields(["Cc", "ANN@customer.example"])),
  claims("names beside the addresses", withFields(["To", `"Bush, Ann" <${ann}>`])),
  claims("no To", without("To"), { to: [] }),
  claims("an author in capitals", withFields(["From", "CRM <CRM@Acme.Example>"])),
  claims("no Subject", without("Subject")),
  claims("a folded Subject", withFields(["Subject", "Ticket\r\n\t 4821"])),
  claims(
    "one claim is folded: a long Message-ID",
    withFields(["Message-ID", `<${"m".repeat(250)}@acme.example>`]),
    {},
    { agentRef: "r".repeat(40) },
    3,
  ),
  noClaims(
    "two Froms",
    { ...example, fields: [...example.fields, ["From", "ceo@acme.example"]] },
    "unsignable_message",
  ),
  noClaims("no From", without("From"), "unsignable_message"),
  noClaims("two authors in one From", withFields(["From", "crm@acme.example, ceo@acme.example"]), "unsignable_message"),
  noClaims("two Tos", { ...example, fields: [...example.fields, ["To", "eve@evil.example"]] }, "unsignable_message"),
  noClaims("two Subjects", { ...example, fields: [...example.fields, ["Subject", "Other"]] }, "unsignable_message"),
  noClaims("no Message-ID", without("Message-ID"), "unsignable_message"),
  noClaims("a line that cannot be made short enough", example, "too_long", {
    agentRef: "r".repeat(255),
    log: { ...claimed.log, origin: "o".repeat(255) },
  }),
];

// --- single signatures --------------------------------------------------------------------------------------------------

const key = keyNamed("signatures");
const message = Buffer.from("crm:1713542400");
const raw = rawSignature(key, message);
const high = rawSignature(key, message, true);
const n = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");
const [r, s] = [raw.subarray(0, 32), raw.subarray(32)];
const zero = Buffer.alloc(32);
const one = Buffer.concat([Buffer.alloc(31), Buffer.of(1)]);

const signature = (
  format: "der" | "p1363",
  comment: string,
  octetsOfIt: Buffer,
  valid: boolean,
  change: { readonly message?: Buffer; readonly key?: string } = {},
): Draft =>
  stated({
    comment: `signature, ${format}: ${comment}`,
    requirements: [format === "der" ? "OV-44" : "OV-46"],
    flags: [
      valid
        ? "ValidSignatureRefused"
        : /wrong|another|zero|order/.test(comment)
          ? "ForgedSignature"
          : "SignatureEncoding",
    ],
    op: "verify_signature",
    given: { public_key_pem: change.key ?? pemOf(key), format },
    input: { message: base64(change.message ?? message), signature: base64(octetsOfIt) },
    result: valid ? "valid" : "invalid",
    expect: { ok: { valid } },
  });

const good = der(raw);
const signatures: readonly Draft[] = [
  signature("der", "valid", good, true),
  signature("der", "valid, with a high s", der(high), true),
  signature("der", "valid, over no octets", der(rawSignature(key, Buffer.alloc(0))), true, {
    message: Buffer.alloc(0),
  }),
  signature("der", "over another time", good, false, { message: Buffer.from("crm:1713542401") }),
  signature("der", "by another key", good, false, { key: pemOf(keyNamed("another")) }),
  signature("der", "64 octets r‖s in its place", raw, false),
  signature("der", "cut off by one octet", good.subarray(0, -1), false),
  signature("der", "one octet too many", Buffer.concat([good, Buffer.of(0)]), false),
  signature("der", "no octets", Buffer.alloc(0), false),
  signature(
    "der",
    "r with a needless zero in front",
    sequence(
      Buffer.concat([Buffer.of(2, 33 + (r[0]! >= 0x80 ? 1 : 0)), r[0]! >= 0x80 ? Buffer.of(0, 0) : Buffer.of(0), r]),
      integer(s),
    ),
    false,
  ),
  signature("der", "a length in long form", Buffer.concat([Buffer.of(0x30, 0x81), good.subarray(1)]), false),
  signature(
    "der",
    "a length without end",
    Buffer.concat([Buffer.of(0x30, 0x80), good.subarray(2), Buffer.of(0, 0)]),
    false,
  ),
  signature("der", "r is zero", sequence(integer(zero), integer(s)), false),
  signature("der", "s is zero", sequence(integer(r), integer(zero)), false),
  signature("der", "r and s are zero", sequence(integer(zero), integer(zero)), false),
  signature("der", "r is the order of the curve", sequence(integer(n), integer(s)), false),
  signature("der", "s is the order of the curve", sequence(integer(r), integer(n)), false),
  signature("der", "r and s the wrong way round", sequence(integer(s), integer(r)), false),
  signature("der", "r and s are one, the wrong ones", sequence(integer(one), integer(one)), false),
  signature("p1363", "valid", raw, true),
  signature("p1363", "valid, with a high s", high, true),
  signature("p1363", "over another content", raw, false, { message: Buffer.from("crm:1713542401") }),
  signature("p1363", "by another key", raw, false, { key: pemOf(keyNamed("another")) }),
  signature("p1363", "DER in its place", good, false),
  signature("p1363", "cut off by one octet", raw.subarray(0, -1), false),
  signature("p1363", "one octet too many", Buffer.concat([raw, Buffer.of(0)]), false),
  signature("p1363", "no octets", Buffer.alloc(0), false),
  signature("p1363", "all zero", Buffer.alloc(64), false),
  signature("p1363", "s is the order of the curve", Buffer.concat([r, n]), false),
];

// --- reserved header fields ---------------------------------------------------------------------------------------------

const reserved = (name: string, is: boolean): Draft =>
  stated({
    comment: `reserved header field: ${JSON.stringify(name)}`,
    requirements: ["OV-47"],
    flags: [is ? "HeaderInjection" : "FalseRefusal"],
    op: "reserved_header",
    input: { name },
    expect: { ok: { reserved: is } },
  });

const headers: readonly Draft[] = [
  ..."X-MultiMail-Identity X-MultiMail-Agent-Identity X-MultiMail-Other X-Countersign-Note ARC-Seal Resent-From List-Unsubscribe MIME-Version Content-Type Content-Disposition X-AI-Generated X-Agent-Identity Sender DKIM-Signature DomainKey-Signature Received Received-SPF Return-Path Authentication-Results Auto-Submitted Bcc Apparently-To Delivered-To Envelope-To From To Cc Reply-To Subject Date Message-ID In-Reply-To References"
    .split(" ")
    .map((name) => reserved(name, true)),
  ...[
    "bcc",
    "BCC",
    " Bcc",
    "Bcc ",
    "\tBcc\t",
    "x-multimail-agent-identity",
    "X-AI-GENERATED",
    "x-countersign-x",
    "LIST-ID",
  ].map((name) => reserved(name, true)),
  ...["X-Ticket", "X-Priority", "Importance", "Comments", "X-MultiMailer", "Listing", "Fromage", "X-Sender"].map(
    (name) => reserved(name, false),
  ),
];

export const signing: readonly Draft[] = [...digests, ...agents, ...operators, ...signatures, ...headers];
