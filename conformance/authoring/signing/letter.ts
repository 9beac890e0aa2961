/** What the vectors of signing.md are about: two letters, who signs them, and letters that are others in one thing. */
import { keyNamed, type Claimed, type Letter } from "./signer.ts";

/** The second at which the agent signs. */
export const signedAt = 1_713_542_400;
export const mailboxKey = keyNamed("mailbox");
export const operatorKey = keyNamed("operator");
export const mailboxKid = "key_01J00000000000000000MBX000";
export const operatorKid = "key_01J000000000000000000PER00";
export const agentStatement = { kid: mailboxKid, agent: "crm", ts: signedAt };

const fields = (from: string, to: string, subject: string): Letter["fields"] => [
  ["From", from],
  ["To", to],
  ["Subject", subject],
  ["Date", "Fri, 19 Apr 2024 16:00:00 +0000"],
  ["Message-ID", "<01J0@acme.example>"],
  ["MIME-Version", "1.0"],
  ["Content-Type", "text/plain; charset=utf-8"],
  ["Content-Transfer-Encoding", "7bit"],
  ["X-AI-Generated", "true"],
  ["Auto-Submitted", "auto-generated"],
];

/** The example of signing.md. */
export const example: Letter = {
  fields: fields("crm@acme.example", "ann@customer.example", "Ticket 4821"),
  body: "Resolved.\r\n",
};
/** The letter that verifiers are given, signed and changed. */
export const letter: Letter = {
  fields: fields(
    '"CRM, Support" <crm@acme.example>',
    "Ann <ann@customer.example>, bob@customer.example",
    "Your ticket 4821 is resolved",
  ),
  body: "Hi,\r\nwe have resolved ticket 4821.\r\n",
};

export const claimed: Claimed = {
  operator: "acme.example",
  mailbox: "mbx_1",
  agent: "crm",
  oversightMode: "gated_send",
  decision: "human",
  aiGenerated: true,
  iat: signedAt + 60,
  jti: "jti-00000001",
  log: { origin: "log.acme.example", index: 41, leaf: "n5EWH0NDPkmm3m22gNefYBWfLkrJFyYhoShGQoFYRAs" },
};

export type Field = Letter["fields"][number];

/** The letter with fields of that name replaced where they stand. */
export const replaced = (of: Letter, name: string, value: string): Letter => ({
  ...of,
  fields: of.fields.map(([own, was]) => (own === name ? [own, value] : [own, was])),
});
/** With more fields, below the others. */
export const also = (of: Letter, ...more: readonly Field[]): Letter => ({ ...of, fields: [...of.fields, ...more] });
/** With more fields, above the others. */
export const under = (of: Letter, ...top: readonly Field[]): Letter => ({ ...of, fields: [...top, ...of.fields] });
export const without = (of: Letter, name: string): Letter => ({
  ...of,
  fields: of.fields.filter(([own]) => own.toLowerCase() !== name.toLowerCase()),
});
