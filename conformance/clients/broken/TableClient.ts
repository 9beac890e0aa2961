/**
 * A second implementation of the rules, for what it is worth to break: it knows `spec/transitions.json` and the meanings of the facts,
 * and nothing of the reference's machine. Each step passes through hooks, so that one fault is one hook.
 *
 * With no hook it conforms, which the suite's tests show; so a broken client is wrong in its fault alone.
 */
import type { Approval, Case, Event, Facts, Hooks, Message, Row, Shown, World } from "./hooks.ts";
import { classOf, effectiveMode, rowFor, strictest, table } from "./table.ts";

/** The approvals that a `revoke` takes: the reviewer's, and given with the key that it names, if it names one. */
const takenBy = ({ reviewer, credential }: Approval, event: Event): boolean =>
  reviewer === event.reviewer && (event.key === undefined || credential === event.key);

export class TableClient {
  readonly world: World = { tenants: new Map(), mailboxes: new Map(), messages: new Map() };
  readonly hooks: Hooks;
  now = 0;
  /** Told of every row that is used. */
  readonly seen: (key: string) => void;

  constructor(hooks: Hooks = {}, seen: (key: string) => void = () => {}) {
    this.hooks = hooks;
    this.seen = seen;
  }

  live(it: Omit<Case, "mode">, at: number): readonly Approval[] {
    const { message, tenant, mailbox } = it;
    const live = message.approvals.filter(
      ({ reviewer, digest, at: given }) =>
        digest === message.digest &&
        reviewer !== message.author &&
        reviewer !== message.owner &&
        !tenant.revoked.includes(reviewer) &&
        at < given + mailbox.policy.approvalMaxAge,
    );
    return this.hooks.live?.(live, it, at) ?? live;
  }

  count(approvals: readonly Approval[]): number {
    return this.hooks.count?.(approvals) ?? new Set(approvals.map(({ reviewer }) => reviewer)).size;
  }

  facts(it: Case): Facts {
    const { event, tenant, mailbox, message, mode } = it;
    const { type, at, actor } = event;
    const fresh = type === "submit" || type === "revise";
    const live = this.live(it, at);
    const meets = (approvals: readonly Approval[]) => this.count(approvals) >= mailbox.policy.quorum;
    const own: Approval = { reviewer: actor.principal, credential: actor.credential, digest: message.digest, at };
    const counted =
      type === "revoke"
        ? live.filter((one) => !takenBy(one, event))
        : type === "resolve"
          ? [own]
          : [...live.filter(({ reviewer }) => reviewer !== actor.principal), own];
    const gated = mode === "gated_all" || mode === "gated_send" || mode === "read_only";
    const blocked = (event.verdict ?? message.verdict).blocked;
    const facts: Facts = {
      role: actor.role,
      outcome: type === "resolve" ? event.outcome! : "none",
      self:
        type !== "submit" &&
        (message.status === "new" || actor.principal === message.author || actor.principal === message.owner),
      other_owner:
        type === "revise" &&
        actor.role === "agent" &&
        message.status !== "new" &&
        event.owner !== undefined &&
        event.owner !== message.owner,
      revoked: tenant.revoked.includes(actor.principal),
      current: (type === "revise" ? event.base : event.digest) === message.digest,
      lapsed:
        message.status === "pending_approval"
          ? at >= message.decideBy
          : !meets(live) && message.approvals.some((one) => at >= one.at + mailbox.policy.approvalMaxAge),
      blocked,
      halted: tenant.halted,
      read_only: mode === "read_only",
      repeated: live.some(({ reviewer }) => reviewer === actor.principal),
      complete: meets(counted),
      clear: mode !== "read_only" && !blocked && (!gated || (!fresh && type !== "resolve" && meets(live))),
      due: (event.sendAt ?? message.sendAt) <= at,
      copied: mode === "monitored",
      attempt: event.attempt === message.attempt,
      approver: message.approvals.some((one) => takenBy(one, event)),
    };
    return this.hooks.facts?.(facts, it) ?? facts;
  }

