/** What one move of a plan comes to in a state: mostly something that matters, now and then a deliberate mistake. */
import { Role, system, type Actor } from "../../src/model/Actor.ts";
import type { Event, Verdict } from "../../src/model/Event.ts";
import type { Mode } from "../../src/model/Mode.ts";
import { isEnd, type MessageState, type State, type Status } from "../../src/model/State.ts";
import { pick, someModes, type Draw, type Kind, type Move, type Plan } from "./plans.ts";

const mailboxes = [
  { mailbox: "b1", tenant: "t1" },
  { mailbox: "b2", tenant: "t1" },
  { mailbox: "b3", tenant: "t2" },
] as const;
const messageIds = ["m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"] as const;
const placeOf = (message: string) => mailboxes[Number(message.slice(1)) % 3]!;

/** `dan` has a send credential besides the oversight one; `ann` and `ben` answer for agents' credentials. */
const people: { readonly [role in Role]: readonly string[] } = {
  agent: ["ada", "bob", "dan"],
  reviewer: ["ann", "ben", "cat", "dan"],
  operator: ["oda", "oz"],
  system: ["system"],
};
/** Each has two keys for what they do. */
const actorOf = (role: Role, principal: string, key: 1 | 2 = 1): Actor =>
  role === "system" ? system : { role, principal, credential: `${principal}-${role}-key${key === 1 ? "" : "-2"}` };

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
  revoke_key: ["operator"],
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
export const eventsOf = (move: Move, state: State, at: number, draw: Draw): readonly Event[] => {
  const slip = pick(slips, draw);
  const [kind, message] = aimed(move.kind, slip, state, draw);
  const role = slip === "role" ? pick(Role.literals, draw) : pick<Role>(fits[kind] ?? ["system"], draw);
  const known: MessageState | undefined = state.messages.get(message);
  // An agent mostly touches its own mail.
  const mine = role === "agent" && known !== undefined && draw(4) > 0;
  const actor = actorOf(role, mine ? known.author : pick(people[role], draw), draw(3) === 0 ? 2 : 1);
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
    case "revoke_key": {
      const { principal: reviewer, credential } = actorOf(
        "reviewer",
        pick(people.reviewer, draw),
        draw(2) === 0 ? 2 : 1,
      );
      const key = credential!;
      const given = [...state.messages.values()].filter(
        (one) =>
          one.tenant === onTenant.tenant && !isEnd(one.status) && one.approvals.some((word) => word.credential === key),
      );
      const shares = given.map(({ tenant, mailbox, id }) => ({
        at,
        actor,
        reviewer,
        key,
        tenant,
        mailbox,
        message: id,
        verdict,
      }));
      return [
        { type: "revoke_key", ...onTenant, key },
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

export const opening = (plan: Plan): readonly Event[] => {
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
