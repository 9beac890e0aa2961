import { Result } from "effect";
import fc from "fast-check";
import PostalMime, { decodeWords } from "postal-mime";
import { describe, expect, it } from "vitest";
import { formatAddress } from "../../../src/mail/address/Address.ts";
import { compose, type Draft } from "../../../src/mail/compose/Compose.ts";
import { fieldValues, splitMessage } from "../../../src/mail/read/Fields.ts";
import { address, composed, draft, plainDraft, textOf } from "../drafts.ts";
import { explained } from "../../support/explained.ts";

const reason = (change: Partial<Draft> | Record<string, unknown>): readonly [string, string] => {
  const made = compose({ ...plainDraft, ...change } as Draft);
  return Result.isFailure(made) ? [explained(made.failure).reason, made.failure.field] : ["accepted", ""];
};
const names = (raw: Uint8Array): readonly string[] => Result.getOrThrow(splitMessage(raw)).fields.map((f) => f.name);
const unixLines = (text: string): string => text.replace(/\r\n?/g, "\n");
const withLastLine = (text: string): string => (text.endsWith("\n") ? text : `${text}\n`);

describe("OV-41 content-is-fixed-first: compose", () => {
  it("writes exactly these bytes", () => {
    const { raw, envelope } = composed({
      ...plainDraft,
      cc: [address('"Doe, Jane" <jane@recipient.example>')],
      bcc: [address("hidden@third.example"), address("bob@recipient.example")],
      headers: { "x-b": "2", "X-Ticket": "  17 " },
      inReplyTo: "<p@r.example>",
      references: ["<o@r.example>", "<p@r.example>"],
      disclosure: "Written by an AI agent.",
    });
    expect(textOf(raw)).toBe(
      [
        "From: Ann Agent <ann@agents.example>",
        "To: bob@recipient.example",
        'Cc: "Doe, Jane" <jane@recipient.example>',
        "Subject: Quarterly numbers",
        "Date: Mon, 16 Nov 2026 12:00:00 +0000",
        "Message-ID: <01J8ZK@agents.example>",
        "In-Reply-To: <p@r.example>",
        "References: <o@r.example> <p@r.example>",
        "X-AI-Generated: true",
        "Auto-Submitted: auto-generated",
        "x-b: 2",
        "X-Ticket: 17",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 7bit",
        "",
        "Dear Bob,",
        "",
        "here they are.",
        "",
        "---",
        "Written by an AI agent.",
        "",
      ].join("\r\n"),
    );
    expect(envelope).toEqual({
      from: "ann@agents.example",
      to: ["bob@recipient.example", "jane@recipient.example", "hidden@third.example"],
    });
  });

  it("gives back every part when another parser reads it, in CRLF lines of 7-bit octets", async () => {
    await fc.assert(
      fc.asyncProperty(draft, async (d) => {
        const { raw, envelope } = composed(d);
        expect(composed(d).raw).toEqual(raw);
        const wire = textOf(raw);
        expect(wire).toMatch(/^[\t\r\n -~]*\r\n$/);
        expect(wire.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
        for (const line of wire.split("\r\n")) expect(line.length).toBeLessThanOrEqual(998);
        const { fields, body } = Result.getOrThrow(splitMessage(raw));
        for (const line of textOf(body).split("\r\n")) expect(line.length).toBeLessThanOrEqual(76);
        expect(names(raw).map((n) => n.toLowerCase())).not.toContain("bcc");
        expect(fieldValues(fields, "x-ai-generated")).toEqual(["true"]);
        expect(fieldValues(fields, "auto-submitted")).toEqual(["auto-generated"]);

        const read = await PostalMime.parse(raw);
        expect(read.subject ?? "").toBe(d.subject);
        expect(read.messageId).toBe(d.messageId);
        expect(new Date(read.date!).getTime()).toBe(d.date * 1000);
        expect(read.from).toMatchObject({ name: d.from.name ?? "", address: d.from.addrSpec });
        expect(read.to?.map((a) => [a.name, a.address])).toEqual(d.to.map((a) => [a.name ?? "", a.addrSpec]));
        expect((read.cc ?? []).map((a) => a.address)).toEqual(d.cc.map((a) => a.addrSpec));
        expect(read.references ?? "").toBe((d.references ?? []).join(" "));
        const footer = d.disclosure ?? "";
        if (d.text !== undefined) {
          expect(unixLines(read.text ?? "")).toBe(
            footer === "" ? withLastLine(d.text) : `${d.text}${d.text.endsWith("\n") ? "\n" : "\n\n"}---\n${footer}\n`,
          );
        } else expect(read.text ?? "").toBe("");
        if (d.html !== undefined) {
          const html = unixLines(read.html ?? "");
          expect(html.startsWith(d.html)).toBe(true);
          if (footer === "") expect(html).toBe(withLastLine(d.html));
          else expect(html).toContain(">Written by an AI agent &lt;of Example &amp; Co&gt;.</p>\n");
        } else expect(read.html ?? "").toBe("");
        expect(
          read.attachments.map((a) => [a.filename, a.mimeType, Buffer.from(a.content as ArrayBuffer).toString("hex")]),
        ).toEqual(
          d.attachments.map((a) => [a.name, a.contentType.split(";")[0], Buffer.from(a.content).toString("hex")]),
        );
        for (const [name, value] of Object.entries(d.headers)) {
          expect(decodeWords(read.headers.find((h) => h.key === name.toLowerCase())!.value)).toBe(value.trim());
        }
        const all = [...d.to, ...d.cc, ...d.bcc].map((a) => a.addrSpec);
        expect(envelope).toEqual({ from: d.from.addrSpec, to: [...new Set(all)] });
      }),
      { numRuns: 250 },
    );
  });

  it("chooses the transfer encoding from the text alone", () => {
    const encoding = (text: string): string =>
      fieldValues(
        Result.getOrThrow(splitMessage(composed({ ...plainDraft, text }).raw)).fields,
        "content-transfer-encoding",
      )[0]!;
    expect(encoding("a".repeat(76))).toBe("7bit");
    expect(encoding("a".repeat(77))).toBe("quoted-printable");
    expect(encoding("blank \nx")).toBe("quoted-printable");
    expect(encoding("x\nFrom here")).toBe("quoted-printable");
    expect(encoding("Grüße aus Köln, bis bald")).toBe("quoted-printable");
    expect(encoding("日本語のテキスト")).toBe("base64");
  });

  it("a text that holds boundary-like lines cannot close the multipart", async () => {
    const first = composed({ ...plainDraft, html: "<p>x</p>" });
    const boundary = /boundary="([^"]+)"/.exec(textOf(first.raw))![1]!;
    const text = `before\n--${boundary}--\nafter\n`;
    const read = await PostalMime.parse(composed({ ...plainDraft, text, html: "<p>x</p>" }).raw);
    expect(unixLines(read.text!)).toBe(text);
  });

  it("writes no field that has nothing to say", () => {
    expect(names(composed({ ...plainDraft, references: [] }).raw)).toEqual([
      "From",
      "To",
      "Subject",
      "Date",
      "Message-ID",
      "X-AI-Generated",
      "Auto-Submitted",
      "MIME-Version",
      "Content-Type",
      "Content-Transfer-Encoding",
    ]);
  });

  it("writes where replies go", () => {
    const { raw } = composed({ ...plainDraft, replyTo: address("Desk <desk@agents.example>") });
    expect(fieldValues(Result.getOrThrow(splitMessage(raw)).fields, "reply-to")).toEqual([
      "Desk <desk@agents.example>",
    ]);
  });

  it.each([
    ["X-B", "a".repeat(900), "a".repeat(900)],
    ["X-B", "a".repeat(901), /^(?:=\?UTF-8\?Q\?a+\?= ?)+$/],
    ["X-B", "ä", "=?UTF-8?B?w6Q=?="],
  ])("writes %s: %s", (name, value, wanted) => {
    const { raw } = composed({ ...plainDraft, headers: { [name]: value } });
    const [written] = fieldValues(Result.getOrThrow(splitMessage(raw)).fields, name);
    if (typeof wanted === "string") expect(written).toBe(wanted);
    else expect(written).toMatch(wanted);
  });

  it.each([
    ["a".repeat(60), "a".repeat(60)],
    ["a".repeat(61), `=?UTF-8?Q?${"a".repeat(52)}?= =?UTF-8?Q?${"a".repeat(9)}?=`],
  ])("writes the subject %s", (subject, wanted) => {
    const { raw } = composed({ ...plainDraft, subject });
    expect(fieldValues(Result.getOrThrow(splitMessage(raw)).fields, "subject")).toEqual([wanted]);
  });

  it("a message of files only has an empty text, or the disclosure", () => {
    const one = { name: "a.bin", contentType: "application/octet-stream", content: new Uint8Array(1) };
    const { text: _, ...bare } = { ...plainDraft, attachments: [one] };
    expect(textOf(composed(bare).raw)).toContain("Content-Transfer-Encoding: 7bit\r\n\r\n\r\n--=_mix_");
    expect(textOf(composed({ ...bare, disclosure: "AI" }).raw)).toContain("7bit\r\n\r\n---\r\nAI\r\n--=_mix_");
    expect(textOf(composed({ ...bare, html: "<p>" }).raw)).not.toContain("text/plain");
  });

  it("OV-168 recipients-field-is-never-absent: blind copies alone have a group without members, and an envelope", () => {
    const { raw, envelope } = composed({ ...plainDraft, to: [], bcc: [address("b@c.example")] });
    expect(textOf(raw)).not.toContain("b@c.example");
    expect(textOf(raw)).toContain("\r\nTo: undisclosed-recipients: ;\r\nSubject: ");
    expect(names(raw)).not.toContain("Cc");
    expect(envelope.to).toEqual(["b@c.example"]);
    const cc = composed({ ...plainDraft, to: [], cc: [address("c@c.example")], bcc: [address("b@c.example")] });
    expect(names(cc.raw)).not.toContain("To");
    expect(textOf(cc.raw)).toContain("\r\nCc: c@c.example\r\n");
  });

  it("OV-169 automatic-mail-says-so: with the disclosure, whatever the draft is", () => {
    expect(textOf(composed({ ...plainDraft, inReplyTo: "<p@r.example>" }).raw)).toContain(
      "\r\nX-AI-Generated: true\r\nAuto-Submitted: auto-generated\r\n",
    );
  });

  it("writes the same bytes whatever the order of the extra headers", () => {
    expect(composed({ ...plainDraft, headers: { "X-B": "1", "X-A": "2" } }).raw).toEqual(
      composed({ ...plainDraft, headers: { "X-A": "2", "X-B": "1" } }).raw,
    );
  });

  const many = (n: number) => Array.from({ length: n }, (_, i) => address(`r${i}@b.example`));
  const file = { name: "a.bin", contentType: "application/octet-stream", content: new Uint8Array(1) };
  it.each<[string, Record<string, unknown>, string, string]>([
    ["no recipient", { to: [] }, "no_recipients", "to"],
    ["51 recipients", { to: many(25), cc: many(25), bcc: many(1) }, "too_many_recipients", "to"],
    ["a long subject", { subject: "s".repeat(999) }, "subject_too_long", "subject"],
    ["CRLF in the subject", { subject: "a\r\nBcc: x@y.example" }, "control_character", "subject"],
    ["NUL in the subject", { subject: "a\0" }, "control_character", "subject"],
    ["half a character in the subject", { subject: "\ud800" }, "malformed_unicode", "subject"],
    ["nothing to say", { text: " \n" }, "empty_body", "body"],
    ["NUL in the text", { text: "a\0b" }, "control_character", "text"],
    ["ESC in the HTML", { html: "\u001b[2J" }, "control_character", "html"],
    ["half a character in the text", { text: "a\udc00" }, "malformed_unicode", "text"],
    ["CRLF in the Message-ID", { messageId: "<a@b>\r\nX: y" }, "bad_message_id", "messageId"],
    ["a Message-ID without brackets", { messageId: "a@b" }, "bad_message_id", "messageId"],
    ["a bad parent", { inReplyTo: "<a b@c>" }, "bad_message_id", "inReplyTo"],
    ["a bad reference", { references: ["<a@b>", "<a@b> <c@d>"] }, "bad_message_id", "references[1]"],
    ["half a second", { date: 1.5 }, "bad_date", "date"],
    ["a time before 1970", { date: -1 }, "bad_date", "date"],
    [
      "a reserved header",
      { headers: { "x-multimail-identity": "x" } },
      "reserved_header",
      "headers.x-multimail-identity",
    ],
    ["a header twice", { headers: { "X-A": "1", "x-a": "2" } }, "bad_header", "headers.x-a"],
    [
      "too many headers",
      { headers: Object.fromEntries(many(51).map((_, i) => [`X-${i}`, ""])) },
      "bad_header",
      "headers",
    ],
    [
      "a path as a name",
      { attachments: [{ ...file, name: "../../etc/passwd" }] },
      "bad_attachment",
      "attachments[0].name",
    ],
    [
      "a Windows path",
      { attachments: [file, { ...file, name: "c:\\a.txt" }] },
      "bad_attachment",
      "attachments[1].name",
    ],
    ["CRLF in a name", { attachments: [{ ...file, name: 'a"\r\nX: y' }] }, "bad_attachment", "attachments[0].name"],
    [
      "a turned-around name",
      { attachments: [{ ...file, name: "a\u202efdp.exe" }] },
      "bad_attachment",
      "attachments[0].name",
    ],
    [
      "a name that decodes to another",
      { attachments: [{ ...file, name: "=?utf-8?q?a.exe?=" }] },
      "bad_attachment",
      "attachments[0].name",
    ],
    ["an empty name", { attachments: [{ ...file, name: "" }] }, "bad_attachment", "attachments[0].name"],
    [
      "a very long name",
      { attachments: [{ ...file, name: "ü".repeat(128) }] },
      "bad_attachment",
      "attachments[0].name",
    ],
    [
      "CRLF in a type",
      { attachments: [{ ...file, contentType: "a/b\r\nX: y" }] },
      "bad_attachment",
      "attachments[0].contentType",
    ],
    [
      "a multipart",
      { attachments: [{ ...file, contentType: "Multipart/mixed" }] },
      "bad_attachment",
      "attachments[0].contentType",
    ],
    [
      "a path for content",
      { attachments: [{ ...file, content: "/etc/passwd" }] },
      "bad_attachment",
      "attachments[0].content",
    ],
    ["101 attachments", { attachments: Array.from({ length: 101 }, () => file) }, "bad_attachment", "attachments"],
    [
      "20 MiB attached",
      { attachments: [{ ...file, content: new Uint8Array(20 * 2 ** 20) }] },
      "message_too_large",
      "attachments",
    ],
  ])("refuses %s", (_, change, wanted, where) => {
    expect(reason(change)).toEqual([wanted, where]);
  });

  it("takes 50 recipients and a subject of 998", async () => {
    for (const subject of ["s".repeat(998), "é".repeat(998), "ab ".repeat(332)]) {
      expect((await PostalMime.parse(composed({ ...plainDraft, to: many(50), subject }).raw)).subject).toBe(subject);
    }
  });

  it("folds a long address line at 78", () => {
    const { raw } = composed({ ...plainDraft, to: many(50) });
    for (const line of textOf(raw).split("\r\n")) expect(line.length).toBeLessThanOrEqual(78);
    expect(fieldValues(Result.getOrThrow(splitMessage(raw)).fields, "to")[0]).toBe(
      many(50).map(formatAddress).join(", "),
    );
  });
});

describe("disclosure in HTML", () => {
  const disclosure = "AI";
  it.each([
    "<p>x <!--",
    "<!-- </body> --> <!-- <p>-->x<!-- --",
    "<p title='x",
    "<p x'><!-- ' >",
    "<style>p{}",
    "<style></styles>",
    "<textarea>",
    "<title>",
    "<script><!--<script></script>",
    "<svg><title><!--</title></svg>",
    "<plaintext>",
    "<template>",
    "</ x",
    "<![CDATA[ x",
    "<a href=x",
  ])("refuses %s, which would hide it", (html) => {
    expect(reason({ html, disclosure })[0]).toBe("bad_html");
  });
  it.each([
    "<p>1 < 2 & 3</p>",
    "<!-- a --><p>x</p>",
    "<a href='>'>x</a>",
    "<style>p{}</style>",
    "<br/>",
    "<!doctype html><html><body>x</body></html>",
    "a <3 b",
    "<p =a=b>x",
  ])("takes %s", (html) => {
    const wire = composed({ ...plainDraft, html, disclosure }).raw;
    expect(textOf(wire)).toContain(">AI</p>");
  });
});
