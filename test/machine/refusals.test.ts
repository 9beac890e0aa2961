/** Refusals that neither the table nor random traces reach: they are about what is not there, and about the first event of all. And names. */
import { describe, expect, it } from "vitest";
import { ModeMachine } from "../../src/machine/ModeMachine.ts";
import { OversightMachine } from "../../src/machine/OversightMachine.ts";
import { transition, type Surroundings } from "../../src/machine/transition.ts";
import type { Actor, Role } from "../../src/model/Actor.ts";
import type { Event } from "../../src/model/Event.ts";
import type { Mode } from "../../src/model/Mode.ts";

const actor = (role: Role): Actor => ({ role, principal: "p", credential: role === "system" ? null : "k" });
const tenant = { id: "t", halted: false, revoked: [], version: 1 };
const policy = { quorum: 1, decisionWindow: 100, approvalMaxAge: 100 };
const mailbox = { id: "b", tenant: "t", mode: "gated_send", policy, version: 1 } as const;
const nothing: Surroundings = { tenant: null, mailbox: null, message: null };
const cancel: Event = { type: "cancel", at: 1, tenant: "t", mailbox: "b", message: "m", actor: actor("agent") };

const refusalOf = (around: Surroundings, event: Event): string | null => {
  const outcome = transition(around, event);
  return outcome.accepted ? null : outcome.refusal;
};

describe("OV-17 terminal-is-final: what is not there refuses with its own word", () => {
  it("a message's event without its tenant, and without its mailbox", () => {
    expect(refusalOf(nothing, cancel)).toBe("unknown_tenant");
    expect(refusalOf({ ...nothing, tenant }, cancel)).toBe("unknown_mailbox");
    expect(refusalOf({ ...nothing, tenant, mailbox: { ...mailbox, tenant: "other" } }, cancel)).toBe("unknown_mailbox");
  });

  it("a message that nobody submitted, in the mailbox's own mode", () => {
    const around = { tenant, mailbox: { ...mailbox, mode: "autonomous" }, message: null } as const;
    const refusal = { accepted: false, refusal: "wrong_status", from: "new", mode: "autonomous" };
    expect(transition(around, cancel)).toEqual(refusal);
  });

  it("a message of another tenant, or of another mailbox", () => {
    const born = transition(
      { tenant, mailbox, message: null },
      {
        ...cancel,
        type: "submit",
        owner: null,
        digest: `sha256:${"a".repeat(64)}`,
        requestedMode: null,
        sendAt: 0,
        verdict: { score: 0, held: false, blocked: false },
      },
    );
    const message = born.accepted ? born.message! : expect.fail("a submit is accepted");
    expect(refusalOf({ tenant, mailbox, message: { ...message, mailbox: "other" } }, cancel)).toBe("unknown_mailbox");
    expect(refusalOf({ tenant, mailbox, message: { ...message, tenant: "other" } }, cancel)).toBe("unknown_mailbox");
  });

  it("a mailbox's event without its tenant, and without the mailbox", () => {
    const event: Event = {
      type: "set_mode",
      at: 1,
      tenant: "t",
      mailbox: "b",
      mode: "read_only",
      actor: actor("agent"),
    };
    expect(refusalOf(nothing, event)).toBe("unknown_tenant");
    expect(refusalOf({ ...nothing, mailbox }, event)).toBe("unknown_tenant");
    expect(refusalOf({ ...nothing, tenant }, event)).toBe("unknown_mailbox");
  });

  it("a tenant's event without the tenant", () => {
    const event: Event = { type: "halt", at: 1, tenant: "t", actor: actor("operator") };
    expect(refusalOf(nothing, event)).toBe("unknown_tenant");
  });
});

