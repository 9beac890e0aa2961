/**
 * Which theorems state that an entry could not be otherwise, and what a reference to one looks like: `<theorem>@sha256:<64 hex>`.
 *
 * - The digest is that of all proof sources together (`proofs/theorems.json`, `source`), so a reference names one version of one proof.
 * - The theorems are about a model of the rules; that the model and the machine agree is what `npm run proofs` compares.
 *
 * **Gotchas**: the first theorem is the headline. An entry that is no decision, and neither frees nor stops anything, has none.
 */
import { Schema } from "effect";
import { Digest } from "../../model/Event.ts";
import { isGated, isLooser, modes, type Mode } from "../../model/Mode.ts";

/** What of `proofs/theorems.json` is needed to resolve references; the rest of it is not looked at. */
export const ProofManifest = Schema.Struct({
  /** Version of Lean. */
  lean: Schema.String,
  /** Digest of all proof sources. */
  source: Digest,
  theorems: Schema.Array(
    Schema.Struct({
      /** With its namespace: `Countersign.no_gated_bypass`. */
      name: Schema.String,
      clauses: Schema.Array(Schema.String),
      sentence: Schema.String,
      file: Schema.String,
      /** Digest of the statement. */
      statement: Digest,
    }),
  ),
});
export type ProofManifest = typeof ProofManifest.Type;

const namespace = "Countersign.";

/** `no_gated_bypass@sha256:…` */
export const proofReference = (theorem: string, manifest: Pick<ProofManifest, "source">): string =>
  `${theorem}@${manifest.source}`;

/** The theorem a reference names, `null` when the manifest has none of this name or is of other sources. */
export const resolveProofReference = (
  reference: string,
  manifest: ProofManifest,
): ProofManifest["theorems"][number] | null => {
  const at = reference.indexOf("@");
  if (at === -1 || reference.slice(at + 1) !== manifest.source) return null;
  const name = reference.slice(0, at);
  return manifest.theorems.find((theorem) => theorem.name === namespace + name) ?? null;
};

/** What of an entry decides which theorems cover it; all of it stands in the leaf. */
export interface Covered {
  readonly type: string;
  readonly accepted: boolean;
  readonly refusal: string | null;
  readonly role: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly mode: string | null;
  readonly commands: readonly string[];
  /** The risk verdict asked for a person. */
  readonly held: boolean;
  /** Of `resolve`. */
  readonly resolution: string | null;
}

const ends: ReadonlySet<string> = new Set(["refused", "rejected", "cancelled", "expired", "delivered", "failed"]);

const modeOf = (text: string | null): Mode | null => modes.find((mode) => mode === text) ?? null;

const refusedBy = ({ type, refusal, from }: Covered): readonly string[] => {
  switch (refusal) {
    case "stale_digest":
      return ["stale_decision_refused"];
    case "self_decision":
      return ["no_self_approval"];
    case "reviewer_revoked":
    case "not_approved_by":
      return ["revoked_reviewer_voids"];
    case "window_closed":
      return ["expired_never_sent"];
    case "already_approved":
      return ["nobody_counts_twice"];
    case "recipient_blocked":
      return ["blocked_never_leaves"];
    case "halted":
      return ["halt_takes_nothing", "halt_silences"];
    case "read_only":
      return ["read_only_takes_nothing", "read_only_silences"];
    case "mode_raise":
      return ["agent_never_raises_mode", "agents_together_never_raise_mode"];
    case "stale_attempt":
      return ["delivered_at_most_once"];
    case "not_due":
      return [type === "release" ? "released_when_due" : "expired_never_sent"];
    case "not_permitted":
      return type === "approve" || type === "reject"
        ? ["only_reviewers_are_heard", "only_reviewers_approve"]
        : type === "revise" || type === "cancel"
          ? ["agent_touches_only_its_own"]
          : [];
    case "wrong_status":
      return from !== null && ends.has(from)
        ? ["terminal_is_final"]
        : from === "uncertain"
          ? ["uncertain_waits_for_a_person"]
          : from === "dispatching" && type === "cancel"
            ? ["handed_over_cannot_be_cancelled"]
            : [];
    default:
      return [];
  }
};

