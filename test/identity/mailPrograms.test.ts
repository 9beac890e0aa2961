/**
 * Both header fields through what mail programs do to them: Python's policies for real, other relays' habits as they were seen.
 * `test/interop/headers.sh` sends through whole mail servers.
 */
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { verifyNode } from "../../src/identity/NodeVerify.ts";
import { verifyMessage } from "../../src/identity/verifyMessage.ts";
import { address, composed, plainDraft } from "../mail/drafts.ts";
import { attach, edit, headersFor, mailboxKey, message, operatorKey, resolver } from "./signedMessage.ts";

const operatorName = `${"d".repeat(40)}.example`;
const mailbox = mailboxKey({ operator: operatorName });
const operator = operatorKey({ operator: operatorName });
const raw = message({ from: `crm@${operatorName}`, mid: `<01J0${"0".repeat(22)}@${operatorName}>` });
const headers = await headersFor(raw, mailbox, operator, { operator: operatorName });
const mail = attach(raw, headers);

const verdict = async (bytes: Uint8Array): Promise<string> =>
  (await verifyMessage(bytes, resolver(mailbox, operator), { verify: verifyNode })).verdict;

/** What Python gives back of a message that it read and wrote, both by one policy. */
const throughPython = (policy: string, bytes = mail): Uint8Array =>
  new Uint8Array(
    execFileSync(
      "python3",
      [
        "-c",
        [
          "import sys, email, email.policy as policy",
          `p = ${policy}`,
          "m = email.message_from_bytes(sys.stdin.buffer.read(), policy=p)",
          "sys.stdout.buffer.write(m.as_bytes(policy=p.clone(linesep='\\r\\n')))",
        ].join("\n"),
      ],
      { input: bytes, timeout: 20_000 },
    ),
  );

describe("both headers through mail programs", () => {
  it("as they are written", async () => {
    expect(await verdict(mail)).toBe("verified");
  });

  it.each([
    ["OV-166 agent-lines-fit", "policy.SMTP"],
    ["OV-166 agent-lines-fit", "policy.SMTPUTF8"],
    ["OV-166 agent-lines-fit", "policy.compat32"],
  ])("%s: Python's %s leaves the agent's header as it is", async (_, policy) => {
    const written = throughPython(policy);
    expect(Buffer.from(written).toString()).toContain(headers.agent);
    expect(await verdict(written)).toBe("verified");
  });

  it("OV-167 encoded-words-are-read: Python writes the operator's header as encoded words", async () => {
    const written = throughPython("policy.SMTP");
    expect(Buffer.from(written).toString()).toMatch(/^X-MultiMail-Identity: =\?utf-8\?q\?/m);
    expect(await verdict(written)).toBe("verified");
    expect(await verdict(edit(written, "we have resolved", "we have deleted"))).toBe("content_modified");
  });

  it.each(["policy.SMTP", "policy.compat32"])(
    "Python's %s keeps the body of a message with HTML and a file",
    async (policy) => {
      const html = { from: address(`crm@${operatorName}`), html: "<p>Hi", messageId: `<01J1@${operatorName}>` };
      const file = { name: "a.pdf", contentType: "application/pdf", content: new Uint8Array(100) };
      const letter = composed({ ...plainDraft, ...html, attachments: [file] }).raw;
      const written = throughPython(
        policy,
        attach(letter, await headersFor(letter, mailbox, operator, { operator: operatorName })),
      );
      expect(await verdict(written)).toBe("verified");
    },
  );

  it("OV-167: written anew in lines of 40, both as encoded words", async () => {
    const written = throughPython("policy.SMTP.clone(refold_source='all', max_line_length=40)");
    expect(Buffer.from(written).toString()).toMatch(/^X-MultiMail-Agent-Identity:[^:]*=\?utf-8\?q\?/m);
    // The other fields are written anew as well, and what was signed of them is gone; who signed is not.
    const report = await verifyMessage(written, resolver(mailbox, operator), { verify: verifyNode });
    expect([report.agent.statementSignature, report.operator.signature]).toEqual(["pass", "pass"]);
  });

  it("OV-167: whole fields in B words", async () => {
    const words = (field: string): string => {
      const value = field
        .slice(field.indexOf(":") + 1)
        .replaceAll("\r\n", "")
        .trim();
      const lines = value.match(/.{1,45}/g)!.map((part) => `=?UTF-8?B?${Buffer.from(part).toString("base64")}?=`);
      return `${field.slice(0, field.indexOf(":"))}: ${lines.join("\r\n ")}\r\n`;
    };
    const sent = { agent: words(headers.agent), operator: words(headers.operator) };
    expect(await verdict(attach(raw, sent))).toBe("verified");
  });

  it.each([
    ["an encoded word beyond ASCII", (field: string) => field.replace("v=1;", "=?utf-8?q?v=3D1=C2=A0?=;")],
    ["another agent in an encoded word", (field: string) => field.replace(/agent=[^;]+/, "=?utf-8?q?agent=3Dceo?=")],
  ])("%s is not verified", async (_, change) => {
    const changed = change(headers.agent);
    expect(changed).not.toBe(headers.agent);
    expect(await verdict(attach(raw, { ...headers, agent: changed }))).toBe("invalid");
  });
});
