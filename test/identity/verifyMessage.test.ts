import { describe, expect, it } from "vitest";
import { agentIdentityField, agentStatement, formatAgentStatement } from "../../src/identity/AgentIdentity.ts";
import { encodeBase64Url } from "../../src/bytes/base64.ts";
import { derToP1363 } from "../../src/identity/EcdsaSignature.ts";
import { verifyNode } from "../../src/identity/NodeVerify.ts";
import { operatorIdentityField } from "../../src/identity/OperatorIdentity.ts";
import { verifyMessage, type VerifyOptions } from "../../src/identity/verifyMessage.ts";
import { fieldValues, prependFields, splitMessage } from "../../src/mail/read/Fields.ts";
import {
  AGENT,
  AT,
  attach,
  edit,
  headersFor,
  mailboxKey,
  message,
  must,
  operatorKey,
  resolver,
  type TestKey,
} from "./signedMessage.ts";

const mailbox = mailboxKey();
const operator = operatorKey();
const raw = message();
const headers = await headersFor(raw, mailbox, operator);
const mail = attach(raw, headers);
const NOW = AT + 3600;

const check = (bytes: Uint8Array, keys: readonly TestKey[] = [mailbox, operator], options: VerifyOptions = {}) =>
  verifyMessage(bytes, resolver(...keys), { now: NOW, verify: verifyNode, ...options });

/** The mail with one identity header's value changed, still one header. */
const withAgentValue = (change: (value: string) => string): Uint8Array => {
  const value = fieldValues(must(splitMessage(mail)).fields, "X-MultiMail-Agent-Identity")[0]!;
  const changed = change(value);
  if (changed === value) throw new Error("nothing changed");
  return prependFields(raw, [`X-MultiMail-Agent-Identity: ${changed}`, headers.operator]);
};
const jws = headers.operator.slice(headers.operator.indexOf(" ") + 1, -2);
const claims = JSON.parse(Buffer.from(jws.split(".")[1]!, "base64url").toString()) as Record<string, unknown>;
const withJws = (value: string): Uint8Array => prependFields(raw, [headers.agent, operatorIdentityField(value)]);
/** The claims changed and signed again, rightly, by the given key. */
const resigned = async (key: TestKey, changes: Record<string, unknown>): Promise<Uint8Array> => {
  const input = `${jws.split(".")[0]}.${encodeBase64Url(Buffer.from(JSON.stringify({ ...claims, ...changes })))}`;
  return withJws(`${input}.${encodeBase64Url(must(derToP1363(await key.signer.sign(Buffer.from(input)))))}`);
};

