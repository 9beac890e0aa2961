import { Result } from "effect";
import fc from "fast-check";
import PostalMime, { addressParser } from "postal-mime";
import { describe, expect, it } from "vitest";
import { addressProblem, formatAddress, parseAddress, parseAddressList } from "../../../src/mail/address/Address.ts";
import { field } from "../../../src/mail/compose/fold.ts";
import { compose } from "../../../src/mail/compose/Compose.ts";
import { address, lineOfText, mailbox, plainDraft, textOf } from "../drafts.ts";
import { explained } from "../../support/explained.ts";
import { codePoint } from "../../support/codePoint.ts";

const reason = (input: unknown): string => {
  const parsed = parseAddress(input as string);
  return Result.isFailure(parsed) ? explained(parsed.failure).reason : `accepted ${JSON.stringify(parsed.success)}`;
};

describe("parseAddress", () => {
  it.each([
    ["bob@example.com", null, "bob@example.com"],
    ["  Bob <bob@EXAMPLE.com>  ", "Bob", "bob@example.com"],
    ["<bob@example.com>", null, "bob@example.com"],
    ['"Doe, Jane \\"JJ\\"" <jane+x@example.com>', 'Doe, Jane "JJ"', "jane+x@example.com"],
    ["Dr. J. O'Neil <o'neil@mail.example.com>", "Dr. J. O'Neil", "o'neil@mail.example.com"],
    ["Zoë  Müller <Zoe.M@bücher.example>", "Zoë Müller", "Zoe.M@xn--bcher-kva.example"],
    ["a@xn--bcher-kva.example", null, "a@xn--bcher-kva.example"],
    ['"" <a@b.example>', null, "a@b.example"],
    ["a@straße.de", null, "a@xn--strae-oqa.de"],
    [`${"l".repeat(64)}@example.com`, null, `${"l".repeat(64)}@example.com`],
  ])("takes %s", (input, name, addrSpec) => {
    const parsed = address(input);
    expect([parsed.name, parsed.addrSpec]).toEqual([name, addrSpec]);
    expect(parsed.addrSpec).toBe(`${parsed.localPart}@${parsed.domain}`);
  });

  it("shows an A-label as its letters", () => {
    expect(address("a@xn--bcher-kva.example").unicodeDomain).toBe("bücher.example");
    expect(address("a@XN--80AK6AA92E.com").unicodeDomain).toBe("аррӏе.com");
    expect(address("a@例え.テスト").unicodeDomain).toBe("例え.テスト");
  });

  it.each([
    ["", "bad_address"],
    ["bob", "bad_address"],
    ["@example.com", "source_route"],
    ["bob@", "bad_domain"],
    ["bob@example..com", "bad_domain"],
    ["bob@.example.com", "bad_domain"],
    ["bob@example.com.", "bad_domain"],
    ["bob@localhost", "bad_domain"],
    ["bob@-a.example", "bad_domain"],
    ["bob@a_b.example", "bad_domain"],
    ["bob@1.2.3.4", "bad_domain"],
    ["bob@a.0x7f", "bad_domain"],
    ["bob@exa mple.com", "bad_domain"],
    ["bob@a%41.com", "bad_domain"],
    ["bob@xn--zzzzzz---.com", "bad_domain"],
    ["bob@xn--a.com", "bad_domain"],
    ["bob@xn--abc-.com", "bad_domain"],
    // A full-width e, and a u with a combining diaeresis, in punycode.
    ["bob@xn--xample-hy68a.com", "bad_domain"],
    ["bob@xn--bucher-xyd.com", "bad_domain"],
    ["bob@ｅxample.com", "bad_domain"],
    ["bob@\u212aiel.example", "bad_domain"],
    ["bob@ﬀ.example", "bad_domain"],
    ["bob@ex\u200dample.com", "bad_domain"],
    ["bob@bu\u0308cher.example", "bad_domain"],
    ["bob@example。com", "dot_lookalike"],
    ["bob@example．com", "dot_lookalike"],
    ["bob@example․com", "dot_lookalike"],
    ["bob@[127.0.0.1]", "domain_literal"],
    ["a@b.example, c@d.example", "address_list"],
    ["a@b.example,c@d.example", "address_list"],
    ["a@b.example;c@d.example", "address_list"],
    ["a <a@b.example>, c <c@d.example>", "address_list"],
    ["<a@b.example>, <c@d.example>", "address_list"],
    ["<a@b.example> <c@d.example>", "bad_address"],
    ["friends: a@b.example, c@d.example;", "group_address"],
    ["friends: a <a@b.example>;", "group_address"],
    ["friends: <a@b.example>", "group_address"],
    ["undisclosed-recipients:;", "group_address"],
    ["<@relay.example:a@b.example>", "source_route"],
    ["@relay.example,@two.example:a@b.example", "source_route"],
    ["a%b.example@relay.example", "source_route"],
    ["relay!a@b.example", "source_route"],
    ["a@b.example@c.example", "source_route"],
    ["a(comment)@b.example", "address_comment"],
    ["a@b.example (Ann)", "address_comment"],
    ["Ann (boss) <a@b.example>", "address_comment"],
    ['"a b"@c.example', "quoted_local_part"],
    ['"a@evil.example"@c.example', "quoted_local_part"],
    ['"plain"@c.example', "quoted_local_part"],
    ["zoë@b.example", "smtputf8_local_part"],
    [".a@b.example", "bad_address"],
    ["a..b@b.example", "bad_address"],
    ["a b@b.example", "bad_address"],
    ["a@b.example>", "bad_address"],
    ["<a@b.example", "bad_address"],
    ["Ann [x] <a@b.example>", "bad_display_name"],
    ['"open <a@b.example>', "bad_display_name"],
    ["a@b.example\r\nBcc: evil@x.example", "control_character"],
    ["a@b.example\n", "control_character"],
    ["a@b.example\u0000", "control_character"],
    ["A\tB <a@b.example>", "control_character"],
    ["A\u202eB <a@b.example>", "control_character"],
    ["A\u2028 <a@b.example>", "control_character"],
    ["\ud800 <a@b.example>", "malformed_unicode"],
    [`${"l".repeat(65)}@example.com`, "address_too_long"],
    [`a@${"d".repeat(63)}.${"d".repeat(63)}.${"d".repeat(63)}.${"d".repeat(63)}.com`, "address_too_long"],
    [`${"l".repeat(60)}@${"d".repeat(63)}.${"d".repeat(63)}.${"d".repeat(63)}.de`, "address_too_long"],
    [`${"n".repeat(257)} <a@b.example>`, "address_too_long"],
    [`a@${"d".repeat(64)}.example`, "bad_domain"],
    ["a@b.example <c@d.example>, e@f.example", "address_list"],
    ["a <a@b.example>;", "address_list"],
    [undefined, "bad_address"],
    [{ address: "a@b.example" }, "bad_address"],
  ])("refuses %j as %s", (input, wanted) => {
    expect(reason(input)).toBe(wanted);
  });

  it("ends on hostile input, within a test's time", () => {
    for (const s of ["a".repeat(780), `${"a.".repeat(380)}@`, `"${"\\".repeat(700)}`, "(".repeat(780), " ".repeat(1e6)])
      expect(reason(s)).toBeDefined();
  });
});

