/** Replies as bytes: whole, cut anywhere, and not replies at all. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { capabilitiesOf } from "../../../src/delivery/smtp/Capabilities.ts";
import { enhancedOf, ReplyReader, type Reply } from "../../../src/delivery/smtp/Reply.ts";
import { printable } from "../../../src/model/printable.ts";

const readAll = (pieces: readonly string[]) => {
  const reader = new ReplyReader();
  const replies: Reply[] = [];
  let problem: string | null = null;
  for (const piece of pieces) {
    problem ??= reader.push(piece, (reply) => {
      replies.push(reply);
      return true;
    });
  }
  return { replies, problem, empty: reader.empty };
};

describe("a reply", () => {
  it("has one line or several of one code", () => {
    expect(readAll(["220 hello\r\n250-one\r\n250-two\r\n250 three\r\n354\r\n"])).toEqual({
      replies: [
        { code: 220, text: "220 hello" },
        { code: 250, text: "250-one\r\n250-two\r\n250 three" },
        { code: 354, text: "354" },
      ],
      problem: null,
      empty: true,
    });
    expect(readAll(["250-one\r\n250 tw"])).toMatchObject({ replies: [], empty: false });
  });

  it("is the same however its bytes come", () => {
    const line = fc.stringMatching(/^[\x20-\x7e]{0,40}$/);
    const reply = fc.record({
      code: fc.integer({ min: 200, max: 599 }),
      lines: fc.array(line, { minLength: 1, maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(reply, { maxLength: 6 }), fc.array(fc.nat(400), { maxLength: 12 }), (replies, cuts) => {
        const octets = replies
          .map(({ code, lines }) =>
            lines.map((text, at) => `${code}${at === lines.length - 1 ? " " : "-"}${text}\r\n`).join(""),
          )
          .join("");
        const at = [...new Set(cuts.map((cut) => cut % (octets.length + 1)))].sort((a, b) => a - b);
        const pieces = [0, ...at].map((start, i) => octets.slice(start, at[i] ?? octets.length));
        const whole = readAll([octets]);
        expect(readAll(pieces)).toEqual(whole);
        expect(whole.replies.map(({ code }) => code)).toEqual(replies.map(({ code }) => code));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ["250 a\n", "CRLF"],
    ["250 a\rb\r\n", "CRLF"],
    ["250 a\r\r\n", "CRLF"],
    ["\n", "CRLF"],
    ["\r\n", "not a reply"],
    ["hello\r\n", "not a reply"],
    ["25 a\r\n", "not a reply"],
    ["2500 a\r\n", "not a reply"],
    ["250:a\r\n", "not a reply"],
    ["150 a\r\n", "not a reply"],
    ["650 a\r\n", "not a reply"],
    ["250-a\r\n251 b\r\n", "different codes"],
    [`250 ${"a".repeat(4096)}`, "4096"],
    ["250-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(2000), "65536"],
  ])("is not %j", (octets, problem) => {
    expect(readAll([octets]).problem).toContain(problem);
    // Nor is it one when it comes byte by byte.
    expect(readAll([...octets]).problem).toContain(problem);
  });

  it("stops where its reader stops it", () => {
    const reader = new ReplyReader();
    const seen: number[] = [];
    reader.push("250 a\r\n251 b\r\n", ({ code }) => {
      seen.push(code);
      return false;
    });
    expect(seen).toEqual([250]);
  });

  it("has an enhanced code, or none", () => {
    const of = (text: string) => enhancedOf({ code: Number(text.slice(0, 3)), text });
    expect(of("550 5.1.1 unknown")).toBe("5.1.1");
    expect(of("550-5.7.1 no\r\n550 5.7.1 never")).toBe("5.7.1");
    expect(of("550 unknown 5.1.1")).toBeNull();
    expect(of("250 2.0.0")).toBe("2.0.0");
  });

  it("is printed on one line of 500 characters of ASCII", () => {
    expect(printable("550-5.7.1 no\r\n550-5.7.1\tnot \u0007\u00fc\r\n550 ever ")).toBe(
      "550 5.7.1 no 5.7.1 not ?? ever",
    );
    expect(printable("x".repeat(600))).toHaveLength(500);
  });
});

describe("what a server offers", () => {
  const of = (...lines: readonly string[]) =>
    capabilitiesOf({ code: 250, text: ["250-mail.test hello", ...lines.map((line) => `250-${line}`)].join("\r\n") });

  it("is read from its EHLO", () => {
    expect(of("PIPELINING", "size 1000", "AUTH PLAIN login", "8BITMIME", "StartTLS")).toEqual({
      extensions: ["PIPELINING", "size 1000", "AUTH PLAIN login", "8BITMIME", "StartTLS"],
      pipelining: true,
      starttls: true,
      mechanisms: ["PLAIN", "LOGIN"],
      size: true,
      sizeLimit: 1000,
    });
    expect(of()).toMatchObject({ pipelining: false, starttls: false, mechanisms: null, size: false, sizeLimit: null });
  });

  it("is taken as it is written by old and odd servers", () => {
    expect(of("AUTH=LOGIN PLAIN", "AUTH PLAIN")).toMatchObject({ mechanisms: ["LOGIN", "PLAIN"] });
    expect(of("SIZE")).toMatchObject({ size: true, sizeLimit: null });
    expect(of("SIZE 0")).toMatchObject({ size: true, sizeLimit: null });
    expect(of("SIZE a lot")).toMatchObject({ size: true, sizeLimit: null });
    expect(of("XPIPELINING")).toMatchObject({ pipelining: false });
  });
});