describe("OV-20 actor-from-credential: the first event of a tenant", () => {
  it.each([
    ["operator", null],
    ["system", null],
    ["agent", "not_permitted"],
    ["reviewer", "not_permitted"],
  ] as const)("create_tenant by %s", (role, refusal) => {
    const event: Event = { type: "create_tenant", at: 1, tenant: "t", actor: actor(role) };
    expect(refusalOf(nothing, event)).toBe(refusal);
    expect(refusalOf({ ...nothing, tenant }, event)).toBe("exists");
  });
});

describe("OV-6 halt-silences: a message that is refused as it comes", () => {
  const verdict = { score: 7, held: true, blocked: false };
  const submit: Event = {
    ...cancel,
    type: "submit",
    owner: "o",
    digest: `sha256:${"b".repeat(64)}`,
    requestedMode: "gated_all",
    sendAt: 9,
    verdict,
  };

  it.each([
    ["halt", { ...nothing, tenant: { ...tenant, halted: true }, mailbox }, verdict],
    ["read_only", { ...nothing, tenant, mailbox: { ...mailbox, mode: "read_only" } }, verdict],
    ["a blocked recipient", { ...nothing, tenant, mailbox }, { ...verdict, blocked: true }],
  ] as const)("has on its record what was to be sent, and by whom: %s", (_, around, found) => {
    const outcome = transition(around, { ...submit, verdict: found });
    if (!outcome.accepted) expect.fail(outcome.refusal);
    expect(outcome.message).toMatchObject({
      status: "refused",
      digest: submit.digest,
      revision: 1,
      requestedMode: "gated_all",
      sendAt: 9,
      verdict: found,
      approvals: [],
      decideBy: 101,
      author: "p",
      owner: "o",
    });
  });
});

describe("OV-2 effective-mode-is-strictest: the mode an outcome names", () => {
  const free = { tenant, mailbox: { ...mailbox, mode: "autonomous" }, message: null } as const;
  const submit = (requestedMode: Mode | null, held: boolean): Event => ({
    ...cancel,
    type: "submit",
    owner: null,
    digest: `sha256:${"b".repeat(64)}`,
    requestedMode,
    sendAt: 0,
    verdict: { score: 0, held, blocked: false },
  });

  it.each([
    [null, false, "autonomous"],
    ["gated_all", false, "gated_all"],
    [null, true, "gated_send"],
  ] as const)("asked for %s, held %s: %s", (requested, held, mode) => {
    expect(transition(free, submit(requested, held)).mode).toBe(mode);
  });
});

describe("mailboxes", () => {
  const create = (role: Role): Event => ({
    type: "create_mailbox",
    at: 1,
    tenant: "t",
    mailbox: "b",
    mode: "gated_all",
    policy,
    actor: actor(role),
  });
  const setPolicy = (role: Role): Event => ({
    type: "set_policy",
    at: 1,
    tenant: "t",
    mailbox: "b",
    policy: { ...policy, quorum: 2 },
    actor: actor(role),
  });
  const none = { ...nothing, tenant };
  const nobody = { tenant: null, message: null, commands: [] };

  it("are made by an operator, once", () => {
    expect(transition(none, create("operator"))).toEqual({
      ...nobody,
      accepted: true,
      mailbox: { ...mailbox, mode: "gated_all" },
      from: null,
      to: "gated_all",
      mode: null,
      refusal: null,
    });
    for (const role of ["agent", "reviewer", "system"] as const)
      expect(transition(none, create(role))).toMatchObject({ refusal: "not_permitted", from: null, mode: null });
    expect(transition({ ...none, mailbox }, create("operator"))).toMatchObject({ refusal: "exists" });
  });

  it("get their policy from an operator, and keep their mode", () => {
    expect(transition({ ...none, mailbox }, setPolicy("operator"))).toEqual({
      ...nobody,
      accepted: true,
      mailbox: { ...mailbox, policy: { ...policy, quorum: 2 }, version: 2 },
      from: "gated_send",
      to: "gated_send",
      mode: null,
      refusal: null,
    });
    expect(refusalOf({ ...none, mailbox: { ...mailbox, tenant: "other" } }, setPolicy("operator"))).toBe(
      "unknown_mailbox",
    );
    for (const role of ["agent", "reviewer", "system"] as const)
      expect(transition({ ...none, mailbox }, setPolicy(role))).toEqual({
        accepted: false,
        refusal: "not_permitted",
        from: "gated_send",
        mode: null,
      });
  });
});

