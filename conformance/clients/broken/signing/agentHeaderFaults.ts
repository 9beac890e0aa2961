/** Faults in what the first header signs (OV-44, OV-45). */
import type { Fault } from "../fault.ts";
import { faultIn, input, value } from "../operationFault.ts";
import { firstOf, head, inHead, octets, reading, text } from "./mail.ts";

const agent = faultIn("agent_octets");
const requiredNames =
  "from sender reply-to to cc subject date message-id mime-version content-type content-transfer-encoding".split(" ");
type AgentInput = { readonly statement: { readonly agent: string }; readonly h: readonly string[] };

export const agentHeaderFaults: readonly Fault[] = [
  agent(
    "statement-with-another-separator",
    "44",
    null,
    value(({ statement }) => ({ statement: octets(text(statement).replace(":", ";")) })),
  ),
  agent(
    "binding-without-the-statement",
    "45",
    "G9",
    value(({ binding }, it) => ({
      binding: octets(text(binding).replace((it["statement"] as { sig: string }).sig, "")),
    })),
  ),
  agent(
    "binding-in-another-domain",
    "45",
    null,
    value(({ binding }) => ({ binding: octets(text(binding).replace("agent-identity/v1", "agent-identity/v2")) })),
  ),
  agent(
    "binding-without-counts",
    "45",
    "G9",
    value(({ binding }) => {
      const [first, ...rest] = text(binding).split("\0\0\0\x01") as [string, ...string[]];
      return {
        binding: octets(rest.reduce((all, one) => all + (/^[0-9](\0|$)/.test(one) ? one.slice(1) : one), first)),
      };
    }),
  ),
  agent("binding-of-the-first-subject", "45", "G9", reading(firstOf("Subject"))),
  agent("binding-of-the-first-message-id", "45", "G9", reading(firstOf("Message-ID"))),
  agent("blanks-are-kept", "45", null, reading(inHead((top) => top.replaceAll("  \t  ", " __ ")))),
  agent("folds-are-kept", "45", null, reading(inHead((top) => top.replace(/\r\n[ \t]+/g, "")))),
  agent("octets-beyond-ascii-are-dropped", "45", null, reading(inHead((top) => top.replaceAll(/[\x80-\xff]/g, "?")))),
  agent(
    "names-in-other-case-are-missed",
    "45",
    null,
    reading(inHead((top) => top.replace(/^SUBJECT: /m, "X-SUBJECT: "))),
  ),
  agent(
    "body-hash-of-the-whole-body",
    "45",
    null,
    reading((raw) => raw.replace(/(\r\n)+$/, (end) => (end.length > 2 ? `${end.slice(0, 2)}.\r\n` : end))),
  ),
  agent(
    "body-hash-of-relaxed-blanks",
    "45",
    null,
    reading((raw) => {
      const [top, rest] = head(raw);
      return top + rest.replaceAll(/[ \t]+(?=\r\n)/g, "");
    }),
  ),
  agent(
    "body-hash-without-the-last-line-end",
    "45",
    null,
    reading((raw) => (raw.endsWith("\r\n\r\n") && !raw.includes("Resolved") ? `${raw}x` : raw)),
  ),
  agent(
    "any-name-for-an-agent",
    "44",
    "G9",
    input((it) => ({
      statement: {
        ...(it["statement"] as object),
        agent: (it as unknown as AgentInput).statement.agent.replaceAll(/[^A-Za-z0-9._-]/g, "_"),
      },
    })),
  ),
  agent(
    "no-name-for-an-agent",
    "44",
    "G9",
    input((it) => ({
      statement: { ...(it["statement"] as object), agent: (it as unknown as AgentInput).statement.agent || "_" },
    })),
  ),
  agent(
    "a-name-of-any-length",
    "44",
    null,
    input((it) => ({
      statement: { ...(it["statement"] as object), agent: (it as unknown as AgentInput).statement.agent.slice(0, 128) },
    })),
  ),
  agent(
    "fields-that-must-be-signed-are-not",
    "45",
    "A5",
    input((it) => ({
      h: [
        ...(it as unknown as AgentInput).h,
        ...requiredNames.filter((name) => !(it as unknown as AgentInput).h.includes(name)),
      ],
    })),
  ),
  agent(
    "field-signed-twice",
    "45",
    null,
    input((it) => ({ h: [...new Set((it as unknown as AgentInput).h)] })),
  ),
  agent(
    "message-id-is-made-up",
    "45",
    "G9",
    reading(inHead((top) => (/^message-id:/im.test(top) ? top : `${top}Message-ID: <0@localhost>\r\n`))),
  ),
  agent(
    "message-id-needs-no-brackets",
    "45",
    null,
    reading(inHead((top) => top.replace(/^(Message-ID: )([^<\r]+)\r$/im, "$1<$2>\r"))),
  ),
  agent(
    "message-id-may-hold-a-semicolon",
    "45",
    "G9",
    reading(inHead((top) => top.replace(/^(Message-ID: <[^;\r]*); ([^\r]*)\r$/im, "$1_$2\r"))),
  ),
];
