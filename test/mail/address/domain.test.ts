/** Every way in which a domain is refused, in its words, and the last one on either side of each bound. */
import { Result } from "effect";
import { describe, expect, it } from "vitest";
import { parseDomain } from "../../../src/mail/address/domain.ts";
import { refusalOf } from "../drafts.ts";

const d = (n: number): string => "d".repeat(n);
/** 62 octets when encoded, 55 characters as it is written. */
const long = `ü${d(54)}`;

const words = {
  literal: ["domain_literal", "The domain is an IP address in brackets.", "Use a domain name, such as example.com."],
  dot: [
    "dot_lookalike",
    "The domain holds a character that looks like a dot but is not one.",
    'Use the full stop "." (U+002E).',
  ],
  long: ["address_too_long", "The domain is too long.", "A domain has at most 255 characters."],
  encoded: ["address_too_long", "The domain is too long in its encoded form.", "It has at most 255 characters."],
  empty: [
    "bad_domain",
    "The domain has an empty label.",
    "Remove the dot at its start or end, or one of two dots in a row.",
  ],
  alone: ["bad_domain", "The domain has no dot.", "Give the full domain name, such as example.com."],
  character: [
    "bad_domain",
    "The domain holds a character that no domain name has.",
    "Use letters, digits, hyphens and dots.",
  ],
  spelling: ["bad_domain", "The domain is not a valid internationalised name.", "Check its spelling."],
  host: [
    "bad_domain",
    "The domain is not a valid host name.",
    "Labels are 1 to 63 letters, digits and hyphens, with no hyphen at either end.",
  ],
  number: ["bad_domain", "The domain ends in a number, like an IP address.", "Use a domain name."],
  lookalike: [
    "bad_domain",
    "The domain is written in letters that only look like plain ones.",
    "Type it in plain letters.",
  ],
  malformed: [
    "bad_domain",
    "The domain holds a malformed internationalised label.",
    "Check the part that begins with xn--.",
  ],
  replaced: [
    "bad_domain",
    "The domain holds letters that would be replaced by others.",
    "Type it with the letters it is displayed with.",
  ],
} as const;

describe("parseDomain", () => {
  it.each<[string, keyof typeof words]>([
    ["[127.0.0.1]", "literal"],
    ["[", "literal"],
    [d(256), "long"],
    [`${d(63)}.${d(63)}.${d(63)}.${d(62)}.a`, "long"],
    [`${long}.${long}.${long}.${long}.dddd`, "encoded"],
    ["", "empty"],
    [".", "empty"],
    [".a", "empty"],
    ["a.", "empty"],
    ["a..b", "empty"],
    ["localhost", "alone"],
    ["☃.example", "character"],
    ["☃a.example", "character"],
    ["a☃.example", "character"],
    ["\u05f3א.example", "character"],
    ["β\u0375.example", "character"],
    ["\u200cß.example", "character"],
    // A joiner that joins nothing.
    ["é\u200cb.example", "spelling"],
    ["l·a.example", "dot"],
    ["·l.example", "dot"],
    ["l·.l.example", "dot"],
    ["l··l.example", "dot"],
    ["a・b.example", "dot"],
    ["é .de", "character"],
    ["é.de\n", "character"],
    ["a.é@b", "character"],
    ["\u0301a.example", "spelling"],
    ["ü.0x7f", "spelling"],
    ["a_b.example", "host"],
    ["a.example\n", "host"],
    [" a.example", "host"],
    ["-a.example", "host"],
    ["a-.example", "host"],
    ["a.-", "host"],
    [`${d(64)}.example`, "host"],
    ["ab--c.example", "host"],
    ["xn--.example", "host"],
    ["1.2.3.4", "number"],
    ["a.7", "number"],
    ["a.77", "number"],
    ["a.0x", "number"],
    ["a.0X7F", "number"],
    ["ｅxample.com", "lookalike"],
    ["\u212aiel.example", "lookalike"],
    ["xn--n3h.example", "malformed"],
    ["xn--a.com", "malformed"],
    ["xn---a.com", "malformed"],
    ["b.xn--bucher-xyd.com", "malformed"],
    ["xn--bcher-kv.example", "malformed"],
    ["ﬀü.example", "replaced"],
    ["bu\u0308cher.example", "replaced"],
    ["xn--bcher-kva.ｅü.example", "replaced"],
  ])("refuses %j: %s", (domain, why) => {
    const [reason, message, hint] = words[why];
    expect(refusalOf(parseDomain(domain, "to[2]"))).toEqual([reason, "to[2]", message, hint]);
  });

  it.each([..."\u3002\uff0e\uff61\u2024\u00b7\u2027\u2219\u22c5\u30fb\uff65\ufe52\u06d4\u0701\u0702\ua4f8"])(
    "refuses %j, which is read as a dot",
    (dot) => {
      const [reason, message, hint] = words.dot;
      expect(refusalOf(parseDomain(`a.b${dot}example`, "d"))).toEqual([reason, "d", message, hint]);
    },
  );

  it.each([
    // RFC 5892, appendix A: where they may stand.
    ["paral·lel.cat", "xn--parallel-koa.cat", "paral·lel.cat"],
    ["PARAL·LEL.cat", "xn--parallel-koa.cat", "paral·lel.cat"],
    ["xn--parallel-koa.cat", "xn--parallel-koa.cat", "paral·lel.cat"],
    ["͵β.example", new URL("http://͵β.example").hostname, "͵β.example"],
    ["א׳ב.example", new URL("http://א׳ב.example").hostname, "א׳ב.example"],
    ["א״ב.example", new URL("http://א״ב.example").hostname, "א״ב.example"],
    ["カ・カ.example", new URL("http://カ・カ.example").hostname, "カ・カ.example"],
    ["क्‍ष.example", new URL("http://क्‍ष.example").hostname, "क्‍ष.example"],
    ["Example.COM", "example.com", "example.com"],
    ["a.b-c.d1.ee", "a.b-c.d1.ee", "a.b-c.d1.ee"],
    [`${d(63)}.a`, `${d(63)}.a`, `${d(63)}.a`],
    ["a.x7", "a.x7", "a.x7"],
    ["a.0x7g", "a.0x7g", "a.0x7g"],
    ["0x7f.1.de", "0x7f.1.de", "0x7f.1.de"],
    ["axn--b.example", "axn--b.example", "axn--b.example"],
    ["BÜCHER.Example", "xn--bcher-kva.example", "bücher.example"],
    ["xn--bcher-kva.Bücher.example", "xn--bcher-kva.xn--bcher-kva.example", "bücher.bücher.example"],
    ["straße.de", "xn--strae-oqa.de", "straße.de"],
    ["हिन्दी.भारत", "xn--j2bd4cyah0f.xn--h2brj9c", "हिन्दी.भारत"],
  ])("takes %s", (domain, ascii, unicode) => {
    expect(Result.getOrThrow(parseDomain(domain, "d"))).toEqual({ ascii, unicode });
  });

  it("takes 255 characters, as they are written and as they are encoded", () => {
    const plain = `${d(63)}.${d(63)}.${d(63)}.${d(63)}`;
    expect(Result.getOrThrow(parseDomain(plain, "d")).ascii).toBe(plain);
    expect(Result.getOrThrow(parseDomain(`${long}.${long}.${long}.${long}.ddd`, "d")).ascii).toHaveLength(255);
  });
});
