/** Faults in what waits, expires, leaves and ends (spec/lifecycle.md). */
import { inRules, type Fault } from "../fault.ts";
import type { Facts, Row } from "../hooks.ts";
import { effectiveMode, table } from "../table.ts";
import { by, counting, done, heldIn, misread, modeFor, requestedIn, rewritten, taken } from "./wrongHooks.ts";

const rowOf = ({ status, event, class: name }: Row): Row => ({ status, event, class: name });

const cleared = (facts: Facts): Facts => ({ clear: !facts["read_only"] && !facts["blocked"] });

export const lifecycleFaults: readonly Fault[] = [
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
    rewritten("pending_approval dispatch *", by("system", { next: "dispatching", commands: ["hand_over"] })),
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
    rewritten("scheduled dispatch *", by("system", { next: "dispatching", commands: ["hand_over"] })),
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
    rewritten("expired approve *", by("reviewer", { next: "queued", commands: ["enqueue"] })),
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
    rewritten("uncertain dispatch *", by("system", { next: "dispatching", commands: ["hand_over"] })),
  ),
  inRules(
    "dispatched-twice",
    "32",
    "B3",
    rewritten("dispatching dispatch *", by("system", { next: "dispatching", commands: ["hand_over"] })),
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
    rewritten("queued delivered *", by("system", { next: "delivered" })),
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
