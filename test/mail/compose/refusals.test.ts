/** The exact words of each refusal of a draft and of a header field, with the field and its bounds. */
import { Result } from "effect";
import { describe, expect, it } from "vitest";
import type { Address } from "../../../src/mail/address/Address.ts";
import type { Attachment } from "../../../src/mail/compose/attachment.ts";
import { compose, type Draft } from "../../../src/mail/compose/Compose.ts";
import { checkHeader } from "../../../src/mail/compose/ReservedHeaders.ts";
import { address, plainDraft, refusalOf, type Refusal } from "../drafts.ts";

const many = (n: number): readonly Address[] => Array.from({ length: n }, (_, i) => address(`r${i}@b.example`));
const file: Attachment = { name: "a.bin", contentType: "application/octet-stream", content: new Uint8Array(1) };
const refused = (change: Record<string, unknown>): Refusal | null =>
  refusalOf(compose({ ...plainDraft, ...change } as unknown as Draft));
const MiB = 1024 * 1024;
const control = [
  "The text holds a NUL or another control character.",
  "Remove everything below U+0020 other than tabs and line breaks.",
] as const;
const malformed = ["The text is not well-formed Unicode.", "Send it as valid UTF-8."] as const;
const notMessageId = ["This is not a Message-ID.", "It looks like <unique-part@domain>, without blanks."] as const;
const notTime = ["The date is not a time this system can write.", "Give whole seconds since 1970."] as const;
const tooLarge = [
  "The message is too large.",
  "With attachments encoded it may have at most 25 MiB; send fewer or smaller files.",
] as const;
const unread = ["This address was not checked, or was changed afterwards.", "Make it with parseAddress."] as const;
const swallows = [
  "The HTML holds an open comment, tag or style, or a script or drawing, which could hide the disclosure.",
  "Close every comment, tag and style; leave out script, noscript, template, select, frames, svg and math.",
] as const;
const forged = { ...address("a@b.example"), addrSpec: "x@y.example" };

