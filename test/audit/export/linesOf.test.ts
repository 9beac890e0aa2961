import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineLimit, linesOf } from "../../../src/audit/export/linesOf.ts";
import { inPieces } from "../../support/logExport.ts";

describe("lines", () => {
  it("OV-72 bad-input-is-told: cut anywhere, they are the same lines", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: "grapheme" })),
        fc.integer({ min: 1, max: 9 }),
        async (parts, size) => {
          const text = parts.map((part) => `${part.replaceAll("\n", " ")}\n`).join("");
          const found: (string | null)[] = [];
          for await (const line of linesOf(inPieces(text, size))) found.push(line.text);
          // But the empty ones at the end.
          const kept = text.replace(/\n+$/, "");
          expect(found).toEqual(kept === "" ? [] : kept.split("\n"));
        },
      ),
    );
    const ends: unknown[] = [];
    for (const end of ["{}", "{", '{"a":1}\n\n', "\n\n", "1"])
      for await (const { number, text, fault } of linesOf(inPieces(`[]\n\n${end}`))) ends.push([number, text, fault]);
    const first = [1, "[]", null];
    const empty = [2, "", null];
    expect(ends).toEqual(
      [
        [first, empty, [3, "{}", null]],
        [first, empty, [3, "{", "cut"]],
        [first, empty, [3, '{"a":1}', null]],
        [first],
        [first, empty, [3, "1", null]],
      ].flat(),
    );
    const long: unknown[] = [];
    for await (const line of linesOf(inPieces(`${"a".repeat(lineLimit)}\n${"a".repeat(lineLimit + 1)}\nb\n`)))
      long.push(line.fault);
    expect(long).toEqual([null, "too_long"]);
  });
});
