/** The verdict and its words, for every single thing that can be wrong while all the rest is right. */
import { describe, expect, it } from "vitest";
import type { AgentIdentity } from "../../src/identity/AgentIdentity.ts";
import {
  type AgentHeaderReport,
  type AgreementReport,
  type Check,
  conclude,
  type ContentReport,
  type KeyReport,
  type OperatorHeaderReport,
  type Presence,
} from "../../src/identity/VerificationReport.ts";
import { AGENT, AT, KID, OPERATOR_KID } from "./signedMessage.ts";

const key = (kid: string, changes: Partial<KeyReport> = {}): KeyReport => ({
  kid,
  status: "active",
  kind: "pass",
  inTime: "pass",
  fromDomain: "pass",
  ...changes,
});
const statement = { kid: KID, agent: AGENT, ts: AT, sig: "AA==" };
const identity: AgentIdentity = { ...statement, binding: { mid: "m@x.example", bh: "AA==", h: ["from"], b2: "AA==" } };

interface Changes {
  readonly agent?: Partial<AgentHeaderReport>;
  readonly operator?: Partial<OperatorHeaderReport>;
  readonly content?: Partial<ContentReport>;
  readonly agreement?: Partial<AgreementReport>;
}

/** All right, but for `changes`; the headers are called A and B. */
const concluded = (changes: Changes = {}) => {
  const { verdict, reasons } = conclude(
    {
      agent: {
        presence: "present",
        count: 1,
        identity,
        statementSignature: "pass",
        bindingSignature: "pass",
        key: key(KID),
        agentMatchesKey: "pass",
        ...changes.agent,
      },
      operator: {
        presence: "present",
        count: 1,
        claims: null,
        signature: "pass",
        key: key(OPERATOR_KID),
        operatorMatchesKey: "pass",
        ...changes.operator,
      },
      content: {
        bodyHash: "pass",
        signedFields: "pass",
        messageId: "pass",
        author: "pass",
        recipients: "pass",
        subject: "pass",
        ...changes.content,
      },
      agreement: { agent: "pass", mailbox: "pass", operator: "pass", ...changes.agreement },
    },
    ["A", "B"],
  );
  return { verdict, reasons };
};

const valid = "Both signatures are valid, by keys of From's domain, and the message is the one that was signed.";

