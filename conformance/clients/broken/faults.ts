/**
 * Every broken client: the reference, or the table client, with one fault. `caught.json` names the vectors that catch each of them,
 * exactly; `node conformance/tools/faults.ts` runs all of them.
 */
import { answerWith, operations, type Answer, type Request } from "../reference/answer.ts";
import { canonicalFaults } from "./audit/canonicalFaults.ts";
import { exportFaults } from "./audit/exportFaults.ts";
import { noteFaults } from "./audit/noteFaults.ts";
import { proofFaults } from "./audit/proofFaults.ts";
import { treeFaults } from "./audit/treeFaults.ts";
import type { Fault } from "./fault.ts";
import { contentFaults } from "./rules/contentFaults.ts";
import { decisionFaults } from "./rules/decisionFaults.ts";
import { lifecycleFaults } from "./rules/lifecycleFaults.ts";
import { modeFaults } from "./rules/modeFaults.ts";
import { scoringFaults } from "./scoringFaults.ts";
import { agentHeaderFaults } from "./signing/agentHeaderFaults.ts";
import { digestFaults } from "./signing/digestFaults.ts";
import { messageFaults } from "./signing/messageFaults.ts";
import { operatorHeaderFaults } from "./signing/operatorHeaderFaults.ts";
import { reservedHeaderFaults } from "./signing/reservedHeaderFaults.ts";
import { signatureFaults } from "./signing/signatureFaults.ts";
import { credentialFaults } from "./verifier/credentialFaults.ts";
import { evidenceFaults } from "./verifier/evidenceFaults.ts";
import { leafFaults } from "./verifier/leafFaults.ts";
import { partFaults } from "./verifier/partFaults.ts";

export type { Fault } from "./fault.ts";

export const faults: readonly Fault[] = [
  ...decisionFaults,
  ...contentFaults,
  ...modeFaults,
  ...lifecycleFaults,
  ...digestFaults,
  ...agentHeaderFaults,
  ...operatorHeaderFaults,
  ...signatureFaults,
  ...reservedHeaderFaults,
  ...messageFaults,
  ...scoringFaults,
  ...canonicalFaults,
  ...treeFaults,
  ...proofFaults,
  ...noteFaults,
  ...exportFaults,
  ...leafFaults,
  ...evidenceFaults,
  ...credentialFaults,
  ...partFaults,
];

/** The client with that fault, as a function. */
export const broken = (fault: Fault): ((request: Request) => Promise<Answer>) =>
  answerWith({ ...operations, ...fault.operations });
