/**
 * The life of one outbound message, as an XState machine.
 *
 * - Used only through XState's pure `transition`: commands come back as named actions and nothing runs here.
 * - It uses no more than the model has: no timers, no invoked actors, no eventless transitions. A timer is the command
 *   `wake`, whose end comes back as the event `release`.
 * - Finite: it has no context. Guards read `event.facts` and nothing else (`facts.ts` computes them); what happens to the
 *   message's own record is named here and done in `updates.ts`. Each transition carries its clauses in `meta.spec`.
 *
 * **Gotchas**: an event no transition takes falls to the machine's root, which refuses it. There is no silent ignoring.
 */
import { setup } from "xstate";
import type { MessageEventType } from "../model/Event.ts";
import type { Role } from "../model/Actor.ts";
import type { Refusal } from "../model/Refusal.ts";
import type { Facts } from "./facts.ts";

/** The machine's whole input: what happened, and what was found to be so. Its answer is a function of the two. */
export type MachineEvent = {
  [Type in MessageEventType]: { readonly type: Type; readonly facts: Facts };
}[MessageEventType];

const lifecycle = setup({
  types: { events: {} as MachineEvent },
  guards: {
    unless_role: ({ event }, params: { readonly roles: readonly Role[] }) => !params.roles.includes(event.facts.role),
    not_own: ({ event }) => event.facts.role === "agent" && !event.facts.self,
    self: ({ event }) => event.facts.self,
    other_owner: ({ event }) => event.facts.other_owner,
    revoked: ({ event }) => event.facts.revoked,
    stale: ({ event }) => !event.facts.current,
    lapsed: ({ event }) => event.facts.lapsed,
    not_lapsed: ({ event }) => !event.facts.lapsed,
    blocked: ({ event }) => event.facts.blocked,
    halted: ({ event }) => event.facts.halted,
    read_only: ({ event }) => event.facts.read_only,
    repeated: ({ event }) => event.facts.repeated,
    short: ({ event }) => !event.facts.complete,
    held: ({ event }) => !event.facts.clear,
    not_due: ({ event }) => !event.facts.due,
    copied: ({ event }) => event.facts.copied,
    other_attempt: ({ event }) => !event.facts.attempt,
    not_approver: ({ event }) => !event.facts.approver,
    resolved_delivered: ({ event }) => event.facts.outcome === "delivered",
    resolved_failed: ({ event }) => event.facts.outcome === "failed",
    by_operator_held: ({ event }) => event.facts.role === "operator" && !event.facts.clear,
    by_operator: ({ event }) => event.facts.role === "operator",
  },
  actions: {
    // Commands. They are named here and carried out elsewhere, after the transition is durable.
    request_review: () => {},
    wake: () => {},
    enqueue: () => {},
    hand_over: () => {},
    copy: () => {},
    retry: () => {},
    request_resolution: () => {},
    refuse: (_: unknown, _refusal: { readonly refusal: Refusal }) => {},
    // Not a refusal of the event: it is accepted, and gives the reason its message ends here.
    give_reason: (_: unknown, _refusal: { readonly refusal: Refusal }) => {},
    // Updates of the message itself; what each does is in `updates.ts`.
    take_content: () => {},
    take_verdict: () => {},
    add_approval: () => {},
    only_approval: () => {},
    drop_approval: () => {},
    keep_live_approvals: () => {},
    void_approvals: () => {},
    open_window: () => {},
    begin_attempt: () => {},
  },
});

const refuse = (refusal: Refusal) => ({ type: "refuse", params: { refusal } }) as const;
/** A submit that makes a `refused` message gives the reason. */
const turnAway = (refusal: Refusal) => ["take_content", { type: "give_reason", params: { refusal } }] as const;
const unless = (...roles: readonly Role[]) => ({ type: "unless_role", params: { roles } }) as const;
const spec = (...clauses: readonly string[]) => ({ meta: { spec: clauses } }) as const;

const notPermitted = (...roles: readonly Role[]) =>
  ({ guard: unless(...roles), actions: refuse("not_permitted"), ...spec("OV-20") }) as const;
/** An agent touches its own mail only. */
const ownMailOnly = { guard: "not_own", actions: refuse("not_permitted"), ...spec("OV-20", "OV-51") } as const;
/** The person who answers for the words of an edit answers for the message. */
const sameOwnerOnly = { guard: "other_owner", actions: refuse("not_permitted"), ...spec("OV-123") } as const;
const outOfPlace = { actions: refuse("wrong_status"), ...spec("OV-17") } as const;