describe("a draft", () => {
  it.each<[string, Record<string, unknown>, string, string, readonly [string, string]]>([
    [
      "nobody to send to",
      { to: [] },
      "no_recipients",
      "to",
      ["The message has no recipient.", "Give at least one address in to, cc or bcc."],
    ],
    [
      "51 recipients",
      { to: many(25), cc: many(25), bcc: many(1) },
      "too_many_recipients",
      "to",
      ["There are too many recipients.", "Send to at most 50 in one message."],
    ],
    ["a forged recipient", { to: [...many(1), forged] }, "bad_address", "to[1]", unread],
    ["a forged copy", { cc: [forged] }, "bad_address", "cc[0]", unread],
    ["a forged hidden copy", { bcc: [forged] }, "bad_address", "bcc[0]", unread],
    ["a forged sender", { from: forged }, "bad_address", "from", unread],
    ["a forged address for replies", { replyTo: forged }, "bad_address", "replyTo", unread],
    [
      "999 characters of subject",
      { subject: "s".repeat(999) },
      "subject_too_long",
      "subject",
      ["The subject is too long.", "Use at most 998 characters."],
    ],
    [
      "a line break in the subject",
      { subject: "a\r\nb" },
      "control_character",
      "subject",
      ["The subject holds a line break, a tab or another control character.", "Put it on one line of plain text."],
    ],
    [
      "half a character in the subject",
      { subject: "\ud800" },
      "malformed_unicode",
      "subject",
      ["The subject is not well-formed Unicode.", "Send it as valid UTF-8."],
    ],
    ["a time before 1970", { date: -1 }, "bad_date", "date", notTime],
    ["half a second", { date: 0.5 }, "bad_date", "date", notTime],
    ["the year 10000", { date: 253_402_300_800 }, "bad_date", "date", notTime],
    ["something before the Message-ID", { messageId: "x<a@b>" }, "bad_message_id", "messageId", notMessageId],
    ["something after the Message-ID", { messageId: "<a@b>x" }, "bad_message_id", "messageId", notMessageId],
    [
      "901 characters of Message-ID",
      { messageId: `<${"a".repeat(897)}@b>` },
      "bad_message_id",
      "messageId",
      notMessageId,
    ],
    ["a bad parent", { inReplyTo: "<a b@c>" }, "bad_message_id", "inReplyTo", notMessageId],
    ["a bad reference", { references: ["<a@b>", "<a@b> <c@d>"] }, "bad_message_id", "references[1]", notMessageId],
    [
      "no text",
      { text: undefined },
      "empty_body",
      "body",
      ["The message has no content.", "Give a text, an HTML body or an attachment."],
    ],
    [
      "blanks in both parts",
      { text: " \n", html: "\t " },
      "empty_body",
      "body",
      ["The message has no content.", "Give a text, an HTML body or an attachment."],
    ],
    ["a NUL in the text", { text: "a\0" }, "control_character", "text", control],
    ["an ESC in the HTML", { html: "\u001b[2J" }, "control_character", "html", control],
    ["a form feed in the disclosure", { disclosure: "\f" }, "control_character", "disclosure", control],
    ["half a character in the text", { text: "a\udc00" }, "malformed_unicode", "text", malformed],
    ["half a character in the HTML", { html: "a\udc00" }, "malformed_unicode", "html", malformed],
    ["half a character in the disclosure", { disclosure: "a\udc00" }, "malformed_unicode", "disclosure", malformed],
    [
      "101 attachments",
      { attachments: Array.from({ length: 101 }, () => file) },
      "bad_attachment",
      "attachments",
      ["There are too many attachments.", "Attach at most 100 files, or pack them into one."],
    ],
    [
      "a bad attachment",
      { attachments: [file, { ...file, name: "" }] },
      "bad_attachment",
      "attachments[1].name",
      ["The file name is empty, or begins or ends in a blank.", "Give a file name such as report.pdf."],
    ],
    ["HTML that hides the disclosure", { html: "<!--", disclosure: "AI" }, "bad_html", "html", swallows],
    [
      "20 MiB attached, before the HTML is read",
      { attachments: [{ ...file, content: new Uint8Array(20 * MiB) }], html: "<!--", disclosure: "AI" },
      "message_too_large",
      "attachments",
      tooLarge,
    ],
    [
      "26 MiB in both parts, before the HTML is read",
      { text: "a".repeat(13 * MiB), html: `<!--${"a".repeat(13 * MiB)}`, disclosure: "AI" },
      "message_too_large",
      "attachments",
      tooLarge,
    ],
    [
      "exactly 25 MiB, with HTML that hides the disclosure",
      { text: "a".repeat(25 * MiB - 4), html: "<!--", disclosure: "AI" },
      "bad_html",
      "html",
      swallows,
    ],
    [
      "51 header fields",
      { headers: Object.fromEntries(many(51).map((_, i) => [`X-${i}`, ""])) },
      "bad_header",
      "headers",
      ["There are too many extra headers.", "Use at most 50."],
    ],
    [
      "a header twice",
      { headers: { "X-A": "1", "x-a": "2" } },
      "bad_header",
      "headers.x-a",
      ["The same header is given twice.", "Give each header once; case does not tell them apart."],
    ],
  ])("with %s is refused", (_, change, reason, field, [message, hint]) => {
    expect(refused(change)).toEqual([reason, field, message, hint]);
  });

  it.each<[string, Record<string, unknown>]>([
    ["50 recipients", { to: many(20), cc: many(20), bcc: many(10) }],
    ["998 characters of subject", { subject: "s".repeat(998) }],
    ["the first second", { date: 0 }],
    ["the last second of the year 9999", { date: 253_402_300_799 }],
    ["900 characters of Message-ID", { messageId: `<${"a".repeat(896)}@b>` }],
    ["HTML alone", { text: undefined, html: "<p>x</p>" }],
    ["blanks for a text, and HTML", { text: " ", html: "<p>x</p>" }],
    ["an attachment alone", { text: undefined, attachments: [file] }],
    ["an attachment, and a disclosure without HTML", { text: " ", attachments: [file], disclosure: "AI" }],
    ["every control that a text may hold", { text: "\t\r\n\r\n\u00a0x" }],
    ["100 attachments", { attachments: Array.from({ length: 100 }, () => file) }],
    ["3 MiB attached", { attachments: [{ ...file, content: new Uint8Array(3 * MiB) }] }],
    ["HTML that would hide a disclosure, without one", { html: "<!--" }],
    ["50 header fields", { headers: Object.fromEntries(many(50).map((_, i) => [`X-${i}`, ""])) }],
  ])("with %s is taken", (_, change) => {
    expect(refused(change)).toBeNull();
  });

  it("of 25 MiB as it is sent is taken, and with one octet more refused", () => {
    const empty = Result.getOrThrow(compose({ ...plainDraft, text: "x" })).raw.length - 3;
    // Lines of 64 with their CRLF, and a last one that fills up what is left.
    const room = 25 * MiB - empty;
    const text = `${"a".repeat(62)}\n`.repeat(Math.floor(room / 64) - 1);
    const last = room - 64 * (Math.floor(room / 64) - 1) - 2;
    const wrapped = (n: number): string => (n > 70 ? `${"a".repeat(50)}\n${"a".repeat(n - 52)}` : "a".repeat(n));
    expect(Result.getOrThrow(compose({ ...plainDraft, text: text + wrapped(last) })).raw).toHaveLength(25 * MiB);
    expect(refused({ text: text + wrapped(last + 1) })).toEqual(["message_too_large", "attachments", ...tooLarge]);
  });
});

