/** What the entries of a hand-over, and of its outcome, say: beside the content, the decision that it rests on. @spec OV-70 OV-124 */
import type { Standing } from "../../model/approvals.ts";
import { type Evidence, evidenceOf } from "../commit/evidence.ts";

export const outcomeEvidence = (
  row: Parameters<typeof evidenceOf>[0],
  content: Parameters<typeof evidenceOf>[1],
  state: Parameters<typeof evidenceOf>[2],
  standing: Standing,
): Evidence => ({ ...evidenceOf(row, content, state, standing), decision: standing.decision });
