/** Folding at 78 columns: where a line is broken, and where it cannot be. */
import { describe, expect, it } from "vitest";
import { field, fieldOfParts } from "../../../src/mail/compose/fold.ts";

const a = (n: number): string => "a".repeat(n);

describe("field", () => {
  it.each([
    ["", "X:\r\n"],
    ["a", "X: a\r\n"],
    [a(75), `X: ${a(75)}\r\n`],
    // A first word that fits on no line of its own stays where it is; one that does gets one.
    [a(76), `X:\r\n ${a(76)}\r\n`],
    [a(77), `X: ${a(77)}\r\n`],
    [a(100), `X: ${a(100)}\r\n`],
    [`${a(37)} ${a(37)}`, `X: ${a(37)} ${a(37)}\r\n`],
    [`${a(37)} ${a(38)}`, `X: ${a(37)}\r\n ${a(38)}\r\n`],
    [`${a(70)} b ${a(76)} c`, `X: ${a(70)} b\r\n ${a(76)}\r\n c\r\n`],
    [`${a(76)} ${a(77)} ${a(78)} b`, `X:\r\n ${a(76)}\r\n ${a(77)}\r\n ${a(78)}\r\n b\r\n`],
    [`b ${a(100)} ${a(100)}`, `X: b\r\n ${a(100)}\r\n ${a(100)}\r\n`],
    [`${a(100)} ${a(100)}`, `X: ${a(100)}\r\n ${a(100)}\r\n`],
    [`${a(75)} b ${a(100)}`, `X: ${a(75)}\r\n b\r\n ${a(100)}\r\n`],
    // Blanks stay in front of their word.
    [`${a(70)}   b   ${a(70)}`, `X: ${a(70)}   b\r\n   ${a(70)}\r\n`],
    // A blank at the end of what needs no fold.
    ["a ", "X: a \r\n"],
    [`${a(74)} `, `X: ${a(74)} \r\n`],
    // A line of blanks only is never written.
    [" ".repeat(100), "X:\r\n"],
  ])("%j", (value, wanted) => {
    expect(field("X", value)).toBe(wanted);
  });
  it("counts the name", () => {
    expect(field("Xyz", a(73))).toBe(`Xyz: ${a(73)}\r\n`);
    expect(field("Xyz", a(74))).toBe(`Xyz:\r\n ${a(74)}\r\n`);
  });
});

describe("fieldOfParts", () => {
  it.each([
    [[], "X:\r\n"],
    [[["a"], ["b"]], "X: a b\r\n"],
    // A part that a line can hold stays whole, on a line of its own if need be.
    [[["a"], [...a(77)]], `X: a\r\n ${a(77)}\r\n`],
    [[["a"], [...a(73)]], `X: a ${a(73)}\r\n`],
    [[["a"], [...a(74)]], `X: a\r\n ${a(74)}\r\n`],
    // A longer one is broken wherever it may be.
    [[["a"], [...a(78)]], `X: a ${a(73)}\r\n aaaaa\r\n`],
    [[["a"], [...a(73 + 77)], ["b"]], `X: a ${a(73)}\r\n ${a(77)}\r\n b\r\n`],
    [[["bb", a(74), "cc"]], `X: bb\r\n ${a(74)}cc\r\n`],
    // A piece that no line holds makes a longer one, alone.
    [[["a"], [a(100)], ["b"]], `X: a\r\n ${a(100)}\r\n b\r\n`],
  ])("%j", (parts, wanted) => {
    expect(fieldOfParts("X", parts)).toBe(wanted);
  });
});
