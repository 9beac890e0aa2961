import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { bodyHash } from "../../src/mail/BodyHash.ts";
import { contentDigest, type DigestedContent } from "../../src/mail/Digest.ts";
import { fromBinaryString, toBase64, toBinaryString, toHex } from "../../src/bytes/octets.ts";
import { createSha256, sha256, sha256From } from "../../src/bytes/sha256.ts";

const content: DigestedContent = {
  raw: new TextEncoder().encode("From: a@b.example\r\n\r\nx\r\n"),
  envelope: { from: "a@b.example", to: ["c@d.example", "e@f.example"] },
  mailbox: "mbx_1",
  sendAt: 0,
};

const anyContent: fc.Arbitrary<DigestedContent> = fc.record({
  raw: fc.uint8Array({ maxLength: 6 }),
  envelope: fc.record({
    from: fc.string({ maxLength: 3 }),
    to: fc.array(fc.string({ maxLength: 2 }), { maxLength: 3 }),
  }),
  mailbox: fc.string({ maxLength: 3 }),
  sendAt: fc.constantFrom(0, 1, 255, 256, 2 ** 32, 2 ** 53 - 1),
});

describe("OV-40 digest-binds-everything: contentDigest", () => {
  it("is the encoding its documentation describes", () => {
    const u64 = (n: number): Buffer => {
      const out = Buffer.alloc(8);
      out.writeBigUInt64BE(BigInt(n));
      return out;
    };
    const text = (s: string): Buffer => Buffer.concat([u64(Buffer.byteLength(s)), Buffer.from(s)]);
    const encode = (c: DigestedContent): Buffer =>
      Buffer.concat([
        text("countersign/content/v1"),
        text(c.mailbox),
        u64(c.sendAt),
        text(c.envelope.from),
        u64(c.envelope.to.length),
        ...c.envelope.to.map(text),
        u64(c.raw.length),
        c.raw,
      ]);
    fc.assert(
      fc.property(anyContent, (c) => {
        expect(contentDigest(c)).toBe(`sha256:${createHash("sha256").update(encode(c)).digest("hex")}`);
      }),
    );
    expect(contentDigest(content)).toBe("sha256:df878b261c7e34b390a05bef7e9e7312952da43139f8bc4702a755e16e0cc3f8");
  });

  it("changes when any part changes", () => {
    const { raw, envelope } = content;
    const variants: readonly DigestedContent[] = [
      content,
      { ...content, mailbox: "mbx_2" },
      { ...content, sendAt: 1 },
      { ...content, sendAt: 2 ** 32 },
      { ...content, envelope: { ...envelope, from: "z@b.example" } },
      { ...content, envelope: { ...envelope, to: ["c@d.example"] } },
      { ...content, envelope: { ...envelope, to: [...envelope.to, "g@h.example"] } },
      { ...content, envelope: { ...envelope, to: envelope.to.toReversed() } },
      { ...content, envelope: { ...envelope, to: ["c@d.examplee@f.example"] } },
      { ...content, mailbox: "mbx_1a", envelope: { ...envelope, from: "@b.example" } },
      ...Array.from(raw, (octet, i) => ({ ...content, raw: raw.with(i, octet ^ 1) })),
      { ...content, raw: raw.subarray(1) },
    ];
    expect(new Set(variants.map(contentDigest)).size).toBe(variants.length);
  });

  it("two contents share a digest only if they are the same", () => {
    fc.assert(
      fc.property(anyContent, anyContent, (a, b) => {
        const same =
          JSON.stringify([...a.raw, a.envelope, a.mailbox, a.sendAt]) ===
          JSON.stringify([...b.raw, b.envelope, b.mailbox, b.sendAt]);
        expect(contentDigest(a) === contentDigest(b)).toBe(same);
      }),
      { numRuns: 500 },
    );
  });

  it("throws for what has no encoding", () => {
    for (const sendAt of [-1, 1.5, Number.NaN, 2 ** 53])
      expect(() => contentDigest({ ...content, sendAt })).toThrow(
        /^sendAt must be a whole number of seconds, 0 or more$/,
      );
    const half = /^a string with a lone surrogate has no UTF-8 encoding to digest$/;
    expect(() => contentDigest({ ...content, mailbox: "\ud800" })).toThrow(half);
    expect(() => contentDigest({ ...content, envelope: { from: "\ud800", to: [] } })).toThrow(half);
    expect(() => contentDigest({ ...content, envelope: { from: "a", to: ["b", "\ud800"] } })).toThrow(half);
    expect(() => contentDigest({ ...content, sendAt: -1 })).toThrow(RangeError);
    expect(() => contentDigest({ ...content, mailbox: "\ud800" })).toThrow(RangeError);
  });
});

