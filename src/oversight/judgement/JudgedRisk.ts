/** A verdict with what the policy made of it: what people are shown, and what is stored for them. */
import type { RiskVerdict } from "../../risk/RiskVerdict.ts";

export interface JudgedRisk extends RiskVerdict {
  readonly held: boolean;
  /** Basis points; `null` when the policy could not be read, and everything is held. */
  readonly holdAbove: number | null;
  readonly refuseAbove: number | null;
  /** Seconds. */
  readonly assessedAt: number;
}
