/**
 * Random traces: a plan of small numbers, read against the world as it is into events, folded into a log.
 *
 * - Reading a step against the state makes most steps matter (a dispatch aims at a queued message) while a share of them
 *   is deliberately wrong: wrong role, stale digest, stale attempt, a message that is elsewhere or nowhere.
 * - A race is several decisions formed from one look at a message and applied one after another in some order.
 * - `revoke_reviewer` brings one `revoke` per unsent message along, as one transaction of the door would.
 *
 * **Gotchas**: the step that decides and the hand that writes the log are parameters, so that `bites.test.ts` can break them.
 */
import fc from "fast-check";
import { applyOutcome, surroundingsIn, transition, type Outcome } from "../../src/machine/transition.ts";
import { Role, system, type Actor } from "../../src/model/Actor.ts";
import type { Event, Policy, Verdict } from "../../src/model/Event.ts";
import type { Mode } from "../../src/model/Mode.ts";
import { emptyState, isEnd, type MessageState, type State, type Status } from "../../src/model/State.ts";

export interface Entry {
  readonly index: number;
  readonly event: Event;
  readonly outcome: Outcome;
  readonly before: State;
  readonly after: State;
}

export type Step = (state: State, event: Event) => Outcome;
export type Record = (log: readonly Entry[], entry: Entry) => readonly Entry[];

export interface Trace {
  /** Every event that was put to the machine, in order. */
  readonly offered: readonly Event[];
  readonly log: readonly Entry[];
  readonly end: State;
  /** Positions in `offered` of decisions that were formed from one look at one message: from, up to and without. */
  readonly races: readonly (readonly [number, number])[];
  /** Makes the step anew, for replay and for asking what could come next. */
  readonly step: () => Step;
}

export const honestStep: Step = (state, event) => transition(surroundingsIn(state, event), event);
export const honestRecord: Record = (log, entry) => [...log, entry];

// --- the plan ----------------------------------------------------------------------------------------------------

const weights = {
  submit: 4,
  approve: 8,
  reject: 1,
  revise: 4,
  cancel: 1,
  expire: 3,
  release: 2,
  dispatch: 8,
  delivered: 1,
  failed: 1,
  deferred: 2,
  lost: 4,
  resolve: 4,
  revoke_reviewer: 2,
  reinstate_reviewer: 3,
  stop: 3,
  set_mode: 4,
  set_policy: 2,
  race: 3,
  other: 1,
} as const;
export type Kind = keyof typeof weights;

/** What is to be tried, and a number from which everything else about it is drawn. */
export interface Move {
  readonly kind: Kind;
  readonly seed: number;
}

export interface Plan {
  readonly modes: readonly Mode[];
  readonly policies: readonly Policy[];
  readonly moves: readonly Move[];
}

const policy: fc.Arbitrary<Policy> = fc.record({
  quorum: fc.constantFrom(1, 1, 2, 2, 3),
  decisionWindow: fc.constantFrom(60, 120, 400, 2_000),
  approvalMaxAge: fc.constantFrom(40, 80, 300, 2_000),
});
const someModes = [
  "gated_send",
  "monitored",
  "autonomous",
  "gated_send",
  "autonomous",
  "gated_all",
  "read_only",
] as const;

export const plans: fc.Arbitrary<Plan> = fc.record({
  modes: fc.array(fc.constantFrom(...someModes), { minLength: 3, maxLength: 3 }),
  policies: fc.array(policy, { minLength: 3, maxLength: 3 }),
  moves: fc.array(
    fc.record({
      kind: fc.constantFrom(
        ...Object.entries(weights).flatMap(([kind, weight]) => Array.from({ length: weight }, () => kind as Kind)),
      ),
      seed: fc.noBias(fc.nat({ max: 0x7fff_ffff })),
    }),
    { minLength: 36, maxLength: 56, size: "max" },
  ),
});

/** Numbers drawn from a move, one after another, each below its bound. */
type Draw = (bound: number) => number;
const drawing = (seed: number): Draw => {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * bound);
  };
};

