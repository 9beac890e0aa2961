/**
 * Theorems about who decides, about ends, hand-overs and the log itself.
 */
import type { Actor } from "../../src/model/Actor.ts";
import type { Event } from "../../src/model/Event.ts";
import { applyOutcome } from "../../src/machine/transition.ts";
import { emptyState, type MessageState, type State } from "../../src/model/State.ts";
import { handsOver, unless, type Theorem } from "./theorem.ts";
import type { Trace } from "./traces.ts";

const ended: ReadonlySet<string> = new Set(["refused", "rejected", "cancelled", "expired", "delivered", "failed"]);

const written = (state: State): string =>
  JSON.stringify([state.tenants, state.mailboxes, state.messages].map((map) => [...map.entries()]));

/** An operator who wrote nothing and answers for no credential. */
const warden: Actor = { role: "operator", principal: "warden", credential: "warden-key" };
const machine: Actor = { role: "system", principal: "system", credential: null };

/** One event that should end a message, whatever else is so. */
const wayOut = (message: MessageState, at: number): Event => {
  const { id, tenant, mailbox, attempt, digest, verdict } = message;
  const on = { at, tenant, mailbox, message: id };
  switch (message.status) {
    case "dispatching":
      return { type: "failed", ...on, actor: machine, attempt, reply: "" };
    case "uncertain":
      return { type: "resolve", ...on, actor: warden, digest, verdict, outcome: "failed" };
    default:
      return { type: "cancel", ...on, actor: warden };
  }
};

/** Folds a log again from nothing, with nothing but its text. */
const replay = (trace: Trace): string => {
  const decide = trace.step();
  let state = emptyState;
  for (const { event } of trace.log) {
    const read = JSON.parse(JSON.stringify(event)) as Event;
    state = applyOutcome(state, decide(state, read));
  }
  return written(state);
};

