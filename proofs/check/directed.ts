/**
 * Directed histories: the same on each run, beside the random ones, so that no guard, action or boundary of a time is left to chance.
 *
 * - `lives`: one message of a small world. A search offers everything that can be told at each point, and goes on from whatever shows
 *   something new: a row of the table, approvals that count or do not, fields that change, the second at which a time is up.
 * - `modes` and `rules`: every row of `effective_mode` and `set_mode`; and what tenants, mailboxes and keys are told.
 *
 * **Gotchas**: what is new is judged by the table and by the records, not by what the machine answers, so that a machine that has lost
 * a guard is told what it had been told with it.
 */
import { factsOf } from "../../src/machine/facts.ts";
import { Role, system, type Actor } from "../../src/model/Actor.ts";
import type { Event, MessageEvent, Verdict } from "../../src/model/Event.ts";
import { modes as allModes, type Mode } from "../../src/model/Mode.ts";
import { emptyState, isEnd, type MessageState, type State } from "../../src/model/State.ts";
import { applyOutcome } from "../../src/machine/transition.ts";
import { honestRecord, honestStep, type Entry, type Trace } from "../../test/machine/traces.ts";
import { classify, rowKey, rows, table } from "../../test/machine/table.ts";
import {
  agent,
  clear,
  content,
  everybody,
  held,
  operator,
  place,
  policy,
  start,
  unlessUnfit,
  words,
} from "./tellable.ts";

/** What the machine makes of these events, one after another. */
export const told = (offered: readonly Event[]): Trace => {
  let state = emptyState;
  let log: readonly Entry[] = [];
  for (const [index, event] of offered.entries()) {
    const outcome = honestStep(state, event);
    const after = applyOutcome(state, outcome);
    log = honestRecord(log, { index, event, outcome, before: state, after });
    state = after;
  }
  return { offered, log, end: state, races: [], step: () => honestStep };
};

const beginning = (mode: Mode): readonly Event[] => [
  { type: "create_tenant", at: start, actor: operator, tenant: "t1" },
  { type: "create_mailbox", at: start, actor: operator, ...place, mode, policy },
];

// --- the life of a message ---------------------------------------------------------------------------------------

const isPlain = ({ halted, revoked }: { readonly halted: boolean; readonly revoked: readonly string[] }): boolean =>
  !halted && revoked.length === 0;

/** What may change around the message: its mailbox's mode, and one thing more at a time. */
const surroundings = (state: State, at: number): readonly Event[] => {
  const [tenant, mailbox] = [state.tenants.get("t1")!, state.mailboxes.get("b1")!];
  const stamp = { at, actor: operator, tenant: "t1" } as const;
  const quorum = (number: number): Event => ({
    type: "set_policy",
    ...stamp,
    mailbox: "b1",
    policy: { ...policy, quorum: number },
  });
  const other = mailbox.policy.quorum !== policy.quorum || !isPlain(tenant);
  return [
    ...allModes
      .filter((mode) => mode !== mailbox.mode)
      .map((mode): Event => ({ type: "set_mode", ...stamp, mailbox: "b1", mode })),
    ...(other ? [] : [quorum(1), { type: "halt", ...stamp } as const]),
    ...(other ? [] : [{ type: "revoke_reviewer", ...stamp, reviewer: "ann" } as const]),
    ...(tenant.halted ? [{ type: "resume", ...stamp } as const] : []),
    ...tenant.revoked.map((reviewer): Event => ({ type: "reinstate_reviewer", ...stamp, reviewer })),
  ];
};

/** The moments at which something about the message changes, and those just before them. */
const edges = (state: State): ReadonlyMap<string, number> => {
  const [message, mailbox] = [state.messages.get("m"), state.mailboxes.get("b1")!];
  if (message === undefined || isEnd(message.status)) return new Map();
  const age = Math.min(...message.approvals.map(({ at }) => at + mailbox.policy.approvalMaxAge));
  const found: readonly (readonly [string, number])[] = [
    ...(message.status === "pending_approval" ? [["window", message.decideBy] as const] : []),
    ...(message.sendAt > 0 ? [["due", message.sendAt] as const] : []),
    ...(Number.isFinite(age) ? [["age", age] as const] : []),
  ];
  return new Map(found.flatMap(([name, at]) => [[name, at] as const, [`before ${name}`, at - 1] as const]));
};

