/** The offline verifier: honest logs are sound, and each way to tamper with one is found and named. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plans } from "../../machine/plans.ts";
import { run } from "../../machine/traces.ts";
import { exported, verify } from "../../support/logExport.ts";
import { logOfTrace } from "../../support/log.ts";
import { logSigners } from "../../support/logKeys.ts";

describe("honest logs", () => {
  it("OV-62 verifier-decides-alone: none of 1,000 random ones is refused", async () => {
    let entries = 0;
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const { leaves } = logOfTrace(run(plan).offered);
        const verdict = await verify(await exported(leaves, { signers: logSigners.slice(0, 1) }));
        expect(verdict).toMatchObject({ status: "sound", faults: [], unchecked: [], entries: leaves.length });
        expect(verdict.replayed).toBe(leaves.length);
        entries += verdict.entries;
      }),
      { numRuns: Number(process.env["RUNS"] ?? 1000) },
    );
    expect(entries).toBeGreaterThan(1);
  }, 300_000);
});
