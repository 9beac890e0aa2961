/**
 * Vectors of spec/signing.md at the verifier level: whole messages as they were received, with one thing wrong.
 */
import type { JsonObject } from "../runner/vectors.ts";
import { stated, type Draft } from "./draft.ts";
import {
  agentValue,
  base64,
  bindingOctets,
  bodyHash,
  claimsOf,
  der,
  jws,
  keyNamed,
  latin1,
  octetsOf,
  pemOf,
  rawSignature,
  signedFields,
  statementOctets,
  type Claimed,
  type Letter,
} from "./signer.ts";

export const questions = [
  ..."present statement binding key kind time domain name".split(" ").map((one) => `agent.${one}`),
  ..."present signature key kind time domain name".split(" ").map((one) => `operator.${one}`),
  ..."body fields message_id author recipients subject".split(" ").map((one) => `content.${one}`),
  ..."agent mailbox operator".split(" ").map((one) => `agreement.${one}`),
];

const AT = 1_713_542_400;
const NOW = AT + 86_400;
const mailboxKey = keyNamed("mailbox");
const operatorKey = keyNamed("operator");
const mailboxKid = "key_01J00000000000000000MBX000";
const operatorKid = "key_01J000000000000000000PER00";

const record = {
  [mailboxKid]: {
    agent: "crm",
    mailbox: "mbx_1",
    operator: "acme.example",
    status: "active",
    valid_from: AT - 1000,
    valid_to: null,
    key: mailboxKey,
  },
  [operatorKid]: {
    agent: null,
    mailbox: null,
    operator: "acme.example",
    status: "active",
    valid_from: AT - 1000,
    valid_to: null,
    key: operatorKey,
  },
};

/** The published keys, with changes by kid; `null` takes a key away. */
const keys = (changes: Readonly<Record<string, JsonObject | null>> = {}): readonly JsonObject[] =>
  Object.entries(record).flatMap(([kid, { key, ...rest }]) => {
    const change = changes[kid];
    return change === null ? [] : [{ kid, public_key_pem: pemOf(key), ...rest, ...change }];
  });

const letter: Letter = {
  fields: [
    ["From", '"CRM, Support" <crm@acme.example>'],
    ["To", "Ann <ann@customer.example>, bob@customer.example"],
    ["Subject", "Your ticket 4821 is resolved"],
    ["Date", "Fri, 19 Apr 2024 16:00:00 +0000"],
    ["Message-ID", "<01J0@acme.example>"],
    ["MIME-Version", "1.0"],
    ["Content-Type", "text/plain; charset=utf-8"],
    ["Content-Transfer-Encoding", "7bit"],
    ["X-AI-Generated", "true"],
    ["Auto-Submitted", "auto-generated"],
  ],
  body: "Hi,\r\nwe have resolved ticket 4821.\r\n",
};
const addresses = { from: "crm@acme.example", to: ["ann@customer.example", "bob@customer.example"] };
const claimed: Claimed = {
  operator: "acme.example",
  mailbox: "mbx_1",
  agent: "crm",
  oversightMode: "gated_send",
  decision: "human",
  aiGenerated: true,
  iat: AT + 60,
  jti: "jti-00000001",
  log: { origin: "log.acme.example", index: 41, leaf: "n5EWH0NDPkmm3m22gNefYBWfLkrJFyYhoShGQoFYRAs" },
};
const header = { alg: "ES256", kid: operatorKid, typ: "agent-mail+jwt" };

const AGENT = "X-MultiMail-Agent-Identity";
const OPERATOR = "X-MultiMail-Identity";
type Field = readonly [name: string, value: string];