// --- the world ---------------------------------------------------------------------------------------------------

const mailboxes = [
  { mailbox: "b1", tenant: "t1" },
  { mailbox: "b2", tenant: "t1" },
  { mailbox: "b3", tenant: "t2" },
] as const;
const messageIds = ["m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"] as const;
const placeOf = (message: string) => mailboxes[Number(message.slice(1)) % 3]!;

const pick = <A>(list: readonly A[], draw: Draw): A => list[draw(list.length)]!;

/** `dan` has a send credential besides the oversight one; `ann` and `ben` answer for agents' credentials. */
const people: { readonly [role in Role]: readonly string[] } = {
  agent: ["ada", "bob", "dan"],
  reviewer: ["ann", "ben", "cat", "dan"],
  operator: ["oda", "oz"],
  system: ["system"],
};
const actorOf = (role: Role, principal: string): Actor =>
  role === "system" ? system : { role, principal, credential: `${principal}-${role}-key` };

/** One of three contents a message can have, so that an edit often comes back to an earlier one. */
const contentOf = (message: string, draw: Draw): string => `sha256:${`${message.slice(1)}${draw(3)}`.padEnd(64, "0")}`;

const verdictOf = (draw: Draw): Verdict => {
  const held = draw(6) === 0;
  return { score: held ? 7_001 + draw(3_000) : draw(7_001), held, blocked: draw(20) === 0 };
};

const unsent: readonly Status[] = ["pending_approval", "scheduled", "queued"];
const suits: { readonly [kind in Kind]?: readonly Status[] } = {
  approve: ["pending_approval"],
  reject: ["pending_approval"],
  race: ["pending_approval"],
  revise: unsent,
  cancel: unsent,
  expire: unsent,
  release: ["scheduled"],
  dispatch: ["queued"],
  delivered: ["dispatching"],
  failed: ["dispatching"],
  deferred: ["dispatching"],
  lost: ["dispatching"],
  resolve: ["uncertain"],
};

const fits: { readonly [kind in Kind]?: readonly Role[] } = {
  submit: ["agent"],
  approve: ["reviewer"],
  reject: ["reviewer"],
  revise: ["agent", "reviewer"],
  cancel: ["agent", "operator"],
  resolve: ["reviewer", "reviewer", "operator"],
  set_mode: ["operator", "operator", "agent"],
  set_policy: ["operator"],
  stop: ["operator"],
  revoke_reviewer: ["operator"],
  reinstate_reviewer: ["operator"],
  other: ["operator"],
};

/** The deliberate mistakes. */
type Slip = "none" | "role" | "place" | "stale" | "stray";
const slips: readonly Slip[] = [
  ...Array.from({ length: 12 }, () => "none" as const),
  "role",
  "place",
  "stale",
  "stale",
  "stray",
  "stray",
];

/** What to do about a message so that it gets on, when what was wished for fits none. */
const onward: { readonly [status in Status]?: readonly Kind[] } = {
  pending_approval: ["approve"],
  scheduled: ["release"],
  queued: ["dispatch"],
  dispatching: ["delivered", "failed", "deferred", "lost", "lost"],
  uncertain: ["resolve"],
};

/** What a move comes to here: the wish if some message suits it, else the next thing some message needs. */
const aimed = (wish: Kind, slip: Slip, state: State, draw: Draw): readonly [Kind, string] => {
  const wanted = suits[wish];
  if (wanted === undefined || slip === "stray") return [wish, pick(messageIds, draw)];
  const all = [...state.messages.values()];
  const suitable = all.filter((message) => wanted.includes(message.status));
  if (suitable.length > 0) return [wish, pick(suitable, draw).id];
  const live = all.filter((message) => !isEnd(message.status));
  if (live.length === 0) return ["submit", pick(messageIds, draw)];
  const message = pick(live, draw);
  return [pick(onward[message.status] ?? ["submit"], draw), message.id];
};

