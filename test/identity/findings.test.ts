/** What `verifyMessage` reports of each question, where the verdict alone would hide it. */
import { describe, expect, it } from "vitest";
import type { SignatureFormat } from "../../src/identity/EcdsaSignature.ts";
import type { ResolvedKey } from "../../src/identity/KeyRecord.ts";
import { verifyNode } from "../../src/identity/NodeVerify.ts";
import { foldableClaims, operatorIdentityField, type OperatorStatement } from "../../src/identity/OperatorIdentity.ts";
import type { AgreementReport, Check, ContentReport, KeyReport } from "../../src/identity/VerificationReport.ts";
import { CLOCK_SKEW_SECONDS, verifyMessage, type VerifyOptions } from "../../src/identity/verifyMessage.ts";
import { prependFields } from "../../src/mail/read/Fields.ts";
import { utf8 } from "../../src/bytes/octets.ts";
import {
  AGENT,
  AT,
  attach,
  forge,
  headersFor,
  KID,
  mailboxKey,
  message,
  OPERATOR_KID,
  operatorKey,
  payloadOf,
  resolver,
  type TestKey,
} from "./signedMessage.ts";

const mailbox = mailboxKey();
const operator = operatorKey();
const raw = message();
/** So short that nothing is folded. */
const short: Partial<OperatorStatement> = { jti: "jti00001", log: { origin: "x", index: 0, leaf: "AA" } };
const headers = await headersFor(raw, mailbox, operator, short);
const mail = attach(raw, headers);

const as = (key: TestKey, changes: Partial<ResolvedKey>): TestKey => ({
  ...key,
  record: { ...key.record, ...changes },
});
const check = (bytes: Uint8Array, keys: readonly TestKey[] = [mailbox, operator], options: VerifyOptions = {}) =>
  verifyMessage(bytes, resolver(...keys), { verify: verifyNode, ...options });

const jws = headers.operator.slice(headers.operator.indexOf(" ") + 1, -2);
/** The operator's claims changed and signed again by the operator. */
const resigned = async (changes: Record<string, unknown>): Promise<Uint8Array> => {
  const head = { alg: "ES256", kid: OPERATOR_KID, typ: "agent-mail+jwt" };
  const value = await forge(operator, head, { ...payloadOf(jws), ...changes });
  return prependFields(raw, [headers.agent, operatorIdentityField(value)]);
};

const content = (every: Check, changes: Partial<ContentReport> = {}): ContentReport => ({
  bodyHash: every,
  signedFields: every,
  messageId: every,
  author: every,
  recipients: every,
  subject: every,
  ...changes,
});
const agreement = (every: Check, changes: Partial<AgreementReport> = {}): AgreementReport => ({
  agent: every,
  mailbox: every,
  operator: every,
  ...changes,
});
const noKey = (kid: string | null, status: KeyReport["status"]): KeyReport => ({
  kid,
  status,
  kind: "unchecked",
  inTime: "unchecked",
  fromDomain: "unchecked",
});
const absentAgent = {
  presence: "absent",
  count: 0,
  identity: null,
  statementSignature: "unchecked",
  bindingSignature: "unchecked",
  key: noKey(null, "unchecked"),
  agentMatchesKey: "unchecked",
} as const;
const absentOperator = {
  presence: "absent",
  count: 0,
  claims: null,
  signature: "unchecked",
  key: noKey(null, "unchecked"),
  operatorMatchesKey: "unchecked",
} as const;

