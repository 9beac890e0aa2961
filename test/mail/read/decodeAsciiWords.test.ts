/** Encoded words that hold ASCII (RFC 2047), as programs write tokens that are too long for a line of theirs. */
import { describe, expect, it } from "vitest";
import { decodeAsciiWords } from "../../../src/mail/read/decodeAsciiWords.ts";

describe("decodeAsciiWords", () => {
  it.each([
    ["", ""],
    ["v=1; kid=x", "v=1; kid=x"],
    ["=?utf-8?q?a=3Db?=", "a=b"],
    ["=?UTF-8?Q?a_b=2e?=", "a b."],
    ["=?us-ascii?B?YT1i?=", "a=b"],
    ["=?ISO-8859-1?b?YT1i?=", "a=b"],
    // Blanks between two words are nothing, between a word and a text they stay.
    ["x; =?utf-8?q?ab?= =?utf-8?q?cd?=\t =?utf-8?b?ZWY=?= y", "x; abcdef y"],
    ["=?utf-8?q?a?==?utf-8?q?b?=", "ab"],
    ["=?utf-8?q??=", ""],
    // What is no word stays.
    ["=?utf-8?q?a b?=", "=?utf-8?q?a b?="],
    ["=?utf-8?x?a?=", "=?utf-8?x?a?="],
    ["=?utf-8?q?a?", "=?utf-8?q?a?"],
    ["a=?b", "a=?b"],
    ["=?utf-8*en?q?a?= =?utf-8?q?b?=", "=?utf-8*en?q?a?= b"],
  ])("%j is %j", (value, wanted) => {
    expect(decodeAsciiWords(value)).toBe(wanted);
  });

  it.each([
    ["beyond ASCII", "=?utf-8?q?=C3=A9?="],
    ["beyond ASCII, in B", "=?utf-8?b?w6k=?="],
    ["a control", "=?utf-8?q?a=0D=0Ab?="],
    ["a NUL", "=?utf-8?b?AA==?="],
    ["half an escape", "=?utf-8?q?a=3?="],
    ["no hexadecimal digits", "=?utf-8?q?=ZZ?="],
    ["no base64", "=?utf-8?b?YQ?="],
    ["a set in which ASCII is written otherwise", "=?utf-7?q?a?="],
    ["a set that is not known", "=?x-own?q?a?="],
  ])("with %s it all stays as it is", (_, word) => {
    for (const value of [word, `=?utf-8?q?fine?= ${word} and more`]) expect(decodeAsciiWords(value)).toBe(value);
  });

  it("takes linear time", () => {
    for (const text of ["=?".repeat(50_000), "=?u?q?".repeat(20_000), `=?utf-8?q?a?=${" ".repeat(100_000)}`]) {
      const begun = performance.now();
      expect(decodeAsciiWords(text).length).toBeGreaterThan(99_000);
      expect(performance.now() - begun).toBeLessThan(2_000);
    }
  });
});
