/**
 * Implementations of digests, headers, signatures and verification that are wrong in one thing each.
 */
import { operations, type Answer } from "../reference/answer.ts";
import { inOperation, type Fault } from "./fault.ts";

type Values = Readonly<Record<string, unknown>>;
const text = (value: unknown): string => Buffer.from(value as string, "base64").toString("latin1");
const octets = (value: string): string => Buffer.from(value, "latin1").toString("base64");

const fault =
  (op: string) =>
  (name: string, violates: string, attack: string | null, wrong: Parameters<typeof inOperation>[5]): Fault =>
    inOperation(name, violates, attack, op, operations, wrong);

const input = (change: (it: Values) => Values) => ({ input: (it: Values) => ({ ...it, ...change(it) }) });
/** The message is read otherwise. */
const reading = (change: (raw: string, it: Values) => string) =>
  input((it) => ({ raw: octets(change(text(it["raw"]), it)) }));
const value = (change: (ok: Values, it: Values) => Values) => ({
  answer: (answer: Answer, it: Values): Answer =>
    "ok" in answer ? { ok: { ...answer.ok, ...change(answer.ok as Values, it) } } : answer,
});

// --- the digest -------------------------------------------------------------------------------------------------------

const digest = fault("digest");
const digests: readonly Fault[] = [
  digest(
    "digest-without-mailbox",
    "40",
    "A1",
    input(() => ({ mailbox: "" })),
  ),
  digest(
    "digest-without-time",
    "40",
    "E4",
    input(() => ({ send_at: 0 })),
  ),
  digest(
    "digest-with-a-time-of-32-bits",
    "40",
    "E4",
    input(({ send_at }) => ({ send_at: (send_at as number) >= 0 ? (send_at as number) % 2 ** 32 : send_at })),
  ),
  digest(
    "digest-without-sender",
    "40",
    "A5",
    input(() => ({ from: "" })),
  ),
  digest(
    "digest-of-the-first-recipient",
    "40",
    "A5",
    input(({ to }) => ({ to: (to as string[]).slice(0, 1) })),
  ),
  digest(
    "digest-of-sorted-recipients",
    "40",
    "A5",
    input(({ to }) => ({ to: (to as string[]).toSorted() })),
  ),
  digest(
    "digest-of-each-recipient-once",
    "40",
    "A5",
    input(({ to }) => ({ to: [...new Set(to as string[])] })),
  ),
  digest(
    "digest-of-joined-recipients",
    "40",
    "A5",
    input(({ to }) => ({ to: (to as string[]).length > 1 ? [(to as string[]).join(",")] : to })),
  ),
  digest(
    "digest-of-lower-case-recipients",
    "40",
    "A5",
    input(({ to }) => ({ to: (to as string[]).map((one) => one.toLowerCase()) })),
  ),
  digest(
    "digest-without-lengths",
    "40",
    "A5",
    input(({ from, to }) => ({
      from: `${from as string}${(to as string[]).join("")}`,
      to: (to as string[]).map(() => ""),
    })),
  ),
  digest(
    "digest-of-trimmed-octets",
    "40",
    "A1",
    reading((raw) => raw.trimEnd()),
  ),
  digest(
    "digest-of-octets-with-mended-lines",
    "40",
    "A1",
    reading((raw) => raw.replaceAll(/\r?\n/g, "\r\n")),
  ),
  digest(
    "digest-in-capitals",
    "40",
    null,
    value(({ digest: own }) => ({ digest: `sha256:${(own as string).slice(7).toUpperCase()}` })),
  ),
  digest(
    "digest-of-a-negative-time",
    "40",
    null,
    input(({ send_at }) => ({ send_at: Math.max(0, Math.trunc(send_at as number)) })),
  ),
  digest(
    "digest-of-replaced-characters",
    "40",
    null,
    input(({ mailbox, to }) => ({
      mailbox: (mailbox as string).toWellFormed(),
      to: (to as string[]).map((one) => one.toWellFormed()),
    })),
  ),
];

// --- what is signed -----------------------------------------------------------------------------------------------------

