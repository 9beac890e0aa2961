/** The exact words of each refusal of an address, with its field and its bounds. */
import { Result } from "effect";
import { describe, expect, it } from "vitest";
import { addressProblem, parseAddress, parseAddressList, type Address } from "../../../src/mail/address/Address.ts";
import { MailError } from "../../../src/mail/MailError.ts";
import { address, refusalOf } from "../drafts.ts";

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