describe("a header field", () => {
  const notName = [
    "bad_header",
    "headers",
    "A header name is not a valid field name.",
    "Use letters, digits and hyphens, at most 76 of them, such as X-Ticket-Id.",
  ] as const;
  const notText = [
    "bad_header",
    "headers.X-A",
    "The header value is not a text or is too long.",
    "Give a text of at most 2000 characters.",
  ] as const;
  it.each<[string, unknown, Refusal]>([
    ["", "x", notName],
    ["a b", "x", notName],
    ["a:", "x", notName],
    [":a", "x", notName],
    ["x".repeat(77), "x", notName],
    [`X${" ".repeat(256)}`, "x", notName],
    [
      "Bcc",
      "x",
      [
        "reserved_header",
        "headers.Bcc",
        "This header is written by the system and cannot be set.",
        "Leave it out; addresses, subject and threading have fields of their own.",
      ],
    ],
    ["X-A", 7, notText],
    ["X-A", "x".repeat(2001), notText],
    [
      "X-A",
      "a\nb",
      [
        "control_character",
        "headers.X-A",
        "The header value holds a line break, a NUL or another control character.",
        "Put the value on one line of plain text.",
      ],
    ],
    [
      "X-A",
      "\ud83d",
      [
        "malformed_unicode",
        "headers.X-A",
        "The header value is not well-formed Unicode.",
        "Send the value as valid UTF-8.",
      ],
    ],
  ])("%j with %j is refused", (field, value, wanted) => {
    expect(refusalOf(checkHeader(field, value as string))).toEqual(wanted);
  });
  it("is taken at its bounds, without the blanks around name and value", () => {
    expect(Result.getOrThrow(checkHeader(`  X-A${" ".repeat(251)}`, "  a  b  "))).toEqual(["X-A", "a  b"]);
    expect(Result.getOrThrow(checkHeader("x".repeat(76), "y".repeat(2000)))).toEqual([
      "x".repeat(76),
      "y".repeat(2000),
    ]);
  });
});
