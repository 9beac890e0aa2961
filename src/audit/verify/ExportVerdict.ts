/** The verdict on an export: one word, every fault with its place and kind, and in plain words what could not be checked. */

/** The kinds of fault, a closed list. */
export const faultKinds = [
  // --- the file
  /** A line is no line of an export: not JSON, not UTF-8, too long, a member named twice. */
  "unreadable",
  /** A version this program does not know. */
  "unknown_version",
  /** The file ends before its declared end. */
  "truncated",
  /** It holds more than it declares. */
  "surplus",
  /** Entries are left out. */
  "missing",
  /** An entry is there twice. */
  "duplicated",
  /** Entries stand in another order than in the log. */
  "reordered",
  /** What is shown beside the leaf is not what the leaf gives. */
  "flat_field_changed",
  /** An entry is hidden that the export claims to show. */
  "withheld",
  // --- the tree
  /** A leaf is not the one whose hash is in the log. */
  "edited",
  /** A leaf names another place for itself: something was put in or taken out. */
  "wrong_place",
  /** A leaf is not canonical JSON, or holds no known event. */
  "malformed_leaf",
  /** The entries do not give the root that the log signed. */
  "tree_mismatch",
  /** An inclusion proof does not lead to the root. */
  "inclusion",
  // --- the checkpoints
  "checkpoint_malformed",
  /** A key that is known is named, and did not sign. */
  "checkpoint_forged",
  /** No key that is known has signed. */
  "checkpoint_unsigned",
  /** It is of another log. */
  "wrong_log",
  /** The log showed somebody else another history. */
  "forked",
  /** The log is shorter than it was. */
  "rolled_back",
  // --- what the entries record
  /** The log's time runs backwards. */
  "time_backwards",
  /** An entry is of an older version than one before it. */
  "version_backwards",
  /** An agent's signature is missing or does not verify. */
  "identity_invalid",
  /** A mailbox's key is not the one it was, or the operator did not vouch for it. */
  "identity_key",
  /** A credential acts that the log never made, or in a role that it does not have. */
  "credential",
  /** Something was handed over without the approvals it needed. */
  "hand_over_without_approval",
  /** An approval was recorded after what it approves had been handed over. */
  "approval_after_hand_over",
  /** Somebody decided on one content and another was handed over, or a decision names a content the message did not have. */
  "approval_of_other_content",
  /** Something was handed over while the operator had stopped all sending, or the mailbox was `read_only`. */
  "hand_over_while_stopped",
  /** A decision counts by somebody who may not decide. */
  "not_entitled",
  /** A monitored hand-over without its copy. */
  "copy_missing",
  /** The log records accepted, the rules refuse. */
  "refused_as_accepted",
  /** The log records refused, the rules accept. */
  "accepted_as_refused",
  /** The log gives another outcome than the rules. */
  "outcome_changed",
  /** What stands beside an event is not what the log had led to. */
  "evidence_changed",
  /** A reference to a theorem that is not the one shipped, or not there. */
  "proof_reference",
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  /** The entry; of several it concerns, the first. `null` when it is about the file or a checkpoint as a whole. */
  readonly index: number | null;
  /** The line in the file, from 1. */
  readonly line: number | null;
  readonly kind: FaultKind;
  /** In words, with nothing personal in it. */
  readonly message: string;
}

/** `sound`: all that could be checked is as it must be. `cannot_tell`: there is nothing against it, and too little for it. */
export type Status = "sound" | "unsound" | "cannot_tell";

/** A mailbox's key as the log introduced it. */
export interface SeenKey {
  readonly kid: string;
  readonly mailbox: string;
  readonly agent: string;
  /** The first entry that carries it. */
  readonly index: number;
  /** An operator's key that the auditor gave has vouched for it; `null` when none was given. */
  readonly vouched: boolean | null;
}

export interface Verdict {
  readonly status: Status;
  /** By entry, the first of them; at most {@link faultsKept}. */
  readonly faults: readonly Fault[];
  readonly faultCount: number;
  /** What could not be checked, one sentence each. */
  readonly unchecked: readonly string[];
  readonly origin: string | null;
  /** Of the last checkpoint. */
  readonly size: number | null;
  /** Hex. */
  readonly root: string | null;
  readonly tenant: string | null;
  readonly from: number | null;
  readonly to: number | null;
  /** Keys given that signed the last checkpoint, `<name>+<id>`. */
  readonly signedBy: readonly string[];
  readonly entries: number;
  readonly withheld: number;
  /** Entries decided again by the rules. */
  readonly replayed: number;
  readonly handOvers: number;
  readonly approvals: number;
  readonly signatures: number;
  /** The first {@link keysKept}. */
  readonly keys: readonly SeenKey[];
  /** Earlier checkpoints this log was found to continue. */
  readonly continues: readonly string[];
  /** Digest of the proof sources that the references name; `null` when they were not resolved. */
  readonly proofs: string | null;
}

export const faultsKept = 32;
export const keysKept = 256;

/** 0 sound, 1 unsound, 2 cannot tell. */
export const exitStatus = (status: Status): 0 | 1 | 2 => (status === "sound" ? 0 : status === "unsound" ? 1 : 2);