const timed: { readonly [name: string]: readonly string[] } = {
  window: ["approve", "expire"],
  due: ["release", "approve"],
  age: ["approve", "expire", "dispatch", "revoke"],
};

const hurried: ReadonlySet<string> = new Set(Object.values(timed).flat());

/** Whose word stands, and whether it counts: said from the records alone. */
const standing = (state: State, message: MessageState | undefined, at: number): string =>
  (message?.approvals ?? [])
    .map((approval) => {
      if (state.tenants.get("t1")!.revoked.includes(approval.reviewer)) return "revoked";
      return at >= approval.at + state.mailboxes.get("b1")!.policy.approvalMaxAge ? "aged" : "live";
    })
    .sort()
    .join("+");

/** What the machine takes a message for of which it hears for the first time. */
export const unborn = ({ message: id, tenant, mailbox, actor }: MessageEvent): MessageState => ({
  id,
  tenant,
  mailbox,
  status: "new",
  version: 0,
  author: actor.principal,
  owner: null,
  digest: "",
  revision: 0,
  requestedMode: null,
  sendAt: 0,
  verdict: clear,
  decideBy: 0,
  approvals: [],
  attempt: 0,
});

/** What a state takes at all; what it does not, all states refuse in one way. */
const takes: ReadonlySet<string> = new Set(
  table.rows
    .filter(({ refusal }) => refusal !== "wrong_status" && refusal !== "not_permitted")
    .map(({ status, event }) => `${status} ${event}`),
);

/** Who has approved it matters to these, and to all that leave a message under way. */
const counting: ReadonlySet<string> = new Set(["approve", "dispatch", "revoke", "expire", "resolve"]);

/** What telling this shows, besides what it changes. */
const shows = (state: State, event: MessageEvent): readonly string[] => {
  const [tenant, mailbox] = [state.tenants.get("t1")!, state.mailboxes.get("b1")!];
  const message = state.messages.get("m");
  const status = message?.status ?? "new";
  const facts = factsOf({ tenant, mailbox, message: message ?? unborn(event) }, event);
  const name = classify(event.type, facts);
  const row = rowKey(status, event.type, name);
  const { refusal, next } = rows.get(row)!;
  const { role, principal } = event.actor;
  // Not their word, not their mail, not under its owner: each is a transition of its own.
  const why = refusal === "not_permitted" ? name : refusal;
  if (!takes.has(`${status} ${event.type}`)) return [`${event.type} ${role} ${why}`];
  if (refusal === "not_permitted") return [`${status} ${event.type} ${role} ${why}`];
  const edge = [...edges(state)]
    .filter(([name, at]) => at === event.at && timed[name.replace("before ", "")]!.includes(event.type))
    .map(([name]) => `${row} ${name}`);
  return [
    row,
    ...("owner" in event && event.type === "revise" ? [`${row} names an owner`] : []),
    ...("key" in event ? [`${row} by key ${standing(state, message, event.at)}`] : []),
    ...(facts.self ? [`${row} ${principal === message?.owner ? "owner" : "author"} ${role}`] : []),
    ...(counting.has(event.type) || (next !== undefined && !isEnd(next))
      ? [`${row} ${standing(state, message, event.at)}`]
      : []),
    ...(refusal === undefined || refusal === "window_closed" || refusal === "not_due" ? edge : []),
  ];
};

