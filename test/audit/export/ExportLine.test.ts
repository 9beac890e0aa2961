/** The lines of an export are what `spec/audit.md` and its schema say. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { exported } from "../../support/logExport.ts";
import { sampleLog } from "../../support/sampleLog.ts";
import { violation } from "../violation.ts";

const form = JSON.parse(
  readFileSync(new URL("../../../spec/schema/audit-export.schema.json", import.meta.url), "utf8"),
);
const { leaves } = sampleLog();

describe("lines", () => {
  it("OV-86 withheld-keeps-the-tree: header, entries and withheld entries have the form of the schema", async () => {
    for (const options of [
      {},
      { tenant: "t1" },
      { proofs: true },
      { lines: "matching", tenant: "t1" },
      { from: 9 },
    ] as const) {
      const lines = await exported(leaves, options);
      for (const [i, line] of lines.entries()) {
        const members = JSON.parse(line);
        expect(violation(members, form)).toBeNull();
        expect(members.type === "header").toBe(i === 0);
      }
    }
    expect(violation({ ...JSON.parse((await exported(leaves))[4]!), leaf_index: -1 }, form)).not.toBeNull();
  });
});
