import { createPublicKey, createSecretKey, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { p256 } from "@noble/curves/nist.js";
import { CompactSign, compactVerify } from "jose";
import { describe, expect, it } from "vitest";
import { encodeBase64Url } from "../../src/bytes/base64.ts";
import { derToP1363, p1363ToDer, type SignatureFormat } from "../../src/identity/EcdsaSignature.ts";
import { nodeSigner, nodeSignerFromPkcs8 } from "../../src/identity/NodeSigner.ts";
import { verifyNode } from "../../src/identity/NodeVerify.ts";
import { parsePublicKeyPem, parseSpki } from "../../src/identity/PublicKey.ts";
import { verifyNoble } from "../../src/identity/Verify.ts";
import { KID, must } from "./signedMessage.ts";

interface Vectors {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly publicKeyDer: string;
    readonly tests: readonly {
      readonly tcId: number;
      readonly msg: string;
      readonly sig: string;
      readonly result: string;
    }[];
  }[];
}

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const folder = new URL("./vectors/", import.meta.url);
const verifiers = { noble: verifyNoble, node: verifyNode };

const files: readonly [file: string, format: SignatureFormat, total: number, valid: number][] = [
  ["ecdsa_secp256r1_sha256_test.json", "der", 484, 174],
  ["ecdsa_secp256r1_sha256_p1363_test.json", "p1363", 262, 173],
];

describe.each(Object.entries(verifiers))("published vectors: %s", (_, verify) => {
  it.each(files)("classifies all of %s (%s) right", async (file, format, total, valid) => {
    const vectors = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Vectors;
    const wrong: number[] = [];
    let seen = 0;
    let accepted = 0;
    for (const group of vectors.testGroups) {
      const key = must(parseSpki(bytes(group.publicKeyDer)));
      for (const test of group.tests) {
        const answer = await verify(key, bytes(test.msg), bytes(test.sig), format);
        seen++;
        if (answer) accepted++;
        if (answer !== (test.result === "valid")) wrong.push(test.tcId);
      }
    }
    expect({ wrong, seen, accepted }).toEqual({ wrong: [], seen: total, accepted: valid });
    expect(vectors.numberOfTests).toBe(total);
  });
});

describe("three implementations verify each other", () => {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = must(parsePublicKeyPem(pair.publicKey.export({ format: "pem", type: "spki" }).toString()));
  const secret = Buffer.from(pair.privateKey.export({ format: "jwk" }).d!, "base64url");
  const text = (i: number) => new TextEncoder().encode(`message ${i}`);

  it("node signs, noble and node verify, both formats; one changed bit is refused", async () => {
    const signer = nodeSignerFromPkcs8(KID, pair.privateKey.export({ format: "der", type: "pkcs8" }));
    for (let i = 0; i < 12; i++) {
      const der = await signer.sign(text(i));
      expect(der.buffer.byteLength).toBe(der.length);
      const raw = must(derToP1363(der));
      const bent = raw.slice();
      bent[i * 5]! ^= 1;
      for (const verify of [verifyNoble, verifyNode]) {
        expect(await verify(key, text(i), der, "der")).toBe(true);
        expect(await verify(key, text(i), raw, "p1363")).toBe(true);
        expect(await verify(key, text(i), bent, "p1363")).toBe(false);
        expect(await verify(key, text(i + 1), der, "der")).toBe(false);
        expect(await verify(key, text(i), der, "p1363")).toBe(false);
        expect(await verify(key, text(i), raw, "der")).toBe(false);
      }
    }
  });

  it("noble signs, node verifies, with a low and with a high s", async () => {
    const order = p256.Point.CURVE().n;
    for (let i = 0; i < 6; i++) {
      const low = p256.sign(text(i), secret, { lowS: true });
      const s = BigInt(`0x${Buffer.from(low.subarray(32)).toString("hex")}`);
      const high = Uint8Array.from([...low.subarray(0, 32), ...bytes((order - s).toString(16).padStart(64, "0"))]);
      for (const raw of [low, high]) {
        for (const verify of [verifyNoble, verifyNode]) {
          expect(await verify(key, text(i), raw, "p1363")).toBe(true);
          expect(await verify(key, text(i), must(p1363ToDer(raw)), "der")).toBe(true);
        }
      }
    }
  });

  it("jose signs, both verify; node signs, jose verifies", async () => {
    for (let i = 0; i < 6; i++) {
      const jws = await new CompactSign(text(i)).setProtectedHeader({ alg: "ES256" }).sign(pair.privateKey);
      const [header, payload, signature] = jws.split(".") as [string, string, string];
      const input = new TextEncoder().encode(`${header}.${payload}`);
      const raw = Uint8Array.from(Buffer.from(signature, "base64url"));
      expect(await verifyNoble(key, input, raw, "p1363")).toBe(true);
      expect(await verifyNode(key, input, raw, "p1363")).toBe(true);
      const ours = must(derToP1363(await nodeSigner(KID, pair.privateKey).sign(input)));
      const verified = await compactVerify(`${header}.${payload}.${encodeBase64Url(ours)}`, pair.publicKey);
      expect(verified.payload).toEqual(text(i));
    }
  });

  it("bytes that are no signature are refused, never an exception", async () => {
    for (const verify of [verifyNoble, verifyNode]) {
      for (const format of ["der", "p1363"] as const) {
        for (const junk of [
          new Uint8Array(0),
          new Uint8Array(64),
          new Uint8Array(64).fill(255),
          new Uint8Array(1000),
          text(1),
        ]) {
          expect(await verify(key, text(0), junk, format)).toBe(false);
        }
      }
    }
  });

  it("nodeSigner takes nothing but a private P-256 key", () => {
    const other = generateKeyPairSync("ec", { namedCurve: "P-384" });
    const edwards = generateKeyPairSync("ed25519");
    const secretKey = createSecretKey(Buffer.alloc(32));
    for (const wrong of [other.privateKey, edwards.privateKey, createPublicKey(pair.privateKey), secretKey]) {
      expect(() => nodeSigner(KID, wrong)).toThrow(TypeError);
      expect(() => nodeSigner(KID, wrong)).toThrow(/^nodeSigner needs a private P-256 key$/);
    }
  });

  it("verifyNode reads a key once, however often it verifies", async () => {
    let reads = 0;
    const watched = {
      point: key.point,
      get spki() {
        reads++;
        return key.spki;
      },
    };
    const der = await nodeSigner(KID, pair.privateKey).sign(text(1));
    for (let i = 0; i < 3; i++) expect(await verifyNode(watched, text(1), der, "der")).toBe(true);
    expect(reads).toBe(1);
  });
});
