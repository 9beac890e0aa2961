/** The DKIM-Signature field written out: its lines, what exactly it signs, and every refusal. Ed25519 only, whose keys are made at once. */
import { createHash, generateKeyPairSync, verify } from "node:crypto";
import { Result } from "effect";
import { describe, expect, it } from "vitest";
import { signDkim } from "../../src/mail/Dkim.ts";
import { composed, plainDraft, refusalOf, type Refusal } from "./drafts.ts";

const key = generateKeyPairSync("ed25519");
const options = {
  domain: "agents.example",
  selector: "ed2",
  algorithm: "ed25519-sha256",
  privateKey: key.privateKey,
  timestamp: 1_794_830_400,
} as const;
const withIdentity = composed(plainDraft).raw;

/** What is signed, written out here: each header line as relaxed canonicalisation has it (RFC 6376 3.4.2). */
const holds = (line: string, canonical: readonly string[]): boolean => {
  const [whole, unsigned, signature] = /^DKIM-Signature:(.*\r\n b=)(.*)\r\n$/s.exec(line)!;
  const own = `dkim-signature:${unsigned!.replaceAll("\r\n", "").trim()}`;
  const data = Buffer.from(`${canonical.map((one) => `${one}\r\n`).join("")}${own}`, "latin1");
  expect(whole).toBe(line);
  const hash = createHash("sha256").update(data).digest();
  return verify(null, hash, key.publicKey, Buffer.from(signature!.replaceAll("\r\n ", ""), "base64"));
};
const bh = (body: string): string => createHash("sha256").update(body, "latin1").digest("base64");

describe("the DKIM-Signature field", () => {
  const sign = (message: string, headers?: readonly string[]): string =>
    Result.getOrThrow(signDkim(Buffer.from(message, "latin1"), { ...options, ...(headers ? { headers } : {}) }));

  it("is these lines, and signs the fields from the bottom up, each once", () => {
    const line = sign(
      "DKIM-Signature: x\r\nX-B: 1\r\nFROM:  a@agents.example \r\nx-b:\t 2\t3 \r\nTo:\r\n \r\nSUBJECT:x\r\n  y\t\r\n\r\nbody\r\n",
      ["X-B", "from", "Dkim-Signature", "x-b", "X-None"],
    );
    const head =
      "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; t=1794830400;\r\n" +
      " d=agents.example;\r\n s=ed2;\r\n" +
      " h=From:From:To:To:Subject:Subject:Date:Message-ID:MIME-Version:\r\n" +
      " Content-Type:Reply-To:X-MultiMail-Agent-Identity:X-MultiMail-Identity:X-B:\r\n X-B;\r\n" +
      ` bh=${bh("body\r\n")};\r\n b=`;
    expect(line.slice(0, head.length)).toBe(head);
    expect(line.slice(head.length)).toMatch(/^[A-Za-z0-9+/]{72}\r\n [A-Za-z0-9+/]{14}==\r\n$/);
    expect(holds(line, ["from:a@agents.example", "to:", "subject:x y", "x-b:2 3", "x-b:1"])).toBe(true);
    expect(holds(line, ["from:a@agents.example", "to:", "subject:x y", "x-b:1", "x-b:2 3"])).toBe(false);
  });

  it.each([
    ["", ""],
    ["\r\n\r\n", ""],
    [" \t\r\n", ""],
    ["a", "a\r\n"],
    ["a \t b\t\r\n  c\r\n \r\n\r\n", "a b\r\n c\r\n"],
    ["\r\n\r\na\r\n", "\r\n\r\na\r\n"],
    ["a \r\n\r\nb", "a\r\n\r\nb\r\n"],
    ["a ", "a\r\n"],
  ])("hashes the body %j as %j", (body, canonical) => {
    expect(sign(`From: a@agents.example\r\n\r\n${body}`)).toContain(`\r\n bh=${bh(canonical)};\r\n`);
  });

  it("folds the list of fields before column 77", () => {
    const begin = " Reply-To:X-MultiMail-Agent-Identity:X-MultiMail-Identity:";
    const listed = (...lengths: readonly number[]): readonly string[] => {
      const extra = lengths.map((length) => "X".repeat(length));
      const line = sign(
        `From: a@agents.example\r\nCc: b@agents.example\r\n${extra.map((name) => `${name}: x\r\n`).join("")}`,
        extra,
      );
      return /h=[^;]*;/.exec(line)![0].split("\r\n").slice(1);
    };
    expect(listed(76 - begin.length)).toEqual([`${begin}${"X".repeat(76 - begin.length)};`]);
    expect(listed(77 - begin.length)).toEqual([begin, ` ${"X".repeat(77 - begin.length)};`]);
    expect(listed(75 - begin.length, 3)).toEqual([`${begin}${"X".repeat(75 - begin.length)}:`, " XXX;"]);
    expect(listed(76 - begin.length, 3)).toEqual([begin, ` ${"X".repeat(76 - begin.length)}:XXX;`]);
  });

  const selector = [
    "bad_key",
    "selector",
    "The selector is not a DNS name.",
    "Use letters, digits and hyphens, at most 63.",
  ] as const;
  const time = ["bad_date", "timestamp", "The timestamp is not a time.", "Give whole seconds since 1970."] as const;
  const name = [
    "bad_header",
    "headers",
    "A field to sign has no valid name.",
    "Use header names such as X-Ticket-Id.",
  ] as const;
  const kind = [
    "bad_key",
    "privateKey",
    "The key is not a private ed25519 key.",
    "Give a key made for ed25519-sha256.",
  ] as const;
  it.each<[string, Record<string, unknown>, Refusal]>([
    ["no selector", { selector: "" }, selector],
    ["64 characters of selector", { selector: "a".repeat(64) }, selector],
    ["a selector that begins with a dot", { selector: ".a" }, selector],
    ["a selector that ends in a hyphen", { selector: "a-" }, selector],
    ["a selector with a tag in it", { selector: "a;l=0" }, selector],
    ["a time before 1970", { timestamp: -1 }, time],
    ["half a second", { timestamp: 0.5 }, time],
    ["a field name with a blank, behind a good one", { headers: ["X-A", "X B"] }, name],
    ["a field name with a tag in it", { headers: ["X;l=0", "X-A"] }, name],
    ["a public key", { privateKey: key.publicKey }, kind],
    ["a key of the other kind", { privateKey: generateKeyPairSync("ed448").privateKey }, kind],
    [
      "a bad domain",
      { domain: "localhost" },
      ["bad_domain", "domain", "The domain has no dot.", "Give the full domain name, such as example.com."],
    ],
  ])("is refused for %s", (_, change, wanted) => {
    expect(refusalOf(signDkim(withIdentity, { ...options, ...change }))).toEqual(wanted);
  });
  it("is refused for a message without exactly one sender", () => {
    for (const text of ["From: a@b.example\r\nfrom: c@d.example\r\n\r\nx", "To: a@b.example\r\n\r\nx"])
      expect(refusalOf(signDkim(Buffer.from(text), options))).toEqual([
        "bad_field",
        "raw",
        "The message does not have exactly one From.",
        "Compose it with one sender.",
      ]);
  });
  it.each([
    { selector: "a" },
    { selector: "a1.b-C" },
    { selector: "a".repeat(63) },
    { timestamp: 0 },
    { headers: [] },
    { headers: ["X-A"] },
  ])("takes %j", (change) => {
    expect(refusalOf(signDkim(withIdentity, { ...options, ...change }))).toBeNull();
  });
});
