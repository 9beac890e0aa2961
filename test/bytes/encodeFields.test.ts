import { describe, expect, it, vi } from "vitest";
import { encodeFields } from "../../src/bytes/encodeFields.ts";
import { fieldLayout } from "../identity/fieldLayout.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("encodeFields", () => {
  it.each([
    ["no value", []],
    ["an empty value", [""]],
    ["values", ["a", "bc"]],
    ["text beyond ASCII, by its octets", ["é", "日本", "🎉", "é"]],
    ["more than 255 octets", ["x".repeat(70_000)]],
  ])("writes each length and the octets: %s", (_, values) => {
    const expected = hex(fieldLayout("countersign/test/v1", ...values));
    expect(hex(encodeFields("countersign/test/v1", values))).toBe(expected);
    const bytes = values.map((value) => Uint8Array.from(Buffer.from(value)));
    expect(hex(encodeFields("countersign/test/v1", bytes))).toBe(expected);
  });

  it("writes lengths as 32 bits, big-endian", () => {
    expect(hex(encodeFields("d", ["ab", Uint8Array.of(255)]))).toBe("0000000164" + "000000026162" + "00000001ff");
  });

  it("gives different lists different bytes", () => {
    const lists = [["ab"], ["a", "b"], ["", "ab"], ["ab", ""], ["a", "b", ""]];
    expect(new Set(lists.map((list) => hex(encodeFields("d", list)))).size).toBe(lists.length);
    expect(hex(encodeFields("da", ["b"]))).not.toBe(hex(encodeFields("d", ["ab"])));
  });

  it("writes the same where there is no Buffer, as in a browser", async () => {
    const values = ["é", Uint8Array.of(0, 255, 128), "a"];
    const expected = encodeFields("d", values);
    vi.resetModules();
    vi.stubGlobal("Buffer", undefined);
    try {
      const again = await import("../../src/bytes/encodeFields.ts");
      expect([...again.encodeFields("d", values)]).toEqual([...expected]);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
