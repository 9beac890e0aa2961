/**
 * Countersign's core: what an embedder, an auditor or a test of another implementation needs, without a server, a database
 * or a socket. Pure functions and schemas; the verifying half runs in a browser.
 *
 * - `transition` is the whole of the rules, `readEvent` reads what is put to it; `effectiveMode` and `strictest` are the order of the modes.
 * - `compose`, `contentDigest` and `parseAddress` make and name the bytes a person approves.
 * - `verifyMessage` checks the identity headers of any received message.
 * - `verifyExport` checks a log that was exported, with keys alone; `verifyReceipt` one entry of it.
 */
export { Actor, Role, system } from "./model/Actor.ts";
export { Command, commands } from "./model/Command.ts";
export { Digest, Event, MailboxEvent, MessageEvent, Policy, TenantEvent, Verdict } from "./model/Event.ts";
export { eventTypes, MalformedEvent, readEvent } from "./model/readEvent.ts";
export { countOf, liveApprovals, meets, type Situation } from "./model/approvals.ts";
export {
  defaultMode,
  effectiveMode,
  isGated,
  isLooser,
  Mode,
  modeOrStrictest,
  modes,
  strictest,
} from "./model/Mode.ts";
export { hints, Refusal, refusals } from "./model/Refusal.ts";
export {
  Approval,
  emptyState,
  isEnd,
  MailboxState,
  MessageState,
  Status,
  statuses,
  TenantState,
  type State,
} from "./model/State.ts";
export { applyOutcome, surroundingsIn, transition, type Outcome, type Surroundings } from "./machine/transition.ts";
export { formatAddress, parseAddress, parseAddressList, type Address } from "./mail/address/Address.ts";
export { compose, type Composed, type Draft } from "./mail/compose/Compose.ts";
export { contentDigest, type DigestedContent } from "./mail/Digest.ts";
export { MailError } from "./mail/MailError.ts";
export { isReserved } from "./mail/compose/ReservedHeaders.ts";
export { agentStatement, bindAgentIdentity, type AgentStatement } from "./identity/AgentIdentity.ts";
export { contentOf } from "./identity/MessageContent.ts";
export { operatorIdentity, type OperatorStatement } from "./identity/OperatorIdentity.ts";
export { parsePublicKeyPem } from "./identity/PublicKey.ts";
export { verifyNoble } from "./identity/Verify.ts";
export { verifyMessage } from "./identity/verifyMessage.ts";
export type { VerificationReport } from "./identity/VerificationReport.ts";
export type { ResolvedKey } from "./identity/KeyRecord.ts";
export { highest, score } from "./risk/policy/score.ts";
export { WEIGHTS } from "./risk/policy/Weights.ts";
export { canonical } from "./bytes/canonical.ts";
export { readLeaf } from "./audit/leaf/Leaf.ts";
export { append, emptyFrontier, leafHash, rootOf, type Frontier } from "./audit/tree/Tree.ts";
export { verifyConsistency, verifyInclusion } from "./audit/tree/MerkleProof.ts";
export {
  formatVerifierKey,
  noteKey,
  noteKeyTypes,
  parseNote,
  parseVerifierKey,
  verifyNote,
  type NoteKey,
  type SignedNote,
} from "./audit/tree/SignedNote.ts";
export { openCheckpoint, parseCheckpoint, type Checkpoint } from "./audit/tree/Checkpoint.ts";
export { parseReceipt, verifyReceipt, type Receipt } from "./audit/tree/Receipt.ts";
export { ProofManifest, proofReference, resolveProofReference } from "./audit/leaf/proofReferences.ts";
export { verifyExport, type VerifyOptions } from "./audit/verify/verifyExport.ts";
export {
  exitStatus,
  faultKinds,
  type Fault,
  type FaultKind,
  type Verdict as AuditVerdict,
} from "./audit/verify/ExportVerdict.ts";
