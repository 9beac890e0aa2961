/**
 * Every broken client: the reference, or the table client, with one fault. `caught.json` names the vectors that catch each of them,
 * exactly; `node conformance/tools/faults.ts` runs all of them.
 */
import { answerWith, operations, type Answer, type Request } from "../reference/answer.ts";
import type { Fault } from "./fault.ts";
import { faultsInAudit } from "./faultsInAudit.ts";
import { faultsInRules } from "./faultsInRules.ts";
import { faultsInScoring } from "./faultsInScoring.ts";
import { faultsInSigning } from "./faultsInSigning.ts";
import { faultsInVerifier } from "./faultsInVerifier.ts";

export type { Fault } from "./fault.ts";

export const faults: readonly Fault[] = [
  ...faultsInRules,
  ...faultsInSigning,
  ...faultsInScoring,
  ...faultsInAudit,
  ...faultsInVerifier,
];

/** The client with that fault, as a function. */
export const broken = (fault: Fault): ((request: Request) => Promise<Answer>) =>
  answerWith({ ...operations, ...fault.operations });