const who = { kid: mailboxKid, agent: "crm", ts: AT };
const agentField = (of: Letter = letter, key = mailboxKey, change: Partial<typeof who> = {}): Field => [
  AGENT,
  agentValue(of, key, { ...who, ...change }),
];
const operatorField = (
  of: Letter = letter,
  change: {
    readonly key?: Buffer;
    readonly statement?: Partial<Claimed>;
    readonly header?: JsonObject;
    readonly claims?: JsonObject;
    readonly folded?: number;
    readonly to?: readonly string[];
    readonly from?: string;
  } = {},
): Field => {
  const claims = claimsOf(
    of,
    { ...claimed, ...change.statement },
    { from: change.from ?? addresses.from, to: change.to ?? addresses.to },
    change.folded ?? 0,
  );
  return [OPERATOR, jws(change.key ?? operatorKey, { ...header, ...change.header }, { ...claims, ...change.claims })];
};

const signed = (of: Letter, ...top: readonly Field[]): Letter => ({ ...of, fields: [...top, ...of.fields] });
const genuine = signed(letter, agentField(), operatorField());

/** A letter with fields of that name replaced where they stand. */
const replaced = (of: Letter, name: string, value: string): Letter => ({
  ...of,
  fields: of.fields.map(([own, was]) => (own === name ? [own, value] : [own, was])),
});
const also = (of: Letter, ...more: readonly Field[]): Letter => ({ ...of, fields: [...of.fields, ...more] });
const agentText = agentField()[1];
const operatorText = operatorField()[1];
/** The genuine message with the text of the first header changed. */
const edited = (change: (value: string) => string): Letter => replaced(genuine, AGENT, change(agentText));
const editedJws = (change: (value: string) => string): Letter => replaced(genuine, OPERATOR, change(operatorText));

interface Case {
  readonly fails?: string;
  readonly passes?: string;
  readonly keys?: readonly JsonObject[];
  readonly now?: number;
  /** Octets in place of the letter's. */
  readonly raw?: Buffer;
}

const checksIn = ({ fails = "", passes = "" }: Case): JsonObject =>
  Object.fromEntries([
    ...fails
      .split(" ")
      .filter(Boolean)
      .map((one) => [one, "fail"]),
    ...passes
      .split(" ")
      .filter(Boolean)
      .map((one) => [one, "pass"]),
  ]) as JsonObject;

const message = (comment: string, flags: string, requirements: string, of: Letter, it: Case | null): Draft => {
  const known = it?.fails?.split(" ").concat(it.passes?.split(" ") ?? []) ?? [];
  const wrong = known.find((one) => one !== "" && !questions.includes(one));
  if (wrong !== undefined) throw new TypeError(`${comment}: there is no question ${wrong}`);
  return stated({
    comment: `message: ${comment}`,
    requirements: requirements.split(" ").map((one) => `OV-${one}`),
    flags: flags.split(" "),
    level: "verifier",
    op: "verify_message",
    given: { keys: [...(it?.keys ?? keys())] },
    input: { raw: base64(it?.raw ?? octetsOf(of)), now: it?.now ?? NOW },
    result: it === null || (it.fails === undefined && it.passes === "all") ? "valid" : "invalid",
    expect: {
      ok:
        it === null || it.passes === "all"
          ? { verified: true, checks: Object.fromEntries(questions.map((one) => [one, "pass"])) }
          : { verified: false, checks: checksIn(it) },
    },
  });
};

const good = (
  comment: string,
  of: Letter,
  change: { readonly keys?: readonly JsonObject[]; readonly now?: number } = {},
): Draft => {
  const draft = message(comment, "ValidSignatureRefused", "49 50", of, null);
  return { ...draft, given: { keys: [...(change.keys ?? keys())] }, input: { ...draft.input, now: change.now ?? NOW } };
};
const bad = (comment: string, flags: string, of: Letter, it: Case = {}): Draft =>
  message(comment, flags, "49 50", of, it);

const refolded = (value: string): string => value.replaceAll("; ", ";\r\n\t");
const subdomain = replaced(letter, "From", "crm@mail.acme.example");
const long = replaced(letter, "Message-ID", `<${"m".repeat(330)}@acme.example>`);
const highS = (): Letter => {
  const sig = base64(der(rawSignature(mailboxKey, statementOctets("crm", AT), true)));
  const own = { ...who, sig };
  const b2 = base64(der(rawSignature(mailboxKey, bindingOctets(letter, own, signedFields), true)));
  const value = `v=1; kid=${who.kid}; agent=crm; ts=${AT}; sig=${sig}; mid=01J0@acme.example; bh=${bodyHash(letter.body)}; h=${signedFields.join(":")}; b2=${b2}`;
  return signed(
    letter,
    [AGENT, value],
    [OPERATOR, jws(operatorKey, header, claimsOf(letter, claimed, addresses), true)],
  );
};

