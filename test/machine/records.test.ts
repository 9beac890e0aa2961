/**
 * What an accepted event does to the message's record, field by field: every transition that updates one, and none that does more.
 * `spec/transitions.json` has where each leads and what it commands; this is the rest.
 */
import { describe, expect, it } from "vitest";
import { transition } from "../../src/machine/transition.ts";
import type { Actor } from "../../src/model/Actor.ts";
import type { MessageEvent } from "../../src/model/Event.ts";
import type { Mode } from "../../src/model/Mode.ts";
import type { Approval, MessageState } from "../../src/model/State.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const approval = (reviewer: string, at = 90): Approval => ({ reviewer, digest: digest("a"), at });
const [ben, dan, cat] = [approval("ben"), approval("dan"), approval("cat", 100)];
/** Past its age at 100. */
const old = approval("eve", 0);

const now = { score: 42, held: false, blocked: false };
const held = { ...now, held: true };
const blocked = { ...now, blocked: true };
const before: MessageState = {
  id: "m",
  tenant: "t",
  mailbox: "b",
  status: "new",
  version: 3,
  author: "ada",
  owner: "oren",
  digest: digest("a"),
  revision: 1,
  requestedMode: null,
  sendAt: 50,
  verdict: { score: 1, held: false, blocked: false },
  decideBy: 150,
  approvals: [],
  attempt: 1,
};

const on = { at: 100, tenant: "t", mailbox: "b", message: "m" };
const actor = (role: Actor["role"], principal: string = role): Actor => ({ role, principal, credential: null });
const [system, operator, reviewer] = [actor("system"), actor("operator"), actor("reviewer", "cat")];
const approve: MessageEvent = { type: "approve", ...on, actor: reviewer, digest: digest("a"), verdict: now };
const dispatch = (verdict: typeof now): MessageEvent => ({ type: "dispatch", ...on, actor: system, verdict });
const retry = (who: Actor, verdict = now): MessageEvent => ({
  type: "resolve",
  ...on,
  actor: who,
  outcome: "retry",
  digest: digest("a"),
  verdict,
});
const revoke: MessageEvent = { type: "revoke", ...on, actor: operator, reviewer: "ben", verdict: now };
const revise = (sendAt: number, verdict: typeof now): MessageEvent => ({
  type: "revise",
  ...on,
  actor: actor("agent", "ada"),
  base: digest("a"),
  digest: digest("b"),
  requestedMode: "monitored",
  sendAt,
  verdict,
});
const report = (type: "delivered" | "failed" | "deferred" | "lost"): MessageEvent => ({
  type,
  ...on,
  actor: system,
  attempt: 1,
  reply: "250 2.0.0",
});

const edited = (sendAt: number, verdict: typeof now): Partial<MessageState> => ({
  digest: digest("b"),
  revision: 2,
  requestedMode: "monitored",
  sendAt,
  verdict,
  decideBy: 200,
});

type Row = readonly [
  what: string,
  given: Partial<MessageState> & Pick<MessageState, "status">,
  around: { readonly mode?: Mode; readonly quorum?: number },
  event: MessageEvent,
  to: string,
  /** The fields that are others afterwards, but for status and version. */
  changes: Partial<MessageState>,
];

const pending = { status: "pending_approval" } as const;
const queued = { status: "queued" } as const;
const uncertain = { status: "uncertain", approvals: [ben] } as const;
const open = { mode: "autonomous" } as const;

