/**
 * The one function that decides how the world may change: (state, event) → (state, commands) or a refusal. Pure, total over
 * well-formed events, and the same function for live traffic and for replay.
 *
 * **Gotchas**
 * - A refused event changes nothing but is an entry of the log all the same, so callers must record it.
 * - A malformed one is no event, and no entry: callers who take values from outside ask `readEvent` first.
 */
import { Result } from "effect";
import { transition as step } from "xstate";
import type { Command } from "../model/Command.ts";
import { commands as commandNames } from "../model/Command.ts";
import type { Event, MailboxEvent, MessageEvent, TenantEvent } from "../model/Event.ts";
import { type Mode, effectiveMode } from "../model/Mode.ts";
import { readEvent } from "../model/readEvent.ts";
import type { Refusal } from "../model/Refusal.ts";
import type { MailboxState, MessageState, State, Status, TenantState } from "../model/State.ts";
import { factNames, factsOf, type Facts } from "./facts.ts";
import { ModeMachine } from "./ModeMachine.ts";
import { OversightMachine, type MachineEvent } from "./OversightMachine.ts";
import { isUpdate, updates, type UpdateName } from "./updates.ts";
import type { Situation } from "../model/approvals.ts";

/** What became of one event. `before` is `null` for what the event brought into being. */
export type Outcome =
  | {
      readonly accepted: true;
      readonly tenant: TenantState | null;
      readonly mailbox: MailboxState | null;
      readonly message: MessageState | null;
      readonly from: Status | Mode | null;
      readonly to: Status | Mode | null;
      readonly commands: readonly Command[];
      /** The mode that counted for a message event. */
      readonly mode: Mode | null;
      /** Why a submit made a `refused` message; `null` for everything else. @spec OV-121 */
      readonly refusal: Refusal | null;
    }
  | {
      readonly accepted: false;
      readonly refusal: Refusal;
      readonly from: Status | Mode | null;
      readonly mode: Mode | null;
    };

/** The three records an event can touch, `null` where there is none yet. */
export interface Surroundings {
  readonly tenant: TenantState | null;
  readonly mailbox: MailboxState | null;
  readonly message: MessageState | null;
}

const commandSet: ReadonlySet<string> = new Set(commandNames);
const isCommand = (name: string): name is Command => commandSet.has(name);

/** The machine's answer to one (status, event, facts). */
type Decision =
  | { readonly accepted: false; readonly refusal: Refusal }
  | {
      readonly accepted: true;
      readonly refusal: Refusal | null;
      readonly status: Status;
      readonly updates: readonly UpdateName[];
      readonly commands: readonly Command[];
    };

const decide = (status: Status, type: MessageEvent["type"], facts: Facts): Decision => {
  // In a final state, too: the root is asked, and its refusal comes back.
  const snapshot = OversightMachine.resolveState({ value: status });
  const [next, actions] = step(OversightMachine, snapshot, { type, facts } as MachineEvent);
  const named = (name: string): Refusal | null => {
    const action = actions.find(({ type: own }) => own === name);
    return action === undefined ? null : (action.params as { refusal: Refusal }).refusal;
  };
  const refusal = named("refuse");
  if (refusal !== null) return { accepted: false, refusal };
  const names = actions.map((action) => action.type);
  return {
    accepted: true,
    refusal: named("give_reason"),
    status: next.value as Status,
    updates: names.filter(isUpdate),
    commands: names.filter(isCommand),
  };
};

/**
 * The machine has no context, so its answer depends on status, event and facts alone, and need be worked out only once for
 * each: a few hundred occur. The bound is there for callers that enumerate all of them.
 */
const decisions = new Map<string, Decision>();
const decisionsKept = 10_000;

const decided = (status: Status, type: MessageEvent["type"], facts: Facts): Decision => {
  let key = `${status} ${type}`;
  // By name, not in the order in which somebody built the object.
  for (const name of factNames) key += ` ${facts[name]}`;
  let decision = decisions.get(key);
  if (decision === undefined) {
    decision = decide(status, type, facts);
    if (decisions.size >= decisionsKept) decisions.clear();
    decisions.set(key, decision);
  }
  return decision;
};

/** The machine alone: from given facts to the next message and commands, or a refusal. */
export const stepMessage = (
  situation: Situation,
  event: MessageEvent,
  facts: Facts,
):
  | {
      readonly accepted: true;
      readonly message: MessageState;
      readonly commands: readonly Command[];
      readonly refusal: Refusal | null;
    }
  | { readonly accepted: false; readonly refusal: Refusal } => {
  const decision = decided(situation.message.status, event.type, facts);
  if (!decision.accepted) return decision;
  let { message } = situation;
  for (const name of decision.updates) message = { ...message, ...updates[name]({ ...situation, message }, event) };
  return {
    accepted: true,
    message: { ...message, status: decision.status, version: message.version + 1 },
    commands: decision.commands,
    refusal: decision.refusal,
  };
};

const refused = (refusal: Refusal, from: Status | Mode | null = null, mode: Mode | null = null): Outcome => ({
  accepted: false,
  refusal,
  from,
  mode,
});

const unborn = (event: MessageEvent): MessageState => ({
  id: event.message,
  tenant: event.tenant,
  mailbox: event.mailbox,
  status: "new",
  version: 0,
  author: event.actor.principal,
  owner: null,
  digest: "",
  revision: 0,
  requestedMode: null,
  sendAt: 0,
  verdict: { score: 0, held: false, blocked: false },
  decideBy: 0,
  approvals: [],
  attempt: 0,
});

