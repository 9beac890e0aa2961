/** Notes and checkpoints: the published examples, another implementation, and what must be refused. */
import { createPrivateKey, sign } from "node:crypto";
import { createRequire } from "node:module";
import { Result } from "effect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openCheckpoint, parseCheckpoint, signCheckpoint } from "../../../src/audit/tree/Checkpoint.ts";
import { parseReceipt } from "../../../src/audit/tree/Receipt.ts";
import {
  cosignedBytes,
  formatNote,
  formatVerifierKey,
  keyLabels,
  noteKey,
  parseNote,
  parseVerifierKey,
  signNote,
  verifyNote,
} from "../../../src/audit/tree/SignedNote.ts";
import { parseTilePath } from "../../../src/audit/tree/Tiles.ts";
import { must, reason } from "../../support/result.ts";
import { logKeys, logSigners, noteSigner, origin } from "../../support/logKeys.ts";
import vectors from "./vectors/notes.json" with { type: "json" };
import { codePoint } from "../../support/codePoint.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

describe("the names of keys in words", () => {
  it("are few and short, whatever a note holds", () => {
    const keys = Array.from({ length: 64 }, (_, id) => ({ name: `${"n".repeat(79)}\u{1f511}${id}`, id }));
    expect(keyLabels([])).toBe("none");
    expect(keyLabels([{ name: "a.example/log", id: 255 }])).toBe("a.example/log+000000ff");
    expect(keyLabels(keys).length).toBeLessThan(300);
    expect(keyLabels(keys)).toMatch(/ and 61 more$/);
    expect(keyLabels(keys).isWellFormed()).toBe(true);
  });
});