/** What one move comes to in this state at this moment. */
const eventsOf = (move: Move, state: State, at: number, draw: Draw): readonly Event[] => {
  const slip = pick(slips, draw);
  const [kind, message] = aimed(move.kind, slip, state, draw);
  const role = slip === "role" ? pick(Role.literals, draw) : pick<Role>(fits[kind] ?? ["system"], draw);
  const known: MessageState | undefined = state.messages.get(message);
  // An agent mostly touches its own mail.
  const mine = role === "agent" && known !== undefined && draw(4) > 0;
  const actor = actorOf(role, mine ? known.author : pick(people[role], draw));
  const onTenant = { at, actor, tenant: slip === "place" ? "nowhere" : pick(["t1", "t1", "t2"], draw) };
  const place = slip === "place" ? { mailbox: "nowhere", tenant: "t1" } : pick(mailboxes, draw);
  const onMailbox = { at, actor, ...place };
  const onMessage = { at, actor, message, ...(slip === "place" ? { mailbox: "b3", tenant: "t2" } : placeOf(message)) };
  const seen = known === undefined || slip === "stale" ? contentOf(message, draw) : known.digest;
  const attempt = (known?.attempt ?? 1) - (slip === "stale" ? 1 : 0);
  const verdict = verdictOf(draw);
  const content = (id: string) => ({
    digest: contentOf(id, draw),
    requestedMode: pick<Mode | null>(
      [null, null, null, null, "gated_send", "monitored", "autonomous", "autonomous", "gated_all", "read_only"],
      draw,
    ),
    sendAt: draw(4) === 0 ? at + draw(60) : 0,
    verdict,
  });
  switch (kind) {
    case "submit": {
      // Mostly a message that does not exist yet, as long as there is one.
      const unborn = messageIds.filter((id) => !state.messages.has(id));
      const id = slip === "none" && unborn.length > 0 ? unborn[0]! : message;
      const owner = pick([null, null, "ann", "ben"], draw);
      return [{ type: "submit", ...onMessage, message: id, ...placeOf(id), ...content(id), owner }];
    }
    case "approve":
      return [{ type: "approve", ...onMessage, digest: seen, verdict }];
    case "reject":
      return [{ type: "reject", ...onMessage, digest: seen }];
    case "revise": {
      // An agent mostly edits with a key of the same owner; 0.1.0 did not say with whose.
      const same = draw(4) > 0;
      const owner =
        role === "agent" ? (same ? (known?.owner ?? null) : pick([null, "ann", "ben"], draw)) : actor.principal;
      const under = draw(8) === 0 ? {} : { owner };
      return [{ type: "revise", ...onMessage, ...content(message), base: seen, ...under }];
    }
    case "cancel":
    case "expire":
    case "release":
      return [{ type: kind, ...onMessage }];
    case "dispatch":
      return [{ type: "dispatch", ...onMessage, verdict }];
    case "delivered":
    case "failed":
    case "deferred":
    case "lost":
      return [{ type: kind, ...onMessage, attempt, reply: "" }];
    case "resolve": {
      const outcome = pick(["retry", "retry", "retry", "retry", "delivered", "failed"] as const, draw);
      return [{ type: "resolve", ...onMessage, digest: seen, verdict, outcome }];
    }
    case "revoke_reviewer": {
      const reviewer = pick(people.reviewer, draw);
      const unended = [...state.messages.values()].filter(
        (one) => one.tenant === onTenant.tenant && !isEnd(one.status),
      );
      const theirs = unended.filter((one) => one.approvals.some((word) => word.reviewer === reviewer));
      // Now and then one comes along that they have no word on; its revoke is refused.
      const chosen = draw(4) === 0 ? unended : theirs;
      const shares = chosen.map(({ tenant, mailbox, id }) => ({
        at,
        actor,
        reviewer,
        tenant,
        mailbox,
        message: id,
        verdict,
      }));
      return [
        { type: "revoke_reviewer", ...onTenant, reviewer },
        ...shares.map((share) => ({ type: "revoke" as const, ...share })),
      ];
    }
    case "reinstate_reviewer": {
      const [tenant] = [...state.tenants.values()].filter(({ revoked }) => revoked.length > 0);
      if (tenant === undefined || slip !== "none") {
        return [{ type: "reinstate_reviewer", ...onTenant, reviewer: pick(people.reviewer, draw) }];
      }
      return [{ type: "reinstate_reviewer", at, actor, tenant: tenant.id, reviewer: pick(tenant.revoked, draw) }];
    }
    case "stop": {
      const halted = [...state.tenants.values()].find((tenant) => tenant.halted);
      if (halted !== undefined && slip === "none") return [{ type: "resume", at, actor, tenant: halted.id }];
      return [{ type: draw(3) === 0 ? "resume" : "halt", ...onTenant }];
    }
    case "set_mode":
      return [{ type: "set_mode", ...onMailbox, mode: pick(someModes, draw) }];
    case "set_policy": {
      const changed = {
        quorum: 1 + draw(3),
        decisionWindow: pick([60, 200, 2_000], draw),
        approvalMaxAge: pick([40, 200, 2_000], draw),
      };
      return [{ type: "set_policy", ...onMailbox, policy: changed }];
    }
    case "race": {
      const voters = [...people.reviewer, ...people.reviewer].slice(draw(4)).slice(0, 2 + draw(3));
      return voters.map((principal) => {
        const vote = { ...onMessage, actor: actorOf("reviewer", principal), digest: seen };
        return draw(2) === 0
          ? { type: "approve", ...vote, verdict: { ...verdict, blocked: false } }
          : { type: "reject", ...vote };
      });
    }
    case "other":
      return [
        pick<Event>(
          [
            { type: "create_tenant", ...onTenant },
            {
              type: "create_mailbox",
              ...onMailbox,
              mode: "autonomous",
              policy: { quorum: 1, decisionWindow: 60, approvalMaxAge: 60 },
            },
            { type: "create_key", ...onTenant, key: "k", principal: "ada", scopes: ["send"] },
            { type: "create_key", ...onTenant, key: "k", principal: "dan", scopes: ["oversight", "send"] },
            { type: "revoke_key", ...onTenant, key: "k" },
          ],
          draw,
        ),
      ];
  }
};

