/** OV-46 operator-claims, OV-165 operator-line-length, OV-168: what the second header claims, and how much of it in plain sight. */
import type { Expectation, Json } from "../../runner/vectors.ts";
import { stated, type Draft } from "../draft.ts";
import { also, claimed, example, operatorKid, without, type Field } from "./letter.ts";
import { base64, claimsOf, octetsOf, type Claimed, type Letter } from "./signer.ts";

const of = (
  comment: string,
  flag: string,
  letter: Letter,
  statement: Claimed,
  expect: Expectation,
  requirement?: string,
): Draft =>
  stated({
    comment: `operator header: ${comment}`,
    requirements: ["OV-46", ...(requirement === undefined ? [] : [requirement])],
    flags: [flag],
    op: "operator_claims",
    input: { raw: base64(octetsOf(letter)), kid: operatorKid, statement: statement as unknown as Json },
    expect,
  });

const [ann, bob] = ["ann@customer.example", "bob@customer.example"];

interface Change {
  readonly to?: readonly string[];
  readonly statement?: Partial<Claimed>;
  readonly folded?: number;
  readonly requirement?: string;
}
const claims = (comment: string, letter: Letter, change: Change = {}): Draft => {
  const { to = [ann], statement, folded = 0, requirement } = change;
  const it = { ...claimed, ...statement };
  const ok = {
    header: { alg: "ES256", kid: operatorKid, typ: "agent-mail+jwt" },
    claims: claimsOf(letter, it, { from: "crm@acme.example", to }, folded),
  };
  return of(comment, "EncodingDiffers", letter, it, { ok }, requirement);
};
/** The example with an id of the agent that makes the line with all its claims as long as that. */
const lineOf = (length: string, reference: number, folded: number): Draft =>
  claims(`a line that would have ${length} characters`, example, {
    statement: { agentRef: "r".repeat(reference) },
    folded,
    requirement: "OV-165",
  });
const unsignable = (comment: string, letter: Letter): Draft =>
  of(comment, "DoubledHeader", letter, claimed, { error: "unsignable_message" });

/** The example with this field in place of its own. */
const having = (...field: Field): Letter => also(without(example, field[0]), field);

export const operatorHeaders: readonly Draft[] = [
  claims("the example of signing.md", example),
  claims("a policy's decision", example, { statement: { decision: "policy", oversightMode: "monitored" } }),
  claims("not made by a machine", example, { statement: { aiGenerated: false } }),
  claims("with an id of the agent elsewhere", example, {
    statement: { agentRef: "00000003-0000-0000-c000-000000000000" },
  }),
  claims("another jti salts the recipients anew", example, { statement: { jti: "jti-00000002" } }),
  claims("two recipients", having("To", `${ann}, ${bob}`), { to: [ann, bob] }),
  claims("two recipients the other way round", having("To", `${bob}, ${ann}`), { to: [ann, bob] }),
  claims("To and Cc together", having("Cc", bob), { to: [ann, bob] }),
  claims("one address in To and Cc is one", having("Cc", "ANN@customer.example")),
  claims("names beside the addresses", having("To", `"Bush, Ann" <${ann}>`)),
  claims("no To", without(example, "To"), { to: [] }),
  claims("an author in capitals", having("From", "CRM <CRM@Acme.Example>")),
  claims("no Subject", without(example, "Subject")),
  claims("a folded Subject", having("Subject", "Ticket\r\n\t 4821")),
  claims("one claim is folded: a long Message-ID", having("Message-ID", `<${"m".repeat(250)}@acme.example>`), {
    statement: { agentRef: "r".repeat(40) },
    folded: 3,
  }),
  lineOf("980", 46, 0),
  lineOf("981", 47, 1),
  lineOf("997", 59, 2),
  claims("blind copies alone: a group without members", having("To", "undisclosed-recipients: ;"), {
    to: [],
    requirement: "OV-168",
  }),
  unsignable("two Froms", also(example, ["From", "ceo@acme.example"])),
  unsignable("no From", without(example, "From")),
  unsignable("two authors in one From", having("From", "crm@acme.example, ceo@acme.example")),
  unsignable("two Tos", also(example, ["To", "eve@evil.example"])),
  unsignable("two Subjects", also(example, ["Subject", "Other"])),
  unsignable("no Message-ID", without(example, "Message-ID")),
  of(
    "a line that cannot be made short enough",
    "EncodingDiffers",
    example,
    { ...claimed, agentRef: "r".repeat(255), log: { ...claimed.log, origin: "o".repeat(255) } },
    { error: "too_long" },
  ),
];