const goods: readonly Draft[] = [
  good("as it was sent", genuine),
  good("signatures with a high s", highS()),
  good("headers the other way round", signed(letter, operatorField(), agentField())),
  good(
    "trace fields of relays on top",
    signed(genuine, ["Received", "from a by b; Fri, 19 Apr 2024 16:00:01 +0000"], ["X-Spam-Score", "0"]),
  ),
  good(
    "refolded by a relay",
    replaced(replaced(genuine, AGENT, refolded(agentText)), "Subject", "Your ticket\r\n 4821 is resolved"),
  ),
  good("empty lines added at the end of the body", { ...genuine, body: `${letter.body}\r\n\r\n` }),
  good("names of fields in other case", {
    ...genuine,
    fields: genuine.fields.map(([name, value]) => [name.toUpperCase(), value]),
  }),
  good(
    "From below the operator's domain",
    signed(subdomain, agentField(subdomain), operatorField(subdomain, { from: "crm@mail.acme.example" })),
  ),
  good("keys that were retired since", genuine, {
    keys: keys({
      [mailboxKid]: { status: "retired", valid_to: AT + 3_600 },
      [operatorKid]: { status: "retired", valid_to: AT + 3_600 },
    }),
  }),
  good("folded claims", signed(long, agentField(long), operatorField(long, { folded: 3 }))),
  good("years later", genuine, { now: AT + 400_000_000 }),
];

const list = { ...genuine, body: `${letter.body}-- \r\nlist footer\r\n` };
const identity = "agent.present agent.statement operator.present operator.signature";

const forged = (claims: JsonObject): Letter => signed(letter, agentField(), operatorField(letter, { claims }));
const other = replaced({ ...letter, body: "Please pay at once.\r\n" }, "Message-ID", "<02K0@acme.example>");

