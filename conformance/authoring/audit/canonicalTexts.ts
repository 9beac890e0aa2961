/** OV-60 leaf-is-canonical: the text of a value. */
import type { Expectation, Json } from "../../runner/vectors.ts";
import { stated, type Draft } from "../draft.ts";
import { canonical } from "./logbook.ts";

const of = (comment: string, value: Json, expect: Expectation, features: readonly string[] = []): Draft =>
  stated({
    comment: `canonical: ${comment}`,
    requirements: ["OV-60"],
    flags: ["EncodingDiffers"],
    features,
    op: "canonical",
    input: { value },
    expect,
  });
const text = (comment: string, value: Json, literal: string): Draft => {
  if (canonical(value) !== literal) throw new Error(`${comment}: ${canonical(value)}`);
  return of(comment, value, { ok: { canonical: literal } });
};
const noText = (comment: string, value: Json, ...features: readonly string[]): Draft =>
  of(comment, value, { error: "not_canonical" }, features);

export const canonicalTexts: readonly Draft[] = [
  text("members in order, no blanks", { b: 1, a: [true, false, null], "": {} }, '{"":{},"a":[true,false,null],"b":1}'),
  text("capitals before small letters", { a: 1, B: 2, _: 3 }, '{"B":2,"_":3,"a":1}'),
  text("digits as text", { "10": 1, "9": 2, "1": 3 }, '{"1":3,"10":1,"9":2}'),
  text("order by UTF-16, not by code point", { "\ufb33": 1, "😀": 2 }, '{"😀":2,"\ufb33":1}'),
  text("what must be escaped", '"\\\b\f\n\r\t\u0000\u001f', '"\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f"'),
  text("what must not be escaped", "/<>&'\u007f\u2028é😀", '"/<>&\'\u007f\u2028é😀"'),
  text(
    "the largest and the smallest number",
    [9_007_199_254_740_991, -9_007_199_254_740_991, 0],
    "[9007199254740991,-9007199254740991,0]",
  ),
  text(
    "nested members in order at each level",
    { z: { b: 1, a: 2 }, y: [{ d: 1, c: 2 }] },
    '{"y":[{"c":2,"d":1}],"z":{"a":2,"b":1}}',
  ),
  noText("no fraction", { score: 0.5 }),
  noText("no fraction inside a list", [1, 2.25]),
  noText("no text without UTF-8", "\ud800", "lone_surrogates"),
  noText("no member name without UTF-8", { "\udc00": 1 }, "lone_surrogates"),
];