describe("OV-49 verification-reports-separately, OV-50 verification-fails-closed: verifyMessage", () => {
  it("verifies what was signed, with both verifiers, with and without a clock", async () => {
    for (const options of [{}, { verify: undefined }, { now: undefined }]) {
      const report = await check(mail, [mailbox, operator], options);
      expect(report.verdict).toBe("verified");
      expect(report.reasons).toHaveLength(1);
      const { agent, operator: second, content, agreement } = report;
      const checks = [agent.statementSignature, agent.bindingSignature, agent.agentMatchesKey, second.signature];
      checks.push(second.operatorMatchesKey, ...Object.values(content), ...Object.values(agreement));
      for (const key of [agent.key, second.key]) checks.push(key.kind, key.inTime, key.fromDomain);
      expect(new Set(checks)).toEqual(new Set(["pass"]));
      expect([agent.presence, agent.count, second.presence, second.count]).toEqual(["present", 1, "present", 1]);
      expect(report.operator.claims).toMatchObject({
        oversight_mode: "gated_send",
        decision: "human",
        ai_generated: true,
      });
    }
  });

  it("verifies after what honest relays do: trace fields on top, folds elsewhere, DKIM, an empty line at the end", async () => {
    const relayed = prependFields(mail, ["Received: from a by b", "DKIM-Signature: v=1", "Return-Path: <x@y.example>"]);
    expect((await check(relayed)).verdict).toBe("verified");
    expect((await check(edit(mail, "Your ticket 4821 is", "Your ticket\r\n\t4821 is"))).verdict).toBe("verified");
    expect((await check(Uint8Array.from([...mail, 13, 10]))).verdict).toBe("verified");
  });

  it("a message without headers is unsigned, and no key is asked for", async () => {
    const report = await verifyMessage(raw, () => Promise.reject(new Error("asked")));
    expect(report.verdict).toBe("unsigned");
    expect(report.agent.key.status).toBe("unchecked");
  });

  const changed = "content_modified";
  it.each([
    ["body", (m: Uint8Array) => edit(m, "we have resolved", "we have deleted"), "bodyHash"],
    ["a footer", (m: Uint8Array) => Uint8Array.from([...m, ...Buffer.from("-- \r\nlist\r\n")]), "bodyHash"],
    ["Subject", (m: Uint8Array) => edit(m, "Subject: Your", "Subject: [list] Your"), "subject"],
    ["To", (m: Uint8Array) => edit(m, "bob@customer", "eve@customer"), "recipients"],
    ["To's name only", (m: Uint8Array) => edit(m, "To: Ann", "To: Eve"), "signedFields"],
    ["an added Cc", (m: Uint8Array) => prependFields(m, ["Cc: eve@customer.example"]), "recipients"],
    ["an added Reply-To", (m: Uint8Array) => prependFields(m, ["Reply-To: eve@evil.example"]), "signedFields"],
    ["an added Sender", (m: Uint8Array) => prependFields(m, ["Sender: eve@evil.example"]), "signedFields"],
    ["a second Subject", (m: Uint8Array) => prependFields(m, ["Subject: Your ticket 4821 is resolved"]), "subject"],
    ["Date", (m: Uint8Array) => edit(m, "16:00:00", "17:00:00"), "signedFields"],
    ["Content-Type", (m: Uint8Array) => edit(m, "text/plain", "text/html"), "signedFields"],
    ["the disclosure taken out", (m: Uint8Array) => edit(m, "X-AI-Generated: true\r\n", ""), "signedFields"],
    ["Message-ID", (m: Uint8Array) => edit(m, "Message-ID: <01J0", "Message-ID: <01J1"), "messageId"],
    ["From's address, same domain", (m: Uint8Array) => edit(m, "<crm@", "<ceo@"), "author"],
    ["From's name", (m: Uint8Array) => edit(m, "CRM, Support", "Chief Executive"), "signedFields"],
  ] as const)("%s changed: content_modified, identity intact", async (_, change, failed) => {
    const report = await check(change(mail));
    expect([report.verdict, report.content[failed]]).toEqual([changed, "fail"]);
    expect([report.agent.statementSignature, report.operator.signature]).toEqual(["pass", "pass"]);
    expect(report.reasons.length).toBeGreaterThan(0);
  });

  it("G9: both headers lifted onto another mail of the same domain do not fit it", async () => {
    const other = message({
      to: "victim@bank.example",
      subject: "Invoice",
      mid: "<other@acme.example>",
      body: "Pay now\r\n",
    });
    const report = await check(attach(other, headers));
    expect(report.verdict).toBe("content_modified");
    const { bodyHash, signedFields, messageId, recipients, subject } = report.content;
    expect([bodyHash, signedFields, messageId, recipients, subject]).toEqual(Array(5).fill("fail"));
  });

  it("G9: onto a mail of another domain, they are no identity at all", async () => {
    for (const from of [
      "crm@evil.example",
      "crm@notacme.example",
      '"crm@acme.example" <x@evil.example>',
      "a@acme.example, b@evil.example",
    ]) {
      const report = await check(attach(message({ from }), headers));
      expect([from, report.verdict, report.agent.key.fromDomain]).toEqual([from, "invalid", "fail"]);
    }
    expect((await check(prependFields(mail, ["From: ceo@evil.example"]))).verdict).toBe("invalid");
  });

  it("G9: headers of two messages mixed do not verify, and a bare statement fits no message", async () => {
    const other = await headersFor(message({ mid: "<2@acme.example>", subject: "Two" }), mailbox, operator, {
      jti: "jti00002",
    });
    expect((await check(attach(raw, { agent: headers.agent, operator: other.operator }))).verdict).toBe(
      "content_modified",
    );
    expect((await check(attach(raw, { agent: other.agent, operator: headers.operator }))).verdict).toBe(
      "content_modified",
    );
    const stated = must(await agentStatement(mailbox.signer, { agent: AGENT, ts: AT }));
    const report = await check(
      attach(raw, { agent: `X-MultiMail-Agent-Identity: ${formatAgentStatement(stated)}`, operator: headers.operator }),
    );
    expect(report.verdict).toBe("invalid");
    expect(report.reasons).toEqual(["X-MultiMail-Agent-Identity says who, but is not bound to any message."]);
  });

  it("each field of the agent header, changed, is caught", async () => {
    const swap = (name: string, from: RegExp, to: string) => (value: string) =>
      value.replace(new RegExp(`(; ${name}=[^;]*?)${from.source}`), `$1${to}`);
    const edits: readonly [name: string, change: (value: string) => string][] = [
      ["v", (value) => value.replace("v=1", "v=2")],
      ["kid", (value) => value.replace("MBX000", "MBX001")],
      ["agent", swap("agent", /crm/, "hr")],
      ["ts", swap("ts", /400/, "401")],
      ["sig", (value) => value.replace(/sig=[^;]+/, `sig=${value.match(/b2=(.+)$/)![1]}`)],
      ["mid", swap("mid", /01J0/, "01J1")],
      ["bh", (value) => value.replace(/bh=(.)/, (_, c: string) => `bh=${c === "A" ? "B" : "A"}`)],
      ["h", (value) => value.replace(":in-reply-to", "")],
      ["b2", (value) => value.replace(/b2=.+$/, `b2=${value.match(/; sig=([^;]+)/)![1]}`)],
    ];
    for (const [name, change] of edits) {
      const { verdict, content } = await check(withAgentValue(change));
      // What says the right thing must not hide the one that does not.
      if (name === "bh") expect(content.bodyHash).toBe("fail");
      if (name === "mid") expect(content.messageId).toBe("fail");
      expect([name, verdict]).toEqual([name, ["mid", "bh", "h", "b2"].includes(name) ? "content_modified" : "invalid"]);
    }
  });

  it("each claim changed without the key is caught by the signature", async () => {
    for (const name of Object.keys(claims)) {
      const other =
        typeof claims[name] === "number" ? 1 : typeof claims[name] === "boolean" ? !claims[name] : "gated_all";
      const value = name === "decision" ? "policy" : name === "log" ? { origin: "x", index: 0, leaf: "x" } : other;
      const [header, , signature] = jws.split(".");
      const body = encodeBase64Url(Buffer.from(JSON.stringify({ ...claims, [name]: value })));
      const report = await check(withJws(`${header}.${body}.${signature}`));
      expect([name, report.verdict, report.operator.signature]).toEqual([name, "invalid", "fail"]);
    }
  });

  it("claims that a rightful key signed are still held against the message, the keys and the other header", async () => {
    const verdicts: Record<string, string> = {};
    const plain = await headersFor(raw, mailbox, operator, {
      jti: "jti00001",
      log: { origin: "x", index: 0, leaf: "AA" },
    });
    const { agent, mailbox: box } = JSON.parse(
      Buffer.from(plain.operator.split(".")[1]!, "base64url").toString(),
    ) as Record<string, string>;
    expect([agent, box]).toEqual([AGENT, mailbox.record.mailbox]);
    const cases = {
      agent: "other",
      mailbox: "other",
      operator: "evil.example",
      iss: "evil.example",
      body_hash: "x",
      folded: "x",
    };
    for (const [name, value] of Object.entries(cases)) {
      const report = await check(await resigned(operator, { [name]: value }));
      expect(report.operator.signature === "pass" || report.operator.presence === "malformed").toBe(true);
      verdicts[name] = report.verdict;
    }
    expect(verdicts).toEqual({
      agent: "invalid",
      mailbox: "invalid",
      operator: "invalid",
      iss: "invalid",
      body_hash: "content_modified",
      folded: "folded" in claims ? "content_modified" : "invalid",
    });
  });

  it("folded claims are checked as strictly as plain ones", async () => {
    const long = { agent: "a".repeat(128), agentRef: "7d3c1f0a-5b0e-4c39-9d55-0b8a1f3f9b77" };
    const ofAgent = mailboxKey({ agent: long.agent });
    const folded = await headersFor(raw, ofAgent, operator, long, long.agent);
    const report = await check(attach(raw, folded), [ofAgent, operator]);
    expect(report.verdict).toBe("verified");
    expect(report.operator.claims).not.toHaveProperty("subject_hash");
    expect(report.operator.claims?.folded).toHaveLength(43);
    for (const draft of [
      { subject: "Other" },
      { to: "eve@evil.example" },
      { mid: "<1@acme.example>" },
      { from: "ceo@acme.example" },
    ]) {
      expect((await check(attach(message(draft), folded), [ofAgent, operator])).verdict).toBe("content_modified");
    }
    // Another mailbox's key of the same agent name must not pass either.
    const stranger = { ...ofAgent, record: { ...ofAgent.record, mailbox: "mbx_other" } };
    expect((await check(attach(raw, folded), [stranger, operator])).verdict).not.toBe("verified");
  });

  it("a doubled or missing header is invalid, whatever the other copy says", async () => {
    for (const line of [
      headers.agent,
      headers.operator,
      "x-multimail-identity: forged",
      "X-MULTIMAIL-AGENT-IDENTITY: forged",
    ]) {
      const report = await check(prependFields(mail, [line]));
      expect(report.verdict).toBe("invalid");
      expect([report.agent.presence, report.operator.presence]).toContain("duplicate");
    }
    for (const line of [headers.agent, headers.operator]) {
      const report = await check(prependFields(raw, [line]));
      expect(report.verdict).toBe("invalid");
      expect([report.agent.presence, report.operator.presence]).toContain("absent");
    }
    expect((await check(withJws("not.a.jws"))).operator.presence).toBe("malformed");
  });

  it("G6: revoked keys are never good, retired ones only for their own time", async () => {
    const as = (key: TestKey, changes: Partial<TestKey["record"]>): TestKey => ({
      ...key,
      record: { ...key.record, ...changes },
    });
    for (const keys of [
      [as(mailbox, { status: "revoked" }), operator],
      [mailbox, as(operator, { status: "revoked", valid_to: AT + 9_999_999 })],
    ]) {
      const report = await check(mail, keys);
      expect(report.verdict).toBe("invalid");
      expect(report.reasons.join(" ")).toContain("was revoked");
      expect(report.agent.statementSignature).toBe("pass");
    }
    const retired = await check(mail, [
      as(mailbox, { status: "retired", valid_to: AT + 500 }),
      as(operator, { status: "retired", valid_to: AT + 500 }),
    ]);
    expect(retired.verdict).toBe("verified");
    expect(retired.reasons).toHaveLength(3);
    for (const changes of [{ status: "retired", valid_to: AT - 500 }, { valid_from: AT + 500 }] as const) {
      const early = await check(mail, [as(mailbox, changes), operator]);
      expect([early.verdict, early.agent.key.inTime]).toEqual(["invalid", "fail"]);
      const late = await check(mail, [mailbox, as(operator, changes)]);
      expect([late.verdict, late.operator.key.inTime]).toEqual(["invalid", "fail"]);
    }
    expect((await check(mail, [mailbox, operator], { now: AT - 1000 })).verdict).toBe("invalid");
  });

  it("G6: keys of another tenant, agent, mailbox or operator do not pass, nor a key in the other's place", async () => {
    const as = (key: TestKey, changes: Partial<TestKey["record"]>): TestKey => ({
      ...key,
      record: { ...key.record, ...changes },
    });
    const wrong: readonly (readonly [string, TestKey[]])[] = [
      ["another agent", [as(mailbox, { agent: "other" }), operator]],
      ["another mailbox", [as(mailbox, { mailbox: "other" }), operator]],
      ["another operator", [as(mailbox, { operator: "evil.example" }), operator]],
      ["another operator of the operator", [mailbox, as(operator, { operator: "evil.example" })]],
      ["a top-level operator", [as(mailbox, { operator: "example" }), as(operator, { operator: "example" })]],
      ["an operator key for the agent", [as(mailbox, { agent: null, mailbox: null }), operator]],
      ["a mailbox key for the operator", [mailbox, as(operator, { agent: AGENT, mailbox: mailbox.record.mailbox })]],
      ["another key under the same kid", [{ ...mailbox, record: mailboxKey().record }, operator]],
      ["another operator key under the same kid", [mailbox, { ...operator, record: operatorKey().record }]],
      ["no key", [operator]],
      ["no operator key", [mailbox]],
      ["a damaged key", [as(mailbox, { public_key_pem: "x" }), operator]],
    ];
    for (const [name, keys] of wrong) expect([name, (await check(mail, keys)).verdict]).toEqual([name, "invalid"]);
    const answers = await verifyMessage(mail, async () => mailbox.record, { now: NOW, verify: verifyNode });
    expect([answers.verdict, answers.operator.key.status]).toEqual(["invalid", "unusable"]);
    const top = await check(mail, [as(mailbox, { operator: "example" }), operator]);
    expect(top.agent.key.fromDomain).toBe("fail");
    const signedByMailbox = await resigned(mailbox, {});
    expect((await check(signedByMailbox)).operator.signature).toBe("fail");
  });

  it("subdomains of the operator are its own, others are not", async () => {
    const ofSub = async (from: string) => {
      const sub = message({ from });
      return (await check(attach(sub, await headersFor(sub, mailbox, operator)))).verdict;
    };
    expect(await ofSub("crm@agents.acme.example")).toBe("verified");
    expect(await ofSub("crm@acme.example.evil.example")).toBe("invalid");
    expect(await ofSub("crm@badacme.example")).toBe("invalid");
  });

  it("a resolver that fails or answers nonsense makes it invalid, never an exception", async () => {
    const answers: readonly unknown[] = [
      undefined,
      "x",
      7,
      {},
      { ...mailbox.record, kid: "other" },
      { ...mailbox.record, status: "?" },
    ];
    for (const answer of answers) {
      const report = await verifyMessage(mail, async () => answer as never, { verify: verifyNode });
      expect(report.verdict).toBe("invalid");
    }
    const rejecting = await verifyMessage(mail, () => Promise.reject(new Error("offline")));
    expect([rejecting.verdict, rejecting.agent.key.status]).toEqual(["invalid", "unreachable"]);
    const throwing = await verifyMessage(mail, () => {
      throw new Error("offline");
    });
    expect(throwing.verdict).toBe("invalid");
  });

  it("what is no message is invalid: bare line ends, NUL, half a header; an empty one is unsigned", async () => {
    for (const bytes of [
      Buffer.from(mail).toString("latin1").replaceAll("\r\n", "\n"),
      "\0",
      "Subject: x",
      "no field\r\n\r\n",
    ]) {
      const report = await check(Uint8Array.from(Buffer.from(bytes, "latin1")));
      expect(report.verdict).toBe("invalid");
      expect(report.reasons[0]).toContain("cannot be read as a message");
    }
    expect((await check(new Uint8Array(0))).verdict).toBe("unsigned");
  });

  it("every single changed bit of a signed message is noticed, but for the letter case of field names", async () => {
    const start = Buffer.from(mail).indexOf("\r\nFrom:") + 2;
    let verified = 0;
    for (let at = start; at < mail.length; at += 3) {
      const bent = mail.slice();
      bent[at]! ^= 1 << (at % 7);
      const report = await check(bent);
      // Field names have no case.
      if (report.verdict === "verified") {
        verified++;
        expect(Buffer.from(bent).toString("latin1").toLowerCase()).toBe(
          Buffer.from(mail).toString("latin1").toLowerCase(),
        );
      }
    }
    expect(verified).toBeLessThan(20);
  }, 30_000);

  it("the field as it is sent folds; the report's identity is what it says", async () => {
    const report = await check(mail);
    expect(agentIdentityField(report.agent.identity!)).toBe(headers.agent);
    expect(headers.agent.split("\r\n").length).toBeGreaterThan(4);
  });
});