const presence: readonly Draft[] = [
  bad("no identity header", "ForgedSignature", letter, { fails: "agent.present operator.present" }),
  bad("the first header alone", "ForgedSignature", signed(letter, agentField()), {
    fails: "operator.present",
    passes: "agent.present agent.statement",
  }),
  bad("the second header alone", "ForgedSignature", signed(letter, operatorField()), {
    fails: "agent.present",
    passes: "operator.present operator.signature",
  }),
  bad("the first header twice", "DoubledHeader", signed(genuine, agentField()), {
    fails: "agent.present",
    passes: "operator.present",
  }),
  bad("the second header twice", "DoubledHeader", signed(genuine, operatorField()), {
    fails: "operator.present",
    passes: "agent.present",
  }),
  bad(
    "a second, forged first header below",
    "DoubledHeader",
    also(genuine, [AGENT, agentText.replace("agent=crm", "agent=ceo")]),
    { fails: "agent.present" },
  ),
  bad(
    "a first header that says who and not what",
    "ReplayedHeader",
    edited((value) => value.slice(0, value.indexOf("; mid="))),
    { passes: "agent.statement" },
  ),
  bad(
    "a first header with a semicolon behind",
    "SignatureEncoding",
    edited((value) => `${value};`),
    { fails: "agent.present" },
  ),
  bad(
    "a first header with a field nobody signed",
    "HeaderInjection",
    edited((value) => `${value}; note=trust-me`),
    { fails: "agent.present" },
  ),
  bad(
    "a first header with fields in another order",
    "SignatureEncoding",
    edited((value) => value.replace(/(agent=crm); (ts=\d+)/, "$2; $1")),
    { fails: "agent.present" },
  ),
  bad(
    "a first header of another version",
    "FailOpen",
    edited((value) => value.replace("v=1", "v=2")),
    { fails: "agent.present" },
  ),
  bad(
    "a first header with a time that begins with zero",
    "SignatureEncoding",
    edited((value) => value.replace("ts=", "ts=0")),
    { fails: "agent.present" },
  ),
  bad(
    "a first header cut off",
    "SignatureEncoding",
    edited((value) => value.slice(0, -10)),
    { fails: "agent.present" },
  ),
  bad(
    "a first header whose h lacks reply-to",
    "ModifiedContent",
    signed(
      letter,
      [
        AGENT,
        agentValue(
          letter,
          mailboxKey,
          who,
          signedFields.filter((name) => name !== "reply-to"),
        ),
      ],
      operatorField(),
    ),
    { fails: "agent.present" },
  ),
  bad(
    "r‖s where DER must be",
    "SignatureEncoding",
    edited((value) =>
      value.replace(/sig=[^;]+/, `sig=${base64(rawSignature(mailboxKey, statementOctets("crm", AT)))}`),
    ),
    { fails: "agent.present" },
  ),
  bad(
    "a JWS with alg none",
    "ForgedSignature",
    editedJws(
      (value) =>
        `${Buffer.from(JSON.stringify({ ...header, alg: "none" })).toString("base64url")}.${value.split(".")[1]!}.`,
    ),
    { fails: "operator.present" },
  ),
  bad(
    "a JWS with alg none and a signature that is good otherwise",
    "ForgedSignature",
    signed(letter, agentField(), operatorField(letter, { header: { alg: "none" } })),
    { fails: "operator.present" },
  ),
  bad(
    "a JWS that brings its own key",
    "ForgedSignature",
    signed(letter, agentField(), operatorField(letter, { header: { jwk: { kty: "EC", crv: "P-256" } } })),
    { fails: "operator.present" },
  ),
  bad(
    "a JWS that says where its key is",
    "ForgedSignature",
    signed(letter, agentField(), operatorField(letter, { header: { jku: "https://evil.example/keys" } })),
    { fails: "operator.present" },
  ),
  bad(
    "a JWS of another type",
    "ReplayedHeader",
    signed(letter, agentField(), operatorField(letter, { header: { typ: "JWT" } })),
    { fails: "operator.present" },
  ),
  bad("a JWS with exp", "EncodingDiffers", forged({ exp: NOW + 1_000 }), { fails: "operator.present" }),
  bad(
    "a JWS with a DER signature",
    "SignatureEncoding",
    editedJws((value) => {
      const input = value.slice(0, value.lastIndexOf("."));
      return `${input}.${der(rawSignature(operatorKey, Buffer.from(input))).toString("base64url")}`;
    }),
    { fails: "operator.present" },
  ),
  bad(
    "a JWS whose signature is cut off",
    "SignatureEncoding",
    editedJws((value) => value.slice(0, -2)),
    { fails: "operator.present" },
  ),
  bad(
    "a JWS with padding",
    "SignatureEncoding",
    editedJws((value) => `${value}==`),
    { fails: "operator.present" },
  ),
  bad(
    "a JWS of two parts",
    "SignatureEncoding",
    editedJws((value) => value.slice(0, value.lastIndexOf("."))),
    { fails: "operator.present" },
  ),
  bad("a JWS with an unknown mode", "FailOpen", forged({ oversight_mode: "supervised" }), {
    fails: "operator.present",
  }),
  bad("a JWS with an unknown decision", "FailOpen", forged({ decision: "robot" }), { fails: "operator.present" }),
  bad("a JWS whose time is a text", "EncodingDiffers", forged({ iat: String(AT) }), { fails: "operator.present" }),
];

const ms = mailboxKid;
const op = operatorKid;
const otherLetter = signed(other, agentField(), operatorField());
const evil = replaced(letter, "From", "crm@acme.example.evil.example");
const near = replaced(letter, "From", "crm@notacme.example");

