import { generateKeyPairSync, sign } from "node:crypto";
import { Result } from "effect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { derToP1363, p1363ToDer } from "../../src/identity/EcdsaSignature.ts";
import { must, reasonOf } from "./signedMessage.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

describe("EcdsaSignature", () => {
  it("round trip: any 64 bytes come back through DER", () => {
    // Leading zeros and high bits are where encodings go wrong.
    const half = fc.oneof(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc
        .nat({ max: 31 })
        .chain((zeros) =>
          fc
            .uint8Array({ minLength: 32 - zeros, maxLength: 32 - zeros })
            .map((rest) => Uint8Array.from([...new Uint8Array(zeros), ...rest])),
        ),
    );
    fc.assert(
      fc.property(half, half, (r, s) => {
        const raw = Uint8Array.from([...r, ...s]);
        expect(must(derToP1363(must(p1363ToDer(raw))))).toEqual(raw);
      }),
      { numRuns: 300 },
    );
  });

  it("agrees with OpenSSL: its DER is what we make of the same r and s", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    for (let i = 0; i < 40; i++) {
      const der = Uint8Array.from(sign("sha256", Buffer.from(`m${i}`), privateKey));
      expect(must(p1363ToDer(must(derToP1363(der))))).toEqual(der);
    }
  });

  it.each([
    ["empty", ""],
    ["no sequence", "3106020101020101"],
    ["negative r", "3006020181020101"],
    ["the least negative r", "3006020180020101"],
    ["padded r", "300702020001020101"],
    ["long-form length", "308106020101020101"],
    ["indefinite length", "3080020101020101" + "0000"],
    ["bytes after the end", "300602010102010100"],
    ["length too large", "3007020101020101"],
    ["a third integer", "3009020101020101020101"],
    ["an empty integer", "30050200" + "020101"],
    ["an empty r before a long s", "3009" + "0200" + "02050102030405"],
    ["an empty s after a long r", "3009" + "02050102030405" + "0200"],
    ["r of 33 bytes", "3026" + "0221" + "01" + "00".repeat(32) + "020101"],
    ["r cut off", "30060204010201" + "01"],
    ["another tag", "3006030101020101"],
  ])("refuses DER with %s", (_, text) => {
    expect(reasonOf(derToP1363(hex(text)))).toBe("malformed_signature");
  });

  it("takes zero, which is one octet", () => {
    expect(must(derToP1363(hex("3006020100020100")))).toEqual(new Uint8Array(64));
    expect(must(p1363ToDer(new Uint8Array(64)))).toEqual(hex("3006020100020100"));
  });

  it("refuses r‖s of any length but 64", () => {
    for (const length of [0, 63, 65, 128])
      expect(reasonOf(p1363ToDer(new Uint8Array(length)))).toBe("malformed_signature");
    expect(Result.isSuccess(p1363ToDer(new Uint8Array(64)))).toBe(true);
  });
});
