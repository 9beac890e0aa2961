import { domainToASCII, domainToUnicode } from "node:url";
import confusables from "unhomoglyph/data.json" with { type: "json" };
import { describe, expect, it } from "vitest";
import { isMixedScript, readsAsLatin, skeletonOf } from "../../../src/risk/lookalike/skeleton.ts";

describe("skeletonOf", () => {
  it.each([
    ["paypal", "раураӏ", "Cyrillic"],
    ["paypal", "paypa1", "digit"],
    ["paypal", "pаypal", "one Cyrillic letter"],
    ["google", "g00gle", "digits"],
    ["google", "goοgle", "Greek omicron"],
    ["microsoft", "rnicrosoft", "rn"],
    ["wells", "vvells", "vv"],
    ["cloud", "doud", "cl and d"],
    ["cafe", "café", "accent"],
    ["apple", "аррӏе", "Cyrillic, with palochka"],
    ["acme", "αcme", "Greek"],
    ["skype", "ѕkурe", "mixed"],
    ["bank", "вапк", "at a glance"],
    ["isabel", "1sabe1", "one for i and l"],
    ["hamburg", "һamburg", "shha"],
    ["dropbox", "ԁropbox", "komi de"],
    ["tesla", "τesla", "tau"],
    ["sofi", "ѕоfі", "three letters"],
    ["armenian", "агmеոіаn", "Armenian vo"],
    ["orange", "øränge", "stroke and umlaut"],
    ["stop", "st0p", "zero"],
    ["leet", "1337", "all digits"],
    ["paypal", "ᏢᎪᎩᏢᎪᏞ", "Cherokee"],
    ["google", "ꓖꓳꓳꓖꓡꓰ", "Lisu"],
  ])("reads %s and %s alike (%s)", (a, b) => expect(skeletonOf(b)).toBe(skeletonOf(a)));

  it.each([
    ["acid", "add"],
    ["acme", "acne"],
    ["google", "googles"],
    ["router", "outer"],
    ["москва", "moscow"],
  ])("tells %s from %s", (a, b) => expect(skeletonOf(b)).not.toBe(skeletonOf(a)));

  it("knows every confusable of UTS #39 that can stand in a domain and reads as ASCII letters or digits", () => {
    const inDomains = Object.entries(confusables).filter(
      ([one, prototype]) =>
        !/^[\0-\x7f]$/.test(one) &&
        /^[\p{L}\p{N}]$/u.test(one) &&
        /^[a-z0-9]+$/i.test(prototype) &&
        domainToUnicode(domainToASCII(`a${one}a.com`)) === `a${one}a.com`,
    );
    expect(inDomains.length).toBeGreaterThan(200);
    const others = inDomains.filter(([one, prototype]) => skeletonOf(one) !== skeletonOf(prototype.toLowerCase()));
    // Armenian za: q to UTS #39, g to us, for that is how it is used.
    expect(others).toEqual([["զ", "q"]]);
  });

  it("has a table only of letters that can stand in a domain as they are", () => {
    // A letter that UTS #46 maps away or refuses would never reach the table.
    for (const one of "аеорсухіјѕһԁԛԝӏѵѡпгαοριυνκτχωωηγօոսհցքզգ") {
      expect(domainToASCII(`a${one}a.com`).startsWith("xn--"), one).toBe(true);
    }
  });
});

describe("isMixedScript", () => {
  it.each(["pаypal", "goοgle", "aпple", "шop", "אa", "ab한ж"])("%s mixes", (label) =>
    expect(isMixedScript(label)).toBe(true),
  );
  it.each([
    "paypal",
    "раураl".replace("l", "ӏ"),
    "пример",
    "日本ニュースtv",
    "서울abc",
    "中文bpmfㄅ",
    "café",
    "x-1",
    "123",
    "ー",
  ])("%s does not", (label) => expect(isMixedScript(label)).toBe(false));
});

describe("readsAsLatin", () => {
  it.each(["аррӏе", "ѕсоре", "οα", "ᏢᎪᎩ"])("%s does", (label) => expect(readsAsLatin(label)).toBe(true));
  it.each(["apple", "пример", "москва", "日本", ""])("%s does not", (label) => expect(readsAsLatin(label)).toBe(false));
});