/** Which fields of the record a step changed, apart from those that every outcome shows. */
const changed = (before: MessageState | undefined, after: MessageState | undefined): readonly string[] =>
  Object.entries(after ?? {})
    .filter(
      ([name, value]) =>
        name !== "version" &&
        name !== "status" &&
        JSON.stringify(value) !== JSON.stringify(before?.[name as keyof MessageState]),
    )
    .map(([name]) => name);

interface Point {
  readonly from: Point | null;
  /** How it is reached from there. */
  readonly events: readonly Event[];
  readonly state: State;
  readonly at: number;
  /** What is refused here, and shown nowhere before. */
  readonly refused: Event[];
  /** It is reached by something that was told of the message. */
  readonly shown: boolean;
  /** A field changed as nowhere before: the records are compared here, before something else changes them. */
  readonly last: boolean;
}

const step = (state: State, event: Event) => {
  const outcome = honestStep(state, event);
  return { accepted: outcome.accepted, after: applyOutcome(state, outcome) };
};

const search = (): readonly Point[] => {
  const opened = told(beginning("gated_send"));
  const first = {
    from: null,
    events: opened.offered,
    state: opened.end,
    at: start,
    refused: [],
    shown: false,
    last: false,
  };
  const points: Point[] = [first];
  const seen = new Set<string>();
  const isNew = (keys: readonly string[]): boolean => {
    const before = seen.size;
    for (const key of keys) seen.add(key);
    return seen.size > before;
  };
  for (const from of points) {
    const { state, at, refused } = from;
    const message = state.messages.get("m");
    if (message !== undefined && isEnd(message.status)) continue;
    for (const moment of new Set([at, ...[...edges(state).values()].filter((one) => one > at)])) {
      for (const event of everybody.flatMap((actor) => unlessUnfit(words(state, moment, actor), actor.role))) {
        if (moment > at && !hurried.has(event.type)) continue;
        const shown = shows(state, event);
        const { accepted, after } = step(state, event);
        const changes = accepted ? changed(message, after.messages.get("m")) : [];
        const last = isNew(changes.map((field) => `${shown[0]} changes ${field}`));
        if (!isNew(shown) && !last) continue;
        if (accepted) points.push({ from, events: [event], state: after, at: moment, refused: [], shown: true, last });
        else refused.push(event);
      }
    }
    for (const event of surroundings(state, at)) {
      const { after } = step(state, event);
      const [tenant, mailbox] = [after.tenants.get("t1")!, after.mailboxes.get("b1")!];
      const around = [mailbox.mode, mailbox.policy.quorum, tenant.halted, tenant.revoked.length];
      if (!isNew([`${message?.status} ${standing(after, message, at)} ${around.join(" ")}`])) continue;
      points.push({ from, events: [event], state: after, at, refused: [], shown: false, last: false });
    }
  }
  return points;
};

const wayTo = (point: Point): readonly Point[] => (point.from === null ? [point] : [...wayTo(point.from), point]);

/** The ways to the farthest points, each with what is refused on the way and was not told on another. */
const lives = (): readonly Trace[] => {
  const ways = search()
    .filter(({ shown, refused }) => shown || refused.length > 0)
    .map(wayTo);
  const passed = new Set(ways.flatMap((way) => way.slice(0, -1)));
  const done = new Set<Point>();
  const refusedAt = (point: Point): readonly Event[] => (done.has(point) ? [] : (done.add(point), point.refused));
  return ways
    .filter((way) => way.at(-1)!.last || !passed.has(way.at(-1)!))
    .map((way) => told(way.flatMap((point) => [...point.events, ...refusedAt(point)])));
};

// --- the rest ----------------------------------------------------------------------------------------------------

const byRole = Role.literals.map((role) => everybody.find((one) => one.role === role)!);

