/**
 * The lines of an export (`countersign-log-export`, version 1): a header, then one line for each entry of the log.
 *
 * - An entry's line is flat, for people's tools, and carries the leaf, the very text that was hashed. Everything flat but the proof
 *   references is worked out from the leaf and the place alone, and the verifier works it out again: it is a convenience, no evidence.
 * - An entry that the export's filter hides is a line with its hash only, so that the tree can still be computed.
 *
 * **Gotchas**: a line gives what its one event gives; lines of a hand-over name the approvals it rested on.
 */
import { toHex } from "../../bytes/octets.ts";
import type { Json } from "../../bytes/canonical.ts";
import { instant, LAST_INSTANT } from "../../model/time.ts";
import { leafMembers, type Members, members, textOf, textsOf } from "../leaf/members.ts";
import { restedOn } from "../leaf/restedOn.ts";
import { type Covered, proofReference, type ProofManifest, theoremsFor } from "../leaf/proofReferences.ts";

/** What a line is made from. */
export interface LoggedLeaf {
  readonly index: number;
  readonly leaf: string;
  /** 32 bytes. */
  readonly leafHash: Uint8Array;
}

/** One entry, flat. Moments are RFC 3339, the score is 0 … 1, hashes are hex. */
export interface ExportLine {
  readonly leaf_index: number;
  readonly leaf_hash: string;
  readonly type: string;
  readonly timestamp: string;
  readonly outcome: string;
  readonly refusal: string | null;
  readonly mailbox_id: string | null;
  readonly message_id: string | null;
  readonly agent_id: string | null;
  readonly identity_signature: string | null;
  readonly identity_key_id: string | null;
  readonly oversight_mode: string | null;
  readonly actor: { readonly [member: string]: Json };
  /** `null` when no person decided. */
  readonly approver_id: string | null;
  readonly approvers: readonly string[];
  readonly decision: string | null;
  readonly domain_risk_score: number | null;
  readonly content_hash: string | null;
  readonly from_status: string | null;
  readonly to_status: string | null;
  /** The headline theorem, `null` for what is no decision. */
  readonly lean4_proof_ref: string | null;
  readonly lean4_proof_refs: readonly string[];
  /** Hashes in hex, the leaf's neighbour first, up to the root of the export's last checkpoint. */
  readonly inclusion_proof?: readonly string[];
  readonly leaf: string;
}

const instantOrUnknown = (seconds: Json | undefined): string =>
  typeof seconds === "number" && seconds >= 0 && seconds <= LAST_INSTANT ? instant(seconds) : "unknown";

const byPeople = new Set(["approve", "reject", "cancel", "revise", "resolve"]);

const handOvers = new Set(["dispatch", "delivered", "failed", "deferred", "lost"]);

/** What was decided: by people in their own word, at submit by policy, at a hand-over what released it; `null` where nothing was. */
const decisionOf = (type: string, outcome: string | null, to: string | null, approved: boolean): string | null => {
  if (outcome !== "accepted") return outcome === "refused" ? "refused" : null;
  if (byPeople.has(type)) return type;
  if (type === "dispatch" && to !== "dispatching") return "held";
  if (handOvers.has(type)) return approved ? "approve" : "policy";
  if (type !== "submit") return null;
  return to === "pending_approval" ? "held" : to === "refused" ? "refused" : "policy";
};

const coveredOf = (leaf: Members): Covered => {
  const event = members(leaf["event"]);
  return {
    type: textOf(leaf["type"]) ?? "",
    accepted: leaf["outcome"] === "accepted",
    refusal: textOf(leaf["refusal"]),
    role: textOf(members(leaf["actor"])["role"]) ?? "",
    from: textOf(leaf["from"]),
    to: textOf(leaf["to"]),
    mode: textOf(leaf["mode"]),
    commands: textsOf(leaf["commands"]),
    held: members(event["verdict"])["held"] === true,
    resolution: textOf(event["outcome"]),
  };
};

/** An entry's line. `proofs`: what is shipped with this program, `null` when nothing is. `proof`: the inclusion proof, if wanted. */
export const exportLine = (
  entry: LoggedLeaf,
  proofs: Pick<ProofManifest, "source"> | null,
  proof?: readonly Uint8Array[],
): ExportLine => exportLineOf(leafMembers(entry.leaf), entry, proofs, proof);

