/** Faults in the effective mode, in what stops a tenant or a mailbox, and in who may loosen (spec/modes.md). */
import { inRules, type Fault } from "../fault.ts";
import type { Hooks, Mode } from "../hooks.ts";
import { effectiveMode, rank } from "../table.ts";
import {
  asIf,
  both,
  done,
  freeing,
  heldIn,
  misread,
  modeFor,
  requestedIn,
  rewritten,
  taken,
  unhalted,
  verdict,
} from "./wrongHooks.ts";

const modesThen = (): Hooks => {
  const then = new Map<string, Mode>();
  return {
    mode: (mode, it) => {
      if (it.event.type === "submit" || it.event.type === "revise") then.set(it.message.id, it.mailbox.mode);
      return it.event.type === "dispatch"
        ? effectiveMode(then.get(it.message.id), requestedIn(it), heldIn(it), it.tenant.halted)
        : mode;
    },
  };
};
const verdictsThen = (): Hooks => ({
  event: (event, { messages }) =>
    event.type === "dispatch" ? { ...event, verdict: messages.get(event.message!)?.verdict ?? event.verdict! } : event,
});

export const modeFaults: readonly Fault[] = [
  inRules(
    "request-replaces-mode",
    "9",
    "D1",
    modeFor("submit revise", (it) =>
      effectiveMode(requestedIn(it) ?? it.mailbox.mode, null, heldIn(it), it.tenant.halted),
    ),
  ),
  inRules(
    "request-is-ignored",
    "2",
    null,
    modeFor("submit revise dispatch", (it) => effectiveMode(it.mailbox.mode, null, heldIn(it), it.tenant.halted)),
  ),
  inRules(
    "request-is-forgotten-at-dispatch",
    "2",
    "D2",
    modeFor("dispatch", (it) => effectiveMode(it.mailbox.mode, null, heldIn(it), it.tenant.halted)),
  ),
  inRules("high-risk-is-ignored", "10", "D8", verdict("", { held: false })),
  inRules("high-risk-is-ignored-at-dispatch", "28", "D8", verdictsThen),
  inRules(
    "high-risk-holds-what-was-approved",
    "28",
    null,
    misread("dispatch", (_, { event }) => (event.verdict!.held ? { clear: false } : {})),
  ),
  inRules("clean-score-releases", "38", "D8", {
    mode: (mode, it) =>
      (it.event.verdict?.score ?? 9_999) < 2_000 && it.event.type === "submit" && mode !== "read_only"
        ? "autonomous"
        : mode,
  }),
  inRules("block-list-is-ignored", "12", "D8", verdict("", { blocked: false })),
  inRules("block-list-is-ignored-at-approve", "12", "D8", verdict("approve", { blocked: false })),
  inRules("block-list-is-ignored-at-edit", "12", "D8", verdict("revise", { blocked: false })),
  inRules("block-list-is-ignored-at-dispatch", "12", "A8", verdict("dispatch", { blocked: false })),
  inRules("block-list-is-ignored-at-retry", "12", "A8", verdict("resolve", { blocked: false })),
  inRules(
    "block-list-keeps-findings-out",
    "33",
    null,
    rewritten("uncertain resolve delivered, uncertain resolve failed", ({ class: name }, { event }) =>
      event.verdict!.blocked ? { refusal: "recipient_blocked" } : { next: name },
    ),
  ),
  inRules(
    "blocked-dispatch-keeps-approvals",
    "12",
    null,
    done(
      "dispatch",
      (message, { row, before }) => void (row.class === "blocked" && (message.approvals = before.approvals)),
    ),
  ),
  inRules(
    "held-dispatch-drops-approvals",
    "28",
    null,
    done("dispatch", (message, { row }) => void (row.class === "held" && (message.approvals = []))),
  ),
  inRules("dispatch-goes-by-the-mode-at-submit", "28", "D2", modesThen),
  inRules(
    "stop-switch-ignored-at-dispatch",
    "6",
    "D5",
    both(taken("dispatch", { halted: false }), unhalted("dispatch")),
  ),
  inRules("stop-switch-ignored-at-submit", "6", "D5", both(taken("submit", { halted: false }), unhalted("submit"))),
  inRules("stop-switch-ignored-at-edit", "6", "D5", both(taken("revise", { halted: false }), unhalted("revise"))),
  inRules("stop-switch-ignored-at-retry", "6", "D5", unhalted("resolve")),
  inRules("stop-switch-stops-one-mailbox", "6", "D5", () => {
    const first = new Map<string, string>();
    return {
      event: (event) => {
        if (event.type === "create_mailbox" && !first.has(event.tenant)) first.set(event.tenant, event.mailbox!);
        return event;
      },
      mode: (mode, it) =>
        first.get(it.event.tenant) === it.event.mailbox
          ? mode
          : effectiveMode(it.mailbox.mode, requestedIn(it), heldIn(it), false),
      facts: (facts, it) => ({ ...facts, halted: facts["halted"]! && first.get(it.event.tenant) === it.event.mailbox }),
    };
  }),
  inRules("stop-switch-stops-all-tenants", "6", "C10", {
    mode: (mode, { world }) => ([...world.tenants.values()].some(({ halted }) => halted) ? "read_only" : mode),
  }),
  inRules("stop-switch-toggles", "6", "D5", {
    event: (event, { tenants }) =>
      event.type === "halt" && tenants.get(event.tenant)?.halted ? { ...event, type: "resume" } : event,
  }),
  inRules("agent-resumes", "6 20", "D5", asIf("resume", "operator", "agent")),
  inRules("reviewer-resumes", "6 20", "D5", asIf("resume", "operator", "reviewer")),
  inRules("agent-halts", "20", null, asIf("halt", "operator", "agent")),
  inRules("agent-sets-policy", "20", "D1", asIf("set_policy", "operator", "agent")),
  inRules("reviewer-sets-policy", "20", "C6", asIf("set_policy", "operator", "reviewer")),
  inRules("agent-makes-mailboxes", "20", "D1", asIf("create_mailbox", "operator", "agent")),
  inRules("agent-makes-keys", "20 37", "C1", asIf("create_key", "operator", "agent")),
  inRules("reviewer-makes-keys", "20 37", "C6", asIf("create_key", "operator", "reviewer")),
  inRules("reviewer-reinstates-themselves", "20 24", "C6", asIf("reinstate_reviewer", "operator", "reviewer")),
  inRules("reviewer-revokes-others", "20", "C6", asIf("revoke_reviewer", "operator", "reviewer")),
  inRules("agent-makes-tenants", "20", "C10", asIf("create_tenant", "operator", "agent")),
  inRules(
    "read-only-takes-submits",
    "5",
    "D6",
    misread("submit", (f) => ({ read_only: false, clear: !f["halted"] && !f["blocked"] })),
  ),
  inRules("read-only-takes-edits", "5", "D6", taken("revise", { read_only: false })),
  inRules(
    "read-only-sends",
    "5",
    "D6",
    both(
      taken("dispatch", { read_only: false }),
      modeFor("dispatch", (it) => {
        const mode = effectiveMode(it.mailbox.mode, requestedIn(it), heldIn(it), it.tenant.halted);
        return mode === "read_only" ? "autonomous" : mode;
      }),
    ),
  ),
  inRules("read-only-ends-what-waits", "5", null, rewritten("queued dispatch read_only", { next: "cancelled" })),
  inRules("halt-ends-what-waits", "6", null, rewritten("queued dispatch halted", { next: "cancelled" })),
  inRules("agent-raises-mode", "3", "D1", {
    setMode: (answer, { actor, mode }) =>
      typeof answer !== "string" && actor.role === "agent" && answer.refusal === "mode_raise" ? mode! : answer,
  }),
  inRules("agent-raises-to-monitored", "3", "D4", {
    setMode: (answer, { actor, mode }) =>
      typeof answer !== "string" && actor.role === "agent" && mode === "monitored" ? mode : answer,
  }),
  inRules("agent-cannot-lower", "3", null, {
    setMode: (answer, { actor }) =>
      actor.role === "agent" && typeof answer === "string" ? { refusal: "mode_raise" } : answer,
  }),
  inRules("reviewer-sets-mode", "20 3", "C6", {
    setMode: (answer, { actor, mode }) => (actor.role === "reviewer" ? mode! : answer),
  }),
  inRules("operator-cannot-raise-two-steps", "3", null, {
    setMode: (answer, { actor, mode }, box) =>
      actor.role === "operator" && rank(mode!) > rank(box.mode) + 1 ? { refusal: "mode_raise" } : answer,
  }),
  inRules("same-mode-is-a-change", "3 8", null, {
    setMode: (answer, { mode }) => (typeof answer !== "string" && answer.refusal === "no_change" ? mode! : answer),
  }),
  inRules("mode-before-is-not-recorded", "8", "D1", {
    shown: (shown, { type }) => (type === "set_mode" ? { ...shown, from: null } : shown),
  }),
  inRules("raising-frees-what-waits", "54", "D2", freeing("set_mode", false)),
  inRules("lower-quorum-frees-what-waits", "54", "D2", freeing("set_policy", true)),
  inRules("resume-frees-what-waits", "54", "D2", freeing("resume", false)),
  inRules("reinstating-frees-what-waits", "54", "D2", freeing("reinstate_reviewer", false)),
  inRules("no-copy", "7", null, rewritten("queued dispatch copied", { next: "dispatching", commands: ["hand_over"] })),
  inRules(
    "copy-always",
    "7",
    null,
    rewritten("queued dispatch clear", { next: "dispatching", commands: ["hand_over", "copy"] }),
  ),
  inRules(
    "copy-before-hand-over",
    "7",
    null,
    rewritten("queued dispatch copied", { next: "dispatching", commands: ["copy", "hand_over"] }),
  ),
  inRules(
    "copy-at-submit",
    "7",
    null,
    rewritten("new submit clear", (_, { mode }) => ({
      next: "queued",
      commands: mode === "monitored" ? ["enqueue", "copy"] : ["enqueue"],
    })),
  ),
];