describe("parseAddressList", () => {
  it("takes one address per item and names the item it refuses", () => {
    expect(Result.getOrThrow(parseAddressList("a@b.example", "to")).map((a) => a.addrSpec)).toEqual(["a@b.example"]);
    expect(Result.getOrThrow(parseAddressList([], "cc"))).toEqual([]);
    const refused = parseAddressList(["a@b.example", "c@d.example, e@f.example"], "to");
    expect(Result.isFailure(refused) && [explained(refused.failure).reason, refused.failure.field]).toEqual([
      "address_list",
      "to[1]",
    ]);
  });
  it("refuses what is no list, and too many", () => {
    const many = parseAddressList(
      Array.from({ length: 51 }, (_, i) => `a${i}@b.example`),
      "to",
    );
    expect(Result.isFailure(many) && explained(many.failure).reason).toBe("too_many_recipients");
    const none = parseAddressList({ 0: "a@b.example" } as never, "to");
    expect(Result.isFailure(none) && explained(none.failure).reason).toBe("bad_address");
  });
});

/** Pieces attacks are made of, so that random strings get past the first check. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "a",
        "bob",
        "@",
        "@",
        "b.example",
        "evil.example",
        ",",
        ";",
        ":",
        "<",
        ">",
        '"',
        "\\",
        "(",
        ")",
        " ",
        ".",
        "。",
        "％",
        "%",
        "!",
      ),
      fc.constantFrom(
        "\r",
        "\n",
        "\r\n",
        "\0",
        "\r\nBcc: ",
        "\u2028",
        "\u202e",
        "=?utf-8?q?=0D=0ABcc:_x?=",
        "ü",
        "😀",
        "[",
        "]",
        "\t",
        "\ud800",
      ),
      fc.string({ unit: codePoint, maxLength: 3 }),
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(""));

describe("injection", () => {
  it("whatever goes in is refused, or is exactly one address in header and envelope", async () => {
    let [taken, tried] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          hostile,
          hostile.map((s) => `${s} <bob@b.example>`),
          hostile.map((s) => `"${s}" <bob@b.example>`),
          hostile.map((s) => `bob@b${s}.example`),
        ),
        async (input) => {
          tried++;
          const parsed = parseAddress(input);
          if (Result.isFailure(parsed)) return;
          taken++;
          const one = parsed.success;
          expect(one.addrSpec).toMatch(/^[^\s@<>,;:"()\\%!]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/);
          const header = formatAddress(one);
          expect(header).toMatch(/^[ -~]+$/);
          const made = Result.getOrThrow(compose({ ...plainDraft, to: [one] }));
          expect(made.envelope.to).toEqual([one.addrSpec]);
          expect(textOf(made.raw)).not.toMatch(/^bcc:/im);
          const { to, bcc } = await PostalMime.parse(made.raw);
          expect(to?.map((a) => [a.name || null, a.address])).toEqual([[one.name, one.addrSpec]]);
          expect(bcc ?? []).toEqual([]);
          // And what is written is read back the same by the parser itself.
          if (!header.includes("=?")) expect(parseAddress(header)).toEqual(parsed);
        },
      ),
      { numRuns: 1500 },
    );
    // Else nothing was shown of the addresses that are taken.
    expect(taken).toBeGreaterThan(tried / 15);
  });

  it("an Address that parseAddress did not make is checked again", () => {
    const good = address("Bob <bob@b.example>");
    expect(addressProblem(good, "to")).toBeNull();
    const dotted = { ...good, localPart: "ann.mary.lee", addrSpec: "ann.mary.lee@b.example" };
    expect(addressProblem(dotted, "to")).toBeNull();
    for (const forged of [
      { ...good, addrSpec: "bob@b.example\r\nBcc: evil@x.example" },
      { ...good, addrSpec: "evil@x.example" },
      { ...good, name: "Bob\r\nBcc: evil@x.example" },
      { ...good, localPart: "a,b", addrSpec: "a,b@b.example" },
    ]) {
      expect(addressProblem(forged, "to")?.reason).toBe("bad_address");
      const made = compose({ ...plainDraft, bcc: [forged] });
      expect(Result.isFailure(made) && made.failure.field).toBe("bcc[0]");
    }
  });
});

describe("formatAddress", () => {
  it("writes names bare, quoted or encoded", () => {
    expect(formatAddress({ ...address("a@b.example"), name: "Ann Lee" })).toBe("Ann Lee <a@b.example>");
    expect(formatAddress({ ...address("a@b.example"), name: 'Lee, "A"' })).toBe('"Lee, \\"A\\"" <a@b.example>');
    expect(formatAddress({ ...address("a@b.example"), name: "Zoë" })).toBe("=?UTF-8?B?Wm/Dqw==?= <a@b.example>");
    expect(formatAddress({ ...address("a@b.example"), name: "=?utf-8?q?ceo?=" })).not.toContain("?q?ceo?=");
  });
  it.each([
    [null, "a@b.example"],
    ["", "a@b.example"],
    ["A", "A <a@b.example>"],
    ["Ann Mary Lee", "Ann Mary Lee <a@b.example>"],
    ["a!#$&'*+/?=^_`{|}~-9", "a!#$&'*+/?=^_`{|}~-9 <a@b.example>"],
    ["(Ann", '"(Ann" <a@b.example>'],
    ["Ann)", '"Ann)" <a@b.example>'],
    ["Ann  Lee", '"Ann  Lee" <a@b.example>'],
    ["J. R.", '"J. R." <a@b.example>'],
    ['\\ "\\"', '"\\\\ \\"\\\\\\"" <a@b.example>'],
    ["~ @,;:", '"~ @,;:" <a@b.example>'],
    ["ë Ann Lee", "=?UTF-8?B?w6sgQW5uIExlZQ==?= <a@b.example>"],
    ["Ann Lee ë", "=?UTF-8?Q?Ann_Lee_=C3=AB?= <a@b.example>"],
    ["Ann =? Lee", "=?UTF-8?Q?Ann_=3D=3F_Lee?= <a@b.example>"],
  ])("writes the name %j as %s", (name, wanted) => {
    expect(formatAddress({ ...address("a@b.example"), name })).toBe(wanted);
  });
  it("survives folding and another parser", () => {
    fc.assert(
      fc.property(fc.array(mailbox, { minLength: 1, maxLength: 8 }), (list) => {
        const written = field("To", list.map(formatAddress).join(", "));
        for (const line of written.split("\r\n")) expect(line.length).toBeLessThanOrEqual(998);
        const read = addressParser(written.slice(3).replaceAll("\r\n", ""), { flatten: true });
        expect(read.map((a) => a.address)).toEqual(list.map((a) => a.addrSpec));
      }),
      { numRuns: 300 },
    );
  });
  it("never writes anything but one line of ASCII", () => {
    fc.assert(
      fc.property(lineOfText(256), (name) => /^[ -~]+$/.test(formatAddress({ ...address("a@b.example"), name }))),
      { numRuns: 300 },
    );
  });
});