export const deciding: readonly Theorem[] = [
  {
    name: "no_self_approval",
    clause: "OV-21",
    slug: "no-self-approval",
    each: ({ event, outcome }, history) => {
      const told = history.of(event);
      const decides = event.type === "approve" || event.type === "reject" || event.type === "resolve";
      if (!decides || told === undefined) return undefined;
      const { principal } = event.actor;
      if (principal !== told.author && principal !== told.owner) return undefined;
      return unless(!outcome.accepted, `${principal} decided on mail of their own`);
    },
  },
  {
    name: "only_reviewers_approve",
    clause: "OV-53",
    slug: "only-reviewers-approve",
    each: ({ event, outcome, after, index }, history) => {
      if (!("message" in event) || !outcome.accepted) return undefined;
      if (event.type === "approve" && event.actor.role !== "reviewer") return `approved by a ${event.actor.role}`;
      const message = after.messages.get(event.message);
      const told = history.of(event);
      if (message === undefined || message.approvals.length === 0 || told === undefined) return undefined;
      const own = { index, at: event.at, reviewer: event.actor.principal, role: event.actor.role };
      const voices = event.type === "approve" || event.type === "resolve" ? [...told.words, own] : told.words;
      const orphan = message.approvals.find(
        ({ reviewer, at }) =>
          !voices.some((word) => word.role === "reviewer" && word.reviewer === reviewer && word.at === at),
      );
      return unless(orphan === undefined, `an approval by ${orphan?.reviewer} that no reviewer gave`);
    },
  },
  {
    name: "agent_touches_only_its_own",
    clause: "OV-51",
    slug: "agent-touches-only-its-own",
    each: ({ event, outcome }, history) => {
      const told = history.of(event);
      if ((event.type !== "revise" && event.type !== "cancel") || told === undefined) return undefined;
      const { role, principal } = event.actor;
      if (role !== "agent" || principal === told.author || principal === told.owner) return undefined;
      return unless(!outcome.accepted, `${principal} changed mail of ${told.author}`);
    },
  },
  {
    name: "edited_under_its_owner",
    clause: "OV-123",
    slug: "edited-under-its-owner",
    each: ({ event, outcome }, history) => {
      const told = history.of(event);
      if (event.type !== "revise" || event.actor.role !== "agent" || told === undefined) return undefined;
      if (event.owner === undefined || event.owner === told.owner) return undefined;
      return unless(!outcome.accepted, `${event.owner} answers for words in a message of ${told.owner}`);
    },
  },
  {
    name: "stale_decision_refused",
    clause: "OV-22",
    slug: "stale-decision-refused",
    each: ({ event, outcome, before, after }, history) => {
      const told = history.of(event);
      if (told === undefined) return undefined;
      const named =
        event.type === "revise" ? event.base : "digest" in event && event.type !== "submit" ? event.digest : null;
      if (named === null || named === told.digest) return undefined;
      return unless(!outcome.accepted && before === after, `decided on ${named}, while the content is ${told.digest}`);
    },
  },
  {
    name: "one_winner",
    clause: "OV-25",
    slug: "one-winner",
    whole: ({ log, races }) => {
      for (const [from, to] of races) {
        const moved = log.filter(
          ({ index, outcome }) => index >= from && index < to && outcome.accepted && outcome.from !== outcome.to,
        );
        if (moved.length > 1) return `${moved.length} of ${to - from} decisions at once settled one message`;
      }
      return races.length > 0 ? true : undefined;
    },
  },
  {
    name: "loosening_frees_nothing",
    clause: "OV-54",
    slug: "loosening-frees-nothing",
    each: ({ event, outcome, before, after }) => {
      if (!("message" in event)) return unless(before.messages === after.messages, `${event.type} moved a message`);
      if (!outcome.accepted || outcome.from !== "pending_approval") return undefined;
      const out = outcome.to === "queued" || outcome.to === "scheduled" || outcome.to === "dispatching";
      return out
        ? unless(event.type === "approve" || event.type === "revise", `${event.type} freed what waited`)
        : undefined;
    },
  },
  {
    name: "delivered_at_most_once",
    clause: "OV-32",
    slug: "delivered-at-most-once",
    each: (entry, history) => {
      const { event, outcome } = entry;
      const told = history.of(event);
      if (!outcome.accepted || told === undefined) return undefined;
      if ("attempt" in event && event.attempt !== told.handOvers.length)
        return `a report on hand-over ${event.attempt} counted`;
      if (outcome.to === "delivered") return unless(told.deliveries === 0, "delivered twice");
      if (!handsOver(entry) || told.handOvers.length === 0) return undefined;
      return unless(told.reopened && told.deliveries === 0, "handed over again, though nobody knows what became of it");
    },
  },
  {
    name: "terminal_is_final",
    clause: "OV-17",
    slug: "terminal-is-final",
    each: ({ event, outcome, before, after }, history) => {
      const told = history.of(event);
      if (told === undefined || !("message" in event) || !ended.has(told.status)) return undefined;
      const same = before.messages.get(event.message) === after.messages.get(event.message);
      return unless(!outcome.accepted && same, `${event.type} changed what had ended as ${told.status}`);
    },
  },
  {
    name: "every_message_can_end",
    clause: "OV-55",
    slug: "every-message-can-end",
    each: ({ event, outcome, after }, _history, trace) => {
      if (!("message" in event) || !outcome.accepted) return undefined;
      const message = after.messages.get(event.message);
      if (message === undefined || ended.has(message.status)) return undefined;
      const way = wayOut(message, event.at);
      const then = trace.step()(after, way);
      return unless(then.accepted && ended.has(String(then.to)), `no way out of ${message.status} by ${way.type}`);
    },
  },
  {
    name: "log_only_grows",
    clause: "OV-56",
    slug: "log-only-grows",
    whole: ({ offered, log, end }) => {
      if (log.length !== offered.length) return `${offered.length} events, ${log.length} entries`;
      let state = emptyState;
      for (const [index, entry] of log.entries()) {
        if (entry.index !== index || entry.event !== offered[index]) return `entry ${index} is not the event that came`;
        if (entry.before !== state) return `entry ${index} does not follow the one before it`;
        if (!entry.outcome.accepted && entry.after !== entry.before) return `refused entry ${index} changed something`;
        state = entry.after;
      }
      return unless(state === end, "the log does not end where the state is");
    },
  },
  {
    name: "log_determines_state",
    clause: "OV-35",
    slug: "log-determines-state",
    whole: (trace) => unless(replay(trace) === written(trace.end), "folding the log again gives another state"),
  },
];
