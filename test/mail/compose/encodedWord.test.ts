/** Encoded words, character by character (RFC 2047): when Q and when B, where one ends, and what needs none. */
import { describe, expect, it } from "vitest";
import { encodeWords, isPlainText } from "../../../src/mail/compose/encodedWord.ts";

const a = (n: number): string => "a".repeat(n);
const q = (...words: readonly string[]): string => words.map((word) => `=?UTF-8?Q?${word}?=`).join(" ");
const b = (...words: readonly string[]): string =>
  words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString("base64")}?=`).join(" ");

describe("encodeWords", () => {
  it.each([
    ["", ""],
    ["abz AZ 09!*+/-", q("abz_AZ_09!*+/-")],
    // One third of the octets, and one more.
    ["ébcd", b("ébcd")],
    ["b é c", q("b_=C3=A9_c")],
    // A Q word never begins with an escape: "?Q?=" holds what ends a word.
    ["é b c", b("é b c")],
    ["abc\u0010de", q("abc=10de")],
    ["ébcde", b("ébcde")],
    ["bécde", q("b=C3=A9cde")],
    ["aa_", q("aa=5F")],
    ["a_", b("a_")],
    ["a_=", b("a_=")],
    ["a\u0001bcdef\u000f", q("a=01bcdef=0F")],
    ["an ü is ascii but for one", q("an_=C3=BC_is_ascii_but_for_one")],
    ["ü is ascii but for one", b("ü is ascii but for one")],
    // 52 characters of text in a Q word.
    [a(52), q(a(52))],
    [a(53), q(a(52), "a")],
    [`${a(50)}?`, b(a(36), `${a(14)}?`)],
    [`${a(49)}?`, q(`${a(49)}=3F`)],
    [`${a(47)}é`, b(a(36), `${a(11)}é`)],
    [`${a(52)}b?`, q(a(52), "b=3F")],
    [`${a(46)}é b`, q(`${a(46)}=C3=A9`, "_b")],
    // 36 octets in a B word, and no character is split.
    ["é".repeat(18), b("é".repeat(18))],
    ["é".repeat(19), b("é".repeat(18), "é")],
    [`x${"é".repeat(18)}`, b(`x${"é".repeat(17)}`, "é")],
    ["😀".repeat(10), b("😀".repeat(9), "😀")],
  ])("%j is %s", (text, wanted) => {
    expect(encodeWords(text)).toBe(wanted);
  });
});

describe("isPlainText", () => {
  it.each(["", "a", "a b", "~!", `${a(10)} ${a(10)}`, "a=b ?="])("%j can stand as it is", (text) => {
    expect(isPlainText(text, 10)).toBe(true);
  });
  it.each([
    "é",
    "aé",
    "éa",
    "a\tb",
    "a\u007f",
    "=?",
    "a =?x",
    "a  b",
    " a",
    "a ",
    " ",
    a(11),
    `a ${a(11)}`,
    `${a(11)} a`,
  ])("%j cannot", (text) => {
    expect(isPlainText(text, 10)).toBe(false);
  });
});