/** Each mailbox's mode with every request and verdict, running and stopped. */
const submissions = (mode: Mode): readonly Event[] => {
  const submit = (message: string, requestedMode: Mode | null, verdict: Verdict): Event => {
    const stamp = { at: start, actor: agent, ...place, message, owner: null } as const;
    return { type: "submit", ...stamp, digest: content(message.slice(1)), requestedMode, sendAt: 0, verdict };
  };
  const all = (name: string): readonly Event[] =>
    [null, ...allModes].flatMap((mode, i) => [submit(`${name}${i}0`, mode, clear), submit(`${name}${i}1`, mode, held)]);
  const halt: Event = { type: "halt", at: start, actor: operator, tenant: "t1" };
  return [...beginning(mode), ...all("r"), halt, ...all("s")];
};

/** From one mode to every mode by everybody, and back each time. */
const moves = (from: Mode): readonly Event[] => {
  const set = (actor: Actor, mode: Mode): Event => ({ type: "set_mode", at: start, actor, ...place, mode });
  const asked = byRole.flatMap((actor) => allModes.flatMap((mode) => [set(actor, mode), set(operator, from)]));
  return [...beginning(from), ...asked];
};

/** What tenants, mailboxes and keys are told: by everybody, twice each, and of what does not exist. */
const rules = (): readonly Event[] => {
  const twice = (of: (actor: Actor) => Event): readonly Event[] =>
    [...byRole.filter(({ role }) => role !== "operator"), operator, operator].map(of);
  const onTenant = (actor: Actor) => ({ at: start, actor, tenant: "t1" }) as const;
  const onMailbox = (actor: Actor) => ({ at: start, actor, ...place }) as const;
  const key = { key: "k", principal: "bob" } as const;
  const scopes = [["send"], ["oversight"], ["oversight", "send"]];
  const known = [
    ...twice((actor) => ({ type: "create_tenant", ...onTenant(actor) })),
    ...twice((actor) => ({ type: "create_mailbox", ...onMailbox(actor), mode: "gated_send", policy })),
    ...twice((actor) => ({ type: "set_policy", ...onMailbox(actor), policy: { ...policy, quorum: 3 } })),
    ...twice((actor) => ({ type: "halt", ...onTenant(actor) })),
    ...twice((actor) => ({ type: "resume", ...onTenant(actor) })),
    ...["ben", "ann"].flatMap((reviewer) =>
      twice((actor) => ({ type: "revoke_reviewer", ...onTenant(actor), reviewer })),
    ),
    ...twice((actor) => ({ type: "reinstate_reviewer", ...onTenant(actor), reviewer: "ben" })),
    ...scopes.flatMap((list) => twice((actor) => ({ type: "create_key", ...onTenant(actor), ...key, scopes: list }))),
    ...twice((actor) => ({ type: "revoke_key", ...onTenant(actor), key: "k" })),
  ];
  const submit: Event = {
    type: "submit",
    ...onMailbox(agent),
    message: "m",
    digest: content("a"),
    owner: null,
    requestedMode: null,
    sendAt: 0,
    verdict: clear,
  };
  const second = { tenant: "t2", mailbox: "b2" } as const;
  const stray: readonly Event[] = [
    { type: "create_tenant", at: start, actor: system, tenant: "t2" },
    { type: "create_mailbox", ...onMailbox(operator), ...second, mode: "autonomous", policy },
    submit,
    ...[{ tenant: "t0" }, { tenant: "t2" }, { mailbox: "b0" }, second].flatMap((where): readonly Event[] => [
      { type: "set_mode", ...onMailbox(operator), mode: "read_only", ...where },
      { type: "set_policy", ...onMailbox(operator), policy, ...where },
      { ...submit, ...where },
      { ...submit, message: "n", ...where },
      { type: "cancel", ...onMailbox(operator), message: "m", ...where },
    ]),
    { type: "halt", ...onTenant(operator), tenant: "t0" },
  ];
  return [...known, ...stray];
};

let kept: readonly Trace[] | undefined;

/** All directed histories. The search for them takes seconds, so it is done once. */
export const directed = (): readonly Trace[] =>
  (kept ??= [
    ...lives(),
    ...[...allModes.map(submissions), ...allModes.map(moves), rules()].map((offered) => told(offered)),
  ]);
