/**
 * The specification as a document: clauses are well-formed and unique, and its example is what the code makes of it.
 */
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { verifyMessage } from "../../src/identity/verifyMessage.ts";
import { contentDigest } from "../../src/mail/Digest.ts";
import { document, specFolder } from "./table.ts";

const documents = readdirSync(specFolder).filter(
  (name) => name.endsWith(".md") && !["README.md", "CHANGELOG.md"].includes(name),
);
const evidence = new Set(["exhaustive", "test", "types", "proof", "vectors"]);

interface Clause {
  readonly place: string;
  readonly number: number;
  readonly slug: string;
  readonly sentence: string;
  readonly why: string;
  readonly evidence: string;
}

const clauses: readonly Clause[] = documents.flatMap((place) =>
  document(place)
    .split(/^### /m)
    .slice(1)
    .map((text) => {
      const [, number, slug, body] = /^OV-(\d+) · ([a-z0-9]+(?:-[a-z0-9]+)*)\n\n([\s\S]*)$/.exec(text) ?? [];
      const [, rule, why, shown] = /^([\s\S]*?)\n\nWhy: ([\s\S]*?)\n\nEvidence: ([^\n]*)/.exec(body ?? "") ?? [];
      const sentence = (rule ?? "").split("\n\n")[0]!.replaceAll("\n", " ");
      return {
        place,
        number: Number(number),
        slug: slug ?? text.slice(0, 40),
        sentence,
        why: why ?? "",
        evidence: shown ?? "",
      };
    }),
);

describe("the clauses", () => {
  it("OV-1 one-door: each has a number, a slug, one sentence with one duty, a reason, and declared evidence", () => {
    for (const { place, number, slug, sentence, why, evidence: shown } of clauses) {
      const where = `${place} OV-${number} ${slug}`;
      expect(number, where).toBeGreaterThan(0);
      expect(sentence.match(/\b(MUST|SHALL|SHOULD|MAY)\b/g), where).toEqual(["MUST"]);
      expect(sentence.match(/[.!?](?= [A-Z])/g), `${where}: more than one sentence`).toBeNull();
      expect(sentence, where).toMatch(/\.$/);
      expect(why.length, where).toBeGreaterThan(10);
      if (!shown.startsWith("none - ")) {
        for (const kind of shown.replace(/\.$/, "").split(", ")) expect(evidence, where).toContain(kind);
      }
    }
  });

  it("OV-1 one-door: numbers and slugs are given once, and the next free number is above them all", () => {
    const numbers = clauses.map(({ number }) => number);
    expect(new Set(numbers).size).toBe(clauses.length);
    expect(new Set(clauses.map(({ slug }) => slug)).size).toBe(clauses.length);
    const [, free] = /next free number is \*\*OV-(\d+)\*\*/.exec(document("README.md")) ?? [];
    expect(Number(free)).toBeGreaterThan(Math.max(...numbers));
  });

  it("OV-1 one-door: what the documents cite exists", () => {
    const numbers = new Set(clauses.map(({ number }) => number));
    for (const place of documents) {
      for (const [, number] of document(place).matchAll(/\bOV-(\d+)\b/g))
        expect(numbers, place).toContain(Number(number));
    }
  });
});

describe("the example of signing.md", () => {
  const block = (language: string): string => {
    const found = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(document("signing.md"));
    if (found === null) throw new Error(`no block ${language}`);
    return found[1]!;
  };
  const wire = (text: string) => new TextEncoder().encode(text.replaceAll("\n", "\r\n"));

  it("OV-40 digest-binds-everything: has the digest it states", () => {
    const raw = wire(block("eml"));
    const digest = contentDigest({
      raw,
      envelope: { from: "crm@acme.example", to: ["ann@customer.example"] },
      mailbox: "mbx_1",
      sendAt: 0,
    });
    expect(raw.length).toBe(304);
    expect(document("signing.md")).toContain(`\n${digest}\n`);
  });

  it("OV-50 verification-fails-closed: verifies with the keys it states, and not with one letter changed", async () => {
    const [mailbox, operator] = block("pem").split(/(?<=END PUBLIC KEY-----\n)/);
    const key = { operator: "acme.example", status: "active", valid_from: 1_713_000_000, valid_to: null } as const;
    const keys = [
      { ...key, kid: "key_01J00000000000000000MBX000", agent: "crm", mailbox: "mbx_1", public_key_pem: mailbox! },
      { ...key, kid: "key_01J000000000000000000PER00", agent: null, mailbox: null, public_key_pem: operator! },
    ];
    const resolve = async (kid: string) => keys.find((one) => one.kid === kid) ?? null;
    const text = block("headers") + block("eml");
    expect((await verifyMessage(wire(text), resolve)).verdict).toBe("verified");
    expect((await verifyMessage(wire(text.replace("Resolved.", "Resolved!")), resolve)).verdict).toBe(
      "content_modified",
    );
    expect((await verifyMessage(wire(text), async () => null)).verdict).toBe("invalid");
  });
});
