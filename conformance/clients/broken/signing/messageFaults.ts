/** Faults in the verification of whole messages (OV-49, OV-50), and in how the headers are read that mail programs wrote anew (OV-166, OV-167). */
import type { Fault } from "../fault.ts";
import type { Answer } from "../../reference/operation.ts";
import { faultIn, input, value, type Values } from "../operationFault.ts";
import { firstOf, reading, text } from "./mail.ts";

const message = faultIn("verify_message");
type Checks = Readonly<Record<string, string>>;
/** These questions are not asked. */
const unasked = (...names: readonly string[]) =>
  value(({ checks }) => {
    const all = { ...(checks as Checks), ...Object.fromEntries(names.map((name) => [name, "pass"])) } as Checks;
    return { checks: all, verified: Object.values(all).every((one) => one === "pass") };
  });
const keysAs = (change: (key: Values) => Values) =>
  input((it) => ({ keys: (it["keys"] as Values[]).map((key) => ({ ...key, ...change(key) })) }));
const inHeader = (name: string, change: (value: string) => string) =>
  reading((raw) =>
    raw.replace(
      new RegExp(`^(${name}: )(.*)$`, "m"),
      (_, start: string, own: string) => start + change(own.replace(/\r$/, "")) + "\r",
    ),
  );

/** What looks like this is not verified, and nothing is said of why. */
const refusing = (pattern: RegExp) => ({
  answer: (answer: Answer, it: Values): Answer =>
    pattern.test(text(it["raw"])) ? { ok: { verified: false, checks: {} } } : answer,
});