describe("bodyHash", () => {
  const utf8 = (s: string): Uint8Array => new TextEncoder().encode(s);
  it("matches RFC 6376 3.4.3 for the empty body and forgives only empty lines at the end", () => {
    // The value RFC 6376 3.4.3 prints for an empty body.
    expect(bodyHash(new Uint8Array(0))).toBe("frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=");
    expect(bodyHash(utf8("\r\n\r\n"))).toBe(bodyHash(new Uint8Array(0)));
    const plain = createHash("sha256").update("a\r\nb\r\n").digest("base64");
    for (const body of ["a\r\nb", "a\r\nb\r\n", "a\r\nb\r\n\r\n\r\n"]) expect(bodyHash(utf8(body))).toBe(plain);
    expect(bodyHash(utf8("\r\n"))).toBe(bodyHash(new Uint8Array(0)));
    // Half a line ending at the end is no empty line.
    for (const body of ["a\n", "a\r", "a\rb", "\n", "\r", "b\n\n", "\n\r\n", "\r\r\n"]) {
      const kept = body.replace(/\r\n$/, "");
      expect([body, bodyHash(utf8(body))]).toEqual([body, createHash("sha256").update(`${kept}\r\n`).digest("base64")]);
    }
    for (const body of ["a\r\nb \r\n", "a\r\n b\r\n", "\r\na\r\nb\r\n", "a\r\nb\r\n \r\n"])
      expect(bodyHash(utf8(body))).not.toBe(plain);
  });
});

describe("sha256 and octets", () => {
  it("the portable implementation and Node's give the same bytes", () => {
    const portable = sha256From(undefined);
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (chunks) => {
        const [a, b] = [portable(), createSha256()];
        for (const chunk of chunks) {
          a.update(chunk);
          b.update(chunk);
        }
        expect(toHex(a.digest())).toBe(toHex(b.digest()));
        expect(toHex(sha256(...chunks))).toBe(createHash("sha256").update(Buffer.concat(chunks)).digest("hex"));
      }),
      { numRuns: 60 },
    );
  });
  it("binary strings keep all 256 octets, also of a view into a larger buffer", () => {
    const all = Uint8Array.from({ length: 300 }, (_, i) => i).subarray(10, 290);
    expect(fromBinaryString(toBinaryString(all))).toEqual(Uint8Array.from(all));
    expect(toBase64(all)).toBe(btoa(toBinaryString(all)));
  });

  it("works the same where there is no Buffer and no process, as in a browser", async () => {
    const all = Uint8Array.from({ length: 20_000 }, (_, i) => (i * 7) % 256);
    const expected = [toBase64(all), toBinaryString(all), contentDigest({ ...content, raw: all }), bodyHash(all)];
    vi.resetModules();
    vi.stubGlobal("Buffer", undefined);
    vi.stubGlobal("process", undefined);
    try {
      const octets = await import("../../src/bytes/octets.ts");
      const digest = await import("../../src/mail/Digest.ts");
      const body = await import("../../src/mail/BodyHash.ts");
      expect([
        octets.toBase64(all),
        octets.toBinaryString(all),
        digest.contentDigest({ ...content, raw: all }),
        body.bodyHash(all),
      ]).toEqual(expected);
      expect(octets.fromBinaryString(octets.toBinaryString(all))).toEqual(all);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
