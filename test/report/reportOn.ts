/** A report on a log, as the tests ask for one. */
import type { Period } from "../../src/report/Period.ts";
import { type Provenance, type Report, Tally } from "../../src/report/Report.ts";
import { type TenantLog, october } from "../support/tenantLog.ts";

export const octoberWhole: Period = { from: october, to: october + 31 * 86_400 };

const nobodyChecked: Provenance = {
  source: "the export log.jsonl",
  sha256: "ab".repeat(32),
  origin: "acme.example/log",
  verification: "unchecked",
  findings: [],
};

export const reportOn = (
  { leaves }: Pick<TenantLog, "leaves">,
  period: Period = octoberWhole,
  provenance: Partial<Provenance> = {},
  generatedAt: number | null = october + 40 * 86_400,
): Report => {
  const tally = new Tally(period);
  for (const [index, leaf] of leaves.entries()) tally.take(index, leaf);
  return tally.report({ provenance: { ...nobodyChecked, ...provenance }, generatedAt });
};
