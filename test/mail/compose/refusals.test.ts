/** What whoever sends is told, word for word: each refusal of an address, a draft and a header field, with its field and its bounds. */
import { Result } from "effect";
import { describe, expect, it } from "vitest";
import { addressProblem, parseAddress, parseAddressList, type Address } from "../../../src/mail/address/Address.ts";
import type { Attachment } from "../../../src/mail/compose/attachment.ts";
import { compose, type Draft } from "../../../src/mail/compose/Compose.ts";
import { MailError, mailErrorReasons } from "../../../src/mail/MailError.ts";
import { checkHeader } from "../../../src/mail/compose/ReservedHeaders.ts";
import { address, plainDraft, refusalOf, type Refusal } from "../drafts.ts";

const d = (n: number): string => "d".repeat(n);

const notAddress = [
  "bad_address",
  "This is not a mail address.",
  "Write it as user@example.com or Name <user@example.com>.",
] as const;
const group = [
  "group_address",
  "Address groups are not accepted.",
  "Name each recipient in an item of its own.",
] as const;
const several = [
  "address_list",
  "There is more than one address in one text.",
  "Give a list with one address in each item.",
] as const;
const route = [
  "source_route",
  "The address carries a route through other hosts.",
  "Give the final mailbox only, without % or ! or a leading @host:.",
] as const;
const comment = [
  "address_comment",
  "The address holds a comment in parentheses.",
  "Leave the comment out, or put the name in quotes before <…>.",
] as const;
const quoted = [
  "quoted_local_part",
  "The part before the @ is in quotes.",
  "Use an address whose local part needs no quotes.",
] as const;
const otherScript = [
  "smtputf8_local_part",
  "The part before the @ is not plain ASCII, which not every mail server can deliver.",
  "Use the ASCII address of this mailbox; letters of other scripts are fine in the domain and the display name.",
] as const;
const name = [
  "bad_display_name",
  "The display name holds characters that need quotes.",
  'Put the name in double quotes: "Doe, Jane" <jane@example.com>.',
] as const;
const control = [
  "control_character",
  "The address holds a line break, a NUL or another control character.",
  "Give the plain address only.",
] as const;
const unicode = ["malformed_unicode", "The address is not well-formed Unicode.", "Send it as valid UTF-8."] as const;
const host = [
  "bad_domain",
  "The domain is not a valid host name.",
  "Labels are 1 to 63 letters, digits and hyphens, with no hyphen at either end.",
] as const;
const long = (what: string, most: number) =>
  ["address_too_long", `The ${what} is too long.`, `It has at most ${most} characters.`] as const;

