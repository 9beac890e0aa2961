/** The CEF rendering, read back by a strict reader. */
import fc from "fast-check";
import { assert, describe, it } from "vitest";
import { cefFields, cefRecord, printable } from "../../src/siem/Cef.ts";
import { hostileLine, hostileText } from "./hostile.ts";
import { author, clean, digestOf, TenantLog } from "../support/tenantLog.ts";
import { readCef } from "./reading.ts";

const context = { origin: "acme.example/log", productVersion: "0.1.0" };

describe("CEF", () => {
  it("writes lines of a real log", () => {
    const log = new TenantLog();
    log.tenantBegins();
    log.mailbox("mbx_1");
    log.submit("mbx_1", "msg_1");
    const itself = log.happens(5, author, {
      type: "approve",
      mailbox: "mbx_1",
      message: "msg_1",
      digest: digestOf("msg_1"),
      verdict: clean,
    });
    const { header, extension } = readCef(cefRecord(itself, context));
    assert.deepEqual(header, [
      "CEF:0",
      "Countersign",
      "Countersign",
      "0.1.0",
      "approve.refused",
      "approve refused",
      "8",
    ]);
    assert.deepEqual(Object.fromEntries(extension), {
      rt: "1790812805000",
      externalId: "8",
      deviceExternalId: "acme.example/log",
      act: "refused",
      outcome: "refused",
      reason: "self_decision",
      suser: "crm",
      suid: "ak_acme_crm_oversight",
      spriv: "reviewer",
      fileHash: digestOf("msg_1"),
      cs1: "gated_send",
      cs1Label: "oversightMode",
      cs2: "mbx_1",
      cs2Label: "mailboxId",
      cs3: "agent-of-mbx_1",
      cs3Label: "agentId",
      cs4: "msg_1",
      cs4Label: "messageId",
      cs6: itself.leaf_hash,
      cs6Label: "leafHash",
      flexString1: "pending_approval",
      flexString1Label: "fromStatus",
      flexString2: "pending_approval",
      flexString2Label: "toStatus",
      cfp1: "0.012",
      cfp1Label: "domainRiskScore",
      msg: "approve by reviewer crm: refused (self_decision)",
    });
    const submitted = readCef(cefRecord(log.lines[7]!, context));
    assert.strictEqual(submitted.header[6], "1");
    assert.strictEqual(submitted.extension.get("act"), "held");
  });

  it("reads back to the same fields whatever stands in them, and adds none", () => {
    fc.assert(
      fc.property(hostileLine, hostileText, hostileText, (line, origin, productVersion) => {
        const hostile = { origin, productVersion };
        const { header, extension } = readCef(cefRecord(line, hostile));
        assert.strictEqual(header.length, 7);
        const blank = (text: string) => printable(text).replace(/[\r\n]/g, " ");
        if (productVersion.length < 31) assert.strictEqual(header[3], blank(productVersion));
        assert.strictEqual(header[4], blank(`${line.type}.${line.outcome}`));
        assert.deepEqual(
          [...extension],
          cefFields(line, hostile).map(([key, value]) => [key, value]),
        );
        for (const [key, value] of [
          ["reason", line.refusal],
          ["cs1", line.oversight_mode],
          ["cs4", line.message_id],
          ["flexString2", line.to_status],
        ] as const) {
          assert.strictEqual(extension.get(key) ?? null, value === null ? null : printable(value));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("shows controls instead of sending them, and cuts long values between characters", () => {
    assert.strictEqual(printable("a\u0000\u001b[2J\u007f\u0085\u2028\ud800\r\n"), "a␀␛[2J␡\ufffd\ufffd\ufffd\r\n");
    fc.assert(fc.property(hostileText, (text) => assert.notMatch(printable(text), /[^\P{Cc}\r\n]|[\u2028\u2029]/u)));
    const log = new TenantLog();
    log.tenantBegins();
    const line = { ...log.lines[0]!, refusal: `${"x".repeat(1021)}😀y`, mailbox_id: "=".repeat(5000) };
    const { extension } = readCef(cefRecord(line, context));
    assert.strictEqual(extension.get("reason"), `${"x".repeat(1021)}…`);
    assert.strictEqual(extension.get("cs2"), `${"=".repeat(3999)}…`);
  });
});
