/** OV-49 verification-reports-separately: genuine messages, by whatever way they came. */
import type { Draft } from "../draft.ts";
import { agentStatement, claimed, letter, mailboxKey, operatorKey, replaced, signedAt, under } from "./letter.ts";
import {
  addresses,
  agentField,
  agentName,
  agentText,
  genuine,
  good,
  jwsHeader,
  operatorField,
  operatorName,
  signed,
} from "./message.ts";
import {
  base64,
  bindingOctets,
  bodyHash,
  claimsOf,
  der,
  jws,
  rawSignature,
  signedFields,
  statementOctets,
  type Letter,
} from "./signer.ts";

const refolded = (value: string): string => value.replaceAll("; ", ";\r\n\t");
const subdomain = replaced(letter, "From", "crm@mail.acme.example");
const long = replaced(letter, "Message-ID", `<${"m".repeat(330)}@acme.example>`);
const retired = { status: "retired", valid_to: signedAt + 3_600 };

/** Both headers by signatures with the other s that is as valid. */
const highS = (): Letter => {
  const { kid, agent, ts } = agentStatement;
  const sig = base64(der(rawSignature(mailboxKey, statementOctets(agent, ts), true)));
  const b2 = base64(
    der(rawSignature(mailboxKey, bindingOctets(letter, { ...agentStatement, sig }, signedFields), true)),
  );
  const value = `v=1; kid=${kid}; agent=${agent}; ts=${ts}; sig=${sig}; mid=01J0@acme.example; bh=${bodyHash(letter.body)}; h=${signedFields.join(":")}; b2=${b2}`;
  const second = jws(operatorKey, jwsHeader, claimsOf(letter, claimed, addresses), true);
  return under(letter, [agentName, value], [operatorName, second]);
};

export const verifiedMessages: readonly Draft[] = [
  good("as it was sent", genuine),
  good("signatures with a high s", highS()),
  good("headers the other way round", under(letter, operatorField(), agentField())),
  good(
    "trace fields of relays on top",
    under(genuine, ["Received", "from a by b; Fri, 19 Apr 2024 16:00:01 +0000"], ["X-Spam-Score", "0"]),
  ),
  good(
    "refolded by a relay",
    replaced(replaced(genuine, agentName, refolded(agentText)), "Subject", "Your ticket\r\n 4821 is resolved"),
  ),
  good("empty lines added at the end of the body", { ...genuine, body: `${letter.body}\r\n\r\n` }),
  good("names of fields in other case", {
    ...genuine,
    fields: genuine.fields.map(([name, value]) => [name.toUpperCase(), value]),
  }),
  good("From below the operator's domain", signed(subdomain, { from: "crm@mail.acme.example" })),
  good("keys that were retired since", genuine, { keys: { mailbox: retired, operator: retired } }),
  good("folded claims", signed(long, { folded: 3 })),
  good("years later", genuine, { now: signedAt + 400_000_000 }),
];