describe("a mode", () => {
  it("is set on the mailbox, which is a version further", () => {
    const event: Event = {
      type: "set_mode",
      at: 1,
      tenant: "t",
      mailbox: "b",
      mode: "monitored",
      actor: actor("operator"),
    };
    expect(transition({ ...nothing, tenant, mailbox }, event)).toMatchObject({
      mailbox: { ...mailbox, mode: "monitored", version: 2 },
      from: "gated_send",
      to: "monitored",
      commands: [],
    });
  });
});

describe("tenants", () => {
  it("begin with nobody struck off, and going", () => {
    const event: Event = { type: "create_tenant", at: 1, tenant: "t", actor: actor("operator") };
    expect(transition(nothing, event)).toMatchObject({ tenant, mailbox: null, message: null, commands: [] });
  });

  const stopped = { ...tenant, halted: true };
  const struck = { ...tenant, revoked: ["b", "d"] };
  const said = { at: 1, tenant: "t" } as const;
  const operator = actor("operator");

  it.each([
    ["halt", tenant, { type: "halt" }, { halted: true }],
    ["halt again", stopped, { type: "halt" }, null],
    ["resume", stopped, { type: "resume" }, { halted: false }],
    ["resume what goes on", tenant, { type: "resume" }, null],
    ["revoke a reviewer, in order", struck, { type: "revoke_reviewer", reviewer: "c" }, { revoked: ["b", "c", "d"] }],
    ["revoke a reviewer again", struck, { type: "revoke_reviewer", reviewer: "b" }, null],
    ["reinstate a reviewer", struck, { type: "reinstate_reviewer", reviewer: "b" }, { revoked: ["d"] }],
    ["reinstate who is none the less", struck, { type: "reinstate_reviewer", reviewer: "c" }, null],
  ] as const)("%s", (_, before, event, change) => {
    const outcome = transition({ ...nothing, tenant: before }, { ...said, ...event, actor: operator } as Event);
    if (change === null) expect(outcome).toEqual({ accepted: false, refusal: "no_change", from: null, mode: null });
    else
      expect(outcome).toEqual({
        accepted: true,
        tenant: { ...before, ...change, version: 2 },
        mailbox: null,
        message: null,
        from: null,
        to: null,
        commands: [],
        mode: null,
        refusal: null,
      });
  });

  it("obey operators alone; the system makes keys, as at a start, and nothing else", () => {
    const events = [
      { type: "halt" },
      { type: "resume" },
      { type: "revoke_reviewer", reviewer: "c" },
      { type: "reinstate_reviewer", reviewer: "b" },
      { type: "revoke_key", key: "k2" },
      { type: "create_key", key: "k2", principal: "p2", scopes: ["send"] },
    ];
    for (const event of events) {
      for (const role of ["agent", "reviewer", "system"] as const) {
        const refusal = refusalOf({ ...nothing, tenant: struck }, { ...said, ...event, actor: actor(role) } as Event);
        const may = role === "system" && event.type === "create_key";
        expect(refusal, `${role} ${event.type}`).toBe(may ? null : "not_permitted");
      }
    }
  });
});

describe("the machines", () => {
  it("have the names that a viewer of statecharts shows", () => {
    expect([OversightMachine.id, ModeMachine.id]).toEqual(["oversight", "mode"]);
  });

  it("OV-17 terminal-is-final: end where nothing leads on", () => {
    const final = Object.values(OversightMachine.states).filter(({ type }) => type === "final");
    expect(final.map(({ key }) => key)).toEqual(["refused", "rejected", "cancelled", "expired", "delivered", "failed"]);
  });
});
