/**
 * The facts one by one, where the machine as a whole would hide a mistake: several of them are guarded twice over, so a
 * random trace cannot tell a broken one from a sound one.
 */
import { describe, expect, it } from "vitest";
import { factsOf } from "../../src/machine/facts.ts";
import type { Actor } from "../../src/model/Actor.ts";
import type { Event, MessageEvent } from "../../src/model/Event.ts";
import type { Approval } from "../../src/model/State.ts";
import { transition } from "../../src/machine/transition.ts";
import { liveApprovals, type Situation } from "../../src/model/approvals.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const approval = (reviewer: string, at = 90, letter = "a"): Approval => ({ reviewer, digest: digest(letter), at });

const situation = (change: {
  readonly message?: Partial<Situation["message"]>;
  readonly mailbox?: Partial<Situation["mailbox"]>;
  readonly tenant?: Partial<Situation["tenant"]>;
  readonly quorum?: number;
}): Situation => ({
  tenant: { id: "t", halted: false, revoked: [], version: 1, ...change.tenant },
  mailbox: {
    id: "b",
    tenant: "t",
    mode: "gated_send",
    policy: { quorum: change.quorum ?? 1, decisionWindow: 100, approvalMaxAge: 100 },
    version: 1,
    ...change.mailbox,
  },
  message: {
    id: "m",
    tenant: "t",
    mailbox: "b",
    status: "queued",
    version: 1,
    author: "ada",
    owner: "oren",
    digest: digest("a"),
    revision: 1,
    requestedMode: null,
    sendAt: 0,
    verdict: { score: 0, held: false, blocked: false },
    decideBy: 200,
    approvals: [],
    attempt: 1,
    ...change.message,
  },
});

const system: Actor = { role: "system", principal: "system", credential: null };
const reviewer = (principal: string): Actor => ({ role: "reviewer", principal, credential: `${principal}-key` });
const on = { at: 100, tenant: "t", mailbox: "b", message: "m" };
const verdict = { score: 0, held: false, blocked: false };
const dispatch = (change: Partial<typeof verdict> = {}): MessageEvent => ({
  type: "dispatch",
  ...on,
  actor: system,
  verdict: { ...verdict, ...change },
});

describe("live approvals", () => {
  const live = (one: Approval, revoked: readonly string[] = [], at = 100) =>
    liveApprovals(situation({ message: { approvals: [one] }, tenant: { revoked } }), digest("a"), at).length;

  it("OV-23 quorum-counts-people: of this digest, unrevoked, within their age, neither author nor owner", () => {
    expect(live(approval("ben"))).toBe(1);
    expect(live(approval("ben", 90, "b"))).toBe(0);
    expect(live(approval("ben"), ["ben"])).toBe(0);
    expect(live(approval("ada"))).toBe(0);
    expect(live(approval("oren"))).toBe(0);
    expect(live(approval("ben"), [], 189)).toBe(1);
    expect(live(approval("ben"), [], 190)).toBe(0);
  });
});