const opening = (plan: Plan): readonly Event[] => {
  const stamp = { at: 1_000, actor: actorOf("operator", "oda") };
  return [
    { type: "create_tenant", ...stamp, tenant: "t1" },
    { type: "create_tenant", ...stamp, tenant: "t2" },
    ...mailboxes.map((place, n): Event => {
      const [mode, policy] = [plan.modes[n]!, plan.policies[n]!];
      return { type: "create_mailbox", ...stamp, ...place, mode, policy };
    }),
  ];
};

const waits = [0, 0, 0, 0, 1, 1, 2, 3, 5, 8, 21, 60];

/** Folds a plan into a log with the step and the recorder given. */
export const run = (plan: Plan, step: () => Step = () => honestStep, record: Record = honestRecord): Trace => {
  const decide = step();
  const offered: Event[] = [];
  const races: [number, number][] = [];
  let log: readonly Entry[] = [];
  let state = emptyState;
  let at = 1_000;
  const put = (event: Event): boolean => {
    const outcome = decide(state, event);
    const after = applyOutcome(state, outcome);
    log = record(log, { index: offered.length, event, outcome, before: state, after });
    offered.push(event);
    state = after;
    return outcome.accepted;
  };
  for (const event of opening(plan)) put(event);
  for (const move of plan.moves) {
    const draw = drawing(move.seed);
    at += pick(waits, draw);
    const from = offered.length;
    for (const event of eventsOf(move, state, at, draw)) {
      // A refused revoke_reviewer brings no revoke along.
      if (!put(event) && event.type === "revoke_reviewer") break;
    }
    if (move.kind === "race") races.push([from, offered.length]);
  }
  return { offered, log, end: state, races, step };
};
