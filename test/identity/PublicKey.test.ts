import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { importJWK } from "jose";
import { describe, expect, it } from "vitest";
import { decodeBase64, decodeBase64Url, encodeBase64Url } from "../../src/identity/base64.ts";
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