describe("facts", () => {
  it("OV-23 quorum-counts-people: one person twice is one person", () => {
    const twice = { approvals: [approval("ben"), approval("ben", 95)] };
    expect(factsOf(situation({ message: twice, quorum: 2 }), dispatch()).clear).toBe(false);
    const two = { approvals: [approval("ben"), approval("cat")] };
    expect(factsOf(situation({ message: two, quorum: 2 }), dispatch()).clear).toBe(true);
  });

  it("OV-23 quorum-counts-people: whose word completes it is the approving reviewer's, with what stands", () => {
    const operator: Actor = { role: "operator", principal: "oda", credential: null };
    const complete = (
      type: "approve" | "reject" | "resolve",
      actor: Actor,
      quorum: number,
      ...standing: Approval[]
    ) => {
      const event = { type, ...on, actor, digest: digest("a"), verdict, outcome: "retry" } as MessageEvent;
      const message = { status: "pending_approval", approvals: standing } as const;
      return factsOf(situation({ message, quorum }), event).complete;
    };
    expect(complete("approve", reviewer("cat"), 1)).toBe(true);
    expect(complete("approve", reviewer("cat"), 2, approval("ben"))).toBe(true);
    expect(complete("approve", reviewer("cat"), 2, approval("cat"))).toBe(false);
    expect(complete("approve", operator, 1)).toBe(false);
    expect(complete("reject", reviewer("cat"), 1)).toBe(false);
    expect(complete("reject", reviewer("cat"), 1, approval("ben"))).toBe(true);
    expect(complete("resolve", operator, 1)).toBe(false);
  });

  it("OV-24 revoked-reviewer-voids: only who approves a message can lose it an approval", () => {
    const message = { approvals: [approval("ben")] };
    const approver = (name: string) =>
      factsOf(situation({ message }), { type: "revoke", ...on, actor: system, reviewer: name, verdict }).approver;
    expect([approver("ben"), approver("cat")]).toEqual([true, false]);
  });

  it("OV-126 deleted-key-voids: a revoke that names a key takes what was given with it, and nothing else", () => {
    const given = (credential?: string): Approval => ({
      ...approval("ben"),
      ...(credential === undefined ? {} : { credential }),
    });
    const revoke = (key?: string): MessageEvent => ({
      type: "revoke",
      ...on,
      actor: { role: "operator", principal: "oda", credential: "oda-key" },
      reviewer: "ben",
      verdict,
      ...(key === undefined ? {} : { key }),
    });
    const approver = (one: Approval, key?: string) =>
      factsOf(situation({ message: { approvals: [one] } }), revoke(key)).approver;
    expect([approver(given("k1"), "k1"), approver(given("k1"), "k2"), approver(given(), "k1")]).toEqual([
      true,
      false,
      false,
    ]);
    // Of a reviewer that is revoked it takes all, whatever they were given with.
    expect([approver(given("k1")), approver(given())]).toEqual([true, true]);
    const cats = { ...approval("cat"), credential: "k1" };
    const message = { approvals: [given("k1"), cats] };
    expect(factsOf(situation({ message, quorum: 2 }), revoke("k1")).complete).toBe(false);
    expect(factsOf(situation({ message, quorum: 2 }), revoke("k2")).complete).toBe(true);
    const { tenant, mailbox, message: stored } = situation({ message });
    expect(transition({ tenant, mailbox, message: stored }, revoke("k1"))).toMatchObject({
      accepted: true,
      from: "queued",
      to: "queued",
      message: { approvals: [cats] },
    });
    const alone = { tenant, mailbox, message: situation({ message: { approvals: [given("k1")] } }).message };
    expect(transition(alone, revoke("k1"))).toMatchObject({
      to: "pending_approval",
      message: { approvals: [], decideBy: 200 },
    });
    expect(transition(alone, revoke("k2"))).toMatchObject({ accepted: false, refusal: "not_approved_by" });
  });

  it("OV-126 deleted-key-voids: an approval keeps the key that it was given with", () => {
    const { tenant, mailbox, message } = situation({ message: { status: "pending_approval" }, quorum: 2 });
    const approve = (actor: Actor) =>
      transition({ tenant, mailbox, message }, { type: "approve", ...on, actor, digest: digest("a"), verdict });
    expect(approve(reviewer("cat"))).toMatchObject({ message: { approvals: [{ credential: "cat-key" }] } });
    const bare = approve({ ...reviewer("cat"), credential: null });
    expect(bare.accepted && Object.keys(bare.message!.approvals[0]!)).toEqual(["reviewer", "digest", "at"]);
  });

  it("OV-15 approval-binds-content: what stands on a record says nothing of content that comes", () => {
    const content = { digest: digest("b"), requestedMode: null, sendAt: 0, verdict };
    const message = { status: "new", approvals: [approval("ben")] } as const;
    const { clear, complete, repeated, outcome } = factsOf(situation({ message }), {
      type: "submit",
      ...on,
      ...content,
      owner: null,
      actor: reviewer("ben"),
    });
    expect([clear, complete, repeated, outcome]).toEqual([false, false, false, "none"]);
    const own = { type: "submit", ...on, ...content, owner: null, actor: reviewer("ada") } as const;
    expect(factsOf(situation({ message }), own).self).toBe(false);
    const revise = { type: "revise", ...on, ...content, base: digest("a"), actor: reviewer("ben") } as const;
    expect(factsOf(situation({ message }), revise)).toMatchObject({ clear: false, complete: false, repeated: false });
  });

  it("OV-28 tightening-reaches-everything-unsent: an approved message is not clear in read_only, halted or blocked", () => {
    const message = { approvals: [approval("ben")] };
    expect(factsOf(situation({ message }), dispatch()).clear).toBe(true);
    expect(factsOf(situation({ message, mailbox: { mode: "read_only" } }), dispatch()).clear).toBe(false);
    expect(factsOf(situation({ message, tenant: { halted: true } }), dispatch()).clear).toBe(false);
    expect(factsOf(situation({ message }), dispatch({ blocked: true })).clear).toBe(false);
    const free = situation({ mailbox: { mode: "autonomous" } });
    expect(factsOf(free, dispatch()).clear).toBe(true);
    expect(factsOf(free, dispatch({ held: true })).clear).toBe(false);
  });

  it("OV-34 retry-needs-a-decision: what was approved before does not make a resolve clear or complete", () => {
    const message = { status: "uncertain", approvals: [approval("ben")] } as const;
    const resolve = { type: "resolve", ...on, digest: digest("a"), verdict, outcome: "retry" } as const;
    const by = (actor: Actor, quorum: number) => factsOf(situation({ message, quorum }), { ...resolve, actor });
    expect(by({ role: "operator", principal: "oda", credential: null }, 1).clear).toBe(false);
    expect(by(reviewer("cat"), 1).complete).toBe(true);
    expect(by(reviewer("cat"), 2).complete).toBe(false);
  });

  it("OV-34 retry-needs-a-decision: a reviewer's retry leaves their own approval and no other", () => {
    const message = { status: "uncertain", approvals: [approval("ben"), approval("dan")] } as const;
    const { tenant, mailbox, message: stored } = situation({ message, quorum: 2 });
    const actor = reviewer("cat");
    const event = { type: "resolve", ...on, actor, digest: digest("a"), verdict, outcome: "retry" } as const;
    const outcome = transition({ tenant, mailbox, message: stored }, event);
    expect(outcome).toMatchObject({
      accepted: true,
      to: "pending_approval",
      message: { approvals: [{ reviewer: "cat" }] },
    });
    expect(outcome.accepted && outcome.message?.approvals.length).toBe(1);
  });

  it("OV-27 released-when-due: at its moment it is due, a second before it is not", () => {
    const due = (sendAt: number) =>
      factsOf(situation({ message: { status: "scheduled", sendAt } }), { type: "release", ...on, actor: system }).due;
    expect([due(99), due(100), due(101)]).toEqual([true, true, false]);
  });

  it("OV-31 stale-attempt-refused: a report on another attempt than the one under way changes nothing", () => {
    const under = situation({ message: { status: "dispatching", attempt: 2 } });
    for (const type of ["delivered", "failed", "deferred", "lost"] as const) {
      const report = (attempt: number) =>
        transition(under, { type, ...on, actor: system, attempt, reply: "250 taken" });
      expect(report(2).accepted, type).toBe(true);
      for (const attempt of [1, 3]) expect(report(attempt), type).toMatchObject({ refusal: "stale_attempt" });
    }
  });

  it("OV-19 expired-never-sent: a window and an approval end at their moment, not after it", () => {
    const expire: MessageEvent = { type: "expire", ...on, actor: system };
    const pending = (decideBy: number) =>
      factsOf(situation({ message: { status: "pending_approval", decideBy } }), expire).lapsed;
    expect([pending(99), pending(100), pending(101)]).toEqual([true, true, false]);
    const queued = (...approvals: readonly Approval[]) => factsOf(situation({ message: { approvals } }), expire).lapsed;
    expect(queued()).toBe(false);
    expect(queued(approval("ben", 0))).toBe(true);
    expect(queued(approval("ben", 1))).toBe(false);
    expect(queued(approval("ben", 0), approval("cat", 50))).toBe(false);
    expect(factsOf(situation({ message: { approvals: [approval("ben", 50)] }, quorum: 2 }), expire).lapsed).toBe(false);
  });
});

