/**
 * What the renderings for security tools share: the line of the export they start from, what they receive beside it, and
 * how grave a line is.
 *
 * - Every rendering is a pure function of a line and a context; nothing is looked up, so the same line always renders alike.
 * - A rendering is for searching and alerting. The proof is the JSON export: only it carries what `verifyExport` needs.
 */
import type { ExportLine } from "../audit/export/ExportLine.ts";
import { members, textOf } from "../audit/leaf/members.ts";

/** The members of a line of the export that are rendered; a line may have more, and its actor may be anything. */
export interface SiemLine extends Omit<ExportLine, "actor" | "lean4_proof_refs" | "inclusion_proof"> {
  readonly actor: unknown;
}

/** What a line cannot know of itself. */
export interface SiemContext {
  /** The log's name, as its checkpoints give it. */
  readonly origin: string;
  /** Version of the program that wrote the log. */
  readonly productVersion: string;
  /** The address of a mailbox, if the caller knows it: the log holds none, for it is personal data. */
  readonly addressOf?: (mailbox: string) => string | null;
}

export interface Actor {
  readonly role: string | null;
  readonly principal: string | null;
  readonly credential: string | null;
}

export const actorOf = (line: SiemLine): Actor => {
  const { role, principal, credential } = members(line.actor);
  return { role: textOf(role), principal: textOf(principal), credential: textOf(credential) };
};

/** Milliseconds since the epoch; an unreadable moment is 0, so that it stands out. */
export const millisecondsOf = (line: SiemLine): number => {
  const at = Date.parse(line.timestamp);
  return Number.isNaN(at) ? 0 : at;
};

/** From routine to what somebody should look at now. */
export type Gravity = "informational" | "low" | "medium" | "high";

// Someone tried what the rules forbid to everyone in their place.
const bypasses: ReadonlySet<string> = new Set(["self_decision", "not_permitted", "reviewer_revoked", "mode_raise"]);
const grave: ReadonlySet<string> = new Set(["lost", "halt", "revoke_reviewer", "revoke_key"]);
const unusual: ReadonlySet<string> = new Set([
  "failed",
  "resume",
  "reinstate_reviewer",
  "create_key",
  "set_mode",
  "set_retention",
  "release_hold",
  "set_risk_policy",
  "erase",
]);

export const gravityOf = (line: SiemLine): Gravity => {
  if (line.outcome === "refused") return line.refusal !== null && bypasses.has(line.refusal) ? "high" : "low";
  // An outcome that is neither: the leaf could not be read.
  if (line.outcome !== "accepted") return "high";
  if (grave.has(line.type)) return "medium";
  return unusual.has(line.type) || line.to_status === "refused" ? "low" : "informational";
};

/** One sentence for people: what was done, by whom, and what became of it. */
export const sentenceOf = (line: SiemLine): string => {
  const { role, principal } = actorOf(line);
  const by = principal === null ? "nobody known" : role === null ? principal : `${role} ${principal}`;
  const became =
    line.outcome === "refused"
      ? `refused (${line.refusal ?? "no reason given"})`
      : line.outcome === "accepted"
        ? line.to_status === null
          ? "accepted"
          : `accepted, now ${line.to_status}${line.refusal === null ? "" : ` (${line.refusal})`}`
        : "outcome unreadable";
  return `${line.type} by ${by}: ${became}`;
};
