/** Faults in who decides, on what, how many of them, and for how long it counts (spec/decisions.md). */
import { inRules, type Fault } from "../fault.ts";
import { asIf, both, counting, done, misread, rewritten, taken } from "./wrongHooks.ts";

export const decisionFaults: readonly Fault[] = [
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
  inRules(
    "deleted-key-leaves-approvals",
    "126",
    "C6",
    done("revoke", (message, { before, event }) => {
      if (event.key !== undefined) message.approvals = before.approvals;
    }),
  ),
  inRules("deleted-key-takes-all-that-its-owner-approved", "126", null, {
    event: (event) => {
      const { key, ...rest } = event;
      return event.type === "revoke" && key !== undefined ? rest : event;
    },
  }),
  inRules(
    "deleted-key-leaves-queued",
    "126",
    "C6",
    rewritten("queued revoke short, scheduled revoke short", ({ status, commands }, { event }) =>
      event.key === undefined ? { next: "pending_approval", ...(commands && { commands }) } : { next: status },
    ),
  ),
  inRules("edit-under-another-owner", "123", "C2", taken("revise", { other_owner: false })),
  inRules(
    "edit-under-no-owner",
    "123",
    "C2",
    misread("revise", (f, { event }) => ({ other_owner: f["other_owner"]! && event.owner !== null })),
  ),
  inRules(
    "reviewer-edits-under-the-owner-alone",
    "123",
    null,
    misread("revise", (_, { event, message }) => ({
      other_owner: event.owner !== undefined && message.status !== "new" && event.owner !== message.owner,
    })),
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
