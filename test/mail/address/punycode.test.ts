/** Punycode against RFC 3492: its own samples, the ends of Unicode, and what no encoder writes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePunycode } from "../../../src/mail/address/punycode.ts";

const from = (...codes: readonly number[]): string => String.fromCodePoint(...codes);

describe("decodePunycode", () => {
  it.each([
    // RFC 3492 7.1: Arabic, Chinese, Hebrew, Hindi, Spanish, Vietnamese, and Japanese with letters and digits in between.
    ["egbpdaj6bu4bxfgehfvwxn", "ليهمابتكلموشعربي؟"],
    ["ihqwcrb4cv8a8dqg056pqjye", "他们为什么不说中文"],
    ["4dbcagdahymbxekheh6e0a7fei0b", "למההםפשוטלאמדבריםעברית"],
    ["i1baa7eci9glrd9b2ae1bj0hfcgg6iyaf8o0a1dig0cd", "यहलोगहिन्दीक्योंनहींबोलसकतेहैं"],
    ["porqunopuedensimplementehablarenespaol-fmd56a", "porquénopuedensimplementehablarenespañol"],
    ["tisaohkhngthchnitingvit-kjcr8268qyxafd2f1b9g", "tạisaohọkhôngthểchỉnóitiếngviệt"],
    ["3b-ww4c5e180e575a65lsy2b", "3年b組金八先生"],
    ["-with-super-monkeys-pc58ag80a8qai00g7n9n", "安室奈美恵-with-super-monkeys"],
    ["hello-another-way--fc4qua05auwb3674vfr0b", "hello-another-way-それぞれの場所"],
    ["d9juau41awczczp", "そのスピードで"],
    ["bcher-kva", "bücher"],
    ["80aafi6cg", "правда"],
    // A delta of exactly 455 after scaling, where the bias has a step (RFC 3492 6.1).
    ["aaa-981sia", `${from(0xf954)}aaa${from(0xf955)}`],
    ["aaaaa-936th0i", `${from(0xb23c)}aaaaa${from(0xb430)}`],
    // The ends of what can be written.
    ["a", from(0x80)],
    ["hb9b", from(0xd7ff)],
    ["0y0c", from(0xe000)],
    ["dn32g", from(0x10ffff)],
    ["abc-", "abc"],
    ["", ""],
  ])("reads %s", (label, text) => {
    expect(decodePunycode(label)).toBe(text);
  });

  it.each([
    ["cut off within a number", "bcher-kv"],
    ["a sign that is no digit", "bcher-k_a"],
    ["a letter outside ASCII", "bcher-kvä"],
    ["a capital letter", "bcher-KVA"],
    ["the first surrogate", "ib9b"],
    ["the last surrogate", "zy0c"],
    ["one beyond the last character", "en32g"],
    ["far beyond", "99999999a"],
    ["a number that no double holds", `${"9".repeat(400)}a`],
  ])("takes none of %s", (_, label) => {
    expect(decodePunycode(label)).toBe("");
  });

  it("reads what the platform writes", () => {
    const letters = fc.string({
      unit: fc.constantFrom("a", "z", "0", "ü", "é", "ж", "я", "λ", "中", "文", "語", "か", "ナ", "한", "글", "𠀀"),
      minLength: 1,
      maxLength: 14,
    });
    fc.assert(
      fc.property(letters, (text) => {
        const host = new URL(`http://${text}`).hostname;
        if (host.startsWith("xn--")) expect(decodePunycode(host.slice(4))).toBe(text);
      }),
      { numRuns: 300 },
    );
  });
});
