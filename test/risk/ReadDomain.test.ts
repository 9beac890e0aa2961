import { domainToASCII, domainToUnicode } from "node:url";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readDomain } from "../../src/risk/ReadDomain.ts";
import { codePoint } from "../support/codePoint.ts";

describe("readDomain", () => {
  it.each([
    ["example.com", "registrable", "example.com", "example.com"],
    ["Mail.EXAMPLE.co.uk.", "registrable", "mail.example.co.uk", "example.co.uk"],
    ["alice.github.io", "registrable", "alice.github.io", "alice.github.io"],
    ["пример.рф", "registrable", "xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai"],
    ["ＡＢＣ.com", "registrable", "abc.com", "abc.com"],
    ["y。test", "unlisted_suffix", "y.test", "y.test"],
    ["a.b.internal", "unlisted_suffix", "a.b.internal", "b.internal"],
    ["co.uk", "bare_suffix", "co.uk", null],
    ["github.io", "bare_suffix", "github.io", null],
    ["com", "bare_suffix", "com", null],
    ["localhost", "single_label", "localhost", null],
    ["[192.0.2.1]", "address_literal", "[192.0.2.1]", null],
    ["[IPv6:2001:db8::1]", "address_literal", "[ipv6:2001:db8::1]", null],
    ["192.0.2.1", "address_literal", "192.0.2.1", null],
    ["0x7f.1", "address_literal", "127.0.0.1", null],
  ])("%s is %s", (given, kind, host, registrable) => {
    expect(readDomain(given)).toMatchObject({ kind, host, registrable });
  });

  it.each([
    "",
    ".",
    "a..com",
    ".com",
    "-a.com",
    "a-.com",
    "a b.com",
    "ex%61mple.com",
    "evil.com/.example.com",
    "evil.com\\example.com",
    "a@b.com",
    "a.com:25",
    "a.com\r\nRCPT TO:<x>",
    "a\u0000.com",
    "a\u200db.com",
    "a\u202ecom.b",
    "xn--a.com",
    "xn--999999999.com",
    `${"a".repeat(64)}.com`,
    `${"a.".repeat(126)}com`,
    `${"a.".repeat(400)}com`,
  ])("cannot read %j, and does not guess", (given) => {
    expect(readDomain(given)).toMatchObject({ kind: "unreadable", registrable: null, label: null, suffix: null });
  });

  it("OV-100 domain-read-once: every way of writing a domain is one reading", () => {
    const ways = ["y.test", "Y.TEST", "y.test.", "y。test", "y．test", "y｡test", "ｙ.ｔｅｓｔ"];
    expect(new Set(ways.map((way) => readDomain(way).host))).toEqual(new Set(["y.test"]));
    expect(readDomain("y.test..").kind).toBe("unreadable");
  });

  it("shows the Unicode form beside the ASCII one", () => {
    expect(readDomain("xn--80ak6aa92e.com")).toMatchObject({ unicode: "аррӏе.com", label: "аррӏе", suffix: "com" });
  });

  it("reads plain names as UTS #46 does", () => {
    const letters = fc.string({ unit: fc.constantFrom(..."abx0179nf-_...."), minLength: 1, maxLength: 20 });
    const ends = fc.constantFrom(".com", ".co.uk.", ".io", ".a1", ".0x1", ".b..", "");
    fc.assert(
      fc.property(fc.oneof(letters, fc.domain()), ends, (start, end) => {
        const read = readDomain(`${start}${end}`);
        if (read.kind === "unreadable") return;
        expect(read.host).toBe(domainToASCII(`${start}${end}`).replace(/\.$/, ""));
        expect(read.unicode).toBe(domainToUnicode(read.host));
      }),
      { numRuns: 10_000 },
    );
    for (const name of ["a--b.com", "_dmarc.a.com", "1.2.3.4.com", "a-.b.c0m"]) {
      const read = readDomain(name);
      expect(read.kind === "unreadable" ? "" : read.host).toBe(/-\./.test(name) ? "" : domainToASCII(name));
    }
  });

  it("is total, and reads its own host form as the same domain", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: codePoint, maxLength: 300 }), fc.domain(), fc.string()), (given) => {
        const read = readDomain(given);
        if (read.kind !== "unreadable") expect(readDomain(read.host)).toEqual(read);
      }),
      { numRuns: 2_000 },
    );
  });
});