  /** What an accepted row does to the message beside its status. */
  change(it: Case, row: Row): void {
    const { event, message, mailbox } = it;
    const { type, at, actor } = event;
    const live = this.live(it, at);
    const own: Approval = { reviewer: actor.principal, credential: actor.credential, digest: message.digest, at };
    const window = () => (message.decideBy = at + mailbox.policy.decisionWindow);
    if (type === "submit" || type === "revise") {
      if (type === "submit") {
        message.author = actor.principal;
        message.owner = event.owner ?? null;
      }
      message.digest = event.digest!;
      message.requestedMode = event.requestedMode ?? null;
      message.sendAt = event.sendAt!;
      message.approvals = [];
      window();
    } else if (type === "approve") message.approvals = [...live, own];
    else if (type === "revoke") message.approvals = message.approvals.filter((one) => !takenBy(one, event));
    else if (type === "resolve") message.approvals = actor.role === "reviewer" ? [own] : [];
    else if (type === "dispatch" && row.next === "pending_approval")
      message.approvals = row.class === "blocked" ? [] : live;
    if (type === "dispatch" && row.next === "dispatching") message.attempt += 1;
    if (row.next === "pending_approval" && (message.status !== "pending_approval" || type === "revise")) window();
    if (["submit", "revise", "dispatch", "resolve"].includes(type)) message.verdict = event.verdict!;
    message.status = row.next!;
  }

  onMessage(event: Event): Shown {
    const { world, hooks } = this;
    const tenant = world.tenants.get(event.tenant);
    if (tenant === undefined) return { from: null, refusal: "unknown_tenant" };
    const mailbox = world.mailboxes.get(event.mailbox!);
    const known = world.messages.get(event.message!);
    if (
      mailbox?.tenant !== event.tenant ||
      (known !== undefined && (known.mailbox !== event.mailbox || known.tenant !== event.tenant))
    )
      return { from: null, refusal: "unknown_mailbox" };
    const message: Message = known ?? {
      id: event.message!,
      tenant: event.tenant,
      mailbox: event.mailbox!,
      status: "new",
      author: "",
      owner: null,
      digest: "",
      requestedMode: null,
      sendAt: 0,
      verdict: { score: 0, held: false, blocked: false },
      decideBy: 0,
      approvals: [],
      attempt: 0,
    };
    const about = { event, world, tenant, mailbox, message };
    const requested =
      event.type === "submit" || event.type === "revise" ? (event.requestedMode ?? null) : message.requestedMode;
    const right = effectiveMode(mailbox.mode, requested, (event.verdict ?? message.verdict).held, tenant.halted);
    const it: Case = { ...about, mode: hooks.mode?.(right, about) ?? right };
    const name = classOf(event.type, this.facts(it));
    const key = `${message.status} ${event.type} ${name}`;
    this.seen(key);
    const found = rowFor(key);
    const row = hooks.row?.(found, it) ?? found;
    const from = message.status;
    if (row.next === undefined) return { from, refusal: row.refusal! };
    const before = { ...message };
    this.change(it, row);
    hooks.change?.(message, { ...it, row, before });
    world.messages.set(message.id, message);
    const shown = { from, to: message.status, commands: row.commands ?? [] };
    return ["submit", "revise", "dispatch"].includes(event.type) ? { ...shown, mode: it.mode } : shown;
  }

  onMailbox(event: Event): Shown {
    const { world, hooks } = this;
    if (!world.tenants.has(event.tenant)) return { from: null, refusal: "unknown_tenant" };
    const mailbox = world.mailboxes.get(event.mailbox!);
    const operator = event.actor.role === "operator";
    if (event.type === "create_mailbox") {
      if (!operator) return { from: null, refusal: "not_permitted" };
      if (mailbox !== undefined) return { from: null, refusal: "exists" };
      world.mailboxes.set(event.mailbox!, { tenant: event.tenant, mode: event.mode!, policy: event.policy! });
      return { from: null, to: event.mode!, commands: [] };
    }
    if (mailbox?.tenant !== event.tenant) return { from: null, refusal: "unknown_mailbox" };
    const from = mailbox.mode;
    if (event.type === "set_policy") {
      if (!operator) return { from, refusal: "not_permitted" };
      mailbox.policy = event.policy!;
      return { from, to: from, commands: [] };
    }
    const row = table.set_mode.find(
      (one) => one.mode === from && one.role === event.actor.role && one.target === event.mode,
    )!;
    const right = row.next ?? { refusal: row.refusal! };
    const answer = hooks.setMode?.(right, event, mailbox) ?? right;
    if (typeof answer !== "string") return { from, refusal: answer.refusal };
    mailbox.mode = answer;
    return { from, to: answer, commands: [] };
  }