describe("OV-123 edited-under-its-owner", () => {
  const content = { base: digest("a"), digest: digest("b"), requestedMode: null, sendAt: 0, verdict };
  const edit = (change: Partial<Extract<MessageEvent, { type: "revise" }>> = {}): MessageEvent => ({
    type: "revise",
    ...on,
    ...content,
    actor: { role: "agent", principal: "ada", credential: "ada-key" },
    ...change,
  });
  const other = (event: MessageEvent, message: Partial<Situation["message"]> = {}) =>
    factsOf(situation({ message }), event).other_owner;

  it("is so of an agent's edit that names another owner than the submit did, or none where it named one", () => {
    expect(other(edit({ owner: "zoe" }))).toBe(true);
    expect(other(edit({ owner: null }))).toBe(true);
    expect(other(edit({ owner: "oren" }))).toBe(false);
    expect(other(edit({ owner: "zoe" }), { owner: null })).toBe(true);
    expect(other(edit({ owner: null }), { owner: null })).toBe(false);
  });

  it("is not so of an entry that names none, as those of 0.1.0, of a reviewer's edit, and of what is not there", () => {
    expect(other(edit())).toBe(false);
    expect(other(edit({ owner: "cat", actor: reviewer("cat") }))).toBe(false);
    expect(other(edit({ owner: "zoe" }), { status: "new", owner: null })).toBe(false);
    expect(other({ type: "cancel", ...on, actor: { role: "agent", principal: "ada", credential: null } })).toBe(false);
  });

  it("is refused with not_permitted in every status, before anything else of the edit is looked at", () => {
    const { tenant, mailbox } = situation({});
    for (const status of [
      "pending_approval",
      "scheduled",
      "queued",
      "dispatching",
      "uncertain",
      "delivered",
    ] as const) {
      const { message } = situation({ message: { status } });
      const refused = transition({ tenant, mailbox, message }, edit({ owner: "zoe", base: digest("c") }));
      expect(refused, status).toMatchObject({ accepted: false, refusal: "not_permitted" });
    }
    const { message } = situation({ message: { status: "pending_approval" } });
    expect(transition({ tenant, mailbox, message }, edit({ owner: "oren" }))).toMatchObject({ accepted: true });
  });
});

