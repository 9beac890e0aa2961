/**
 * Implementations of the rules that are wrong in one thing each.
 */
import { inRules, type Fault } from "./fault.ts";
import {
  effectiveMode,
  table,
  type Approval,
  type Case,
  type Facts,
  type Hooks,
  type Message,
  type Mode,
  type Row,
} from "./table.ts";

type About = Omit<Case, "mode">;

/** The facts of some events are taken for others. */
const misread = (types: string, change: (facts: Facts, it: Case) => Facts): Hooks => ({
  facts: (facts, it) =>
    types === "" || types.split(" ").includes(it.event.type) ? { ...facts, ...change(facts, it) } : facts,
});
const taken = (types: string, facts: Facts): Hooks => misread(types, () => facts);

/** Rows of the table are others. `*` stands for any status. */
const rewritten = (rows: string, change: Partial<Row> | ((row: Row, it: Case) => Partial<Row>)): Hooks => ({
  row: (row, it) => {
    const hit = rows.split(", ").some((one) => {
      const [status, event, name] = one.split(" ");
      return (status === "*" || status === row.status) && event === row.event && (name === "*" || name === row.class);
    });
    if (!hit) return row;
    const { refusal: _, ...rest } = row;
    const to = typeof change === "function" ? change(row, it) : change;
    return to.refusal === undefined
      ? { ...rest, commands: [], ...to }
      : { status: row.status, event: row.event, class: row.class, refusal: to.refusal };
  },
});

/** Something else is done to the message. */
const done = (
  types: string,
  change: (message: Message, it: Parameters<NonNullable<Hooks["change"]>>[1]) => void,
): Hooks => ({
  change: (message, it) => void (types.split(" ").includes(it.event.type) && change(message, it)),
});

/** The approvals that count, worked out with one condition left out. */
const counting = (without: "age" | "revoked" | "self" | "digest"): Hooks => ({
  live: (_live, { message, tenant, mailbox }: About, at) =>
    message.approvals.filter(
      (one: Approval) =>
        (without === "digest" || one.digest === message.digest) &&
        (without === "self" || (one.reviewer !== message.author && one.reviewer !== message.owner)) &&
        (without === "revoked" || !tenant.revoked.includes(one.reviewer)) &&
        (without === "age" || at < one.at + mailbox.policy.approvalMaxAge),
    ),
});

const modeFor = (types: string, change: (it: About) => Mode): Hooks => ({
  mode: (mode, it) => (types.split(" ").includes(it.event.type) ? change(it) : mode),
});
const requestedIn = ({ event, message }: About): Mode | null =>
  event.requestedMode === undefined ? message.requestedMode : event.requestedMode;
const heldIn = ({ event, message }: About): boolean => (event.verdict ?? message.verdict).held;

const asIf = (types: string, role: string, of: string): Hooks => ({
  event: (event) =>
    types.split(" ").includes(event.type) && event.actor.role === of
      ? { ...event, actor: { ...event.actor, role } }
      : event,
});
const verdict = (types: string, change: object): Hooks => ({
  event: (event) =>
    event.verdict !== undefined && (types === "" || types.split(" ").includes(event.type))
      ? { ...event, verdict: { ...event.verdict, ...change } }
      : event,
});

/** Moves waiting messages as a side effect of something else. */
const freeing = (type: string, enough: boolean): Hooks => ({
  after: ({ type: own, at }, world, shown) => {
    if (own !== type || "refusal" in shown) return;
    for (const message of world.messages.values()) {
      const box = world.mailboxes.get(message.mailbox)!;
      const count = new Set(message.approvals.map(({ reviewer }) => reviewer)).size;
      if (message.status === "pending_approval" && at < message.decideBy && (!enough || count >= box.policy.quorum))
        message.status = "queued";
    }
  },
});

const both = (...hooks: readonly Hooks[]): Hooks => Object.assign({}, ...hooks) as Hooks;
const rank = (mode: string): number => table.modes.indexOf(mode as Mode);

