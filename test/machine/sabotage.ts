/**
 * Broken machines, one defect each: what `bites.test.ts` plants to see every theorem fail for want of what it states.
 *
 * Each wraps the honest step or recorder from outside; nothing in `src/` knows of them.
 */
import { factsOf, type Facts } from "../../src/machine/facts.ts";
import {
  stepMessage,
  surroundingsIn,
  transition,
  type Outcome,
  type Surroundings,
} from "../../src/machine/transition.ts";
import type { Event, MessageEvent } from "../../src/model/Event.ts";
import { type Mode, effectiveMode } from "../../src/model/Mode.ts";
import { isEnd, type MessageState, type State } from "../../src/model/State.ts";
import { honestStep, type Record, type Step } from "./traces.ts";
import type { Situation } from "../../src/model/approvals.ts";

export interface Sabotage {
  /** The theorem it is meant to break. */
  readonly breaks: string;
  /** Theorems that say a part of the same, and so break with it wherever it breaks. */
  readonly with?: readonly string[];
  readonly how: string;
  readonly step?: () => Step;
  readonly record?: Record;
}

/** The machine is told something else than what is so. */
const bend =
  (change: (around: Surroundings, event: Event) => { readonly around?: Surroundings; readonly event?: Event }) =>
  (): Step =>
  (state, event) => {
    const around = surroundingsIn(state, event);
    const bent = change(around, event);
    return transition(bent.around ?? around, bent.event ?? event);
  };

const inMailbox = (around: Surroundings, change: Partial<NonNullable<Surroundings["mailbox"]>>): Surroundings =>
  around.mailbox === null ? around : { ...around, mailbox: { ...around.mailbox, ...change } };

const inPolicy = (
  around: Surroundings,
  change: { readonly quorum?: number; readonly approvalMaxAge?: number },
): Surroundings =>
  around.mailbox === null ? around : inMailbox(around, { policy: { ...around.mailbox.policy, ...change } });

/** The machine is given facts that were computed wrongly. */
const misjudge =
  (change: (facts: Facts, event: MessageEvent, situation: Situation) => Partial<Facts>) =>
  (): Step =>
  (state, event) => {
    const honest = honestStep(state, event);
    const { tenant, mailbox, message } = surroundingsIn(state, event);
    if (!("message" in event) || tenant === null || mailbox === null || message === null) return honest;
    if (message.mailbox !== event.mailbox || message.tenant !== event.tenant) return honest;
    const situation = { tenant, mailbox, message };
    const facts = factsOf(situation, event);
    const result = stepMessage(situation, event, { ...facts, ...change(facts, event, situation) });
    const mode = effectiveMode(mailbox.mode, message.requestedMode, message.verdict.held, tenant.halted);
    return result.accepted
      ? { ...result, tenant: null, mailbox: null, from: message.status, to: result.message.status, mode }
      : { ...result, from: message.status, mode };
  };

/** The machine decides well, and something else is done. */
const distort = (change: (outcome: Outcome, event: Event, state: State) => Outcome) => (): Step => (state, event) =>
  change(honestStep(state, event), event, state);

/** An accepted outcome that puts a message into a status, whatever the machine said. */
const moved = (
  message: MessageState,
  status: MessageState["status"],
  commands: readonly "enqueue"[] = [],
): Outcome => ({
  accepted: true,
  tenant: null,
  mailbox: null,
  message: { ...message, status, version: message.version + 1 },
  from: message.status,
  to: status,
  commands,
  mode: null,
});

const messageOf = (state: State, event: Event): MessageState | undefined =>
  "message" in event ? state.messages.get(event.message) : undefined;

const decides = (event: Event): boolean =>
  event.type === "approve" || event.type === "reject" || event.type === "resolve";

