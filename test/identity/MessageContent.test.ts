import { describe, expect, it } from "vitest";
import { authorOf, contentOf, messageIdOf, subjectOf, visibleRecipientsOf } from "../../src/identity/MessageContent.ts";
import { compose } from "../../src/mail/compose/Compose.ts";
import { parseAddress } from "../../src/mail/address/Address.ts";
import { prependFields } from "../../src/mail/read/Fields.ts";
import { utf8 } from "../../src/bytes/octets.ts";
import { message, must } from "./signedMessage.ts";

const fieldsOf = (...draft: Parameters<typeof message>) => must(contentOf(message(...draft))).fields;

describe("MessageContent", () => {
  it.each([
    ["crm@acme.example", "crm@acme.example"],
    ["<crm@acme.example>", "crm@acme.example"],
    ['"ceo@evil.example, <x@evil.example>" <crm@acme.example>', "crm@acme.example"],
    ['"a \\", <ceo@evil.example>" <crm@acme.example>', "crm@acme.example"],
    ['"a \\" <ceo@evil.example>" <crm@acme.example>', "crm@acme.example"],
    ["=?utf-8?B?WsO8cmljaA==?= <CRM@ACME.example>", "CRM@acme.example"],
    ["Caf\xe9 <crm@acme.example>", "crm@acme.example"],
  ])("the author of From: %s", (from, expected) => {
    expect(authorOf(fieldsOf({ from }))?.addrSpec).toBe(expected);
  });

  it.each([
    "crm@acme.example, ceo@evil.example",
    "<crm@acme.example> <ceo@evil.example>",
    "ceo@evil.example <crm@acme.example>",
    "(ceo@evil.example) crm@acme.example",
    "crm@acme.example (comment)",
    "team: crm@acme.example;",
    "nobody:;",
    '"unfinished <crm@acme.example>',
    '"crm@acme.example" <"x"@evil.example>',
    "<@evil.example:crm@acme.example>",
    "crm",
    "",
  ])("no author for From: %s", (from) => {
    expect(authorOf(fieldsOf({ from }))).toBeNull();
  });

  it("a second From, Message-ID, Subject, To or Cc makes it unreadable", () => {
    const twice = (line: string) => must(contentOf(prependFields(message({ cc: "c@x.example" }), [line]))).fields;
    expect(authorOf(twice("FROM: crm@acme.example"))).toBeNull();
    expect(messageIdOf(twice("Message-Id: <01J0MSG@acme.example>"))).toBeNull();
    expect(subjectOf(twice("subject: x"))).toBeNull();
    expect(visibleRecipientsOf(twice("To: a@x.example"))).toBeNull();
    expect(visibleRecipientsOf(twice("Cc: a@x.example"))).toBeNull();
  });

  it.each([
    ["a@x.example, undisclosed-recipients:;", null],
    ["undisclosed-recipients:; a@x.example", null],
    ["undisclosed-recipients:;, a@x.example", null],
    ["undisclosed-recipients: ;", []],
    ["undisclosed-recipients:  ;", []],
    ["undisclosed-recipients:\t;", []],
    ["nobody-at all:;", []],
  ])("a group without members is nobody, and only when it stands alone: %s", (to, expected) => {
    expect(visibleRecipientsOf(fieldsOf({ to }))).toEqual(expected);
  });

  it.each([
    ["no comma in quotes", '"a, b" <a@x.example>, "c" <c@x.example>', ["a@x.example", "c@x.example"]],
    ["an escaped quote", '"a \\", b" <a@x.example>, c@x.example', ["a@x.example", "c@x.example"]],
    ["an escaped backslash", '"a \\\\" <a@x.example>, "c, d" <c@x.example>', ["a@x.example", "c@x.example"]],
    ["a backslash outside quotes", 'a\\, "b" <b@x.example>', null],
  ])("addresses are parted at commas, and in quotes there is none: %s", (_, to, expected) => {
    expect(visibleRecipientsOf(fieldsOf({ to }))).toEqual(expected);
  });

  it("the Subject, runs of blanks made one space; empty where there is none", () => {
    expect(subjectOf(fieldsOf({ subject: "a  b \t \t c" }))).toBe("a b c");
    const without = must(contentOf(utf8("From: crm@acme.example\r\n\r\n"))).fields;
    expect(subjectOf(without)).toBe("");
    expect(visibleRecipientsOf(without)).toEqual([]);
    expect(messageIdOf(without)).toBeNull();
    expect(authorOf(must(contentOf(utf8("Subject: x\r\n\r\n"))).fields)).toBeNull();
  });

  it("a Message-ID has at most 998 octets with its brackets", () => {
    const longest = `${"x".repeat(998 - 12)}@x.example`;
    expect(messageIdOf([{ name: "Message-ID", value: `<${longest}>`, raw: "" }])).toBe(longest);
    expect(messageIdOf([{ name: "Message-ID", value: `<x${longest}>`, raw: "" }])).toBeNull();
  });

  it("recipients are lower case, sorted, each once, from To and Cc", () => {
    const fields = fieldsOf({ to: "Zed <Z@x.example>,  a@x.example", cc: '"Last, First" <A@X.example>, m@x.example' });
    expect(visibleRecipientsOf(fields)).toEqual(["a@x.example", "m@x.example", "z@x.example"]);
    expect(visibleRecipientsOf(fieldsOf({ to: "undisclosed-recipients:;" }))).toEqual([]);
    for (const to of ["a@x.example,", "team: a@x.example;", "a@x.example; b@x.example", "a b"]) {
      expect([to, visibleRecipientsOf(fieldsOf({ to }))]).toEqual([to, null]);
    }
  });

  it("reads what our own composer writes, the longest names and fifty recipients too", () => {
    const one = (text: string) => must(parseAddress(text));
    const people = Array.from({ length: 50 }, (_, i) =>
      one(`"Łucja, no. ${i} ${"ż".repeat(200)}" <p${i}@x${i}.example>`),
    );
    const { raw } = must(
      compose({
        from: one(`${"Ж".repeat(250)} <crm@acme.example>`),
        to: people.slice(0, 30),
        cc: people.slice(30),
        bcc: [],
        subject: `Zażółć ${"gęślą jaźń ".repeat(30)}`,
        text: "x",
        attachments: [],
        headers: {},
        messageId: "<01J0@acme.example>",
        date: 1_713_542_400,
      }),
    );
    const { fields } = must(contentOf(raw));
    expect(authorOf(fields)?.addrSpec).toBe("crm@acme.example");
    expect(visibleRecipientsOf(fields)).toHaveLength(50);
    expect(messageIdOf(fields)).toBe("01J0@acme.example");
  });
});
