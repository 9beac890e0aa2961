import { Result } from "effect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fieldValues, prependFields, splitMessage } from "../../../src/mail/read/Fields.ts";
import { composed, draft, refusalOf } from "../drafts.ts";
import { explained } from "../../support/explained.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));
const parts = (text: string) => Result.getOrThrow(splitMessage(bytes(text)));
const reason = (text: string): string => {
  const split = splitMessage(bytes(text));
  return Result.isFailure(split) ? explained(split.failure).reason : "accepted";
};

describe("splitMessage", () => {
  it("loses no octet of a composed message", () => {
    fc.assert(
      fc.property(draft, (d) => {
        const { raw } = composed(d);
        const { fields, body } = Result.getOrThrow(splitMessage(raw));
        expect(Buffer.concat([bytes(`${fields.map((f) => f.raw).join("")}\r\n`), body]).equals(raw)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("loses no octet of any message it takes", () => {
    const octets = fc
      .array(fc.constantFrom(65, 58, 58, 32, 9, 0xc3, 0xa0, 0x80), { maxLength: 12 })
      .map((a) => String.fromCharCode(...a));
    fc.assert(
      fc.property(fc.array(octets, { maxLength: 6 }), octets, (lines, body) => {
        const text = `${lines.map((line) => `A:${line}\r\n`).join("")}\r\n${body}`;
        const split = parts(text);
        expect(`${split.fields.map((f) => f.raw).join("")}\r\n${Buffer.from(split.body).toString("latin1")}`).toBe(
          text,
        );
      }),
    );
  });

  it("unfolds and trims values and keeps the order", () => {
    const { fields, body } = parts("A: one\r\n\ttwo \r\nb:\r\nA:\r\n  three\r\n\r\nbody\r\n");
    expect(fields.map((f) => [f.name, f.value])).toEqual([
      ["A", "one\ttwo"],
      ["b", ""],
      ["A", "three"],
    ]);
    expect(fieldValues(fields, "a")).toEqual(["one\ttwo", "three"]);
    expect(Buffer.from(body).toString()).toBe("body\r\n");
  });

  it("takes a header without a body and a body without a header", () => {
    expect(parts("A: b\r\n").body.length).toBe(0);
    expect(parts("A: b\r\n\r\n").body.length).toBe(0);
    expect(parts("\r\nx").fields).toEqual([]);
    expect(parts("").fields).toEqual([]);
  });

  it.each([
    ["A: b\n\nbody", "bare_line_ending"],
    ["A: b\r\n\r\nx\n.\r\n", "bare_line_ending"],
    ["A: b\r\n\r\nx\r.\r\n", "bare_line_ending"],
    ["A: b\r\n\r\nx\r", "bare_line_ending"],
    ["A: b\r\n\r\nx\r\r\n", "bare_line_ending"],
    ["A: \0\r\n\r\n", "bare_line_ending"],
    [" A: b\r\n\r\n", "bad_field"],
    ["A b\r\n\r\n", "bad_field"],
    ["A : b\r\n\r\n", "bad_field"],
    [": b\r\n\r\n", "bad_field"],
    ["\xc3: b\r\n\r\n", "bad_field"],
    ["A: b", "bad_field"],
    ["A b: c\r\n\r\n", "bad_field"],
    ["A: b\r\nC d: e\r\n", "bad_field"],
    ["A: b\r\n\r\nx\r\n\n", "bare_line_ending"],
    ["\n", "bare_line_ending"],
    ["x\r\n", "bad_field"],
  ])("refuses %j as %s", (text, wanted) => {
    expect(reason(text)).toBe(wanted);
  });
});

describe("splitMessage says what is wrong", () => {
  it.each([
    [
      "A: b\r\n\r\nx\n",
      "There is a NUL, a CR without LF or a LF without CR at octet 9.",
      "End every line in CRLF and send no NUL.",
    ],
    ["\0", "There is a NUL, a CR without LF or a LF without CR at octet 0.", "End every line in CRLF and send no NUL."],
    [
      "A: b",
      "The header is cut off in the middle of a line.",
      "Each header field is Name: value on lines that end in CRLF.",
    ],
    [
      "A b\r\n",
      "The header holds a line that is not a field.",
      "Each header field is Name: value on lines that end in CRLF.",
    ],
  ])("%j", (text, message, hint) => {
    const refusal = refusalOf(splitMessage(bytes(text)));
    expect(refusal?.slice(1)).toEqual(["raw", message, hint]);
  });

  it.each([
    ["A: b\r\n \r\n\r\nx", [["A", "b", "A: b\r\n \r\n"]], "x"],
    [
      "A:\r\n\t \r\nB:c\r\n\r\n",
      [
        ["A", "", "A:\r\n\t \r\n"],
        ["B", "c", "B:c\r\n"],
      ],
      "",
    ],
    ["A:  \t b \t c\t \r\n", [["A", "b \t c", "A:  \t b \t c\t \r\n"]], ""],
    ["A: b: c\r\n\r\n\r\n", [["A", "b: c", "A: b: c\r\n"]], "\r\n"],
    ["!~9;: \u000b\u00a0\r\n\r\nA: b", [["!~9;", "\u000b\u00a0", "!~9;: \u000b\u00a0\r\n"]], "A: b"],
    ["\r\nA: b\r\n\r\n", [], "A: b\r\n\r\n"],
    [
      "A:b\r\nB:c\r\n\r\n\r\n\r\nx",
      [
        ["A", "b", "A:b\r\n"],
        ["B", "c", "B:c\r\n"],
      ],
      "\r\n\r\nx",
    ],
  ])("%j", (text, wanted, rest) => {
    const { fields, body } = parts(text);
    expect(fields.map((f) => [f.name, f.value, f.raw])).toEqual(wanted);
    expect(Buffer.from(body).toString("latin1")).toBe(rest);
  });
});

describe("OV-43 signatures-on-top: prependFields", () => {
  it("puts lines on top in their order and leaves the rest", () => {
    const raw = bytes("A: b\r\n\r\nx\r\n");
    expect(Buffer.from(prependFields(raw, ["X: 1", "Y: 2\r\n z\r\n"])).toString()).toBe(
      "X: 1\r\nY: 2\r\n z\r\nA: b\r\n\r\nx\r\n",
    );
  });
  it.each([
    "X:",
    "!~9;:",
    "X: a\tb ~",
    `X: ${"a".repeat(995)}`,
    "X: a\r\n\tb\r\n  cd e~",
    `X:${"\r\n ".concat("a".repeat(997)).repeat(3)}`,
  ])("takes %j", (line) => {
    expect(Buffer.from(prependFields(bytes("A: b\r\n"), [line])).toString()).toBe(`${line}\r\nA: b\r\n`);
  });
  it("says what it throws for", () => {
    expect(() => prependFields(bytes(""), ["X"])).toThrow(
      /^not a header field of printable ASCII in lines of at most 998 octets$/,
    );
  });
  it.each([
    " X: a",
    "é: a",
    "X é: a",
    ": a",
    "X: a\r\n \r\n b é",
    "X: a\r\n\r\n b",
    "X: a\r\n b\u0001",
    `X: a\r\n ${"a".repeat(998)}`,
  ])("throws for %j too", (line) => {
    expect(() => prependFields(bytes("A: b\r\n"), [line])).toThrow(TypeError);
  });
  it.each(["X", "X: a\r\nb: c", "X: a\n", "X: \0", "X: a\r\n\r\nbody", "X: ü", "", `X: ${"a".repeat(998)}`])(
    "throws for %j",
    (line) => {
      expect(() => prependFields(bytes("A: b\r\n"), [line])).toThrow(TypeError);
    },
  );
});