/** Reports on a hand-over share their conditions: only the system, only about the attempt under way. */
const report = [
  notPermitted("system"),
  { guard: "other_attempt", actions: refuse("stale_attempt"), ...spec("OV-31") },
] as const;

const revise = [
  notPermitted("agent", "reviewer"),
  ownMailOnly,
  sameOwnerOnly,
  { guard: "revoked", actions: refuse("reviewer_revoked"), ...spec("OV-24") },
  { guard: "stale", actions: refuse("stale_digest"), ...spec("OV-22") },
  { guard: "halted", actions: refuse("halted"), ...spec("OV-6") },
  { guard: "read_only", actions: refuse("read_only"), ...spec("OV-5") },
  { guard: "blocked", actions: refuse("recipient_blocked"), ...spec("OV-12") },
  { guard: "held", target: "pending_approval", actions: ["take_content", "request_review"], ...spec("OV-10", "OV-15") },
  { guard: "not_due", target: "scheduled", actions: ["take_content", "wake"], ...spec("OV-11", "OV-15") },
  { target: "queued", actions: ["take_content", "enqueue"], ...spec("OV-11", "OV-15") },
] as const;

const cancel = [
  notPermitted("agent", "operator"),
  ownMailOnly,
  { target: "cancelled", ...spec("OV-16", "OV-55") },
] as const;

const expireAged = [
  notPermitted("system"),
  { guard: "not_lapsed", actions: refuse("not_due"), ...spec("OV-19") },
  { target: "expired", ...spec("OV-19") },
] as const;

const revokeWaiting = [
  notPermitted("operator"),
  { guard: "not_approver", actions: refuse("not_approved_by"), ...spec("OV-24") },
  {
    guard: "short",
    target: "pending_approval",
    actions: ["drop_approval", "open_window", "request_review"],
    ...spec("OV-24"),
  },
  { actions: "drop_approval", ...spec("OV-24") },
] as const;

const revokeInPlace = [
  notPermitted("operator"),
  { guard: "not_approver", actions: refuse("not_approved_by"), ...spec("OV-24") },
  { actions: "drop_approval", ...spec("OV-24") },
] as const;

