import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ambiguityIn, depthLimit, sameJson } from "../../src/bytes/strictJson.ts";

describe("strict JSON", () => {
  it("OV-72 bad-input-is-told: finds a member named twice, however it is spelled and wherever it is", () => {
    for (const twice of [
      '{"a":1,"a":2}',
      '{"a":1,"\\u0061":2}',
      '{"x":[{"b":0,"c":{},"b":1}]}',
      '{"a":"{\\"a\\":1}","b":[],"a":[]}',
    ])
      expect(ambiguityIn(twice)).toMatch(/twice/);
    for (const once of ['{"a":{"a":{"a":1}}}', '[{"a":1},{"a":2}]', '{"a":"a","b":"a\\"a","c":["a","a"]}', '"a"', "1"])
      expect(ambiguityIn(once)).toBeNull();
    expect(ambiguityIn("[".repeat(depthLimit + 1) + "]".repeat(depthLimit + 1))).toMatch(/nested/);
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (json) => {
        expect(ambiguityIn(json)).toBeNull();
        expect(sameJson(JSON.parse(json), JSON.parse(json))).toBe(true);
      }),
    );
  });
});
