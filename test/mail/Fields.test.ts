import { Result } from "effect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fieldValues, prependFields, splitMessage } from "../../src/mail/Fields.ts";
import { composed, draft } from "./drafts.ts";
import { told } from "../told.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));
const parts = (text: string) => Result.getOrThrow(splitMessage(bytes(text)));
const reason = (text: string): string => {
  const split = splitMessage(bytes(text));
  return Result.isFailure(split) ? told(split.failure).reason : "accepted";
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
  ])("refuses %j as %s", (text, wanted) => {
    expect(reason(text)).toBe(wanted);
  });
});

describe("OV-43 signatures-on-top: prependFields", () => {
  it("puts lines on top in their order and leaves the rest", () => {
    const raw = bytes("A: b\r\n\r\nx\r\n");
    expect(Buffer.from(prependFields(raw, ["X: 1", "Y: 2\r\n z\r\n"])).toString()).toBe(
      "X: 1\r\nY: 2\r\n z\r\nA: b\r\n\r\nx\r\n",
    );
  });
  it.each(["X", "X: a\r\nb: c", "X: a\n", "X: \0", "X: a\r\n\r\nbody", "X: ü", "", `X: ${"a".repeat(998)}`])(
    "throws for %j",
    (line) => {
      expect(() => prependFields(bytes("A: b\r\n"), [line])).toThrow(TypeError);
    },
  );
});
