import { generateKeyPairSync, sign } from "node:crypto";
import { Result } from "effect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { derToP1363, p1363ToDer, rawSignature } from "../../src/identity/EcdsaSignature.ts";
import { identityError } from "../../src/identity/IdentityError.ts";
import { must } from "./signedMessage.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));
const refusal = (message: string) =>
  Result.fail(identityError("malformed_signature", message, "Have the message signed again, or sent again unchanged."));

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
    ["s cut off", "30060201010204" + "01"],
    ["another tag", "3006030101020101"],
    ["another tag before s", "3006020101030101"],
    ["a zero after a zero", "3006020101020100" + "00"],
    ["s of 33 bytes", "3026" + "020101" + "0221" + "01" + "00".repeat(32)],
    ["padded s", "300702010102020001"],
    ["negative s", "3006020101020181"],
    ["r alone", "3003020101"],
    ["a tag alone", "30"],
    ["a length alone", "3000"],
    ["two octets of nothing", "30020201"],
  ])("refuses DER with %s", (_, text) => {
    expect(derToP1363(hex(text))).toEqual(
      refusal("The signature is not a DER sequence of two integers in their shortest form."),
    );
  });

  it("takes zero, which is one octet", () => {
    expect(must(derToP1363(hex("3006020100020100")))).toEqual(new Uint8Array(64));
    expect(must(p1363ToDer(new Uint8Array(64)))).toEqual(hex("3006020100020100"));
  });

  it("refuses r‖s of any length but 64", () => {
    for (const length of [0, 63, 65, 128])
      expect(p1363ToDer(new Uint8Array(length))).toEqual(refusal("The signature is not 64 bytes long."));
    expect(Result.isSuccess(p1363ToDer(new Uint8Array(64)))).toBe(true);
  });

  it("reads a signature in the encoding that is asked for, and in no other", () => {
    const raw = Uint8Array.from({ length: 64 }, (_, i) => i + 1);
    const der = must(p1363ToDer(raw));
    expect(rawSignature(raw, "p1363")).toEqual(raw);
    expect(rawSignature(der, "der")).toEqual(raw);
    expect(rawSignature(raw, "der")).toBeNull();
    expect(rawSignature(der, "p1363")).toBeNull();
    for (const length of [0, 63, 65]) expect(rawSignature(new Uint8Array(length), "p1363")).toBeNull();
  });
});