export const OversightMachine = lifecycle.createMachine({
  id: "oversight",
  initial: "new",
  // Whatever a state does not take lands here, and is refused: first for want of permission, then for being out of place.
  on: {
    submit: [notPermitted("agent"), outOfPlace],
    approve: [notPermitted("reviewer"), outOfPlace],
    reject: [notPermitted("reviewer"), outOfPlace],
    revise: [notPermitted("agent", "reviewer"), ownMailOnly, sameOwnerOnly, outOfPlace],
    cancel: [notPermitted("agent", "operator"), ownMailOnly, outOfPlace],
    expire: [notPermitted("system"), outOfPlace],
    release: [notPermitted("system"), outOfPlace],
    dispatch: [notPermitted("system"), outOfPlace],
    delivered: [notPermitted("system"), outOfPlace],
    failed: [notPermitted("system"), outOfPlace],
    deferred: [notPermitted("system"), outOfPlace],
    lost: [notPermitted("system"), outOfPlace],
    resolve: [notPermitted("reviewer", "operator"), outOfPlace],
    revoke: [notPermitted("operator"), outOfPlace],
  },
  states: {
    new: {
      on: {
        submit: [
          notPermitted("agent"),
          { guard: "halted", target: "refused", actions: turnAway("halted"), ...spec("OV-6", "OV-121") },
          { guard: "read_only", target: "refused", actions: turnAway("read_only"), ...spec("OV-5", "OV-121") },
          { guard: "blocked", target: "refused", actions: turnAway("recipient_blocked"), ...spec("OV-12", "OV-121") },
          { guard: "held", target: "pending_approval", actions: ["take_content", "request_review"], ...spec("OV-10") },
          { guard: "not_due", target: "scheduled", actions: ["take_content", "wake"], ...spec("OV-11") },
          { target: "queued", actions: ["take_content", "enqueue"], ...spec("OV-11") },
        ],
      },
    },
    pending_approval: {
      on: {
        approve: [
          { ...notPermitted("reviewer"), ...spec("OV-20", "OV-53") },
          { guard: "self", actions: refuse("self_decision"), ...spec("OV-21") },
          { guard: "revoked", actions: refuse("reviewer_revoked"), ...spec("OV-24") },
          { guard: "stale", actions: refuse("stale_digest"), ...spec("OV-22") },
          { guard: "lapsed", actions: refuse("window_closed"), ...spec("OV-19") },
          { guard: "blocked", actions: refuse("recipient_blocked"), ...spec("OV-12") },
          { guard: "repeated", actions: refuse("already_approved"), ...spec("OV-23") },
          { guard: "short", actions: "add_approval", ...spec("OV-23", "OV-53") },
          {
            guard: "not_due",
            target: "scheduled",
            actions: ["add_approval", "wake"],
            ...spec("OV-13", "OV-53", "OV-54"),
          },
          { target: "queued", actions: ["add_approval", "enqueue"], ...spec("OV-13", "OV-53", "OV-54") },
        ],
        reject: [
          notPermitted("reviewer"),
          { guard: "self", actions: refuse("self_decision"), ...spec("OV-21") },
          { guard: "revoked", actions: refuse("reviewer_revoked"), ...spec("OV-24") },
          { guard: "stale", actions: refuse("stale_digest"), ...spec("OV-22") },
          { target: "rejected", ...spec("OV-14") },
        ],
        revise,
        cancel,
        expire: expireAged,
        revoke: revokeInPlace,
      },
    },
    scheduled: {
      on: {
        release: [
          notPermitted("system"),
          { guard: "not_due", actions: refuse("not_due"), ...spec("OV-27") },
          { target: "queued", actions: "enqueue", ...spec("OV-27") },
        ],
        revise,
        cancel,
        expire: expireAged,
        revoke: revokeWaiting,
      },
    },
    queued: {
      on: {
        dispatch: [
          notPermitted("system"),
          { guard: "halted", actions: refuse("halted"), ...spec("OV-6") },
          { guard: "read_only", actions: refuse("read_only"), ...spec("OV-5") },
          {
            guard: "blocked",
            target: "pending_approval",
            actions: ["void_approvals", "take_verdict", "open_window", "request_review"],
            ...spec("OV-12", "OV-28"),
          },
          {
            guard: "held",
            target: "pending_approval",
            actions: ["keep_live_approvals", "take_verdict", "open_window", "request_review"],
            ...spec("OV-28", "OV-39"),
          },
          {
            guard: "copied",
            target: "dispatching",
            actions: ["take_verdict", "begin_attempt", "hand_over", "copy"],
            ...spec("OV-7", "OV-29", "OV-39", "OV-52"),
          },
          {
            target: "dispatching",
            actions: ["take_verdict", "begin_attempt", "hand_over"],
            ...spec("OV-29", "OV-39", "OV-52"),
          },
        ],
        revise,
        cancel,
        expire: expireAged,
        revoke: revokeWaiting,
      },
    },
    dispatching: {
      on: {
        delivered: [...report, { target: "delivered", ...spec("OV-30", "OV-52") }],
        failed: [...report, { target: "failed", ...spec("OV-30", "OV-55") }],
        deferred: [...report, { target: "queued", actions: "retry", ...spec("OV-30") }],
        lost: [...report, { target: "uncertain", actions: "request_resolution", ...spec("OV-32") }],
        revoke: revokeInPlace,
      },
    },
    uncertain: {
      on: {
        resolve: [
          notPermitted("reviewer", "operator"),
          { guard: "self", actions: refuse("self_decision"), ...spec("OV-21") },
          { guard: "revoked", actions: refuse("reviewer_revoked"), ...spec("OV-24") },
          { guard: "stale", actions: refuse("stale_digest"), ...spec("OV-22") },
          { guard: "resolved_delivered", target: "delivered", ...spec("OV-33", "OV-55") },
          { guard: "resolved_failed", target: "failed", ...spec("OV-33", "OV-55") },
          { guard: "blocked", actions: refuse("recipient_blocked"), ...spec("OV-12") },
          {
            guard: "by_operator_held",
            target: "pending_approval",
            actions: ["void_approvals", "take_verdict", "open_window", "request_review"],
            ...spec("OV-34"),
          },
          {
            guard: "by_operator",
            target: "queued",
            actions: ["void_approvals", "take_verdict", "enqueue"],
            ...spec("OV-34"),
          },
          {
            guard: "short",
            target: "pending_approval",
            actions: ["only_approval", "take_verdict", "open_window", "request_review"],
            ...spec("OV-34", "OV-53"),
          },
          { target: "queued", actions: ["only_approval", "take_verdict", "enqueue"], ...spec("OV-34", "OV-53") },
        ],
        revoke: revokeInPlace,
      },
    },
    refused: { type: "final" },
    rejected: { type: "final" },
    cancelled: { type: "final" },
    expired: { type: "final" },
    delivered: { type: "final" },
    failed: { type: "final" },
  },
});