describe("OV-49 verification-reports-separately: the verdict and its reasons", () => {
  it("verified: says what it means, and which keys were replaced since", () => {
    const replaced = (kid: string) => `The key ${kid} was replaced; it was valid at the time it signed.`;
    const first = { agent: { key: key(KID, { status: "retired" }) } } as const;
    const second = { operator: { key: key(OPERATOR_KID, { status: "retired" }) } } as const;
    expect(concluded()).toEqual({ verdict: "verified", reasons: [valid] });
    expect(concluded(first)).toEqual({ verdict: "verified", reasons: [valid, replaced(KID)] });
    expect(concluded(second)).toEqual({ verdict: "verified", reasons: [valid, replaced(OPERATOR_KID)] });
    expect(concluded({ ...first, ...second }).reasons).toEqual([valid, replaced(KID), replaced(OPERATOR_KID)]);
  });

  it("unsigned: only when neither header is there", () => {
    const absent = { presence: "absent" } as const;
    expect(concluded({ agent: absent, operator: absent })).toEqual({
      verdict: "unsigned",
      reasons: ["The message carries no identity header."],
    });
    expect(concluded({ agent: absent }).verdict).toBe("invalid");
    expect(concluded({ operator: absent }).verdict).toBe("invalid");
  });

  const presences: readonly (readonly [Presence, string])[] = [
    ["absent", "is missing"],
    ["duplicate", "is there more than once"],
    ["malformed", "does not follow its format"],
  ];
  const statuses: readonly (readonly [KeyReport["status"], string])[] = [
    ["revoked", "was revoked: nothing it signed can be trusted"],
    ["unknown", "is not known"],
    ["unreachable", "could not be looked up"],
    ["unusable", "is not what a published key must be"],
  ];
  const keyChecks = (kid: string, name: string): readonly (readonly [Partial<KeyReport>, string])[] => [
    ...statuses.map(([status, words]) => [{ status }, `The key ${kid} of ${name} ${words}.`] as const),
    [{ kind: "fail" }, `The key ${kid} is of the wrong kind for ${name}.`],
    [{ inTime: "fail" }, `${name} claims a time at which its key was not valid, or which is in the future.`],
    [{ fromDomain: "fail" }, `From is not an address of the domain that the key of ${name} belongs to.`],
  ];
  const invalid: readonly (readonly [reason: string, changes: Changes])[] = [
    ...presences.map(([presence, words]) => [`A ${words}.`, { agent: { presence } }] as const),
    ...presences.map(([presence, words]) => [`B ${words}.`, { operator: { presence } }] as const),
    ["A says who, but is not bound to any message.", { agent: { identity: { ...statement, binding: null } } }],
    ...keyChecks(KID, "A").map(([changes, words]) => [words, { agent: { key: key(KID, changes) } }] as const),
    ...keyChecks(OPERATOR_KID, "B").map(
      ([changes, words]) => [words, { operator: { key: key(OPERATOR_KID, changes) } }] as const,
    ),
    ["The signature of A is not by the key it names.", { agent: { statementSignature: "fail" } }],
    ["The signature of B is not by the key it names.", { operator: { signature: "fail" } }],
    ["A names another agent than its key was made for.", { agent: { agentMatchesKey: "fail" } }],
    ["B names another operator than its key was made for.", { operator: { operatorMatchesKey: "fail" } }],
    ["The two headers name different agents.", { agreement: { agent: "fail" } }],
    ["The two headers are from different mailboxes.", { agreement: { mailbox: "fail" } }],
    ["The two headers are from different operators.", { agreement: { operator: "fail" } }],
  ];
  it.each(invalid)("invalid, and nothing else is said: %s", (reason, changes) => {
    expect(concluded(changes)).toEqual({ verdict: "invalid", reasons: [reason] });
    // What is wrong with the content as well does not soften it.
    expect(concluded({ ...changes, content: { bodyHash: "fail" } })).toEqual({ verdict: "invalid", reasons: [reason] });
  });

  it("invalid: every reason is told, in one order", () => {
    const all = concluded({
      agent: { statementSignature: "fail", key: key(KID, { status: "revoked", inTime: "fail" }) },
      operator: { presence: "malformed", signature: "unchecked" },
      agreement: { agent: "unchecked", mailbox: "fail" },
    });
    expect(all.reasons).toEqual([
      "B does not follow its format.",
      `The key ${KID} of A was revoked: nothing it signed can be trusted.`,
      "A claims a time at which its key was not valid, or which is in the future.",
      "The signature of A is not by the key it names.",
      "The two headers are from different mailboxes.",
    ]);
  });

  const contentWords: readonly (readonly [keyof ContentReport, string])[] = [
    ["bodyHash", "The body is not the one that was signed."],
    ["signedFields", "A signed header field was changed, added or removed."],
    ["messageId", "The Message-ID is not the one that was signed."],
    ["author", "From is not the address that was signed."],
    ["recipients", "To and Cc are not the recipients that were signed."],
    ["subject", "The Subject is not the one that was signed."],
  ];
  it.each(contentWords)("content_modified: %s alone; what could not be checked is no pass", (name, words) => {
    for (const check of ["fail", "unchecked"] as const) {
      expect(concluded({ content: { [name]: check } })).toEqual({ verdict: "content_modified", reasons: [words] });
    }
  });

  const unchecked: Check = "unchecked";
  const silent: readonly (readonly [string, Changes])[] = [
    ["the statement's signature", { agent: { statementSignature: unchecked } }],
    ["the binding's signature", { agent: { bindingSignature: unchecked } }],
    ["the agent of the key", { agent: { agentMatchesKey: unchecked } }],
    ["the kind of the mailbox's key", { agent: { key: key(KID, { kind: unchecked }) } }],
    ["the time of the mailbox's key", { agent: { key: key(KID, { inTime: unchecked }) } }],
    ["the domain of the mailbox's key", { agent: { key: key(KID, { fromDomain: unchecked }) } }],
    ["the operator's signature", { operator: { signature: unchecked } }],
    ["the operator of the key", { operator: { operatorMatchesKey: unchecked } }],
    ["the kind of the operator's key", { operator: { key: key(OPERATOR_KID, { kind: unchecked }) } }],
    ["the time of the operator's key", { operator: { key: key(OPERATOR_KID, { inTime: unchecked }) } }],
    ["the domain of the operator's key", { operator: { key: key(OPERATOR_KID, { fromDomain: unchecked }) } }],
    ["that the agents agree", { agreement: { agent: unchecked } }],
    ["that the mailboxes agree", { agreement: { mailbox: unchecked } }],
    ["that the operators agree", { agreement: { operator: unchecked } }],
  ];
  it.each(silent)("invalid while it is not known: %s", (_, changes) => {
    expect(concluded(changes)).toEqual({ verdict: "invalid", reasons: ["Not everything could be checked."] });
  });

  it("keeps what was found beside the verdict", () => {
    const findings = conclude(
      {
        agent: {
          presence: "absent",
          count: 0,
          identity: null,
          statementSignature: "unchecked",
          bindingSignature: "unchecked",
          key: key(KID),
          agentMatchesKey: "unchecked",
        },
        operator: {
          presence: "absent",
          count: 0,
          claims: null,
          signature: "unchecked",
          key: key(OPERATOR_KID),
          operatorMatchesKey: "unchecked",
        },
        content: {
          bodyHash: "unchecked",
          signedFields: "unchecked",
          messageId: "unchecked",
          author: "unchecked",
          recipients: "unchecked",
          subject: "unchecked",
        },
        agreement: { agent: "unchecked", mailbox: "unchecked", operator: "unchecked" },
      },
      ["A", "B"],
    );
    expect(findings).toMatchObject({ verdict: "unsigned", agent: { count: 0 }, operator: { presence: "absent" } });
  });
});