const keysAndSignatures: readonly Draft[] = [
  bad(
    "the first header by another key",
    "ForgedSignature",
    signed(letter, agentField(letter, keyNamed("another")), operatorField()),
    { fails: "agent.statement agent.binding", passes: "operator.signature" },
  ),
  bad(
    "the second header by another key",
    "ForgedSignature",
    signed(letter, agentField(), operatorField(letter, { key: keyNamed("another") })),
    { fails: "operator.signature", passes: "agent.statement agent.binding" },
  ),
  bad(
    "another agent's name in the first header",
    "ForgedSignature",
    edited((value) => value.replace("agent=crm", "agent=ceo")),
    { fails: "agent.statement agent.name" },
  ),
  bad(
    "another time in the first header",
    "ForgedSignature",
    edited((value) => value.replace(`ts=${AT}`, `ts=${AT + 1}`)),
    { fails: "agent.statement agent.binding" },
  ),
  bad(
    "a statement of another time under a genuine binding",
    "ForgedSignature",
    edited((value) =>
      value.replace(/sig=[^;]+/, `sig=${base64(der(rawSignature(mailboxKey, statementOctets("crm", AT + 1))))}`),
    ),
    { fails: "agent.statement agent.binding" },
  ),
  bad(
    "a binding that was made for another message",
    "ReplayedHeader",
    edited((value) => value.replace(/b2=.*/, /b2=.*/.exec(agentField(other)[1])![0])),
    { fails: "agent.binding", passes: "agent.statement" },
  ),
  bad(
    "claims changed under their signature",
    "ForgedSignature",
    editedJws((value) => {
      const [head, , tail] = value.split(".") as [string, string, string];
      return `${head}.${Buffer.from(JSON.stringify({ ...claimsOf(letter, claimed, addresses), decision: "policy" })).toString("base64url")}.${tail}`;
    }),
    { fails: "operator.signature", passes: "operator.present" },
  ),
  bad("a mailbox key that is revoked", "KeyMisused", genuine, {
    keys: keys({ [ms]: { status: "revoked" } }),
    fails: "agent.key",
    passes: "operator.key operator.signature",
  }),
  bad("a mailbox key that was revoked after it signed", "KeyMisused", genuine, {
    keys: keys({ [ms]: { status: "revoked", valid_to: AT + 500 } }),
    fails: "agent.key",
  }),
  bad("an operator key that is revoked", "KeyMisused", genuine, {
    keys: keys({ [op]: { status: "revoked" } }),
    fails: "operator.key",
    passes: "agent.key",
  }),
  bad("a mailbox key that is not known", "KeyMisused", genuine, {
    keys: keys({ [ms]: null }),
    fails: "agent.key",
    passes: "operator.signature",
  }),
  bad("an operator key that is not known", "KeyMisused", genuine, {
    keys: keys({ [op]: null }),
    fails: "operator.key",
    passes: "agent.statement",
  }),
  bad("no key is known", "KeyMisused", genuine, { keys: [], fails: "agent.key operator.key" }),
  bad("a key with a status of a later version", "FailOpen", genuine, {
    keys: keys({ [ms]: { status: "suspended" } }),
    fails: "agent.key",
  }),
  bad("a key that is no key", "KeyMisused", genuine, {
    keys: keys({ [ms]: { public_key_pem: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n" } }),
    fails: "agent.key",
  }),
  bad(
    "an operator's key in the first header",
    "KeyMisused",
    signed(letter, agentField(letter, operatorKey, { kid: op }), operatorField()),
    { fails: "agent.kind", passes: "agent.statement" },
  ),
  bad(
    "a mailbox's key in the second header",
    "KeyMisused",
    signed(letter, agentField(), operatorField(letter, { key: mailboxKey, header: { kid: ms } })),
    { fails: "operator.kind", passes: "operator.signature" },
  ),
  bad("a mailbox key that was not valid yet", "KeyMisused", genuine, {
    keys: keys({ [ms]: { valid_from: AT + 301 } }),
    fails: "agent.time",
    passes: "agent.statement",
  }),
  bad("a mailbox key that was retired before", "KeyMisused", genuine, {
    keys: keys({ [ms]: { status: "retired", valid_to: AT - 301 } }),
    fails: "agent.time",
    passes: "agent.statement operator.time",
  }),
  bad("an operator key that was retired before", "KeyMisused", genuine, {
    keys: keys({ [op]: { status: "retired", valid_to: AT - 301 } }),
    fails: "operator.time",
    passes: "operator.signature agent.time",
  }),
  bad("signed in the future", "KeyMisused", genuine, {
    now: AT - 3_600,
    fails: "operator.time agent.time",
    passes: "operator.signature",
  }),
  bad(
    "submitted after it was let go",
    "KeyMisused",
    signed(letter, agentField(letter, mailboxKey, { ts: AT + 3_600 }), operatorField()),
    { fails: "agent.time", passes: "agent.statement operator.time" },
  ),
  bad(
    "From in another domain than the keys",
    "KeyMisused",
    signed(evil, agentField(evil), operatorField(evil, { from: "crm@acme.example.evil.example" })),
    { fails: "agent.domain operator.domain", passes: "agent.binding operator.signature" },
  ),
  bad(
    "From in a domain that ends like the operator's",
    "KeyMisused",
    signed(near, agentField(near), operatorField(near, { from: "crm@notacme.example" })),
    { fails: "agent.domain operator.domain", passes: "agent.binding" },
  ),
  bad("keys of another operator's domain", "KeyMisused", genuine, {
    keys: keys({ [op]: { operator: "other.example" } }),
    fails: "operator.domain operator.name",
    passes: "operator.signature",
  }),
  bad("an operator that is one label", "KeyMisused", genuine, {
    keys: keys({ [ms]: { operator: "example" } }),
    fails: "agent.domain agreement.operator",
  }),
  bad("a key that was made for another agent", "KeyMisused", genuine, {
    keys: keys({ [ms]: { agent: "sales" } }),
    fails: "agent.name",
    passes: "agent.statement",
  }),
  bad(
    "claims of another operator",
    "KeyMisused",
    signed(letter, agentField(), operatorField(letter, { statement: { operator: "other.example" } })),
    { fails: "operator.name agreement.operator", passes: "operator.signature" },
  ),
  bad(
    "claims about another agent",
    "ReplayedHeader",
    signed(letter, agentField(), operatorField(letter, { statement: { agent: "sales" } })),
    { fails: "agreement.agent", passes: "operator.signature agent.statement" },
  ),
  bad(
    "claims about another mailbox",
    "ReplayedHeader",
    signed(letter, agentField(), operatorField(letter, { statement: { mailbox: "mbx_2" } })),
    { fails: "agreement.mailbox", passes: "operator.signature" },
  ),
];

const content: readonly Draft[] = [
  bad("a list's footer", "ModifiedContent", list, {
    fails: "content.body",
    passes: `${identity} content.subject content.author agent.binding`,
  }),
  bad(
    "one letter of the body",
    "ModifiedContent",
    { ...genuine, body: letter.body.replace("4821", "4822") },
    { fails: "content.body", passes: identity },
  ),
  bad(
    "a body cut off",
    "ModifiedContent",
    { ...genuine, body: "Hi,\r\n" },
    { fails: "content.body", passes: identity },
  ),
  bad("both headers on another message", "ReplayedHeader", otherLetter, {
    fails: "content.body content.message_id content.fields",
    passes: identity,
  }),
  bad(
    "the first header of this message, the second of another",
    "ReplayedHeader",
    signed(letter, agentField(), operatorField(other)),
    { fails: "content.body content.message_id", passes: `${identity} agent.binding` },
  ),
  bad("another Subject", "ModifiedContent", replaced(genuine, "Subject", "URGENT"), {
    fails: "content.subject content.fields",
    passes: `${identity} content.body content.author`,
  }),
  bad("another author", "ModifiedContent", replaced(genuine, "From", "ceo@acme.example"), {
    fails: "content.author content.fields",
    passes: `${identity} content.body agent.domain`,
  }),
  bad("a recipient taken away", "ModifiedContent", replaced(genuine, "To", "ann@customer.example"), {
    fails: "content.recipients content.fields",
    passes: `${identity} content.body`,
  }),
  bad("a recipient added in Cc", "ModifiedContent", also(genuine, ["Cc", "eve@evil.example"]), {
    fails: "content.recipients content.fields",
    passes: identity,
  }),
  bad("another Message-ID", "ModifiedContent", replaced(genuine, "Message-ID", "<03@acme.example>"), {
    fails: "content.message_id content.fields",
    passes: identity,
  }),
  bad("a Reply-To that was added", "ModifiedContent", also(genuine, ["Reply-To", "eve@evil.example"]), {
    fails: "content.fields",
    passes: `${identity} content.body content.subject`,
  }),
  bad("a Sender that was added", "ModifiedContent", also(genuine, ["Sender", "eve@evil.example"]), {
    fails: "content.fields",
    passes: identity,
  }),
  bad("another Date", "ModifiedContent", replaced(genuine, "Date", "Sat, 20 Apr 2024 16:00:00 +0000"), {
    fails: "content.fields",
    passes: identity,
  }),
  bad("another Content-Type", "ModifiedContent", replaced(genuine, "Content-Type", "text/html; charset=utf-8"), {
    fails: "content.fields",
    passes: identity,
  }),
  bad(
    "X-AI-Generated taken away",
    "ModifiedContent",
    { ...genuine, fields: genuine.fields.filter(([name]) => name !== "X-AI-Generated") },
    { fails: "content.fields", passes: identity },
  ),
  bad("a second From", "DoubledHeader", also(genuine, ["From", "ceo@acme.example"]), { fails: "content.fields" }),
  bad("a second Subject", "DoubledHeader", also(genuine, ["Subject", "Other"]), {
    fails: "content.fields content.subject",
    passes: identity,
  }),
  bad("a second Message-ID", "DoubledHeader", also(genuine, ["Message-ID", "<03@acme.example>"]), {
    fails: "content.fields content.message_id",
  }),
  bad("a claimed body that is another's", "ModifiedContent", forged({ body_hash: bodyHash("x") }), {
    fails: "content.body",
    passes: `${identity} agent.binding`,
  }),
  bad("a claimed author that is another", "ModifiedContent", forged({ from: "ceo@acme.example" }), {
    fails: "content.author",
    passes: identity,
  }),
  bad(
    "claimed recipients that are others",
    "ModifiedContent",
    signed(letter, agentField(), operatorField(letter, { to: ["ann@customer.example"] })),
    { fails: "content.recipients", passes: identity },
  ),
  bad(
    "a claimed Subject that is another",
    "ModifiedContent",
    forged({ subject_hash: claimsOf(replaced(letter, "Subject", "x"), claimed, addresses)["subject_hash"]! }),
    { fails: "content.subject", passes: identity },
  ),
  bad("a claimed Message-ID that is another's", "ModifiedContent", forged({ mid: "03@acme.example" }), {
    fails: "content.message_id",
    passes: identity,
  }),
  bad(
    "folded claims of another message",
    "ModifiedContent",
    signed(long, agentField(long), operatorField(replaced(long, "Subject", "x"), { folded: 3 })),
    { fails: "content.subject content.recipients content.message_id", passes: identity },
  ),
  bad("a bare LF in the body", "ModifiedContent", genuine, {
    raw: latin1(octetsOf(genuine).toString("latin1").replace("Hi,\r\n", "Hi,\n")),
  }),
  bad("a NUL in the body", "ModifiedContent", genuine, {
    raw: latin1(octetsOf(genuine).toString("latin1").replace("Hi,", "Hi,\0")),
  }),
  bad("a bare CR in a header", "HeaderInjection", genuine, {
    raw: latin1(octetsOf(genuine).toString("latin1").replace("Date: ", "Date: \r")),
  }),
];

export const verifying: readonly Draft[] = [...goods, ...presence, ...keysAndSignatures, ...content];
