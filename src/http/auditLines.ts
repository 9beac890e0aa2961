/**
 * An entry of the log as one flat line, for people's tools; the leaf, which was hashed, comes with it as it stands.
 *
 * **Gotchas**: a line says what its one event says; lines of a hand-over name the approvals it rested on.
 */
import type { AuditEntry, AuditLine } from "./api/AuditApi.ts";
import { instant } from "./shown.ts";

/** An entry as the log gives it; only what is used here. */
export interface Entry {
  readonly index: number;
  readonly mailbox: string | null;
  readonly message: string | null;
  readonly type: string;
  /** Seconds. */
  readonly at: number;
  readonly leaf: string;
  readonly leafHash: Uint8Array;
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Members = { readonly [key: string]: Json };

const members = (value: Json | undefined): Members =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Members) : {};
const text = (value: Json | undefined): string | null => (typeof value === "string" ? value : null);

const leafOf = (entry: Entry): Members => {
  try {
    return members(JSON.parse(entry.leaf) as Json);
  } catch {
    // The line still shows the leaf; nothing is made up in its place.
    return {};
  }
};

const byPeople = new Set(["approve", "reject", "cancel", "revise", "resolve"]);

const handOvers = new Set(["dispatch", "delivered", "failed", "deferred", "lost"]);

/** What was decided: by people in their own word, at submit by policy, at a hand-over what let it go; `null` where nothing was. */
const decisionOf = (type: string, outcome: string | null, to: string | null, approved: boolean): string | null => {
  if (outcome !== "accepted") return outcome === "refused" ? "refused" : null;
  if (byPeople.has(type)) return type;
  if (type === "dispatch" && to !== "dispatching") return "held";
  if (handOvers.has(type)) return approved ? "approve" : "policy";
  if (type !== "submit") return null;
  return to === "pending_approval" ? "held" : to === "refused" ? "refused" : "policy";
};

export const auditLine = (entry: Entry): typeof AuditLine.Type => {
  const leaf = leafOf(entry);
  const event = members(leaf["event"]);
  const evidence = members(leaf["evidence"]);
  const actor = members(leaf["actor"]);
  const score = members(event["verdict"])["score"];
  const outcome = text(leaf["outcome"]);
  const to = text(leaf["to"]);
  const approvers = Array.isArray(evidence["approvers"])
    ? evidence["approvers"].filter((it) => typeof it === "string")
    : [];
  const decider = actor["role"] === "reviewer" && byPeople.has(entry.type) ? text(actor["principal"]) : null;
  return {
    leaf_index: entry.index,
    leaf_hash: Buffer.from(entry.leafHash).toString("hex"),
    type: entry.type,
    timestamp: instant(entry.at),
    outcome: outcome ?? "unknown",
    refusal: text(leaf["refusal"]),
    mailbox_id: entry.mailbox,
    message_id: entry.message,
    agent_id: text(evidence["agent"]),
    identity_signature: text(evidence["identity_signature"]),
    identity_key_id: text(evidence["identity_kid"]),
    oversight_mode: text(leaf["mode"]),
    actor,
    approver_id:
      outcome !== "accepted" ? null : (decider ?? (handOvers.has(entry.type) ? (approvers.at(-1) ?? null) : null)),
    approvers,
    decision: entry.message === null ? null : decisionOf(entry.type, outcome, to, approvers.length > 0),
    domain_risk_score: typeof score === "number" ? score / 10_000 : null,
    content_hash: text(evidence["content_digest"]) ?? text(event["digest"]),
    from_status: text(leaf["from"]),
    to_status: to,
    lean4_proof_ref: null,
    leaf: entry.leaf,
  };
};

/** The same with the members other servers of this API give. */
export const auditEntry = (entry: Entry, tenant: string, origin: string): typeof AuditEntry.Type => {
  const line = auditLine(entry);
  const [kind, id] =
    entry.message !== null
      ? ["email", entry.message]
      : entry.mailbox !== null
        ? ["mailbox", entry.mailbox]
        : ["tenant", tenant];
  const { credential } = members(line.actor as Json);
  return {
    id: `${origin}/${entry.index}`,
    action: entry.type,
    resource_type: kind!,
    resource_id: id!,
    actor_key_id: text(credential),
    created_at: line.timestamp,
    metadata: members(leafOf(entry)["event"]),
    ...line,
  };
};