const deciding: readonly Fault[] = [
  inRules("approve-ignores-digest", "22", "A2", taken("approve", { current: true })),
  inRules("reject-ignores-digest", "22", "A6", taken("reject", { current: true })),
  inRules("edit-ignores-base", "22", "A6", taken("revise", { current: true })),
  inRules("resolve-ignores-digest", "22", "A6", taken("resolve", { current: true })),
  inRules(
    "author-approves-own-mail",
    "21",
    "C1",
    both(
      misread("approve", (f, { event, message }) => ({ self: f["self"]! && event.actor.principal !== message.author })),
      counting("self"),
    ),
  ),
  inRules(
    "owner-approves-own-agents-mail",
    "21",
    "C2",
    both(
      misread("approve", (f, { event, message }) => ({ self: f["self"]! && event.actor.principal !== message.owner })),
      counting("self"),
    ),
  ),
  inRules("owner-rejects", "21", "C2", taken("reject", { self: false })),
  inRules("owner-resolves", "21", "C2", taken("resolve", { self: false })),
  inRules("agent-approves", "20 53", "C1", asIf("approve", "reviewer", "agent")),
  inRules("admin-implies-oversight", "20 53", "C7", asIf("approve", "reviewer", "operator")),
  inRules("system-approves", "53", "F4", asIf("approve", "reviewer", "system")),
  inRules("agent-rejects", "20", "C1", asIf("reject", "reviewer", "agent")),
  inRules("agent-resolves", "20 53", "C1", asIf("resolve", "reviewer", "agent")),
  inRules("reviewer-cancels", "20", null, asIf("cancel", "operator", "reviewer")),
  inRules("reviewer-submits", "20", "C2", asIf("submit", "agent", "reviewer")),
  inRules("operator-edits", "20", null, asIf("revise", "reviewer", "operator")),
  inRules("agent-dispatches", "20", "C7", asIf("dispatch", "system", "agent")),
  inRules("agent-reports-delivery", "20", "G1", asIf("delivered failed deferred lost", "system", "agent")),
  inRules("agent-revokes", "20", "C6", asIf("revoke", "operator", "agent")),
  inRules("quorum-counts-keys", "23", "C5", () => ({
    count: (approvals) => new Set(approvals.map(({ reviewer, credential }) => `${reviewer} ${credential}`)).size,
    facts: (facts, { event, message }) =>
      event.type === "approve"
        ? {
            ...facts,
            repeated: message.approvals.some(({ credential }) => credential === event.actor.credential),
            complete: message.approvals.length + 1 >= 2 || facts["complete"]!,
          }
        : facts,
  })),
  inRules("same-person-approves-twice", "23", "C5", taken("approve", { repeated: false })),
  inRules("one-approval-is-enough", "13 23", "C5", { count: (approvals) => (approvals.length > 0 ? 16 : 0) }),
  inRules("quorum-needs-one-more", "13", null, {
    count: (approvals) => Math.max(0, new Set(approvals.map(({ reviewer }) => reviewer)).size - 1),
  }),
  inRules(
    "quorum-not-asked-at-dispatch",
    "28 13",
    "D2",
    misread("dispatch", (f, { message, mode }) => ({
      clear: f["clear"]! || (mode !== "read_only" && !f["blocked"] && message.approvals.length > 0),
    })),
  ),
  inRules(
    "rejection-needs-a-quorum",
    "14",
    null,
    rewritten("pending_approval reject current", { next: "pending_approval" }),
  ),
  inRules("second-decision-wins", "25", "B2", rewritten("queued reject current", { next: "rejected" })),
  inRules(
    "approve-after-rejection",
    "14 17",
    "B2",
    rewritten("rejected approve *", (_, { event }) =>
      event.actor.role === "reviewer" ? { next: "queued", commands: ["enqueue"] } : { refusal: "not_permitted" },
    ),
  ),
  inRules("revoked-reviewer-approves", "24", "C6", taken("approve", { revoked: false })),
  inRules("revoked-reviewer-rejects", "24", "C6", taken("reject", { revoked: false })),
  inRules("revoked-reviewer-edits", "24", "C6", taken("revise", { revoked: false })),
  inRules("revoked-reviewer-resolves", "24", "C6", taken("resolve", { revoked: false })),
  inRules("revoked-approvals-count", "24", "C6", counting("revoked")),
  inRules(
    "reinstating-revives-approvals",
    "24",
    "C6",
    done("revoke", (message, { before }) => void (message.approvals = before.approvals)),
  ),
  inRules(
    "revoke-leaves-queued",
    "24",
    "C6",
    rewritten("queued revoke short, scheduled revoke short", ({ status }) => ({ next: status })),
  ),
  inRules(
    "revoke-recalls-what-is-under-way",
    "24",
    "B4",
    rewritten("dispatching revoke *, uncertain revoke *", (row) =>
      row.refusal === undefined ? { next: "pending_approval", commands: ["request_review"] } : { refusal: row.refusal },
    ),
  ),
  inRules(
    "revoke-keeps-window",
    "24",
    null,
    done("revoke", (message, { before }) => void (message.decideBy = before.decideBy)),
  ),
  inRules("revocation-shown-to-all-tenants", "24", "C10", {
    facts: (facts, { world, event }) => ({
      ...facts,
      revoked: [...world.tenants.values()].some(({ revoked }) => revoked.includes(event.actor.principal)),
    }),
  }),
  inRules("key-with-send-and-oversight", "37", "C1", {
    event: (event) =>
      event.type === "create_key" ? { ...event, scopes: event.scopes!.filter((one) => one !== "send") } : event,
  }),
  inRules(
    "retry-keeps-approvals",
    "34 26",
    "B1",
    done("resolve", (message, { before, event, row }) => {
      if (row.next !== "delivered" && row.next !== "failed")
        message.approvals = [
          ...before.approvals.filter(({ reviewer }) => reviewer !== event.actor.principal),
          ...message.approvals,
        ];
    }),
  ),
  inRules(
    "operators-retry-is-an-approval",
    "34",
    "B1",
    rewritten("uncertain resolve operator_held", { next: "queued", commands: ["enqueue"] }),
  ),
  inRules("retry-ignores-quorum", "34", "B1", taken("resolve", { complete: true })),
  inRules(
    "retry-forgets-its-own-approval",
    "34",
    null,
    done("resolve", (message) => void (message.approvals = [])),
  ),
  inRules(
    "retry-keeps-window",
    "34",
    null,
    done("resolve", (message, { before }) => void (message.decideBy = before.decideBy)),
  ),
  inRules(
    "stale-before-self",
    "21",
    null,
    rewritten("* approve self", (row, { event, message }) => ({
      refusal: row.status === "pending_approval" && event.digest !== message.digest ? "stale_digest" : row.refusal!,
    })),
  ),
  inRules(
    "blocked-after-repeated",
    "12",
    null,
    misread("approve", (f) => ({ blocked: f["blocked"]! && !f["repeated"] })),
  ),
];

