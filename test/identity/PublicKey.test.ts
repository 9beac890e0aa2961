import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { Result } from "effect";
import { importJWK } from "jose";
import { describe, expect, it } from "vitest";
import { decodeBase64, decodeBase64Url, encodeBase64Url } from "../../src/bytes/base64.ts";
import { identityError } from "../../src/identity/IdentityError.ts";
import { publicJwk, resolvedKey, withoutSecret, type StoredKey } from "../../src/identity/KeyRecord.ts";
import { jwkOf, parsePublicKeyPem, parseSpki, publicKeyPem } from "../../src/identity/PublicKey.ts";
import { AT, KID, must, reasonOf } from "./signedMessage.ts";

const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = pair.publicKey.export({ format: "pem", type: "spki" }).toString();
const spki = Uint8Array.from(pair.publicKey.export({ format: "der", type: "spki" }));
const pemOf = (der: Uint8Array): string => {
  const body = Buffer.from(der)
    .toString("base64")
    .replace(/.{1,64}/g, "$&\n");
  return `-----BEGIN PUBLIC KEY-----\n${body}-----END PUBLIC KEY-----\n`;
};

describe("PublicKey", () => {
  it("reads what OpenSSL writes, and writes it the same", () => {
    const key = must(parsePublicKeyPem(pem));
    expect(key.spki).toEqual(spki);
    expect(publicKeyPem(key)).toBe(pem);
    expect(must(parsePublicKeyPem(pem.replaceAll("\n", "\r\n"))).spki).toEqual(spki);
  });

  it("makes a JWK that jose imports to the same key", async () => {
    const jwk = jwkOf(must(parsePublicKeyPem(pem)), KID);
    expect(jwk).toMatchObject({ kid: KID, alg: "ES256", use: "sig", kty: "EC", crv: "P-256" });
    expect(await importJWK({ ...jwk }, "ES256")).toBeDefined();
    expect(createPublicKey({ key: { ...jwk }, format: "jwk" }).equals(pair.publicKey)).toBe(true);
  });

  it("refuses every other form", () => {
    const compressed = Buffer.concat([
      Buffer.from("3039301306072a8648ce3d020106082a8648ce3d030107032200", "hex"),
      Buffer.from([2 + (spki[90]! & 1)]),
      spki.subarray(27, 59),
    ]);
    const offCurve = spki.slice();
    offCurve[90]! ^= 1;
    const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey.export({ format: "der", type: "spki" });
    const explicit = generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" }).publicKey.export({
      format: "der",
      type: "spki",
    });
    for (const der of [
      compressed,
      offCurve,
      p384,
      explicit,
      spki.slice(0, 90),
      Uint8Array.from([...spki, 0]),
      new Uint8Array(91),
    ]) {
      expect(reasonOf(parseSpki(Uint8Array.from(der)))).toBe("malformed_key");
      expect(reasonOf(parsePublicKeyPem(pemOf(der)))).toBe("malformed_key");
    }
    const privatePem = pair.privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    for (const text of [
      "",
      "x",
      privatePem,
      `note\n${pem}`,
      pem + pem,
      pem.replace("PUBLIC", "PRIVATE"),
      " ".repeat(500),
    ]) {
      expect(reasonOf(parsePublicKeyPem(text))).toBe("malformed_key");
    }
  });

  const frame = "The key is not an uncompressed P-256 key in SPKI form.";
  const block = "The text is not one PEM block of a public key.";
  const text = "The PEM block is not base64.";
  const point = "The point is not on the curve P-256.";
  const refusal = (message: string) =>
    Result.fail(
      identityError("malformed_key", message, "Publish the key as PEM of an uncompressed P-256 SubjectPublicKeyInfo."),
    );

  it("every octet before the point must be the one it is", () => {
    for (let at = 0; at < 27; at++) {
      const bent = spki.slice();
      bent[at]! ^= 1;
      expect([at, parseSpki(bent)]).toEqual([at, refusal(frame)]);
    }
  });

  it("says what is wrong with a key", () => {
    const bent = spki.slice();
    bent[90]! ^= 1;
    expect(parseSpki(bent)).toEqual(refusal(point));
    // A hybrid point: 6 or 7 in front of the same x and y.
    expect(parseSpki(Uint8Array.from([...spki.slice(0, 26), 6 + (spki[90]! & 1), ...spki.slice(27)]))).toEqual(
      refusal(frame),
    );
    for (const length of [0, 26, 27, 59, 90]) expect(parseSpki(spki.slice(0, length))).toEqual(refusal(frame));
    expect(parseSpki(Uint8Array.from([...spki, 0]))).toEqual(refusal(frame));
    const lines = pem.split("\n");
    const changed = (change: (line: string) => string) => [lines[0], change(lines[1]!), ...lines.slice(2)].join("\n");
    expect(parsePublicKeyPem(changed((line) => line.slice(1)))).toEqual(refusal(text));
    expect(parsePublicKeyPem(changed((line) => `=${line.slice(1)}`))).toEqual(refusal(text));
    expect(parsePublicKeyPem(pemOf(spki.slice(0, 90)))).toEqual(refusal(frame));
    expect(parsePublicKeyPem(changed((line) => ` ${line}`))).toEqual(refusal(block));
    expect(parsePublicKeyPem(`${pem}x`)).toEqual(refusal(block));
  });

  it("reads at most 400 characters, blanks at the end included", () => {
    expect(must(parsePublicKeyPem(pem.padEnd(400, "\n"))).spki).toEqual(spki);
    expect(parsePublicKeyPem(pem.padEnd(401, "\n"))).toEqual(refusal(block));
  });

  it("a key that was read does not change with the bytes it was read from", () => {
    const bytes = spki.slice();
    const key = must(parseSpki(bytes));
    bytes.fill(0);
    expect(key.spki).toEqual(spki);
    expect(key.point).toEqual(spki.slice(26));
  });

  it("a record shows its public half and nothing sealed", () => {
    const row: StoredKey = {
      kid: KID,
      kind: "operator",
      tenant: null,
      mailbox: null,
      agent: null,
      operator: "acme.example",
      publicKeyPem: pem,
      status: "active",
      validFrom: AT,
      validTo: null,
      sealedPrivateKey: "seal1.secret",
    };
    for (const shown of [resolvedKey(row), withoutSecret(row), must(publicJwk(row))]) {
      expect(JSON.stringify(shown)).not.toContain("seal1");
    }
    expect(resolvedKey(row)).toEqual({
      kid: KID,
      public_key_pem: pem,
      agent: null,
      mailbox: null,
      operator: "acme.example",
      status: "active",
      valid_from: AT,
      valid_to: null,
    });
    expect(reasonOf(publicJwk({ ...row, publicKeyPem: "x" }))).toBe("malformed_key");
  });
});

describe("base64", () => {
  it("decodes only what encoding gives", () => {
    for (const bytes of [new Uint8Array(0), Uint8Array.of(255), Uint8Array.of(251, 255), spki]) {
      expect(decodeBase64(Buffer.from(bytes).toString("base64"))).toEqual(bytes);
      expect(decodeBase64Url(encodeBase64Url(bytes))).toEqual(bytes);
      expect(encodeBase64Url(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
    }
    for (const bad of ["A", "AA", "AA=", "AB==", "AAB=", "AA==\n", " AAA", "A===", "AA-_", "====", "AA==AA=="]) {
      expect([bad, decodeBase64(bad)]).toEqual([bad, null]);
    }
    for (const bad of ["A", "AB", "AAB", "AA==", "+/AA", "AA\n"])
      expect([bad, decodeBase64Url(bad)]).toEqual([bad, null]);
  });
});