export const messageFaults: readonly Fault[] = [
  message(
    "everything-is-verified",
    "50",
    "G9",
    value(({ checks }) => ({ verified: true, checks })),
  ),
  message(
    "nothing-is-verified",
    "49",
    null,
    value(({ checks }) => ({ verified: false, checks })),
  ),
  message(
    "one-boolean-for-all",
    "49",
    null,
    value(({ verified, checks }) => ({
      verified,
      checks: Object.fromEntries(Object.keys(checks as Checks).map((name) => [name, verified ? "pass" : "fail"])),
    })),
  ),
  message("statement-is-not-checked", "50", "G9", unasked("agent.statement")),
  message("binding-is-not-checked", "50", "G9", unasked("agent.binding", "content.fields")),
  message("operator-signature-is-not-checked", "50", "G9", unasked("operator.signature")),
  message(
    "revoked-keys-are-good",
    "50",
    "G6",
    keysAs(({ status }) => (status === "revoked" ? { status: "retired", valid_to: null } : {})),
  ),
  message(
    "revoked-keys-are-good-for-the-past",
    "50",
    "G6",
    keysAs(({ status, valid_to }) => (status === "revoked" && valid_to !== null ? { status: "retired" } : {})),
  ),
  message(
    "unknown-keys-are-good",
    "50",
    "G6",
    unasked(
      "agent.key",
      "agent.statement",
      "agent.binding",
      "agent.kind",
      "agent.time",
      "agent.domain",
      "agent.name",
      "agreement.mailbox",
      "agreement.operator",
      "content.fields",
    ),
  ),
  message(
    "unknown-status-is-active",
    "50",
    "D3",
    keysAs(({ status }) => (status === "suspended" ? { status: "active" } : {})),
  ),
  message("any-kind-of-key", "49 50", "G6", unasked("agent.kind", "operator.kind")),
  message("any-time-of-key", "49 50", "G6", unasked("agent.time", "operator.time")),
  message(
    "time-of-the-future",
    "49 50",
    "G7",
    input(() => ({ now: 9_000_000_000 })),
  ),
  message("domain-is-not-checked", "49 50", "G6", unasked("agent.domain", "operator.domain")),
  message("domain-by-its-ending", "49 50", "G6", {
    answer: (answer, it) => {
      if (!("ok" in answer) || !/From: .*@\S*acme\.example>?\r/.test(text(it["raw"]))) return answer;
      const { checks } = answer.ok as { checks: Checks };
      const known = (it["keys"] as Values[]).every(({ operator }) => operator === "acme.example");
      return known && checks["agent.domain"] === "fail"
        ? unasked("agent.domain", "operator.domain").answer(answer, it)
        : answer;
    },
  }),
  message("agents-name-is-not-checked", "49 50", "G9", unasked("agent.name")),
  message("operators-name-is-not-checked", "49 50", "G6", unasked("operator.name", "agreement.operator")),
  message(
    "headers-need-not-agree",
    "49 50",
    "G9",
    unasked("agreement.agent", "agreement.mailbox", "agreement.operator"),
  ),
  message("body-is-not-checked", "50", "G9", unasked("content.body")),
  message("message-id-is-not-checked", "50", "G9", unasked("content.message_id")),
  message("author-is-not-checked", "50", "G9", unasked("content.author")),
  message("recipients-are-not-checked", "50", "A5", unasked("content.recipients")),
  message("subject-is-not-checked", "50", "G9", unasked("content.subject")),
  message("the-first-of-two-agent-headers", "50", "G9", reading(firstOf("X-MultiMail-Agent-Identity"))),
  message("the-first-of-two-operator-headers", "50", "G9", reading(firstOf("X-MultiMail-Identity"))),
  message("the-first-of-two-froms", "50", "G9", reading(firstOf("From"))),
  message("the-first-of-two-subjects", "50", "G9", reading(firstOf("Subject"))),
  message("the-first-of-two-message-ids", "50", "G9", reading(firstOf("Message-ID"))),
  message("one-header-is-enough", "50", "G9", {
    answer: (answer, it) => {
      const { checks } = (answer as { ok: { checks: Checks } }).ok;
      const alone =
        checks["operator.present"] === "fail" &&
        checks["agent.statement"] === "pass" &&
        checks["agent.binding"] === "pass" &&
        checks["agent.key"] === "pass";
      return alone && !/X-MultiMail-Identity/i.test(text(it["raw"])) ? { ok: { verified: true, checks } } : answer;
    },
  }),
  message("who-is-enough", "50", "G9", {
    answer: (answer, it) => {
      const { checks } = (answer as { ok: { checks: Checks } }).ok;
      const unbound = checks["agent.statement"] === "pass" && checks["agent.binding"] === "unchecked";
      return unbound && checks["operator.signature"] === "pass" && !text(it["raw"]).includes("mid=")
        ? { ok: { verified: true, checks } }
        : answer;
    },
  }),
  message(
    "header-may-end-in-a-semicolon",
    "50",
    null,
    inHeader("X-MultiMail-Agent-Identity", (own) => own.replace(/;$/, "")),
  ),
  message(
    "header-may-have-more-fields",
    "50",
    "G9",
    inHeader("X-MultiMail-Agent-Identity", (own) => own.replace(/; note=.*$/, "")),
  ),
  message(
    "header-fields-in-any-order",
    "50",
    null,
    inHeader("X-MultiMail-Agent-Identity", (own) => own.replace(/(ts=\d+); (agent=\w+)/, "$2; $1")),
  ),
  message(
    "header-of-any-version",
    "50",
    "D3",
    inHeader("X-MultiMail-Agent-Identity", (own) => own.replace(/^v=\d/, "v=1")),
  ),
  message("alg-none", "50", "G9", {
    answer: (answer, it) => {
      const jws = /^X-MultiMail-Identity: (\S+)\r$/m.exec(text(it["raw"]))?.[1]?.split(".")[0];
      const none = jws !== undefined && Buffer.from(jws, "base64url").toString().includes('"none"');
      return none ? { ok: { verified: true, checks: {} } } : answer;
    },
  }),
  message("key-from-the-header", "50", "G9", {
    answer: (answer, it) => {
      const jws = /^X-MultiMail-Identity: (\S+)\r$/m.exec(text(it["raw"]))?.[1]?.split(".")[0];
      const own = jws !== undefined && /"(jwk|jku)"/.test(Buffer.from(jws, "base64url").toString());
      return own ? { ok: { verified: true, checks: {} } } : answer;
    },
  }),
  message(
    "jws-with-padding",
    "50",
    null,
    inHeader("X-MultiMail-Identity", (own) => own.replace(/=+$/, "")),
  ),
  message(
    "lines-are-mended",
    "50",
    null,
    reading((raw) => raw.replaceAll(/\r?\n/g, "\r\n")),
  ),
  message(
    "nul-is-dropped",
    "50",
    null,
    reading((raw) => raw.replaceAll("\0", "")),
  ),
  message(
    "cr-is-dropped",
    "50",
    null,
    reading((raw) => raw.replaceAll(/\r(?!\n)/g, "")),
  ),
  message("folded-headers-are-refused", "49", null, {
    answer: (answer, it) =>
      /X-MultiMail-Agent-Identity: [^\r]*\r\n[ \t]/.test(text(it["raw"]))
        ? { ok: { verified: false, checks: {} } }
        : answer,
  }),
  message(
    "folds-inside-values-are-kept",
    "166",
    null,
    refusing(/^X-MultiMail-Agent-Identity:(?:[^\r]|\r\n[ \t])*[ \t](?:sig|mid|bh|h|b2)=[^;\s]*(?:\r\n)?[ \t]+[^;\s]/m),
  ),
  message(
    "blanks-inside-any-value-are-dropped",
    "166",
    "G9",
    reading((raw) => raw.replace(/(agent=\w+) (?=\w+;)/, "$1")),
  ),
  message("encoded-words-are-not-read", "167", null, refusing(/^X-MultiMail-(?:Agent-)?Identity: [^:]*=\?/m)),
  message(
    "encoded-words-of-b-are-not-read",
    "167",
    null,
    refusing(/^X-MultiMail-(?:Agent-)?Identity: [^:]*=\?[^?]+\?b\?/im),
  ),
  message(
    "encoded-words-hold-what-they-like",
    "167",
    "G9",
    reading((raw) => raw.replace(/=C2=AD/, "")),
  ),
  message(
    "encoded-words-of-any-character-set",
    "167",
    "D3",
    reading((raw) => raw.replace(/=\?utf-7\?/, "=?utf-8?")),
  ),
  message(
    "encoded-words-end-as-they-like",
    "167",
    null,
    reading((raw) => raw.replace(/=3\?=;/, "?=;")),
  ),
  message(
    "retired-keys-are-refused",
    "49",
    null,
    keysAs(({ status }) => (status === "retired" ? { status: "revoked" } : {})),
  ),
  message("old-mail-expires", "50", null, {
    answer: (answer, it) => ((it["now"] as number) > 1_800_000_000 ? { ok: { verified: false, checks: {} } } : answer),
  }),
];