const content: readonly Fault[] = [
  inRules(
    "edit-keeps-approvals",
    "15",
    "A1",
    done(
      "revise",
      (message, { before }) =>
        void (message.approvals = before.approvals.map((one) => ({ ...one, digest: message.digest }))),
    ),
  ),
  inRules(
    "edit-back-revives-approvals",
    "15",
    "A1",
    done("revise", (message, { before }) => void (message.approvals = before.approvals)),
  ),
  inRules(
    "approved-edit-stays-queued",
    "15",
    "A1",
    rewritten("queued revise held", { next: "queued", commands: ["enqueue"] }),
  ),
  inRules(
    "scheduled-edit-stays-scheduled",
    "15",
    "A1",
    rewritten("scheduled revise held", { next: "scheduled", commands: ["wake"] }),
  ),
  inRules(
    "editor-counts-as-approver",
    "15",
    "A7",
    done("revise", (message, { event }) => {
      const { role, principal, credential } = event.actor;
      if (role === "reviewer")
        message.approvals = [{ reviewer: principal, credential, digest: message.digest, at: event.at }];
    }),
  ),
  inRules(
    "edit-keeps-window",
    "15",
    "E1",
    done("revise", (message, { before }) => void (message.decideBy = before.decideBy)),
  ),
  inRules(
    "edit-keeps-the-old-content",
    "15",
    "A6",
    done("revise", (message, { before }) => void (message.digest = before.digest)),
  ),
  inRules(
    "edit-makes-the-editor-author",
    "15 21",
    "C1",
    done("revise", (message, { event }) => void (message.author = event.actor.principal)),
  ),
  inRules(
    "edit-forgets-owner",
    "21",
    "C2",
    done("revise", (message) => void (message.owner = null)),
  ),
  inRules(
    "agent-edits-others-mail",
    "51",
    "C2",
    misread("revise", (f) => (f["role"] === "agent" ? { self: true } : {})),
  ),
  inRules(
    "agent-cancels-others-mail",
    "51",
    null,
    misread("cancel", (f) => (f["role"] === "agent" ? { self: true } : {})),
  ),
  inRules(
    "owner-cannot-touch-own-mail",
    "51",
    null,
    misread("revise cancel", (f, { event, message }) =>
      f["role"] === "agent" ? { self: event.actor.principal === message.author } : {},
    ),
  ),
  inRules("decision-under-another-mailbox", "1", "C10", {
    event: (event, { messages }) =>
      event.type === "submit" || event.message === undefined
        ? event
        : { ...event, ...where(messages.get(event.message)) },
  }),
  inRules(
    "second-submit-replaces",
    "1",
    "B5",
    rewritten("pending_approval submit *", (row, { event }) =>
      event.actor.role === "agent"
        ? { next: "pending_approval", commands: ["request_review"] }
        : { refusal: row.refusal! },
    ),
  ),
];