/** The same of a leaf that has been parsed. */
export const exportLineOf = (
  leaf: Members,
  entry: LoggedLeaf,
  proofs: Pick<ProofManifest, "source"> | null,
  proof?: readonly Uint8Array[],
): ExportLine => {
  const event = members(leaf["event"]);
  const evidence = members(leaf["evidence"]);
  const actor = members(leaf["actor"]);
  const score = members(event["verdict"])["score"];
  const type = textOf(leaf["type"]) ?? "unknown";
  const outcome = textOf(leaf["outcome"]);
  const to = textOf(leaf["to"]);
  const message = textOf(leaf["message"]);
  const { approvers, decision } = restedOn(evidence);
  const approved = decision === "human";
  const decider = actor["role"] === "reviewer" && byPeople.has(type) ? textOf(actor["principal"]) : null;
  const references = proofs === null ? [] : theoremsFor(coveredOf(leaf)).map((name) => proofReference(name, proofs));
  return {
    leaf_index: entry.index,
    leaf_hash: toHex(entry.leafHash),
    type,
    timestamp: instantOrUnknown(leaf["at"]),
    outcome: outcome ?? "unknown",
    refusal: textOf(leaf["refusal"]),
    mailbox_id: textOf(leaf["mailbox"]),
    message_id: message,
    agent_id: textOf(evidence["agent"]),
    identity_signature: textOf(evidence["identity_signature"]),
    identity_key_id: textOf(evidence["identity_kid"]),
    oversight_mode: textOf(leaf["mode"]),
    actor,
    approver_id:
      outcome !== "accepted"
        ? null
        : (decider ?? (handOvers.has(type) && approved ? (approvers.at(-1) ?? null) : null)),
    approvers,
    decision: message === null ? null : decisionOf(type, outcome, to, approved),
    domain_risk_score: typeof score === "number" ? score / 10_000 : null,
    content_hash: textOf(evidence["content_digest"]) ?? textOf(event["digest"]),
    from_status: textOf(leaf["from"]),
    to_status: to,
    lean4_proof_ref: references[0] ?? null,
    lean4_proof_refs: references,
    ...(proof === undefined ? {} : { inclusion_proof: proof.map(toHex) }),
    leaf: entry.leaf,
  };
};

/** In place of an entry that the filter hides. */
export interface WithheldLine {
  readonly leaf_index: number;
  readonly leaf_hash: string;
  readonly withheld: true;
}

export const withheldLine = (entry: Pick<LoggedLeaf, "index" | "leafHash">): WithheldLine => ({
  leaf_index: entry.index,
  leaf_hash: toHex(entry.leafHash),
  withheld: true,
});

/** What was asked for; `null` = not limited. Moments in seconds, `since` ≤ at < `until`. */
export interface ExportFilter {
  readonly mailbox: string | null;
  readonly message: string | null;
  readonly since: number | null;
  readonly until: number | null;
}

export const noFilter: ExportFilter = { mailbox: null, message: null, since: null, until: null };

/** What an export states of itself. A verifier takes nothing on trust from it. */
export interface ExportHeader {
  readonly v: 1;
  readonly type: "header";
  readonly kind: "countersign-log-export";
  /** The log's name. */
  readonly origin: string;
  /** Only entries of this tenant are shown; `null` = of all. */
  readonly tenant: string | null;
  readonly filter: ExportFilter;
  /** `every`: each entry from `from` up to `to` has a line, withheld or not. `matching`: those that match, each with its inclusion proof. */
  readonly lines: "every" | "matching";
  readonly from: number;
  /** Without it. At most the size of the last checkpoint. */
  readonly to: number;
  /** A whole signed checkpoint over the first `from` entries; `null` when `from` is 0. */
  readonly first_checkpoint: string | null;
  /** The tree's perfect subtrees at `from`, hex, so that an export that begins there can be verified; `[]` at 0. */
  readonly first_frontier: readonly string[];
  /** A whole signed checkpoint over everything in the export. */
  readonly last_checkpoint: string;
  /** Verifier keys, for information. */
  readonly log_keys: readonly string[];
  readonly proofs: { readonly source: string; readonly lean: string; readonly theorems: readonly string[] } | null;
}

/** The header from its parts. */
export const exportHeader = (
  parts: Omit<ExportHeader, "v" | "type" | "kind" | "proofs"> & { readonly proofs: ProofManifest | null },
): ExportHeader => {
  const { origin, tenant, filter, lines, from, to, proofs } = parts;
  return {
    v: 1,
    type: "header",
    kind: "countersign-log-export",
    origin,
    tenant,
    filter,
    lines,
    from,
    to,
    first_checkpoint: parts.first_checkpoint,
    first_frontier: parts.first_frontier,
    last_checkpoint: parts.last_checkpoint,
    log_keys: parts.log_keys,
    proofs:
      proofs === null
        ? null
        : { source: proofs.source, lean: proofs.lean, theorems: proofs.theorems.map(({ name }) => name) },
  };
};

/** A line as it is written, with its newline. */
export const lineText = (line: ExportHeader | ExportLine | WithheldLine): string => `${JSON.stringify(line)}\n`;