describe("an address", () => {
  it.each<[unknown, readonly [string, string, string]]>([
    [undefined, notAddress],
    [["a@b.example"], notAddress],
    ["", notAddress],
    ["bob", notAddress],
    ["a@b.example>", notAddress],
    ["a, b>", notAddress],
    ["<a@b.example", notAddress],
    ["a <a@b.example> b", notAddress],
    ["Ann <Lee> <a@b.example>", notAddress],
    ["a@b.example <c@d.example>", notAddress],
    ['a b"@c.example', notAddress],
    ["a b@c.example", notAddress],
    [".a@b.example", notAddress],
    ["a.@b.example", notAddress],
    ["a..b@c.example", notAddress],
    ["friends: a <a@b.example>;", group],
    ["friends: <a@b.example>", group],
    ["a:b;c@d.example", group],
    ["[a:b@c.example", group],
    ["undisclosed-recipients:;", group],
    ["friends: a@b.example, c@d.example;", group],
    ["a@b.example <c:d@e.example>, x", several],
    ["a <a@b.example>; b <c@d.example>", several],
    ["<a@b.example>, <c@d.example>", several],
    ["a@b.example; <c@d.example>", several],
    ["Doe, Jane <a@b.example>", several],
    ["Doe; Jane <a@b.example>", several],
    ["a@b.example, c@d.example", several],
    ["a@b.example;", several],
    ["a@x.example,b:c@d.example", several],
    ["a,b:c@d.example", several],
    ["[a:b,c@d.example", several],
    ["@b.example", route],
    ["@relay.example:a@b.example", route],
    ["<@relay.example,@two.example:a@b.example>", route],
    ["a%b@c.example", route],
    ["a!b@c.example", route],
    ["a@b@c.example", route],
    ["Ann (boss) <a@b.example>", comment],
    ["Ann( <a@b.example>", comment],
    ["a(b)@c.example", comment],
    ["a@b.example)", comment],
    ['"a b"@c.example', quoted],
    ['"a b@c.example', quoted],
    ['"a(b"@c.example', quoted],
    ['"a,b"@c.example', quoted],
    ['"a:b"@c.example', quoted],
    ['"x<y"@b.example', quoted],
    ["zoë@b.example", otherScript],
    ["ëzo@b.example", otherScript],
    ["Ann [x] <a@b.example>", name],
    ["Ann ] <a@b.example>", name],
    ["Ann \\ <a@b.example>", name],
    ['x "y" <a@b.example>', name],
    ['"y" x <a@b.example>', name],
    ['"y""x" <a@b.example>', name],
    ['"y\\" <a@b.example>', name],
    ["a@b.example\r\nBcc: c@d.example", control],
    ["\ud800 <a@b.example>", unicode],
    ["a@b.example:25", host],
    ["a@b_c.example", host],
    [" ".repeat(783), long("address", 254)],
    [`${"l".repeat(65)}@b.example`, long("part before the @", 64)],
    [`${"l".repeat(64)}@${d(63)}.${d(63)}.${d(59)}.de`, long("address", 254)],
    [`${"n".repeat(257)} <a@b.example>`, long("display name", 256)],
  ])("refuses %j", (input, [reason, message, hint]) => {
    expect(refusalOf(parseAddress(input as string, "to[2]"))).toEqual([reason, "to[2]", message, hint]);
  });

  it.each<[string, string | null, string]>([
    ["A B C <a.b.c@d.e.f.example>", "A B C", "a.b.c@d.e.f.example"],
    ["   a@b.example   ", null, "a@b.example"],
    ["   Ann   Lee   <a@b.example>   ", "Ann Lee", "a@b.example"],
    ['"  Ann  Lee  " <a@b.example>', "Ann Lee", "a@b.example"],
    ['"\\"\\"\\\\" <a@b.example>', '""\\', "a@b.example"],
    ['"Doe, <Jane> (x): y;" <a@b.example>', "Doe, <Jane> (x): y;", "a@b.example"],
    ['"   " <a@b.example>', null, "a@b.example"],
    [`a@b.example${" ".repeat(771)}`, null, "a@b.example"],
    [`${"n".repeat(256)} <a@b.example>`, "n".repeat(256), "a@b.example"],
    [`${"l".repeat(64)}@${d(63)}.${d(63)}.${d(58)}.de`, null, `${"l".repeat(64)}@${d(63)}.${d(63)}.${d(58)}.de`],
  ])("takes %j", (input, shown, addrSpec) => {
    const { name: read, addrSpec: spec } = Result.getOrThrow(parseAddress(input));
    expect([read, spec]).toEqual([shown, addrSpec]);
  });

  it("is called an address where nobody names it, and carries its tag", () => {
    const parsed = parseAddress("");
    expect(Result.isFailure(parsed) && [parsed.failure.field, parsed.failure._tag]).toEqual(["address", "MailError"]);
    expect(Result.isFailure(parsed) && parsed.failure).toBeInstanceOf(MailError);
  });

  it("a list names the item, a text alone the field; 50 are taken", () => {
    expect(refusalOf(parseAddressList("bob", "to"))?.[1]).toBe("to");
    expect(refusalOf(parseAddressList(["a@b.example", "bob"], "to"))?.[1]).toBe("to[1]");
    expect(refusalOf(parseAddressList({ 0: "a@b.example" } as never, "cc"))).toEqual([
      "bad_address",
      "cc",
      "This is neither an address nor a list of addresses.",
      "Give a text, or a list of texts.",
    ]);
    const many = Array.from({ length: 51 }, (_, i) => `a${i}@b.example`);
    expect(Result.getOrThrow(parseAddressList(many.slice(1), "to"))).toHaveLength(50);
    expect(refusalOf(parseAddressList(many, "bcc"))).toEqual([
      "too_many_recipients",
      "bcc",
      "There are too many recipients.",
      "Send to at most 50 in one message.",
    ]);
  });

  const sound = address("Bob <bob@b.example>");
  const built = (localPart: string, domain: string): Address => ({
    ...sound,
    localPart,
    domain,
    addrSpec: `${localPart}@${domain}`,
  });
  it.each<[string, Address]>([
    ["not of its parts", { ...sound, localPart: "eve" }],
    ["of another domain", { ...sound, domain: "evil.example" }],
    ["with a comma before it", built(",bob", "b.example")],
    ["with two dots", built("b..b", "b.example")],
    ["with a line break after it", built("bob", "b.example\r\nBcc: x")],
    ["with a semicolon after it", built("bob", "b.example;")],
    ["of one label", built("bob", "localhost")],
    ["with a blank in its domain", built("bob", "b .example")],
    ["of 255 characters", built("l".repeat(64), `${d(63)}.${d(63)}.${d(59)}.de`)],
    ["with 257 characters of name", { ...sound, name: "n".repeat(257) }],
    ["with a line break in its name", { ...sound, name: "Bob\n" }],
    ["with half a character in its name", { ...sound, name: "\ud83d" }],
  ])("that was made elsewhere and is %s is refused", (_, forged) => {
    const problem = addressProblem(forged, "replyTo");
    expect(problem !== null && refusalOf(Result.fail(problem))).toEqual([
      "bad_address",
      "replyTo",
      "This address was not checked, or was changed afterwards.",
      "Make it with parseAddress.",
    ]);
  });
  it("that was made elsewhere is taken at its bounds", () => {
    for (const one of [
      built("l".repeat(64), `${d(63)}.${d(63)}.${d(58)}.de`),
      built("a.b.c", "d.e.f.example"),
      { ...sound, name: "n".repeat(256) },
      { ...sound, name: null },
      { ...sound, name: "" },
    ])
      expect(addressProblem(one, "to")).toBeNull();
  });
});

