/** OV-49, OV-50: messages that are not the one that was signed, and headers made for another. */
import type { Draft } from "../draft.ts";
import { also, claimed, letter, replaced, under, without, type Field } from "./letter.ts";
import { addresses, agentField, bad, genuine, operatorField, signed } from "./message.ts";
import { bodyHash, claimsOf, latin1, octetsOf, type Letter } from "./signer.ts";

const identity = "agent.present agent.statement operator.present operator.signature";
const other = replaced({ ...letter, body: "Please pay at once.\r\n" }, "Message-ID", "<02K0@acme.example>");
const long = replaced(letter, "Message-ID", `<${"m".repeat(330)}@acme.example>`);

/** The genuine message, changed on its way; beside what is named, the identity still holds. */
const changed = (comment: string, of: Letter, fails: string, passes = ""): Draft =>
  bad("ModifiedContent", comment, of, fails, `${identity} ${passes}`.trim());
const withBody = (body: string): Letter => ({ ...genuine, body });
const having = (...[name, value]: Field): Letter => replaced(genuine, name, value);
const adding = (...field: Field): Letter => also(genuine, field);

const bodies: readonly Draft[] = [
  changed(
    "a list's footer",
    withBody(`${letter.body}-- \r\nlist footer\r\n`),
    "content.body",
    "content.subject content.author agent.binding",
  ),
  changed("one letter of the body", withBody(letter.body.replace("4821", "4822")), "content.body"),
  changed("a body cut off", withBody("Hi,\r\n"), "content.body"),
];

const fields: readonly Draft[] = [
  changed(
    "another Subject",
    having("Subject", "URGENT"),
    "content.subject content.fields",
    "content.body content.author",
  ),
  changed(
    "another author",
    having("From", "ceo@acme.example"),
    "content.author content.fields",
    "content.body agent.domain",
  ),
  changed(
    "a recipient taken away",
    having("To", "ann@customer.example"),
    "content.recipients content.fields",
    "content.body",
  ),
  changed("a recipient added in Cc", adding("Cc", "eve@evil.example"), "content.recipients content.fields"),
  changed("another Message-ID", having("Message-ID", "<03@acme.example>"), "content.message_id content.fields"),
  changed(
    "a Reply-To that was added",
    adding("Reply-To", "eve@evil.example"),
    "content.fields",
    "content.body content.subject",
  ),
  changed("a Sender that was added", adding("Sender", "eve@evil.example"), "content.fields"),
  changed("another Date", having("Date", "Sat, 20 Apr 2024 16:00:00 +0000"), "content.fields"),
  changed("another Content-Type", having("Content-Type", "text/html; charset=utf-8"), "content.fields"),
  changed("X-AI-Generated taken away", without(genuine, "X-AI-Generated"), "content.fields"),
  bad("DoubledHeader", "a second From", adding("From", "ceo@acme.example"), "content.fields"),
  bad("DoubledHeader", "a second Subject", adding("Subject", "Other"), "content.fields content.subject", identity),
  bad(
    "DoubledHeader",
    "a second Message-ID",
    adding("Message-ID", "<03@acme.example>"),
    "content.fields content.message_id",
  ),
];

const subjectHash = claimsOf(replaced(letter, "Subject", "x"), claimed, addresses)["subject_hash"]!;

const claims: readonly Draft[] = [
  bad(
    "ReplayedHeader",
    "both headers on another message",
    under(other, agentField(), operatorField()),
    "content.body content.message_id content.fields",
    identity,
  ),
  bad(
    "ReplayedHeader",
    "the first header of this message, the second of another",
    under(letter, agentField(), operatorField(other)),
    "content.body content.message_id",
    `${identity} agent.binding`,
  ),
  changed(
    "a claimed body that is another's",
    signed(letter, { claims: { body_hash: bodyHash("x") } }),
    "content.body",
    "agent.binding",
  ),
  changed(
    "a claimed author that is another",
    signed(letter, { claims: { from: "ceo@acme.example" } }),
    "content.author",
  ),
  changed("claimed recipients that are others", signed(letter, { to: ["ann@customer.example"] }), "content.recipients"),
  changed(
    "a claimed Subject that is another",
    signed(letter, { claims: { subject_hash: subjectHash } }),
    "content.subject",
  ),
  changed(
    "a claimed Message-ID that is another's",
    signed(letter, { claims: { mid: "03@acme.example" } }),
    "content.message_id",
  ),
  changed(
    "folded claims of another message",
    under(long, agentField(long), operatorField(replaced(long, "Subject", "x"), { folded: 3 })),
    "content.subject content.recipients content.message_id",
  ),
];

/** The octets of the genuine message with some of them others. */
const octetsWith = (from: string, to: string): Buffer => latin1(octetsOf(genuine).toString("latin1").replace(from, to));

const octets: readonly Draft[] = [
  bad("ModifiedContent", "a bare LF in the body", octetsWith("Hi,\r\n", "Hi,\n")),
  bad("ModifiedContent", "a NUL in the body", octetsWith("Hi,", "Hi,\0")),
  bad("HeaderInjection", "a bare CR in a header", octetsWith("Date: ", "Date: \r")),
];

export const changedContents: readonly Draft[] = [...bodies, ...fields, ...claims, ...octets];
