import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

describe("runs in a browser", () => {
  it("OV-62 verifier-decides-alone: nothing the verifier imports is Node's, the rules included", () => {
    const seen = new Set<string>();
    const queue = [
      "audit/verify/verifyExport",
      "audit/tree/Receipt",
      "audit/verify/ExportVerdict",
      "machine/transition",
    ].map((name) => new URL(`../../src/${name}.ts`, import.meta.url).href);
    for (let href = queue.pop(); href !== undefined; href = queue.pop()) {
      if (seen.has(href)) continue;
      seen.add(href);
      const source = readFileSync(new URL(href), "utf8");
      // `import type` leaves nothing behind.
      for (const [, from] of source.matchAll(/^(?:import|export) (?!type )[^;]*?from "([^"]+)";/gm)) {
        expect([href, from]).toEqual([href, expect.not.stringMatching(/^node:|nodemailer|platform-node/)]);
        if (from!.startsWith(".")) queue.push(new URL(from!, href).href);
      }
      // What runs in this room must not reach for Node's globals either; the rooms it uses choose at load.
      if (href.includes("/audit/")) expect(source, href).not.toMatch(/\bBuffer\b|\bprocess\b|\brequire\(/);
    }
    expect(seen.size).toBeGreaterThan(30);
  });
});