describe("OV-49 verification-reports-separately: what is found without a header or a key", () => {
  it("no header, or no message: nothing is checked", async () => {
    for (const bytes of [raw, utf8("no field\r\n\r\n")]) {
      const report = await check(bytes);
      expect(report.agent).toEqual(absentAgent);
      expect(report.operator).toEqual(absentOperator);
      expect([report.content, report.agreement]).toEqual([content("unchecked"), agreement("unchecked")]);
    }
  });

  it("only the agent's header: its signatures, and nothing of the operator's claims", async () => {
    const report = await check(prependFields(raw, [headers.agent]));
    expect(report.operator).toEqual(absentOperator);
    expect(report.content).toEqual(content("unchecked", { signedFields: "pass" }));
    expect(report.agreement).toEqual(agreement("unchecked"));
    expect([report.agent.statementSignature, report.agent.agentMatchesKey]).toEqual(["pass", "pass"]);
  });

  it("only the operator's header: its claims about the message, and nothing to compare agent and mailbox with", async () => {
    const report = await check(prependFields(raw, [headers.operator]));
    expect(report.agent).toEqual(absentAgent);
    expect(report.content).toEqual(content("pass", { bodyHash: "unchecked", signedFields: "unchecked" }));
    expect(report.agreement).toEqual(agreement("unchecked"));
    expect([report.operator.signature, report.operator.operatorMatchesKey]).toEqual(["pass", "pass"]);
  });

  it.each([
    ["no key", null, "unknown"],
    ["nothing", undefined, "unknown"],
    ["no record", {}, "unusable"],
    ["a key that is none", { ...mailbox.record, public_key_pem: "x" }, "unusable"],
    ["another key", { ...mailbox.record, kid: "key_other" }, "unusable"],
  ] as const)("keys for which the resolver has %s: nothing that needs them is checked", async (_, answer, status) => {
    const report = await verifyMessage(mail, async () => answer as never, { verify: verifyNode });
    expect([report.agent.key, report.operator.key]).toEqual([noKey(KID, status), noKey(OPERATOR_KID, status)]);
    const { statementSignature, bindingSignature, agentMatchesKey } = report.agent;
    expect([statementSignature, bindingSignature, agentMatchesKey]).toEqual(Array(3).fill("unchecked"));
    expect([report.operator.signature, report.operator.operatorMatchesKey]).toEqual(["unchecked", "unchecked"]);
    expect(report.content).toEqual(content("pass", { signedFields: "unchecked" }));
    expect(report.agreement).toEqual(agreement("unchecked", { agent: "pass" }));
  });

  it("one key known: what the other would be needed for is not checked", async () => {
    const ofMailbox = await check(mail, [mailbox]);
    expect(ofMailbox.operator.operatorMatchesKey).toBe("unchecked");
    expect([ofMailbox.content, ofMailbox.agreement]).toEqual([content("pass"), agreement("pass")]);
    const ofOperator = await check(mail, [operator]);
    expect(ofOperator.operator.operatorMatchesKey).toBe("pass");
    expect(ofOperator.agreement).toEqual(agreement("unchecked", { agent: "pass" }));
  });
});

describe("OV-50 verification-fails-closed: keys", () => {
  it("a mailbox's key has a mailbox and an agent, an operator's neither; half of both is neither's", async () => {
    const owners = [
      { mailbox: mailbox.record.mailbox, agent: AGENT },
      { mailbox: null, agent: null },
      { mailbox: mailbox.record.mailbox, agent: null },
      { mailbox: null, agent: AGENT },
    ] as const;
    const kinds: Check[][] = [];
    for (const owner of owners) {
      const report = await check(mail, [as(mailbox, owner), as(operator, owner)]);
      kinds.push([report.agent.key.kind, report.operator.key.kind]);
    }
    expect(kinds).toEqual([
      ["pass", "fail"],
      ["fail", "pass"],
      ["fail", "fail"],
      ["fail", "fail"],
    ]);
  });

  it("the time claimed lies in the key's validity, give or take the skew of clocks, to the second", async () => {
    const skew = CLOCK_SKEW_SECONDS;
    const inTime = async (changes: Partial<ResolvedKey>, options: VerifyOptions = {}) =>
      (await check(mail, [as(mailbox, changes), operator], options)).agent.key.inTime;
    expect(skew).toBe(300);
    expect(await inTime({ valid_from: AT + skew })).toBe("pass");
    expect(await inTime({ valid_from: AT + skew + 1 })).toBe("fail");
    expect(await inTime({ valid_to: AT - skew })).toBe("pass");
    expect(await inTime({ valid_to: AT - skew - 1 })).toBe("fail");
    expect(await inTime({}, { now: AT - skew })).toBe("pass");
    expect(await inTime({}, { now: AT - skew - 1 })).toBe("fail");
    expect((await check(mail, undefined, { now: AT + 60 - skew })).operator.key.inTime).toBe("pass");
    expect((await check(mail, undefined, { now: AT + 60 - skew - 1 })).operator.key.inTime).toBe("fail");
  });

  it("an agent's statement comes before the operator's, give or take the skew of clocks", async () => {
    const inTime = async (iat: number) => {
      const early = attach(raw, await headersFor(raw, mailbox, operator, { ...short, iat }));
      return (await check(early, undefined, { now: AT + 9000 })).agent.key.inTime;
    };
    expect(await inTime(AT - CLOCK_SKEW_SECONDS)).toBe("pass");
    expect(await inTime(AT - CLOCK_SKEW_SECONDS - 1)).toBe("fail");
  });

  it("the agent's signatures are checked as DER, the operator's as r‖s", async () => {
    const formats: SignatureFormat[] = [];
    const report = await check(mail, undefined, {
      verify: (key, data, signature, format) => {
        formats.push(format);
        return verifyNode(key, data, signature, format);
      },
    });
    expect(report.verdict).toBe("verified");
    expect(formats.toSorted()).toEqual(["der", "der", "p1363"]);
  });
});

