/** OV-50 verification-fails-closed: signatures that the key named did not make, and keys that may not sign this. */
import type { JsonObject } from "../../runner/vectors.ts";
import type { Draft } from "../draft.ts";
import {
  claimed,
  letter,
  mailboxKey,
  mailboxKid,
  operatorKey,
  operatorKid,
  replaced,
  signedAt,
  under,
} from "./letter.ts";
import { addresses, agentField, bad, edited, editedJws, genuine, operatorField, signed } from "./message.ts";
import { base64, claimsOf, der, keyNamed, rawSignature, statementOctets } from "./signer.ts";

const another = keyNamed("another");
const other = replaced({ ...letter, body: "Please pay at once.\r\n" }, "Message-ID", "<02K0@acme.example>");
const bindingIn = (value: string): string => /b2=.*/.exec(value)![0];
const laterStatement = base64(der(rawSignature(mailboxKey, statementOctets("crm", signedAt + 1))));
const otherClaims = { ...claimsOf(letter, claimed, addresses), decision: "policy" };

const signatures: readonly Draft[] = [
  bad(
    "ForgedSignature",
    "the first header by another key",
    under(letter, agentField(letter, another), operatorField()),
    "agent.statement agent.binding",
    "operator.signature",
  ),
  bad(
    "ForgedSignature",
    "the second header by another key",
    signed(letter, { key: another }),
    "operator.signature",
    "agent.statement agent.binding",
  ),
  bad(
    "ForgedSignature",
    "another agent's name in the first header",
    edited((value) => value.replace("agent=crm", "agent=ceo")),
    "agent.statement agent.name",
  ),
  bad(
    "ForgedSignature",
    "another time in the first header",
    edited((value) => value.replace(`ts=${signedAt}`, `ts=${signedAt + 1}`)),
    "agent.statement agent.binding",
  ),
  bad(
    "ForgedSignature",
    "a statement of another time under a genuine binding",
    edited((value) => value.replace(/sig=[^;]+/, `sig=${laterStatement}`)),
    "agent.statement agent.binding",
  ),
  bad(
    "ReplayedHeader",
    "a binding that was made for another message",
    edited((value) => value.replace(bindingIn(value), bindingIn(agentField(other)[1]))),
    "agent.binding",
    "agent.statement",
  ),
  bad(
    "ForgedSignature",
    "claims changed under their signature",
    editedJws((value) => {
      const [head, , tail] = value.split(".");
      return `${head!}.${Buffer.from(JSON.stringify(otherClaims)).toString("base64url")}.${tail!}`;
    }),
    "operator.signature",
    "operator.present",
  ),
];

/** The genuine message, where the key of the mailbox or of the operator is published with a change, or is not. */
const mailboxIs = (comment: string, mailbox: JsonObject | null, fails: string, passes = "", flag = "KeyMisused") =>
  bad(flag, comment, genuine, fails, passes, { keys: { mailbox } });
const operatorIs = (comment: string, operator: JsonObject | null, fails: string, passes = "") =>
  bad("KeyMisused", comment, genuine, fails, passes, { keys: { operator } });
const noKey = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
const retired = { status: "retired", valid_to: signedAt - 301 };
const revokedLater = { status: "revoked", valid_to: signedAt + 500 };

const keys: readonly Draft[] = [
  mailboxIs("a mailbox key that is revoked", { status: "revoked" }, "agent.key", "operator.key operator.signature"),
  mailboxIs("a mailbox key that was revoked after it signed", revokedLater, "agent.key"),
  operatorIs("an operator key that is revoked", { status: "revoked" }, "operator.key", "agent.key"),
  mailboxIs("a mailbox key that is not known", null, "agent.key", "operator.signature"),
  operatorIs("an operator key that is not known", null, "operator.key", "agent.statement"),
  bad("KeyMisused", "no key is known", genuine, "agent.key operator.key", "", {
    keys: { mailbox: null, operator: null },
  }),
  mailboxIs("a key with a status of a later version", { status: "suspended" }, "agent.key", "", "FailOpen"),
  mailboxIs("a key that is no key", { public_key_pem: noKey }, "agent.key"),
  bad(
    "KeyMisused",
    "an operator's key in the first header",
    under(letter, agentField(letter, operatorKey, { kid: operatorKid }), operatorField()),
    "agent.kind",
    "agent.statement",
  ),
  bad(
    "KeyMisused",
    "a mailbox's key in the second header",
    signed(letter, { key: mailboxKey, header: { kid: mailboxKid } }),
    "operator.kind",
    "operator.signature",
  ),
];

const times: readonly Draft[] = [
  mailboxIs("a mailbox key that was not valid yet", { valid_from: signedAt + 301 }, "agent.time", "agent.statement"),
  mailboxIs("a mailbox key that was retired before", retired, "agent.time", "agent.statement operator.time"),
  operatorIs("an operator key that was retired before", retired, "operator.time", "operator.signature agent.time"),
  bad("KeyMisused", "signed in the future", genuine, "operator.time agent.time", "operator.signature", {
    now: signedAt - 3_600,
  }),
  bad(
    "KeyMisused",
    "submitted after it was let go",
    under(letter, agentField(letter, mailboxKey, { ts: signedAt + 3_600 }), operatorField()),
    "agent.time",
    "agent.statement operator.time",
  ),
];

const from = (address: string) => signed(replaced(letter, "From", address), { from: address });

const names: readonly Draft[] = [
  bad(
    "KeyMisused",
    "From in another domain than the keys",
    from("crm@acme.example.evil.example"),
    "agent.domain operator.domain",
    "agent.binding operator.signature",
  ),
  bad(
    "KeyMisused",
    "From in a domain that ends like the operator's",
    from("crm@notacme.example"),
    "agent.domain operator.domain",
    "agent.binding",
  ),
  operatorIs(
    "keys of another operator's domain",
    { operator: "other.example" },
    "operator.domain operator.name",
    "operator.signature",
  ),
  mailboxIs("an operator that is one label", { operator: "example" }, "agent.domain agreement.operator"),
  mailboxIs("a key that was made for another agent", { agent: "sales" }, "agent.name", "agent.statement"),
  bad(
    "KeyMisused",
    "claims of another operator",
    signed(letter, { statement: { operator: "other.example" } }),
    "operator.name agreement.operator",
    "operator.signature",
  ),
  bad(
    "ReplayedHeader",
    "claims about another agent",
    signed(letter, { statement: { agent: "sales" } }),
    "agreement.agent",
    "operator.signature agent.statement",
  ),
  bad(
    "ReplayedHeader",
    "claims about another mailbox",
    signed(letter, { statement: { mailbox: "mbx_2" } }),
    "agreement.mailbox",
    "operator.signature",
  ),
];

export const misusedKeys: readonly Draft[] = [...signatures, ...keys, ...times, ...names];