const rows: readonly Row[] = [
  [
    "approve, too few",
    { ...pending, approvals: [ben, old] },
    { quorum: 3 },
    approve,
    "pending_approval",
    { approvals: [ben, cat] },
  ],
  ["approve, not due", { ...pending, sendAt: 500 }, {}, approve, "scheduled", { approvals: [cat] }],
  ["approve", { ...pending, approvals: [old] }, {}, approve, "queued", { approvals: [cat] }],
  [
    "reject",
    { ...pending, approvals: [ben] },
    { quorum: 2 },
    { type: "reject", ...on, actor: reviewer, digest: digest("a") },
    "rejected",
    {},
  ],
  [
    "cancel",
    { ...pending, approvals: [ben] },
    { quorum: 2 },
    { type: "cancel", ...on, actor: actor("agent", "ada") },
    "cancelled",
    {},
  ],
  ["expire", { ...pending, decideBy: 99 }, {}, { type: "expire", ...on, actor: system }, "expired", {}],
  ["revise to what is held", pending, {}, revise(0, held), "pending_approval", edited(0, held)],
  [
    "revise, not due",
    { ...pending, approvals: [ben] },
    open,
    revise(500, now),
    "scheduled",
    { ...edited(500, now), approvals: [] },
  ],
  ["revise", { ...pending, approvals: [ben] }, open, revise(0, now), "queued", { ...edited(0, now), approvals: [] }],
  ["release", { status: "scheduled", approvals: [ben] }, {}, { type: "release", ...on, actor: system }, "queued", {}],
  [
    "dispatch, blocked",
    { ...queued, approvals: [ben] },
    {},
    dispatch(blocked),
    "pending_approval",
    { approvals: [], verdict: blocked, decideBy: 200 },
  ],
  [
    "dispatch, held",
    { ...queued, approvals: [ben, old] },
    { quorum: 2 },
    dispatch(held),
    "pending_approval",
    { approvals: [ben], verdict: held, decideBy: 200 },
  ],
  ["dispatch with a copy", queued, { mode: "monitored" }, dispatch(now), "dispatching", { verdict: now, attempt: 2 }],
  ["dispatch", { ...queued, approvals: [ben, old] }, {}, dispatch(now), "dispatching", { verdict: now, attempt: 2 }],
  ["delivered", { status: "dispatching", approvals: [ben] }, {}, report("delivered"), "delivered", {}],
  ["failed", { status: "dispatching", approvals: [ben] }, {}, report("failed"), "failed", {}],
  ["deferred", { status: "dispatching", approvals: [ben] }, {}, report("deferred"), "queued", {}],
  ["lost", { status: "dispatching", approvals: [ben] }, {}, report("lost"), "uncertain", {}],
  [
    "an operator's retry, held",
    uncertain,
    {},
    retry(operator),
    "pending_approval",
    { approvals: [], verdict: now, decideBy: 200 },
  ],
  ["an operator's retry", uncertain, open, retry(operator), "queued", { approvals: [], verdict: now }],
  [
    "a reviewer's retry, too few",
    uncertain,
    { quorum: 2 },
    retry(reviewer),
    "pending_approval",
    { approvals: [cat], verdict: now, decideBy: 200 },
  ],
  ["a reviewer's retry", uncertain, {}, retry(reviewer), "queued", { approvals: [cat], verdict: now }],
  ...(["scheduled", "queued"] as const).flatMap((status): readonly Row[] => [
    [
      `revoke of one who was needed, ${status}`,
      { status, approvals: [ben] },
      {},
      revoke,
      "pending_approval",
      { approvals: [], decideBy: 200 },
    ],
    [
      `revoke of one more than needed, ${status}`,
      { status, approvals: [ben, dan] },
      {},
      revoke,
      status,
      { approvals: [dan] },
    ],
  ]),
  ...(["pending_approval", "dispatching", "uncertain"] as const).map((status): Row => [
    `revoke, ${status}`,
    { status, approvals: [ben, dan] },
    {},
    revoke,
    status,
    { approvals: [dan] },
  ]),
];

describe("what becomes of the record", () => {
  it.each(rows)("OV-1 one-door: %s", (_, given, { mode = "gated_send", quorum = 1 }, event, to, changes) => {
    const tenant = { id: "t", halted: false, revoked: [], version: 1 };
    const policy = { quorum, decisionWindow: 100, approvalMaxAge: 100 };
    const mailbox = { id: "b", tenant: "t", mode, policy, version: 1 } as const;
    const message = { ...before, ...given };
    const outcome = transition({ tenant, mailbox, message }, event);
    if (!outcome.accepted) expect.fail(outcome.refusal);
    expect(outcome.message).toEqual({ ...message, ...changes, status: to, version: 4 });
  });
});
