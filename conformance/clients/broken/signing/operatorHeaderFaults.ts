/** Faults in what the second header claims, and in how long its line is (OV-46, OV-165, OV-168). */
import { createHash } from "node:crypto";
import type { Fault } from "../fault.ts";
import { faultIn, input, value, type Values } from "../operationFault.ts";
import { firstOf, inHead, reading, text } from "./mail.ts";

const operator = faultIn("operator_claims");
const claim = (change: (claims: Values, it: Values) => Values) =>
  value(({ claims }, it) => ({ claims: { ...(claims as Values), ...change(claims as Values, it) } }));

const lineOf = (header: unknown, claims: unknown): number =>
  [header, claims].reduce<number>(
    (all, part) => all + Buffer.from(JSON.stringify(part)).toString("base64url").length + 1,
    "X-MultiMail-Identity: ".length + 86,
  );
/** The first claim that would be folded. */
const subjectHashOf = (raw: string): string =>
  createHash("sha256")
    .update(/^Subject: (.*)\r$/m.exec(raw)?.[1] ?? "")
    .digest("base64url");

export const operatorHeaderFaults: readonly Fault[] = [
  operator("claims-without-cc", "46", "A5", reading(inHead((top) => top.replace(/^Cc:.*\r\n/im, "")))),
  operator(
    "recipients-without-salt",
    "46",
    null,
    input((it) => ({ statement: { ...(it["statement"] as object), jti: "jti-00000001" } })),
  ),
  operator(
    "recipients-twice",
    "46",
    null,
    claim(({ rcpt }) => (typeof rcpt === "string" ? { rcpt: rcpt.replace("1.", "2.") } : {})),
  ),
  operator(
    "author-as-written",
    "46",
    null,
    claim(({ from }, it) =>
      typeof from === "string" ? { from: /<?([^<>\s]+@[^<>\s]+)>?\r/.exec(text(it["raw"]))![1]! } : {},
    ),
  ),
  operator(
    "claims-that-expire",
    "46",
    null,
    claim(({ iat }) => ({ exp: (iat as number) + 3_600 })),
  ),
  operator(
    "claims-of-any-type",
    "46",
    "G9",
    value(({ header }) => ({ header: { ...(header as Values), typ: "JWT" } })),
  ),
  operator(
    "decision-is-always-human",
    "46",
    "G3",
    claim(() => ({ decision: "human" })),
  ),
  operator(
    "mode-is-always-gated",
    "46",
    "G3",
    claim(() => ({ oversight_mode: "gated_send" })),
  ),
  operator(
    "always-made-by-a-machine",
    "46",
    null,
    claim(() => ({ ai_generated: true })),
  ),
  operator(
    "claims-without-the-log",
    "46",
    "G3",
    value(({ claims }) => {
      const { log: _, ...rest } = claims as Values;
      return { claims: rest };
    }),
  ),
  operator(
    "agent-ref-is-dropped",
    "46",
    null,
    value(({ claims }) => {
      const { agent_ref: _, ...rest } = claims as Values;
      return { claims: rest };
    }),
  ),
  operator(
    "lines-of-998-characters",
    "165",
    null,
    value(({ header, claims }, it) => {
      const { folded, ...rest } = claims as Values;
      const plain = { ...rest, subject_hash: subjectHashOf(text(it["raw"])) };
      const fits = folded !== undefined && "rcpt" in rest && lineOf(header, plain) <= 998;
      return fits ? { claims: plain } : {};
    }),
  ),
  operator(
    "lines-of-978-characters",
    "165",
    null,
    value(({ header, claims }) => (lineOf(header, claims) > 978 ? { claims: {} } : {})),
  ),
  operator(
    "a-group-is-a-recipient",
    "168",
    null,
    reading(inHead((top) => top.replace(/^(To:) .*: ;\r$/m, "$1 undisclosed@acme.example\r"))),
  ),
  operator("claims-of-the-first-from", "46", "G9", reading(firstOf("From"))),
  operator("claims-of-the-first-to", "46", "A5", reading(firstOf("To"))),
  operator("claims-of-the-first-subject", "46", "G9", reading(firstOf("Subject"))),
  operator("claims-of-a-line-too-long", "46", null, {
    answer: (answer) =>
      "error" in answer && answer.error === "too_long" ? { ok: { header: {}, claims: {} } } : answer,
  }),
];