const head = (raw: string): readonly [string, string] => {
  const at = raw.indexOf("\r\n\r\n");
  return at < 0 ? [raw, ""] : [raw.slice(0, at + 2), raw.slice(at + 2)];
};
const inHead = (change: (head: string) => string) => (raw: string) => {
  const [top, rest] = head(raw);
  return change(top) + rest;
};
const firstOf = (name: string) =>
  inHead((top) => {
    const pattern = new RegExp(`^${name}:.*\\r\\n`, "gim");
    let seen = false;
    return top.replaceAll(pattern, (line) => {
      if (seen) return "";
      seen = true;
      return line;
    });
  });

const agent = fault("agent_octets");
const requiredNames =
  "from sender reply-to to cc subject date message-id mime-version content-type content-transfer-encoding".split(" ");
type AgentInput = { readonly statement: { readonly agent: string }; readonly h: readonly string[] };
const agents: readonly Fault[] = [
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

// --- what is claimed ------------------------------------------------------------------------------------------------------

const operator = fault("operator_claims");
const claim = (change: (claims: Values, it: Values) => Values) =>
  value(({ claims }, it) => ({ claims: { ...(claims as Values), ...change(claims as Values, it) } }));
const operators: readonly Fault[] = [
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
  operator("claims-of-the-first-from", "46", "G9", reading(firstOf("From"))),
  operator("claims-of-the-first-to", "46", "A5", reading(firstOf("To"))),
  operator("claims-of-the-first-subject", "46", "G9", reading(firstOf("Subject"))),
  operator("claims-of-a-line-too-long", "46", null, {
    answer: (answer) =>
      "error" in answer && answer.error === "too_long" ? { ok: { header: {}, claims: {} } } : answer,
  }),
];

// --- single signatures ------------------------------------------------------------------------------------------------------

const signature = fault("verify_signature");
const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const halves = (der: Buffer): readonly [bigint, bigint] | null => {
  if (der[0] !== 0x30 || der[2] !== 2) return null;
  const r = der.subarray(4, 4 + der[3]!);
  const s = der.subarray(6 + der[3]!);
  return s.length === 0 ? null : [BigInt(`0x${r.toString("hex") || "0"}`), BigInt(`0x${s.toString("hex") || "0"}`)];
};
const bytesIn = (it: Values): Buffer => Buffer.from(it["signature"] as string, "base64");
const valid = (judge: (valid: boolean, octets: Buffer, it: Values) => boolean) =>
  value(({ valid: own }, it) => ({ valid: judge(own as boolean, bytesIn(it), it) }));
const sIsHigh = (octets: Buffer, it: Values): boolean => {
  const s =
    it["format"] === "der"
      ? halves(octets)?.[1]
      : octets.length === 64
        ? BigInt(`0x${octets.subarray(32).toString("hex")}`)
        : undefined;
  return s !== undefined && s > n / 2n;
};
/** 64 octets as DER. */
const asDer = (raw: Buffer): Buffer => {
  const part = (half: Buffer): Buffer => {
    let body = half;
    while (body.length > 1 && body[0] === 0) body = body.subarray(1);
    if (body[0]! >= 0x80) body = Buffer.concat([Buffer.of(0), body]);
    return Buffer.concat([Buffer.of(2, body.length), body]);
  };
  const body = Buffer.concat([part(raw.subarray(0, 32)), part(raw.subarray(32))]);
  return Buffer.concat([Buffer.of(0x30, body.length), body]);
};
const mended = (change: (octets: Buffer) => Buffer | null, format: string) =>
  input((it) => {
    const other = it["format"] === format ? change(bytesIn(it)) : null;
    return other === null ? {} : { signature: other.toString("base64") };
  });

const signatures: readonly Fault[] = [
  signature(
    "every-signature-is-valid",
    "44 46",
    "G9",
    valid(() => true),
  ),
  signature(
    "high-s-is-refused",
    "44 46",
    null,
    valid((own, octets, it) => own && !sIsHigh(octets, it)),
  ),
  signature(
    "zero-is-a-signature",
    "44",
    "G9",
    valid(
      (own, octets, it) => own || (it["format"] === "der" && (halves(octets)?.some((half) => half === 0n) ?? false)),
    ),
  ),
  signature(
    "zero-is-a-raw-signature",
    "46",
    "G9",
    valid(
      (own, octets, it) =>
        own || (it["format"] === "p1363" && octets.length === 64 && octets.every((octet) => octet === 0)),
    ),
  ),
  signature(
    "der-may-be-followed",
    "44",
    null,
    mended((der) => (der[0] === 0x30 && der.length > der[1]! + 2 ? der.subarray(0, der[1]! + 2) : null), "der"),
  ),
  signature(
    "der-lengths-may-be-long",
    "44",
    null,
    mended(
      (der) => (der[0] === 0x30 && der[1] === 0x81 ? Buffer.concat([Buffer.of(0x30), der.subarray(2)]) : null),
      "der",
    ),
  ),
  signature(
    "der-may-have-no-length",
    "44",
    null,
    mended(
      (der) =>
        der[0] === 0x30 && der[1] === 0x80
          ? Buffer.concat([Buffer.of(0x30, der.length - 4), der.subarray(2, -2)])
          : null,
      "der",
    ),
  ),
  signature(
    "raw-is-taken-for-der",
    "44",
    null,
    mended((octets) => (octets.length === 64 && octets[0] !== 0x30 ? asDer(octets) : null), "der"),
  ),
  signature(
    "der-is-taken-for-raw",
    "46",
    null,
    mended((octets) => {
      const both = octets.length > 66 ? halves(octets) : null;
      return both === null
        ? null
        : Buffer.from(both.map((half) => half.toString(16).padStart(64, "0").slice(-64)).join(""), "hex");
    }, "p1363"),
  ),
  signature(
    "raw-may-be-followed",
    "46",
    null,
    mended((octets) => (octets.length > 64 && octets.length < 70 ? octets.subarray(0, 64) : null), "p1363"),
  ),
  signature(
    "nothing-can-be-signed",
    "44",
    null,
    valid((own, _, it) => own && it["message"] !== ""),
  ),
];

// --- reserved fields ------------------------------------------------------------------------------------------------------------

const reserved = fault("reserved_header");
const free = (names: RegExp) =>
  value(({ reserved: own }, it) => ({ reserved: (own as boolean) && !names.test(it["name"] as string) }));
const headers: readonly Fault[] = [
  reserved("reserved-by-case", "47", "A5", free(/^(bcc|BCC|x-multimail|X-AI-GENERATED|x-countersign|LIST)/)),
  reserved("reserved-without-blanks", "47", "A5", free(/^\s|\s$/)),
  reserved(
    "reserved-names-without-prefixes",
    "47",
    "G9",
    free(/^(x-multimail-|x-countersign-|arc-|resent-|list-|mime-|content-)/i),
  ),
  reserved("list-fields-are-free", "47", null, free(/^list-/i)),
  reserved("sender-is-free", "47", "A5", free(/^sender$/i)),
  reserved("reply-to-is-free", "47", "A5", free(/^reply-to$/i)),
  reserved("trace-is-free", "47", "G10", free(/^(received|return-path|authentication-results|received-spf)$/i)),
  reserved("disclosure-is-free", "47", "G9", free(/^(x-ai-generated|auto-submitted)$/i)),
  reserved(
    "prefixes-without-hyphen",
    "47",
    null,
    value(({ reserved: own }, it) => ({
      reserved: (own as boolean) || /^(list|from|x-multimail)/i.test(it["name"] as string),
    })),
  ),
  reserved(
    "every-x-field-is-reserved",
    "47",
    null,
    value(({ reserved: own }, it) => ({ reserved: (own as boolean) || /^x-/i.test(it["name"] as string) })),
  ),
];

// --- whole messages -----------------------------------------------------------------------------------------------------------------

const message = fault("verify_message");
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

const messages: readonly Fault[] = [
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
    "retired-keys-are-refused",
    "49",
    null,
    keysAs(({ status }) => (status === "retired" ? { status: "revoked" } : {})),
  ),
  message("old-mail-expires", "50", null, {
    answer: (answer, it) => ((it["now"] as number) > 1_800_000_000 ? { ok: { verified: false, checks: {} } } : answer),
  }),
];

export const faultsInSigning: readonly Fault[] = [
  ...digests,
  ...agents,
  ...operators,
  ...signatures,
  ...headers,
  ...messages,
];