const many = (n: number): readonly Address[] => Array.from({ length: n }, (_, i) => address(`r${i}@b.example`));
const file: Attachment = { name: "a.bin", contentType: "application/octet-stream", content: new Uint8Array(1) };
const refused = (change: Record<string, unknown>): Refusal | null =>
  refusalOf(compose({ ...plainDraft, ...change } as unknown as Draft));
const MiB = 1024 * 1024;
const control1 = [
  "The text holds a NUL or another control character.",
  "Remove everything below U+0020 other than tabs and line breaks.",
] as const;
const malformed1 = ["The text is not well-formed Unicode.", "Send it as valid UTF-8."] as const;
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
    ["a NUL in the text", { text: "a\0" }, "control_character", "text", control1],
    ["an ESC in the HTML", { html: "\u001b[2J" }, "control_character", "html", control1],
    ["a form feed in the disclosure", { disclosure: "\f" }, "control_character", "disclosure", control1],
    ["half a character in the text", { text: "a\udc00" }, "malformed_unicode", "text", malformed1],
    ["half a character in the HTML", { html: "a\udc00" }, "malformed_unicode", "html", malformed1],
    ["half a character in the disclosure", { disclosure: "a\udc00" }, "malformed_unicode", "disclosure", malformed1],
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

it("the reasons are these, on the wire too", () => {
  expect(mailErrorReasons.join(" ")).toBe(
    "bad_address group_address address_list source_route address_comment quoted_local_part smtputf8_local_part domain_literal " +
      "bad_domain dot_lookalike bad_display_name address_too_long control_character malformed_unicode no_recipients " +
      "too_many_recipients reserved_header bad_header bad_attachment bad_message_id bad_date bad_html subject_too_long empty_body " +
      "message_too_large bare_line_ending bad_field bad_key weak_key",
  );
});
