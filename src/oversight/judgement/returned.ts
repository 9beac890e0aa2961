/**
 * What the log keeps of a hand-over requested while the risk was high, and how it is read back for the reviewers of a returned message.
 *
 * - In the leaf: the scores then and now, when they sent the message back. Nothing personal: not a domain.
 * - Beside the leaf, behind a salted commitment and erased with the message: the whole verdict and what is new in it. It is stored in the
 *   entry's own transaction, so reviewers see what was decided on.
 */
import type { Json } from "../../bytes/canonical.ts";
import type { RiskChange } from "../../risk/policy/recheck.ts";
import { type Returned, returnedRisk } from "../../store/RiskRecords.ts";
import type { Evidence } from "../commit/evidence.ts";
import type { JudgedRisk } from "./JudgedRisk.ts";
import { ContentRow } from "../../model/records/message.ts";

/** For the leaf. */
export const recheckEvidence = (risk: JudgedRisk, risen: RiskChange | null): Evidence =>
  risen === null
    ? {}
    : { risk_rose: { shown: risen.from, found: risen.to, hold_above: risk.holdAbove, signals: risen.signals.length } };

/** For beside the leaf; `null` when there is nothing to show a reviewer. */
export const recheckRecord = (
  digest: string,
  risk: JudgedRisk,
  risen: RiskChange | null,
  newSalt: () => string,
): Json =>
  risk.held || risk.blocked
    ? // Through JSON: what is absent must be absent, or the commitment would not be over what is stored.
      (JSON.parse(JSON.stringify({ salt: newSalt(), digest, risk, risen })) as Json)
    : null;

/** The verdict that people were last shown of this content. */
export const lastShown = (
  content: Pick<ContentRow, "message" | "digest" | "summary">,
  returned: readonly Returned[],
): unknown => returnedRisk(content, returned)?.risk ?? content.summary.risk;