const onMessage = (event: MessageEvent, around: Surroundings): Outcome => {
  const { tenant, mailbox } = around;
  if (tenant === null) return refused("unknown_tenant");
  if (mailbox === null || mailbox.tenant !== event.tenant) return refused("unknown_mailbox");
  const message = around.message ?? unborn(event);
  if (message.tenant !== event.tenant || message.mailbox !== event.mailbox) return refused("unknown_mailbox");
  const situation = { tenant, mailbox, message };
  const facts = factsOf(situation, event);
  const requested = "requestedMode" in event ? event.requestedMode : message.requestedMode;
  const held = "verdict" in event ? event.verdict.held : message.verdict.held;
  const mode = effectiveMode(mailbox.mode, requested, held, tenant.halted);
  const result = stepMessage(situation, event, facts);
  if (!result.accepted) return refused(result.refusal, message.status, mode);
  return {
    accepted: true,
    tenant: null,
    mailbox: null,
    message: result.message,
    from: message.status,
    to: result.message.status,
    commands: result.commands,
    mode,
    refusal: result.refusal,
  };
};

const accepted = (change: Partial<Extract<Outcome, { accepted: true }>>): Outcome => ({
  accepted: true,
  tenant: null,
  mailbox: null,
  message: null,
  from: null,
  to: null,
  commands: [],
  mode: null,
  refusal: null,
  ...change,
});

const onMailbox = (event: MailboxEvent, around: Surroundings): Outcome => {
  if (around.tenant === null) return refused("unknown_tenant");
  const { mailbox } = around;
  if (event.type === "create_mailbox") {
    if (event.actor.role !== "operator") return refused("not_permitted");
    if (mailbox !== null) return refused("exists");
    return accepted({
      mailbox: { id: event.mailbox, tenant: event.tenant, mode: event.mode, policy: event.policy, version: 1 },
      to: event.mode,
    });
  }
  if (mailbox === null || mailbox.tenant !== event.tenant) return refused("unknown_mailbox");
  if (event.type === "set_policy") {
    if (event.actor.role !== "operator") return refused("not_permitted", mailbox.mode);
    return accepted({
      mailbox: { ...mailbox, policy: event.policy, version: mailbox.version + 1 },
      from: mailbox.mode,
      to: mailbox.mode,
    });
  }
  const [next, actions] = step(ModeMachine, ModeMachine.resolveState({ value: mailbox.mode }), {
    type: "set_mode",
    role: event.actor.role,
    mode: event.mode,
  });
  const refusal = actions.find((action) => action.type === "refuse");
  if (refusal !== undefined) return refused((refusal.params as { refusal: Refusal }).refusal, mailbox.mode);
  const mode = next.value as Mode;
  return accepted({ mailbox: { ...mailbox, mode, version: mailbox.version + 1 }, from: mailbox.mode, to: mode });
};

const onTenant = (event: TenantEvent, around: Surroundings): Outcome => {
  const { tenant } = around;
  if (event.type === "create_tenant") {
    if (tenant !== null) return refused("exists");
    if (event.actor.role !== "operator" && event.actor.role !== "system") return refused("not_permitted");
    return accepted({ tenant: { id: event.tenant, halted: false, revoked: [], version: 1 } });
  }
  if (tenant === null) return refused("unknown_tenant");
  const starting = event.actor.role === "system" && event.type === "create_key";
  if (event.actor.role !== "operator" && !starting) return refused("not_permitted");
  const change = (fields: Partial<TenantState>) =>
    accepted({ tenant: { ...tenant, ...fields, version: tenant.version + 1 } });
  switch (event.type) {
    case "halt":
      return tenant.halted ? refused("no_change") : change({ halted: true });
    case "resume":
      return tenant.halted ? change({ halted: false }) : refused("no_change");
    case "revoke_reviewer":
      return tenant.revoked.includes(event.reviewer)
        ? refused("no_change")
        : change({ revoked: [...tenant.revoked, event.reviewer].sort() });
    case "reinstate_reviewer":
      return tenant.revoked.includes(event.reviewer)
        ? change({ revoked: tenant.revoked.filter((reviewer) => reviewer !== event.reviewer) })
        : refused("no_change");
    case "create_key":
      // An author does not decide: no credential may do both. @spec OV-37
      return event.scopes.includes("send") && event.scopes.includes("oversight")
        ? refused("not_permitted")
        : accepted({});
    case "revoke_key":
      return accepted({});
  }
};

/**
 * What becomes of `event` in these surroundings. Throws `MalformedEvent`, before anything is decided, for a value that is no event: of a
 * type that there is not, without a member of its type, or with one of another. @spec OV-1
 */
export const transition = (around: Surroundings, event: Event): Outcome => {
  const read = readEvent(event);
  if (Result.isFailure(read)) throw read.failure;
  if ("message" in event) return onMessage(event, around);
  if ("mailbox" in event) return onMailbox(event, around);
  return onTenant(event, around);
};

/** Finds an event's surroundings in a whole state. */
export const surroundingsIn = (state: State, event: Event): Surroundings => ({
  tenant: state.tenants.get(event.tenant) ?? null,
  mailbox: "mailbox" in event ? (state.mailboxes.get(event.mailbox) ?? null) : null,
  message: "message" in event ? (state.messages.get(event.message) ?? null) : null,
});

/** Puts an outcome into a whole state. A refused event leaves it as it was. @spec OV-35 */
export const applyOutcome = (state: State, outcome: Outcome): State => {
  if (!outcome.accepted) return state;
  const put = <A extends { readonly id: string }>(
    map: ReadonlyMap<string, A>,
    value: A | null,
  ): ReadonlyMap<string, A> => (value === null ? map : new Map(map).set(value.id, value));
  return {
    tenants: put(state.tenants, outcome.tenant),
    mailboxes: put(state.mailboxes, outcome.mailbox),
    messages: put(state.messages, outcome.message),
  };
};
