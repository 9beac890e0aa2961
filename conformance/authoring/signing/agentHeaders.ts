/** OV-44 agent-statement, OV-45 agent-binding: what the first header signs. */
import type { JsonObject } from "../../runner/vectors.ts";
import { stated, type Draft } from "../draft.ts";
import { agentStatement, also, example, without, type Field } from "./letter.ts";
import {
  base64,
  bindingOctets,
  bodyHash,
  midOf,
  octetsOf,
  signedFields,
  statementOctets,
  type Letter,
} from "./signer.ts";

interface Change {
  readonly agent?: string;
  readonly ts?: number;
  readonly h?: readonly string[];
}

const inputOf = (letter: Letter, { h = signedFields, ...change }: Change) => {
  const statement = { ...agentStatement, sig: "MAYCAQECAQE=", ...change };
  return { raw: base64(octetsOf(letter)), statement, h: [...h] };
};

const octets = (comment: string, letter: Letter, change: Change = {}): Draft => {
  const input = inputOf(letter, change);
  const { statement, h } = input;
  return stated({
    comment: `agent header: ${comment}`,
    requirements: ["OV-44", "OV-45"],
    flags: ["EncodingDiffers"],
    op: "agent_octets",
    input,
    expect: {
      ok: {
        statement: base64(statementOctets(statement.agent, statement.ts)),
        binding: base64(bindingOctets(letter, statement, h)),
        mid: midOf(letter),
        bh: bodyHash(letter.body),
      },
    },
  });
};

const unsigned = (comment: string, clause: string, error: string, input: JsonObject): Draft =>
  stated({
    comment: `agent header: ${comment}`,
    requirements: [clause],
    flags: ["ModifiedContent"],
    op: "agent_octets",
    input,
    expect: { error },
  });
const unsignable = (comment: string, letter: Letter): Draft =>
  unsigned(comment, "OV-45", "unsignable_message", inputOf(letter, {}));
const badName = (comment: string, agent: string): Draft =>
  unsigned(`an agent's name ${comment}`, "OV-44", "bad_value", inputOf(example, { agent }));
const badList = (comment: string, h: readonly string[]): Draft =>
  unsigned(`h ${comment}`, "OV-45", "bad_value", inputOf(example, { h }));

/** The example with these fields in place of its own. */
const withFields = (...fields: readonly Field[]): Letter =>
  also(
    fields.reduce((of, [name]) => without(of, name), example),
    ...fields,
  );
const withSubject = (value: string): Letter => withFields(["Subject", value]);
const withBody = (body: string): Letter => ({ ...example, body });

export const agentHeaders: readonly Draft[] = [
  octets("the example of signing.md", example),
  octets("a time of zero", example, { ts: 0 }),
  octets("the longest name of an agent", example, { agent: "a".repeat(128) }),
  octets("a name with all that it may have", example, { agent: "Az09._-" }),
  octets("a folded Subject", withSubject("Ticket\r\n 4821")),
  octets("a Subject folded at a tab and another blank", withSubject("Ticket\r\n\t 4821")),
  octets("blanks at both ends of a value", withSubject("  Ticket 4821\t ")),
  octets("runs of blanks inside a value", withSubject("Ticket  \t  4821")),
  octets("a Subject of no characters", withSubject("")),
  octets("octets beyond ASCII in a value", withSubject("Ger\xc3\xa4t \xa0\xff")),
  octets("field names in other case", withFields(["SUBJECT", "Ticket 4821"], ["message-id", "<01J0@acme.example>"])),
  octets("no Subject: counted as none", without(example, "Subject")),
  octets("two Subjects: both are counted, from top to bottom", also(example, ["Subject", "Another"])),
  octets("a Reply-To and a Sender", withFields(["Reply-To", "support@acme.example"], ["Sender", "crm@acme.example"])),
  octets("only the names that must be signed", example, { h: signedFields.slice(0, 11) }),
  octets("names in another order", example, { h: signedFields.toReversed() }),
  octets("one name more", example, { h: [...signedFields, "x-ticket"] }),
  octets("a body of no octets", withBody("")),
  octets("a body without an end of line", withBody("Resolved.")),
  octets("a body with empty lines at its end", withBody("Resolved.\r\n\r\n\r\n")),
  octets("a body that begins with empty lines", withBody("\r\n\r\nResolved.\r\n")),
  octets("a body with blanks at the ends of lines", withBody("Resolved. \t\r\n \r\n")),
  octets("a body beyond ASCII", withBody("Gel\xc3\xb6st. \xff\r\n")),
  unsignable("no Message-ID", without(example, "Message-ID")),
  unsignable("two Message-IDs", also(example, ["Message-ID", "<02@acme.example>"])),
  unsignable("a Message-ID without angle brackets", withFields(["Message-ID", "01J0@acme.example"])),
  unsignable(
    "a Message-ID that would end the field it stands in",
    withFields(["Message-ID", "<01J0; b2=x@acme.example>"]),
  ),
  badName("with a blank", "crm support"),
  badName("with a semicolon", "crm;kid=other"),
  badName("with a colon", "crm:1"),
  badName("of no characters", ""),
  badName("that is one character too long", "a".repeat(129)),
  badName("over two lines", "crm\r\nBcc: eve@evil.example"),
  badList(
    "without reply-to",
    signedFields.filter((name) => name !== "reply-to"),
  ),
  badList(
    "without from",
    signedFields.filter((name) => name !== "from"),
  ),
  badList("with a name twice", [...signedFields, "from"]),
];
