/**
 * Which clauses of spec/audit.md the vectors of `audit.ts` rest on.
 */
export const clause = {
  canonical: ["OV-60"],
  tree: ["OV-61"],
  inclusion: ["OV-61"],
  consistency: ["OV-61"],
  checkpoint: ["OV-63"],
  receipt: ["OV-65"],
  verifier: ["OV-62"],
  continues: ["OV-64"],
  unchecked: ["OV-73"],
  noExport: ["OV-72"],
  faults: ["OV-74"],
  leaf: ["OV-60", "OV-74"],
  parts: ["OV-61", "OV-74"],
  chained: ["OV-87"],
  withheld: ["OV-86"],
  signedLog: ["OV-63"],
  replay: ["OV-69", "OV-35"],
  evidence: ["OV-70"],
  identity: ["OV-68"],
  credential: ["OV-71"],
} as const;
