/** OV-50 verification-fails-closed: headers that are not there, are there twice, or do not follow their format. */
import type { Draft } from "../draft.ts";
import { agentStatement, also, letter, mailboxKey, operatorKey, signedAt, under } from "./letter.ts";
import {
  agentField,
  agentName,
  agentText,
  bad,
  edited,
  editedJws,
  genuine,
  jwsHeader,
  operatorField,
  signed,
} from "./message.ts";
import { agentValue, base64, der, rawSignature, signedFields, statementOctets } from "./signer.ts";

const presence: readonly Draft[] = [
  bad("ForgedSignature", "no identity header", letter, "agent.present operator.present"),
  bad(
    "ForgedSignature",
    "the first header alone",
    under(letter, agentField()),
    "operator.present",
    "agent.present agent.statement",
  ),
  bad(
    "ForgedSignature",
    "the second header alone",
    under(letter, operatorField()),
    "agent.present",
    "operator.present operator.signature",
  ),
  bad("DoubledHeader", "the first header twice", under(genuine, agentField()), "agent.present", "operator.present"),
  bad("DoubledHeader", "the second header twice", under(genuine, operatorField()), "operator.present", "agent.present"),
  bad(
    "DoubledHeader",
    "a second, forged first header below",
    also(genuine, [agentName, agentText.replace("agent=crm", "agent=ceo")]),
    "agent.present",
  ),
  bad(
    "ReplayedHeader",
    "a first header that says who and not what",
    edited((value) => value.slice(0, value.indexOf("; mid="))),
    "",
    "agent.statement",
  ),
];

/** The first header does not follow its format where its text, as it was signed, is another. */
const unreadable = (flag: string, comment: string, change: (value: string) => string): Draft =>
  bad(flag, `a first header ${comment}`, edited(change), "agent.present");
const fewer = signedFields.filter((name) => name !== "reply-to");
const rawStatement = base64(rawSignature(mailboxKey, statementOctets("crm", signedAt)));

const first: readonly Draft[] = [
  unreadable("SignatureEncoding", "with a semicolon behind", (value) => `${value};`),
  unreadable("HeaderInjection", "with a field nobody signed", (value) => `${value}; note=trust-me`),
  unreadable("SignatureEncoding", "with fields in another order", (value) =>
    value.replace(/(agent=crm); (ts=\d+)/, "$2; $1"),
  ),
  unreadable("FailOpen", "of another version", (value) => value.replace("v=1", "v=2")),
  unreadable("SignatureEncoding", "with a time that begins with zero", (value) => value.replace("ts=", "ts=0")),
  unreadable("SignatureEncoding", "cut off", (value) => value.slice(0, -10)),
  unreadable("ModifiedContent", "whose h lacks reply-to", () => agentValue(letter, mailboxKey, agentStatement, fewer)),
  bad(
    "SignatureEncoding",
    "r‖s where DER must be",
    edited((value) => value.replace(/sig=[^;]+/, `sig=${rawStatement}`)),
    "agent.present",
  ),
];

const second = (flag: string, comment: string, of: Parameters<typeof bad>[2]): Draft =>
  bad(flag, `a JWS ${comment}`, of, "operator.present");
/** The text of a JWS up to its signature. */
const unsigned = (value: string): string => value.slice(0, value.lastIndexOf("."));
const none = Buffer.from(JSON.stringify({ ...jwsHeader, alg: "none" })).toString("base64url");
const asDer = (input: string): string => der(rawSignature(operatorKey, Buffer.from(input))).toString("base64url");

const seconds: readonly Draft[] = [
  second(
    "ForgedSignature",
    "with alg none",
    editedJws((value) => `${none}.${value.split(".")[1]!}.`),
  ),
  second(
    "ForgedSignature",
    "with alg none and a signature that is good otherwise",
    signed(letter, { header: { alg: "none" } }),
  ),
  second(
    "ForgedSignature",
    "that brings its own key",
    signed(letter, { header: { jwk: { kty: "EC", crv: "P-256" } } }),
  ),
  second(
    "ForgedSignature",
    "that says where its key is",
    signed(letter, { header: { jku: "https://evil.example/keys" } }),
  ),
  second("ReplayedHeader", "of another type", signed(letter, { header: { typ: "JWT" } })),
  second("EncodingDiffers", "with exp", signed(letter, { claims: { exp: signedAt + 87_400 } })),
  second(
    "SignatureEncoding",
    "with a DER signature",
    editedJws((value) => `${unsigned(value)}.${asDer(unsigned(value))}`),
  ),
  second(
    "SignatureEncoding",
    "whose signature is cut off",
    editedJws((value) => value.slice(0, -2)),
  ),
  second(
    "SignatureEncoding",
    "with padding",
    editedJws((value) => `${value}==`),
  ),
  second("SignatureEncoding", "of two parts", editedJws(unsigned)),
  second("FailOpen", "with an unknown mode", signed(letter, { claims: { oversight_mode: "supervised" } })),
  second("FailOpen", "with an unknown decision", signed(letter, { claims: { decision: "robot" } })),
  second("EncodingDiffers", "whose time is a text", signed(letter, { claims: { iat: String(signedAt) } })),
];

export const malformedHeaders: readonly Draft[] = [...presence, ...first, ...seconds];
