/**
 * Hooks of the table client that are wrong in one thing each; the faults in the rules are made of them.
 */
import type { Approval, Case, Facts, Hooks, Message, Mode, Row } from "../hooks.ts";
import { effectiveMode } from "../table.ts";

type About = Omit<Case, "mode">;

/** The facts of some events are taken for others. */
export const misread = (types: string, change: (facts: Facts, it: Case) => Facts): Hooks => ({
  facts: (facts, it) =>
    types === "" || types.split(" ").includes(it.event.type) ? { ...facts, ...change(facts, it) } : facts,
});
export const taken = (types: string, facts: Facts): Hooks => misread(types, () => facts);

/** Rows of the table are others. `*` stands for any status. */
export const rewritten = (rows: string, change: Partial<Row> | ((row: Row, it: Case) => Partial<Row>)): Hooks => ({
  row: (row, it) => {
    const hit = rows.split(", ").some((one) => {
      const [status, event, name] = one.split(" ");
      return (status === "*" || status === row.status) && event === row.event && (name === "*" || name === row.class);
    });
    if (!hit) return row;
    const { refusal: _, ...rest } = row;
    const to = typeof change === "function" ? change(row, it) : change;
    return to.refusal === undefined
      ? { ...rest, commands: [], ...to }
      : { status: row.status, event: row.event, class: row.class, refusal: to.refusal };
  },
});

/** The row is another one for this role; every other role is refused as before. */
export const by =
  (role: string, to: Partial<Row>) =>
  (row: Row, { event }: Case): Partial<Row> =>
    event.actor.role === role ? to : { refusal: row.refusal! };

/** Something else is done to the message. */
export const done = (
  types: string,
  change: (message: Message, it: Parameters<NonNullable<Hooks["change"]>>[1]) => void,
): Hooks => ({
  change: (message, it) => void (types.split(" ").includes(it.event.type) && change(message, it)),
});

/** The approvals that count, worked out with one condition left out. */
export const counting = (without: "age" | "revoked" | "self" | "digest"): Hooks => ({
  live: (_live, { message, tenant, mailbox }: About, at) =>
    message.approvals.filter(
      (one: Approval) =>
        (without === "digest" || one.digest === message.digest) &&
        (without === "self" || (one.reviewer !== message.author && one.reviewer !== message.owner)) &&
        (without === "revoked" || !tenant.revoked.includes(one.reviewer)) &&
        (without === "age" || at < one.at + mailbox.policy.approvalMaxAge),
    ),
});

export const modeFor = (types: string, change: (it: About) => Mode): Hooks => ({
  mode: (mode, it) => (types.split(" ").includes(it.event.type) ? change(it) : mode),
});
export const requestedIn = ({ event, message }: About): Mode | null =>
  event.requestedMode === undefined ? message.requestedMode : event.requestedMode;
export const heldIn = ({ event, message }: About): boolean => (event.verdict ?? message.verdict).held;

export const asIf = (types: string, role: string, of: string): Hooks => ({
  event: (event) =>
    types.split(" ").includes(event.type) && event.actor.role === of
      ? { ...event, actor: { ...event.actor, role } }
      : event,
});
export const verdict = (types: string, change: object): Hooks => ({
  event: (event) =>
    event.verdict !== undefined && (types === "" || types.split(" ").includes(event.type))
      ? { ...event, verdict: { ...event.verdict, ...change } }
      : event,
});

/** Moves waiting messages as a side effect of something else. */
export const freeing = (type: string, enough: boolean): Hooks => ({
  after: ({ type: own, at }, world, shown) => {
    if (own !== type || "refusal" in shown) return;
    for (const message of world.messages.values()) {
      const box = world.mailboxes.get(message.mailbox)!;
      const count = new Set(message.approvals.map(({ reviewer }) => reviewer)).size;
      if (message.status === "pending_approval" && at < message.decideBy && (!enough || count >= box.policy.quorum))
        message.status = "queued";
    }
  },
});

export const both = (...hooks: readonly Hooks[]): Hooks => Object.assign({}, ...hooks) as Hooks;

/** The effective mode, worked out without a look at the stop switch. */
export const unhalted = (types: string): Hooks =>
  modeFor(types, (it) => effectiveMode(it.mailbox.mode, requestedIn(it), heldIn(it), false));