const behindGatedHandOver = [
  "no_gated_bypass",
  "approval_binds_content",
  "quorum_counts_people",
  "no_self_approval",
  "only_reviewers_approve",
  "revoked_reviewer_voids",
  "expired_never_sent",
  "approval_single_use",
];
const behindEveryHandOver = [
  "tightening_reaches_everything_unsent",
  "request_never_loosens",
  "blocked_never_leaves",
  "halt_silences",
  "read_only_silences",
  "never_again_on_its_own",
];

const dispatchedBy = ({ to, mode, commands }: Covered): readonly string[] => {
  if (to !== "dispatching") return ["tightening_reaches_everything_unsent", "no_gated_bypass"];
  const known = modeOf(mode);
  return [
    ...(known !== null && !isGated(known) ? [] : behindGatedHandOver),
    ...behindEveryHandOver,
    ...(commands.includes("copy") ? ["monitored_is_copied"] : []),
  ];
};

/** Why a submit made a refused message; 0.1.0 did not record which of the two made the mode read_only. */
const turnedAwayBy = ({ refusal, mode }: Covered): readonly string[] => {
  switch (refusal) {
    case "halted":
      return ["halt_takes_nothing", "refused_says_why"];
    case "read_only":
      return ["read_only_takes_nothing", "refused_says_why"];
    case "recipient_blocked":
      return ["blocked_never_leaves", "refused_says_why"];
    default:
      return mode === "read_only" ? ["read_only_takes_nothing", "halt_takes_nothing"] : ["blocked_never_leaves"];
  }
};

const submittedBy = (entry: Covered): readonly string[] => {
  const { type, to, held } = entry;
  const edit = type === "revise" ? ["approval_binds_content", "agent_touches_only_its_own"] : [];
  if (to === "refused") return turnedAwayBy(entry);
  if (to === "pending_approval") {
    return [...(held ? ["high_risk_waits"] : []), "no_gated_bypass", "loosening_frees_nothing", ...edit];
  }
  return ["request_never_loosens", "risk_only_tightens", ...(to === "scheduled" ? ["released_when_due"] : []), ...edit];
};

const acceptedBy = (entry: Covered): readonly string[] => {
  switch (entry.type) {
    case "submit":
    case "revise":
      return submittedBy(entry);
    case "approve":
      return [
        "only_reviewers_approve",
        "no_self_approval",
        "stale_decision_refused",
        "quorum_counts_people",
        "nobody_counts_twice",
        "expired_never_sent",
      ];
    case "reject":
      return ["no_self_approval", "stale_decision_refused", "terminal_is_final"];
    case "cancel":
      return [
        ...(entry.role === "agent" ? ["agent_touches_only_its_own"] : []),
        "handed_over_cannot_be_cancelled",
        "terminal_is_final",
      ];
    case "expire":
      return ["expired_never_sent", "terminal_is_final"];
    case "release":
      return ["released_when_due"];
    case "dispatch":
      return dispatchedBy(entry);
    case "delivered":
      return ["approval_recorded_before_delivery", "delivered_at_most_once", "terminal_is_final"];
    case "failed":
      return ["terminal_is_final"];
    case "deferred":
      return ["never_again_on_its_own", "approval_single_use"];
    case "lost":
      return ["uncertain_waits_for_a_person", "delivered_at_most_once"];
    case "resolve":
      return [
        ...(entry.resolution === "retry" ? ["retry_needs_a_decision"] : ["terminal_is_final"]),
        "uncertain_waits_for_a_person",
        "no_self_approval",
      ];
    case "revoke":
    case "revoke_reviewer":
      return ["revoked_reviewer_voids"];
    case "set_mode": {
      const [from, to] = [modeOf(entry.from), modeOf(entry.to)];
      return from !== null && to !== null && isLooser(to, from)
        ? ["agent_never_raises_mode", "loosening_frees_nothing"]
        : ["tightening_reaches_everything_unsent"];
    }
    case "create_mailbox":
      return ["agent_never_raises_mode"];
    case "halt":
      return ["halt_silences", "halt_takes_nothing"];
    case "resume":
    case "set_policy":
    case "reinstate_reviewer":
      return ["loosening_frees_nothing"];
    default:
      return [];
  }
};

/** Names of the theorems that cover an entry, the headline first, without namespace. A refused event also changes nothing but the log. */
export const theoremsFor = (entry: Covered): readonly string[] =>
  entry.accepted ? acceptedBy(entry) : [...refusedBy(entry), "log_only_grows"];