  onTenant(event: Event): Shown {
    const { tenants } = this.world;
    const tenant = tenants.get(event.tenant);
    const done: Shown = { from: null, to: null, commands: [] };
    const refused = (refusal: string): Shown => ({ from: null, refusal });
    const { role } = event.actor;
    const starting = role === "system" && (event.type === "create_tenant" || event.type === "create_key");
    if (event.type === "create_tenant") {
      if (tenant !== undefined) return refused("exists");
      if (role !== "operator" && !starting) return refused("not_permitted");
      tenants.set(event.tenant, { halted: false, revoked: [] });
      return done;
    }
    if (tenant === undefined) return refused("unknown_tenant");
    if (role !== "operator" && !starting) return refused("not_permitted");
    if (event.type === "halt" || event.type === "resume") {
      if (tenant.halted === (event.type === "halt")) return refused("no_change");
      tenant.halted = !tenant.halted;
    } else if (event.type === "revoke_reviewer" || event.type === "reinstate_reviewer") {
      const there = tenant.revoked.includes(event.reviewer!);
      if (there === (event.type === "revoke_reviewer")) return refused("no_change");
      tenant.revoked = there
        ? tenant.revoked.filter((one) => one !== event.reviewer)
        : [...tenant.revoked, event.reviewer!].sort();
    } else if (event.type === "create_key" && ["send", "oversight"].every((scope) => event.scopes!.includes(scope)))
      return refused("not_permitted");
    return done;
  }

  decide(given: Event): Shown {
    const { hooks, world } = this;
    const event = hooks.event?.(given, world) ?? given;
    this.now = Math.max(this.now, event.at);
    const right =
      event.message !== undefined
        ? this.onMessage(event)
        : event.mailbox !== undefined
          ? this.onMailbox(event)
          : this.onTenant(event);
    const shown = hooks.shown?.(right, event) ?? right;
    hooks.after?.(event, world, shown);
    return shown;
  }

  state(): object {
    const { world, now } = this;
    const byId = <A>(map: ReadonlyMap<string, A>, show: (value: A) => object) =>
      Object.fromEntries([...map].map(([id, value]) => [id, show(value)]));
    return {
      tenants: byId(world.tenants, ({ halted, revoked }) => ({ halted, revoked })),
      mailboxes: byId(world.mailboxes, ({ mode, policy }) => ({ mode: strictest(mode), policy })),
      messages: byId(world.messages, (message) => {
        const { status, digest, attempt, decideBy } = message;
        const tenant = world.tenants.get(message.tenant)!;
        const mailbox = world.mailboxes.get(message.mailbox)!;
        const unsent = ["pending_approval", "scheduled", "queued"].includes(status);
        // A broken client may show what it believes to be live.
        const live = unsent ? this.live({ event: {} as Event, world, tenant, mailbox, message }, now) : [];
        return {
          status,
          digest,
          attempt,
          decide_by: status === "pending_approval" ? decideBy : null,
          approvals: [...new Set(live.map(({ reviewer }) => reviewer))].sort(),
        };
      }),
    };
  }
}

/** The operation `run` on a table client with these hooks. */
export const runTable =
  (hooks: () => Hooks, seen?: (key: string) => void) =>
  ({ before, events }: { readonly before: readonly Event[]; readonly events: readonly Event[] }) => {
    const client = new TableClient(hooks(), seen);
    for (const event of before) client.decide(event);
    return { outcomes: events.map((event) => client.decide(event)), state: client.state() };
  };
