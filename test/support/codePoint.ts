import fc from "fast-check";

/** Half surrogates are no characters. */
const [firstSurrogate, afterSurrogates] = [0xd800, 0xe000];
const surrogates = afterSurrogates - firstSurrogate;

/**
 * Any Unicode code point as a string: the unit of strings, and of JSON. It makes and shrinks the same as fast-check's own unit `binary`,
 * which first builds a table of all 1.1 million, in seconds.
 */
export const codePoint: fc.Arbitrary<string> = fc.nat({ max: 0x10ffff - surrogates }).map(
  (n) => String.fromCodePoint(n < firstSurrogate ? n : n + surrogates),
  (value) => {
    const point = typeof value === "string" ? value.codePointAt(0) : undefined;
    if (point === undefined || String.fromCodePoint(point) !== value) throw new Error("not one code point");
    if (point >= firstSurrogate && point < afterSurrogates) throw new Error("half a surrogate pair");
    return point < firstSurrogate ? point : point - surrogates;
  },
);