const where = (message: Message | undefined): object =>
  message === undefined ? {} : { tenant: message.tenant, mailbox: message.mailbox };

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

const modes: readonly Fault[] = [
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
    both(
      taken("dispatch", { halted: false }),
      modeFor("dispatch", (it) => effectiveMode(it.mailbox.mode, requestedIn(it), heldIn(it), false)),
    ),
  ),
  inRules(
    "stop-switch-ignored-at-submit",
    "6",
    "D5",
    both(
      taken("submit", { halted: false }),
      modeFor("submit", (it) => effectiveMode(it.mailbox.mode, requestedIn(it), heldIn(it), false)),
    ),
  ),
  inRules(
    "stop-switch-ignored-at-edit",
    "6",
    "D5",
    both(
      taken("revise", { halted: false }),
      modeFor("revise", (it) => effectiveMode(it.mailbox.mode, requestedIn(it), heldIn(it), false)),
    ),
  ),
  inRules(
    "stop-switch-ignored-at-retry",
    "6",
    "D5",
    modeFor("resolve", (it) => effectiveMode(it.mailbox.mode, requestedIn(it), heldIn(it), false)),
  ),
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

const cleared = (facts: Facts): Facts => ({ clear: !facts["read_only"] && !facts["blocked"] });

const life: readonly Fault[] = [
  inRules("nothing-waits", "10", "C7", misread("submit", cleared)),
  inRules("edits-do-not-wait", "10 15", "C7", misread("revise", cleared)),
  inRules("dispatch-sends-everything", "39 28", "C7", misread("dispatch", cleared)),
  inRules(
    "gated-all-is-monitored",
    "10",
    "C7",
    modeFor("submit revise dispatch", (it) =>
      effectiveMode(
        it.mailbox.mode === "gated_all" ? "monitored" : it.mailbox.mode,
        requestedIn(it),
        heldIn(it),
        it.tenant.halted,
      ),
    ),
  ),
  inRules(
    "waiting-message-is-dispatched",
    "39",
    "C7",
    rewritten("pending_approval dispatch *", (row, { event }) =>
      event.actor.role === "system" ? { next: "dispatching", commands: ["hand_over"] } : { refusal: row.refusal! },
    ),
  ),
  inRules("clear-mail-waits", "11", null, taken("submit", { clear: false })),
  inRules("schedule-is-ignored", "11", "E4", taken("submit revise approve", { due: true })),
  inRules(
    "schedule-is-late-by-one",
    "11",
    null,
    misread("submit", (f, { event }) => ({ due: f["due"]! && event.sendAt !== event.at })),
  ),
  inRules("released-early", "27", "E4", taken("release", { due: true })),
  inRules(
    "released-late-by-one",
    "27",
    null,
    misread("release", (f, { event, message }) => ({ due: f["due"]! && message.sendAt !== event.at })),
  ),
  inRules(
    "scheduled-is-dispatched",
    "27 17",
    "E4",
    rewritten("scheduled dispatch *", (row, { event }) =>
      event.actor.role === "system" ? { next: "dispatching", commands: ["hand_over"] } : { refusal: row.refusal! },
    ),
  ),
  inRules(
    "timeout-approves",
    "19 53",
    "E3",
    rewritten("pending_approval expire lapsed", { next: "queued", commands: ["enqueue"] }),
  ),
  inRules("late-approve-is-taken", "19", "E2", taken("approve", { lapsed: false })),
  inRules(
    "window-ends-a-second-late",
    "19",
    "E1",
    misread("approve expire", (f, { event, message }) => ({
      lapsed: f["lapsed"]! && !(message.status === "pending_approval" && event.at === message.decideBy),
    })),
  ),
  inRules("nothing-expires", "19", "E2", taken("expire", { lapsed: false })),
  inRules(
    "approved-mail-never-expires",
    "19",
    "E1",
    misread("expire", (f, { message }) => ({ lapsed: f["lapsed"]! && message.status === "pending_approval" })),
  ),
  inRules(
    "unapproved-mail-expires",
    "19",
    null,
    misread("expire", (f, { message, event }) => ({
      lapsed: f["lapsed"]! || (message.status === "queued" && event.at >= message.decideBy),
    })),
  ),
  inRules("approvals-never-age", "19", "E5", counting("age")),
  inRules("approvals-age-a-second-late", "19", "E5", {
    live: (live, { message, mailbox }, at) => [
      ...live,
      ...message.approvals.filter(
        (one) => one.digest === message.digest && at === one.at + mailbox.policy.approvalMaxAge,
      ),
    ],
  }),
  inRules("time-of-the-event-before", "18", "G7", () => {
    let before = 0;
    return {
      event: (event) => {
        const at = event.message === undefined ? event.at : Math.max(before, Math.min(event.at, before + 60));
        before = event.at;
        return { ...event, at };
      },
    };
  }),
  inRules("silent-no-op", "17", "B2", {
    shown: (shown) =>
      "refusal" in shown && shown.refusal === "wrong_status"
        ? { from: shown.from, to: shown.from, commands: [] }
        : shown,
  }),
  inRules(
    "what-does-not-exist-is-anothers",
    "17",
    null,
    misread("revise cancel", (_, { message }): Facts => (message.status === "new" ? { self: false } : {})),
  ),
  inRules("what-does-not-exist-is-cancelled", "17", null, rewritten("new cancel permitted", { next: "cancelled" })),
  inRules(
    "an-edit-makes-a-message",
    "17",
    "C7",
    rewritten("new revise stale", {
      next: "pending_approval",
      commands: ["request_review"],
    }),
  ),
  inRules(
    "wrong-status-before-not-permitted",
    "17",
    null,
    rewritten("* approve not_permitted, * cancel not_permitted, * dispatch not_permitted", ({ status }, { event }) => {
      const row = table.rows.find(
        (one) =>
          one.status === status && one.event === event.type && one.class !== "not_permitted" && one.class !== "not_own",
      )!;
      return { refusal: row.refusal === "wrong_status" ? "wrong_status" : "not_permitted" };
    }),
  ),
  inRules("refused-event-voids-approvals", "56", null, {
    after: ({ message: id }, { messages }, shown) => {
      const message = messages.get(id ?? "");
      if ("refusal" in shown && message?.status === "pending_approval") message.decideBy += 1;
    },
  }),
  inRules("cancel-after-delivery", "17", "B2", rewritten("delivered cancel permitted", { next: "cancelled" })),
  inRules("cancel-while-handing-over", "16", "B4", rewritten("dispatching cancel permitted", { next: "cancelled" })),
  inRules(
    "edit-after-cancel",
    "17",
    "A1",
    rewritten("cancelled revise held, cancelled revise clear", {
      next: "pending_approval",
      commands: ["request_review"],
    }),
  ),
  inRules(
    "approve-after-expiry",
    "17 19",
    "E2",
    rewritten("expired approve *", (row, { event }) =>
      event.actor.role === "reviewer" ? { next: "queued", commands: ["enqueue"] } : { refusal: row.refusal! },
    ),
  ),
  inRules("cancel-refused-while-halted", "55", null, {
    row: (row, { event, tenant }) =>
      event.type === "cancel" && row.next === "cancelled" && tenant.halted ? { ...rowOf(row), refusal: "halted" } : row,
  }),
  inRules(
    "operator-cannot-cancel",
    "55",
    null,
    rewritten("* cancel permitted", (row, { event }) =>
      event.actor.role === "operator" ? { refusal: "not_permitted" } : row,
    ),
  ),
  inRules("failed-refused-while-halted", "55", null, {
    row: (row, { event, tenant }) =>
      event.type === "failed" && row.next === "failed" && tenant.halted ? { ...rowOf(row), refusal: "halted" } : row,
  }),
  inRules(
    "lost-is-tried-again",
    "32",
    "B4",
    rewritten("dispatching lost this_attempt", { next: "queued", commands: ["retry"] }),
  ),
  inRules("lost-counts-as-delivered", "32", "B4", rewritten("dispatching lost this_attempt", { next: "delivered" })),
  inRules(
    "uncertain-is-dispatched",
    "32",
    "B3",
    rewritten("uncertain dispatch *", (row, { event }) =>
      event.actor.role === "system" ? { next: "dispatching", commands: ["hand_over"] } : { refusal: row.refusal! },
    ),
  ),
  inRules(
    "dispatched-twice",
    "32",
    "B3",
    rewritten("dispatching dispatch *", (row, { event }) =>
      event.actor.role === "system" ? { next: "dispatching", commands: ["hand_over"] } : { refusal: row.refusal! },
    ),
  ),
  inRules("reports-are-not-fenced", "31", "B3", taken("delivered failed deferred lost", { attempt: true })),
  inRules("delivery-report-is-not-fenced", "31", "B3", taken("delivered", { attempt: true })),
  inRules(
    "attempts-are-not-counted",
    "31",
    "B3",
    done("dispatch", (message) => void (message.attempt = Math.min(message.attempt, 1))),
  ),
  inRules(
    "deferred-drops-approvals",
    "30",
    null,
    done("deferred", (message) => void (message.approvals = [])),
  ),
  inRules("deferred-ends-it", "30", null, rewritten("dispatching deferred this_attempt", { next: "failed" })),
  inRules("deferred-forgets-to-retry", "30", null, rewritten("dispatching deferred this_attempt", { next: "queued" })),
  inRules(
    "delivery-without-hand-over",
    "52",
    "G1",
    rewritten("queued delivered *", (row, { event }) =>
      event.actor.role === "system" ? { next: "delivered" } : { refusal: row.refusal! },
    ),
  ),
  inRules(
    "resolved-as-failed-is-retried",
    "33",
    "B4",
    rewritten("uncertain resolve failed", { next: "queued", commands: ["enqueue"] }),
  ),
  inRules(
    "returned-message-keeps-its-window",
    "28",
    null,
    done("dispatch", (message, { before }) => void (message.decideBy = before.decideBy)),
  ),
  inRules("nobody-is-asked", "10", null, rewritten("new submit held", { next: "pending_approval" })),
  inRules("nobody-is-asked-again", "28", null, rewritten("queued dispatch held", { next: "pending_approval" })),
  inRules("nobody-wakes-it", "11", null, rewritten("new submit not_due", { next: "scheduled" })),
  inRules("nobody-resolves-it", "32", null, rewritten("dispatching lost this_attempt", { next: "uncertain" })),
];

const rowOf = ({ status, event, class: name }: Row): Row => ({ status, event, class: name });

export const faultsInRules: readonly Fault[] = [...deciding, ...content, ...modes, ...life];
