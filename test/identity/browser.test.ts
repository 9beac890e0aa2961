import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

describe("runs in a browser", () => {
  it("nothing the verifier or the header makers import is Node's", () => {
    const seen = new Set<string>();
    const queue = [
      "verifyMessage",
      "AgentIdentity",
      "OperatorIdentity",
      "EcdsaSignature",
      "KeyRecord",
      "P256Signer",
    ].map((name) => new URL(`../../src/identity/${name}.ts`, import.meta.url).href);
    for (let href = queue.pop(); href !== undefined; href = queue.pop()) {
      if (seen.has(href)) continue;
      seen.add(href);
      const source = readFileSync(new URL(href), "utf8");
      // `import type` leaves nothing behind.
      for (const [, from] of source.matchAll(/^(?:import|export) (?!type )[^;]*?from "([^"]+)";/gm)) {
        expect([href, from]).toEqual([href, expect.not.stringMatching(/^node:|nodemailer|xstate/)]);
        if (from!.startsWith(".")) queue.push(new URL(from!, href).href);
      }
    }
    expect(seen.size).toBeGreaterThan(15);
  });

  it("verifies without Buffer and process in sight of the identity room", async () => {
    const sources = ["verifyMessage", "Verify", "PublicKey", "MessageContent"].map((name) => `identity/${name}`);
    for (const name of [...sources, "bytes/base64", "bytes/encodeFields"]) {
      const source = readFileSync(new URL(`../../src/${name}.ts`, import.meta.url), "utf8");
      expect(source).not.toMatch(/\bBuffer\b|\bprocess\b/);
    }
  });
});