/** Gives each approval a name of its own, as if each key were a person. */
const keysForPeople: Step = (state, event) => {
  const around = surroundingsIn(state, event);
  const { message, tenant } = around;
  if (message === null || tenant === null || (event.type !== "approve" && event.type !== "dispatch")) {
    return transition(around, event);
  }
  const counts = (reviewer: string) =>
    !tenant.revoked.includes(reviewer) && reviewer !== message.author && reviewer !== message.owner;
  const approvals = message.approvals.map((word, n) =>
    counts(word.reviewer) ? { ...word, reviewer: `${word.reviewer}#${n}` } : word,
  );
  const outcome = transition({ ...around, message: { ...message, approvals } }, event);
  if (!outcome.accepted || outcome.message === null) return outcome;
  const named = outcome.message.approvals.map((word) => ({ ...word, reviewer: word.reviewer.replace(/#.*/, "") }));
  return { ...outcome, message: { ...outcome.message, approvals: named } };
};

let ticks = 0;

export const sabotages: readonly Sabotage[] = [
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
    breaks: "loosening_frees_nothing",
    how: "raising a mailbox's mode sends what waits on its way",
    step: distort((outcome, event, state) => {
      if (event.type !== "set_mode" || !outcome.accepted || event.mode !== "autonomous") return outcome;
      const waiting = [...state.messages.values()].find(
        (message) => message.mailbox === event.mailbox && message.status === "pending_approval",
      );
      return waiting === undefined ? outcome : { ...outcome, message: { ...waiting, status: "queued" } };
    }),
  },
  {
    breaks: "loosening_frees_nothing",
    how: "a decision window that ends lets the message go",
    step: distort((outcome, event, state) => {
      const message = messageOf(state, event);
      return event.type === "expire" && outcome.accepted && message?.status === "pending_approval"
        ? moved(message, "queued", ["enqueue"])
        : outcome;
    }),
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
  {
    breaks: "no_self_approval",
    how: "nobody looks whether the reviewer is the author",
    step: misjudge((_, event) => (decides(event) ? { self: false } : {})),
  },
  {
    breaks: "only_reviewers_approve",
    how: "whoever approves is taken for a reviewer",
    step: bend((_, event) =>
      event.type === "approve" ? { event: { ...event, actor: { ...event.actor, role: "reviewer" } } } : {},
    ),
  },
  {
    breaks: "agent_touches_only_its_own",
    how: "an agent may change any agent's mail",
    step: misjudge((facts, event) =>
      facts.role === "agent" && (event.type === "revise" || event.type === "cancel") ? { self: true } : {},
    ),
  },
  {
    breaks: "stale_decision_refused",
    how: "rejections and edits do not compare the digest",
    step: misjudge((_, event) => (event.type === "reject" || event.type === "revise" ? { current: true } : {})),
  },
  {
    breaks: "one_winner",
    how: "a rejection that comes second still wins",
    step: distort((outcome, event, state) => {
      const message = messageOf(state, event);
      const late = event.type === "reject" && event.actor.role === "reviewer" && message?.status === "queued";
      return late && message.digest === event.digest ? moved(message, "rejected") : outcome;
    }),
  },
  {
    breaks: "delivered_at_most_once",
    how: "a lost reply leads to another try",
    step: distort((outcome, event, state) =>
      event.type === "lost" && outcome.accepted ? moved(messageOf(state, event)!, "queued", ["enqueue"]) : outcome,
    ),
  },
  {
    breaks: "delivered_at_most_once",
    how: "reports are not fenced by their attempt",
    step: misjudge(() => ({ attempt: true })),
  },
  {
    breaks: "terminal_is_final",
    how: "what has ended can still be cancelled",
    step: distort((outcome, event, state) => {
      const message = messageOf(state, event);
      return event.type === "cancel" && message !== undefined && isEnd(message.status)
        ? moved(message, "cancelled")
        : outcome;
    }),
  },
  {
    breaks: "every_message_can_end",
    how: "nothing can be cancelled while the tenant is halted",
    step: distort((outcome, event, state) =>
      event.type === "cancel" && state.tenants.get(event.tenant)?.halted
        ? { accepted: false, refusal: "halted", from: outcome.from, mode: outcome.mode }
        : outcome,
    ),
  },
  {
    breaks: "log_only_grows",
    how: "refused events are not written down",
    record: (log, entry) => (entry.outcome.accepted ? [...log, entry] : log),
  },
  {
    breaks: "log_determines_state",
    how: "the decision window is measured by a clock that is not in the event",
    step: distort((outcome, event) =>
      event.type === "submit" && outcome.accepted && outcome.message !== null
        ? { ...outcome, message: { ...outcome.message, decideBy: outcome.message.decideBy + (ticks++ % 3) } }
        : outcome,
    ),
  },
];
