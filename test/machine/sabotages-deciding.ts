/** Defects in who decides, and in what ends: each breaks one theorem of `theorems-deciding.ts`. */
import { isEnd } from "../../src/model/State.ts";
import { bend, decides, distort, messageOf, misjudge, moved, type Sabotage } from "./sabotage.ts";

let ticks = 0;

export const sabotagesDeciding: readonly Sabotage[] = [
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
    breaks: "edited_under_its_owner",
    how: "nobody looks under whose name an edit is made",
    step: misjudge((_, event) => (event.type === "revise" ? { other_owner: false } : {})),
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