describe("signed notes", () => {
  const { vkey, skey, text, note } = vectors.ed25519;
  const key = must(parseVerifierKey(vkey));

  it("OV-63 checkpoint-is-signed: reads the published keys and writes them back", () => {
    expect(formatVerifierKey(key)).toBe(vkey);
    const ecdsa = must(parseVerifierKey(vectors.ecdsa.vkey));
    expect([ecdsa.type, formatVerifierKey(ecdsa)]).toEqual([2, vectors.ecdsa.vkey]);
  });

  it("OV-63 checkpoint-is-signed: verifies the published note, and makes the very same one", async () => {
    const parsed = must(parseNote(note));
    expect(parsed.text).toBe(text);
    expect(must(await verifyNote(parsed, [key]))).toEqual([key]);
    expect(formatNote(parsed)).toBe(note);
    // Base64 of the type and the 32 bytes of the key.
    const seed = Buffer.from(skey.split("+").slice(4).join("+"), "base64").subarray(1);
    const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
    const secret = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
    const made = must(
      await signNote(text, [{ key, sign: async (bytes) => new Uint8Array(sign(null, bytes, secret)) }]),
    );
    expect(formatNote(made)).toBe(note);
  });

  it("OV-63 checkpoint-is-signed: refuses every damaged key and every changed byte of a note", async () => {
    for (let at = 0; at < vkey.length; at += 1) {
      expect(reason(parseVerifierKey(vkey.slice(0, at))), vkey.slice(0, at)).toBe("malformed_key");
      const next = String.fromCharCode(vkey.charCodeAt(at) + 1);
      expect(reason(parseVerifierKey(vkey.slice(0, at) + next + vkey.slice(at + 1)))).toBe("malformed_key");
    }
    const bytes = utf8(note);
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = bytes.slice();
      changed[at]! ^= 1;
      const parsed = parseNote(changed);
      if (Result.isSuccess(parsed))
        expect(reason(await verifyNote(parsed.success, [key]))).toMatch(/bad_signature|unsigned/);
    }
  });

  it("OV-63 checkpoint-is-signed: one bad signature of a known key voids the note, those of unknown keys do not", async () => {
    const [one, two] = logSigners as [(typeof logSigners)[0], (typeof logSigners)[0]];
    const stranger = noteSigner(origin, 1);
    const good = must(await signNote("hello\n", [one, stranger, two]));
    expect(must(await verifyNote(good, logKeys))).toHaveLength(2);
    expect(must(await verifyNote(good, [one.key]))).toEqual([one.key]);
    expect(reason(await verifyNote(good, [noteSigner(origin, 1).key]))).toBe("unsigned");
    const broken = {
      ...good,
      signatures: good.signatures.map((it) =>
        it.id === two.key.id ? { ...it, signature: it.signature.slice(1) } : it,
      ),
    };
    expect(reason(await verifyNote(broken, logKeys))).toBe("bad_signature");
    expect(must(await verifyNote(broken, [one.key]))).toEqual([one.key]);
    // The same id under another name is another key.
    const named = { ...good, signatures: good.signatures.map((it) => ({ ...it, name: `${it.name}2` })) };
    expect(reason(await verifyNote(named, logKeys))).toBe("unsigned");
  });

  it("OV-63 checkpoint-is-signed: a witness's cosignature says when", async () => {
    const witness = noteSigner("witness.example/w", 4);
    const time = 1_790_000_123;
    const cosigner = {
      key: witness.key,
      sign: async (bytes: Uint8Array) => {
        const signature = await witness.sign(cosignedBytes(new TextDecoder().decode(bytes), time));
        const out = new Uint8Array(72);
        new DataView(out.buffer).setBigUint64(0, BigInt(time));
        out.set(signature, 8);
        return out;
      },
    };
    const checkpoint = { origin, size: 3, root: new Uint8Array(32) };
    const raw = must(await signCheckpoint(checkpoint, [...logSigners, cosigner]));
    const opened = must(await openCheckpoint(raw, [...logKeys, witness.key]));
    expect([opened.logKeys.length, opened.witnesses]).toEqual([2, [witness.key]]);
    expect(opened.checkpoint).toEqual(checkpoint);
    // A witness alone does not speak for the log.
    expect(reason(await openCheckpoint(raw, [witness.key]))).toBe("wrong_origin");
  });

  it("OV-63 checkpoint-is-signed: what is no note, key or checkpoint is refused in words, whatever it is", () => {
    const odd = [
      "",
      "\n",
      "\n\n",
      "a\n\n",
      "a\n\n— x",
      "a\n\n— x y\n",
      "a\n\n— x+y AAAAAAA=\n",
      "a\r\n\r\n— x AAAAAAAA\n",
      "\ud800\n\n— x AAAAAAAA\n",
      "x".repeat(300_000),
    ];
    for (const text of odd) expect(reason(parseNote(text))).toBe("malformed_note");
    expect(reason(parseNote(Uint8Array.of(0xff, 10, 10)))).toBe("malformed_note");
    const signature = "\n— x AAAAAAAA\n";
    for (const text of [
      "a\n",
      "a\n1\n",
      "a\n01\nAAAA\n",
      `a\n-1\n${"A".repeat(43)}=\n`,
      `a\n1\n${"A".repeat(42)}=\n`,
      `a\n99999999999999999\n${"A".repeat(43)}=\n`,
      `\n1\n${"A".repeat(43)}=\n`,
    ])
      expect(reason(parseCheckpoint(text + signature))).toMatch(/^malformed/);
    fc.assert(
      fc.property(fc.string({ unit: codePoint }), (text) => {
        parseNote(text);
        parseVerifierKey(text);
        parseReceipt(text);
        parseTilePath(text);
      }),
    );
    expect(reason(noteKey("a b", 1, new Uint8Array(32)))).toBe("malformed_key");
    // The point of order one.
    expect(reason(noteKey("a", 1, Uint8Array.of(1, ...new Uint8Array(31))))).toBe("malformed_key");
  });
});

describe("another implementation", () => {
  const require = createRequire(import.meta.url);
  const { verifyCheckpoint } = require("@sigstore/verify/dist/tlog/checkpoint.js") as {
    verifyCheckpoint: (entry: unknown, logs: unknown) => { origin: string; logSize: bigint; logHash: Buffer };
  };

  it("OV-63 checkpoint-is-signed: @sigstore/verify takes our checkpoint by its ECDSA signature, and not a changed one", async () => {
    const { createHash, createPublicKey } = await import("node:crypto");
    const ecdsa = logKeys.find(({ type }) => type === 2)!;
    const logs = [
      {
        baseURL: `https://${origin}`,
        logID: createHash("sha256").update(ecdsa.publicKey).digest(),
        publicKey: createPublicKey({ key: Buffer.from(ecdsa.publicKey), format: "der", type: "spki" }),
      },
    ];
    const root = new Uint8Array(32).fill(7);
    const envelope = must(await signCheckpoint({ origin, size: 42, root }, logSigners));
    const read = verifyCheckpoint({ inclusionProof: { checkpoint: { envelope } } }, logs);
    expect([read.origin, read.logSize, read.logHash.toString("hex")]).toEqual([origin, 42n, "07".repeat(32)]);
    expect(() =>
      verifyCheckpoint({ inclusionProof: { checkpoint: { envelope: envelope.replace("\n42\n", "\n43\n") } } }, logs),
    ).toThrow();
  });
});
