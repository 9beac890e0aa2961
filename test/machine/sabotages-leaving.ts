/** Defects in what may leave, and when: each breaks one theorem of `theorems-leaving.ts`. */
import { surroundingsIn, transition } from "../../src/machine/transition.ts";
import type { Mode } from "../../src/model/Mode.ts";
import {
  bend,
  distort,
  inMailbox,
  inPolicy,
  keysForPeople,
  messageOf,
  misjudge,
  moved,
  type Sabotage,
} from "./sabotage.ts";

export const sabotagesLeaving: readonly Sabotage[] = [
  {
    breaks: "no_gated_bypass",
    how: "the stricter mode that a request asked for is forgotten",
    step: bend((_, event) =>
      event.type === "submit" || event.type === "revise" ? { event: { ...event, requestedMode: null } } : {},
    ),
  },
  {
    breaks: "no_gated_bypass",
    with: ["tightening_reaches_everything_unsent"],
    how: "dispatch takes every message that is not held by risk for clear",
    step: misjudge((facts, event) =>
      event.type === "dispatch" && !event.verdict.held && !facts.read_only ? { clear: true } : {},
    ),
  },
  {
    breaks: "approval_recorded_before_delivery",
    how: "a report of delivery is believed without a hand-over",
    step: distort((outcome, event, state) => {
      const message = messageOf(state, event);
      const waits = message?.status === "queued" || message?.status === "pending_approval";
      return event.type === "delivered" && waits ? moved(message, "delivered") : outcome;
    }),
  },
  {
    breaks: "read_only_silences",
    how: "submit does not look for read_only",
    step: bend((around, event) =>
      event.type === "submit" && around.mailbox?.mode === "read_only"
        ? { around: inMailbox(around, { mode: "autonomous" }) }
        : {},
    ),
  },
  {
    breaks: "read_only_silences",
    with: ["tightening_reaches_everything_unsent"],
    how: "dispatch does not look for read_only",
    step: bend((around, event) =>
      event.type === "dispatch" && around.mailbox?.mode === "read_only"
        ? { around: inMailbox(around, { mode: "autonomous" }) }
        : {},
    ),
  },
  {
    breaks: "halt_silences",
    how: "dispatch does not look at the stop switch",
    step: bend((around, event) =>
      event.type === "dispatch" && around.tenant
        ? { around: { ...around, tenant: { ...around.tenant, halted: false } } }
        : {},
    ),
  },
  {
    breaks: "refused_says_why",
    how: "a submit while all sending is halted is refused because of the mailbox",
    step: distort((outcome) =>
      outcome.accepted && outcome.refusal === "halted" ? { ...outcome, refusal: "read_only" } : outcome,
    ),
  },
  {
    breaks: "refused_says_why",
    how: "what waits gives a reason too",
    step: distort((outcome, event) =>
      event.type === "submit" && outcome.accepted && outcome.to === "pending_approval" && event.verdict.held
        ? { ...outcome, refusal: "recipient_blocked" }
        : outcome,
    ),
  },
  {
    breaks: "agent_never_raises_mode",
    how: "an agent's set_mode is taken for an operator's",
    step: bend((_, event) =>
      event.type === "set_mode" && event.actor.role === "agent"
        ? { event: { ...event, actor: { ...event.actor, role: "operator" } } }
        : {},
    ),
  },
  {
    breaks: "request_never_loosens",
    how: "the mode a request asks for replaces the mailbox's",
    step: bend((around, event) =>
      (event.type === "submit" || event.type === "revise") &&
      event.requestedMode !== null &&
      around.mailbox?.mode.startsWith("gated")
        ? { around: inMailbox(around, { mode: event.requestedMode }) }
        : {},
    ),
  },
  {
    breaks: "risk_only_tightens",
    how: "a low score replaces the mailbox's mode",
    step: bend((around, event) =>
      (event.type === "submit" || event.type === "revise") &&
      event.requestedMode === null &&
      event.verdict.score < 2_000
        ? { around: inMailbox(around, { mode: "autonomous" }) }
        : {},
    ),
  },
  {
    breaks: "high_risk_waits",
    how: "the risk verdict is not looked at",
    step: bend((_, event) =>
      "verdict" in event ? { event: { ...event, verdict: { ...event.verdict, held: false } } } : {},
    ),
  },
  {
    breaks: "blocked_never_sent",
    how: "send blocks are not looked at",
    step: bend((_, event) =>
      "verdict" in event ? { event: { ...event, verdict: { ...event.verdict, blocked: false } } } : {},
    ),
  },
  {
    breaks: "tightening_reaches_everything_unsent",
    with: ["no_gated_bypass"],
    how: "dispatch goes by the mailbox's mode at submit",
    step: () => {
      const then = new Map<string, Mode>();
      return (state, event) => {
        const around = surroundingsIn(state, event);
        if (!("message" in event) || around.mailbox === null) return transition(around, event);
        const mode = then.get(event.message);
        if (event.type === "dispatch" && mode !== undefined) return transition(inMailbox(around, { mode }), event);
        const outcome = transition(around, event);
        const fresh = event.type === "submit" || event.type === "revise";
        if (fresh && outcome.accepted) then.set(event.message, around.mailbox.mode);
        return outcome;
      };
    },
  },
  {
    breaks: "monitored_is_copied",
    how: "the copy is left out",
    step: distort((outcome) =>
      outcome.accepted ? { ...outcome, commands: outcome.commands.filter((command) => command !== "copy") } : outcome,
    ),
  },
  {
    breaks: "approval_binds_content",
    how: "an edit leaves the approvals standing",
    step: distort((outcome, event, state) => {
      const before = messageOf(state, event);
      return event.type === "revise" && outcome.accepted && outcome.message !== null && before !== undefined
        ? { ...outcome, message: { ...outcome.message, approvals: before.approvals } }
        : outcome;
    }),
  },
  {
    breaks: "approval_single_use",
    how: "an operator's retry keeps the approvals of the hand-over that was lost",
    step: distort((outcome, event, state) => {
      const message = messageOf(state, event);
      return event.type === "resolve" &&
        event.outcome === "retry" &&
        event.actor.role === "operator" &&
        outcome.accepted
        ? moved(message!, "queued", ["enqueue"])
        : outcome;
    }),
  },
  {
    breaks: "quorum_counts_people",
    how: "the quorum counts approvals, not people",
    step: () => keysForPeople,
  },
  {
    breaks: "quorum_counts_people",
    how: "one approval is always enough",
    step: bend((around, event) =>
      event.type === "approve" || event.type === "dispatch" ? { around: inPolicy(around, { quorum: 1 }) } : {},
    ),
  },
  {
    breaks: "revoked_reviewer_voids",
    how: "nobody looks at who is revoked",
    step: bend((around, event) =>
      "message" in event && around.tenant ? { around: { ...around, tenant: { ...around.tenant, revoked: [] } } } : {},
    ),
  },
  {
    breaks: "revoked_reviewer_voids",
    how: "a revocation does not reach the messages, so that reinstating revives what was approved before",
    step: distort((outcome, event) =>
      event.type === "revoke" && outcome.accepted
        ? { accepted: false, refusal: "not_approved_by", from: outcome.from, mode: outcome.mode }
        : outcome,
    ),
  },
  {
    breaks: "deleted_key_voids",
    how: "a key that is deleted leaves the approvals given with it",
    step: distort((outcome, event) =>
      event.type === "revoke" && event.key !== undefined && outcome.accepted
        ? { accepted: false, refusal: "not_approved_by", from: outcome.from, mode: outcome.mode }
        : outcome,
    ),
  },
  {
    breaks: "deleted_key_voids",
    how: "a revoke that names a key takes nothing off the message",
    step: distort((outcome, event, state) =>
      event.type === "revoke" && event.key !== undefined && outcome.accepted && outcome.message !== null
        ? { ...outcome, message: { ...outcome.message, approvals: messageOf(state, event)!.approvals } }
        : outcome,
    ),
  },
  {
    breaks: "expired_never_sent",
    how: "approvals never age",
    step: bend((around, event) =>
      event.type === "dispatch" ? { around: inPolicy(around, { approvalMaxAge: 1e9 }) } : {},
    ),
  },
  {
    breaks: "expired_never_sent",
    how: "the end of the decision window is not looked at",
    step: misjudge((_, event) => (event.type === "approve" ? { lapsed: false } : {})),
  },
];