describe("OV-49 verification-reports-separately: what is found of the two headers against each other", () => {
  it.each([
    ["agent", { agent: "other" }, agreement("pass", { agent: "fail" })],
    ["mailbox", { mailbox: "mbx_other" }, agreement("pass", { mailbox: "fail" })],
    ["operator", { operator: "other.example" }, agreement("pass", { operator: "fail" })],
  ] as const)("another %s is told, and alone", async (_, changes, expected) => {
    const report = await check(await resigned(changes));
    expect([report.agreement, report.content]).toEqual([expected, content("pass")]);
  });

  it.each([
    ["body", { body_hash: "x" }, { bodyHash: "fail" }],
    ["Message-ID", { mid: "other@acme.example" }, { messageId: "fail" }],
    ["author", { from: "ceo@acme.example" }, { author: "fail" }],
    ["recipients", { rcpt: "1.x" }, { recipients: "fail" }],
    ["Subject", { subject_hash: "x" }, { subject: "fail" }],
  ] as const)(
    "a claim about another %s is told, and alone, while the agent's header is right",
    async (_, changes, expected) => {
      const report = await check(await resigned(changes));
      expect(report.content).toEqual(content("pass", expected));
      expect(report.agreement).toEqual(agreement("pass"));
    },
  );

  it("of folded claims all that may differ are told; agent and mailbox are not blamed for them", async () => {
    const agent = "a".repeat(128);
    const ofAgent = mailboxKey({ agent });
    const long = { agent, log: { origin: "o".repeat(150), index: 1, leaf: "A".repeat(64) }, mailbox: "m".repeat(120) };
    const stranger = as(ofAgent, { mailbox: long.mailbox });
    const folded = await headersFor(raw, ofAgent, operator, long, agent);
    const whole = await check(attach(raw, folded), [stranger, operator]);
    for (const name of foldableClaims) expect(Object.keys(whole.operator.claims!)).not.toContain(name);
    expect([whole.verdict, whole.agreement]).toEqual(["verified", agreement("pass")]);
    const changed = [
      attach(message({ subject: "Other" }), folded),
      // What cannot be read has no value that could be folded.
      prependFields(attach(raw, folded), ["Subject: Your ticket 4821 is resolved"]),
    ];
    for (const bytes of changed) {
      const report = await check(bytes, [stranger, operator]);
      expect(report.verdict).toBe("content_modified");
      expect(report.agreement).toEqual(agreement("unchecked", { operator: "pass" }));
      const { author, messageId, recipients, subject } = report.content;
      expect([author, messageId, recipients, subject]).toEqual(Array(4).fill("fail"));
    }
    const keyless = await check(attach(raw, folded), [operator]);
    expect(keyless.agreement).toEqual(agreement("unchecked"));
  });
});