describe("keys and mode changes", () => {
  const { tenant, mailbox } = situation({});
  const operator: Actor = { role: "operator", principal: "oda", credential: "oda-key" };
  const outcomeOf = (event: Event) => transition({ tenant, mailbox: null, message: null }, event);

  it("OV-37 send-and-oversight-apart: a key with both is refused, whatever else it holds", () => {
    const key = (...scopes: readonly string[]): Event => ({
      type: "create_key",
      at: 100,
      actor: operator,
      tenant: "t",
      key: "k",
      principal: "p",
      scopes,
    });
    for (const scopes of [
      ["send", "oversight"],
      ["oversight", "read", "send"],
    ]) {
      expect(outcomeOf(key(...scopes))).toMatchObject({ accepted: false, refusal: "not_permitted" });
    }
    for (const scope of ["send", "oversight", "admin", "read"]) expect(outcomeOf(key(scope)).accepted).toBe(true);
  });

  it("OV-8 mode-change-is-logged: the outcome of a set_mode says from where, and to where if it was accepted", () => {
    const set = (actor: Actor, mode: "monitored" | "gated_all") =>
      transition(
        { tenant, mailbox, message: null },
        { type: "set_mode", at: 100, actor, tenant: "t", mailbox: "b", mode },
      );
    const agent: Actor = { role: "agent", principal: "ada", credential: "ada-key" };
    expect(set(operator, "monitored")).toMatchObject({ accepted: true, from: "gated_send", to: "monitored" });
    expect(set(agent, "gated_all")).toMatchObject({ accepted: true, from: "gated_send", to: "gated_all" });
    expect(set(agent, "monitored")).toMatchObject({ accepted: false, refusal: "mode_raise", from: "gated_send" });
  });
});
