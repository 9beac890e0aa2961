/**
 * Which clauses of spec/audit.md the vectors of `audit.ts` rest on.
 */
export const clause = {
  canonical: ["OV-60"],
  tree: ["OV-61"],
  inclusion: ["OV-61"],
  consistency: ["OV-64"],
  checkpoint: ["OV-63"],
  receipt: ["OV-66"],
  verifier: ["OV-62"],
  continues: ["OV-64"],
  unchecked: ["OV-73"],
  faults: ["OV-74"],
  signedLog: ["OV-63"],
  replay: ["OV-69", "OV-35"],
  evidence: ["OV-70"],
  identity: ["OV-67"],
  credential: ["OV-71"],
} as const;
