/**
 * Events, outcomes and records of the running machine as literals of the Lean model.
 *
 * Names become numbers: people, tenants, mailboxes, messages, keys and digests each by their place in the sorted list of all
 * there are, from 1, so that an order of names is an order of numbers. 0 is the empty digest of what has none.
 */
import type { Outcome } from "../../src/machine/transition.ts";
import type { Actor } from "../../src/model/Actor.ts";
import type { Event, MessageEvent, Policy, Verdict } from "../../src/model/Event.ts";
import type { MailboxState, MessageState, State, TenantState } from "../../src/model/State.ts";
import { dotted, listed, optional } from "./words.ts";

/** Numbers for the names of one sort. */
export class Numbering {
  readonly #numbers: ReadonlyMap<string, number>;
  constructor(names: Iterable<string>) {
    this.#numbers = new Map(
      [...new Set(names)]
        .filter((name) => name !== "")
        .sort()
        .map((name, i) => [name, i + 1]),
    );
  }
  of(name: string): string {
    if (name === "") return "0";
    const number = this.#numbers.get(name);
    if (number === undefined) throw new Error(`a name without a number: ${name}`);
    return String(number);
  }
}

/** Every text in an event or a record, whatever it names. One numbering serves all sorts. */
export const namesIn = (value: unknown): readonly string[] => {
  if (typeof value === "string") return [value];
  if (value instanceof Map) return [...value.entries()].flatMap(namesIn);
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(namesIn) : [];
};

/** Terms that come up often, each elaborated once and then called by a short name. */
class Shared {
  readonly #names = new Map<string, string>();
  readonly #texts: string[] = [];
  name(type: string, text: string): string {
    const key = `${type} := ${text}`;
    let name = this.#names.get(key);
    if (name === undefined) {
      name = `s${this.#names.size}`;
      this.#names.set(key, name);
      this.#texts.push(`def ${name} : ${key}`);
    }
    return name;
  }
  get texts(): readonly string[] {
    return this.#texts;
  }
}

export class Literals {
  readonly #names: Numbering;
  readonly #shared = new Shared();
  constructor(names: Numbering) {
    this.#names = names;
  }

  /** Definitions that must stand before what was written. */
  get definitions(): readonly string[] {
    return this.#shared.texts;
  }

  #id(name: string): string {
    return this.#shared.name("Nat", this.#names.of(name));
  }

  #maybe(name: string | null): string {
    return name === null ? "none" : `(some ${this.#id(name)})`;
  }

  actor({ role, principal, credential }: Actor): string {
    const text = `⟨${dotted(role)}, ${this.#id(principal)}, ${optional(credential, (key) => this.#id(key))}⟩`;
    return this.#shared.name("Actor", text);
  }

  verdict({ score, held, blocked }: Verdict): string {
    return `⟨${score}, ${held}, ${blocked}⟩`;
  }

  policy({ quorum, decisionWindow, approvalMaxAge }: Policy): string {
    return this.#shared.name("Policy", `⟨${quorum}, ${decisionWindow}, ${approvalMaxAge}, by decide⟩`);
  }

  act(event: MessageEvent): string {
    const digest = (name: string) => this.#id(name);
    const mode = (name: string | null) => (name === null ? "none" : `(some ${dotted(name)})`);
    switch (event.type) {
      case "submit":
        return `.submit ${digest(event.digest)} ${this.#maybe(event.owner)} ${mode(event.requestedMode)} ${event.sendAt} ${this.verdict(event.verdict)}`;
      case "approve":
        return `.approve ${digest(event.digest)} ${this.verdict(event.verdict)}`;
      case "reject":
        return `.reject ${digest(event.digest)}`;
      case "revise":
        return `.revise ${digest(event.base)} ${digest(event.digest)} ${mode(event.requestedMode)} ${event.sendAt} ${this.verdict(event.verdict)} ${event.owner === undefined ? "none" : `(some ${this.#maybe(event.owner)})`}`;
      case "dispatch":
        return `.dispatch ${this.verdict(event.verdict)}`;
      case "delivered":
      case "failed":
      case "deferred":
      case "lost":
        return `.${event.type} ${event.attempt}`;
      case "resolve":
        return `.resolve ${dotted(event.outcome)} ${digest(event.digest)} ${this.verdict(event.verdict)}`;
      case "revoke":
        return `.revoke ${this.#id(event.reviewer)} ${this.verdict(event.verdict)} ${this.#maybe(event.key ?? null)}`;
      case "cancel":
      case "expire":
      case "release":
        return `.${event.type}`;
    }
  }

  event(event: Event): string {
    const stamp = `${event.at} ${this.actor(event.actor)} ${this.#id(event.tenant)}`;
    if ("message" in event) {
      return `.message ${stamp} ${this.#id(event.mailbox)} ${this.#id(event.message)} (${this.act(event)})`;
    }
    switch (event.type) {
      case "create_mailbox":
        return `.mailbox ${stamp} ${this.#id(event.mailbox)} (.create ${dotted(event.mode)} ${this.policy(event.policy)})`;
      case "set_mode":
        return `.mailbox ${stamp} ${this.#id(event.mailbox)} (.setMode ${dotted(event.mode)})`;
      case "set_policy":
        return `.mailbox ${stamp} ${this.#id(event.mailbox)} (.setPolicy ${this.policy(event.policy)})`;
      case "create_tenant":
        return `.tenant ${stamp} .create`;
      case "halt":
      case "resume":
        return `.tenant ${stamp} .${event.type}`;
      case "revoke_reviewer":
      case "reinstate_reviewer":
        return `.tenant ${stamp} (${dotted(event.type)} ${this.#id(event.reviewer)})`;
      case "create_key": {
        const scopes = listed(event.scopes.map(dotted));
        return `.tenant ${stamp} (.createKey ${this.#id(event.key)} ${this.#id(event.principal)} ${scopes})`;
      }
      case "revoke_key":
        return `.tenant ${stamp} (.revokeKey ${this.#id(event.key)})`;
    }
  }

  outcome(event: Event, outcome: Outcome): string {
    const sort = "message" in event ? "status" : "mode";
    const label = (word: string | null) => (word === null ? "none" : `(some (.${sort} ${dotted(word)}))`);
    const mode = outcome.mode === null ? "none" : `(some ${dotted(outcome.mode)})`;
    const why = outcome.refusal === null ? "none" : `(some ${dotted(outcome.refusal)})`;
    const text = outcome.accepted
      ? `.accepted ${label(outcome.from)} ${label(outcome.to)} ${listed(outcome.commands.map(dotted))} ${mode} ${why}`
      : `.refused ${dotted(outcome.refusal)} ${label(outcome.from)} ${mode}`;
    return this.#shared.name("Outcome", text);
  }

  #tenant({ id, halted, revoked, version }: TenantState): string {
    return `(${this.#id(id)}, ⟨${halted}, ${listed(revoked.map((name) => this.#id(name)))}, ${version}⟩)`;
  }

  #mailbox({ id, tenant, mode, policy, version }: MailboxState): string {
    return `(${this.#id(id)}, ⟨${this.#id(tenant)}, ${dotted(mode)}, ${this.policy(policy)}, ${version}⟩)`;
  }

  #message(message: MessageState): string {
    const approvals = message.approvals.map(
      ({ reviewer, digest, at, credential }) =>
        `⟨${this.#id(reviewer)}, ${this.#id(digest)}, ${at}, ${this.#maybe(credential ?? null)}⟩`,
    );
    const fields = [
      this.#id(message.tenant),
      this.#id(message.mailbox),
      dotted(message.status),
      message.version,
      this.#id(message.author),
      optional(message.owner, (name) => this.#id(name)),
      this.#id(message.digest),
      message.revision,
      optional(message.requestedMode, dotted),
      message.sendAt,
      this.verdict(message.verdict),
      message.decideBy,
      listed(approvals),
      message.attempt,
    ];
    return `(${this.#id(message.id)}, ⟨${fields.join(", ")}⟩)`;
  }

  held({ tenants, mailboxes, messages }: State): string {
    const all = [
      [...tenants.values()].map((one) => this.#tenant(one)),
      [...mailboxes.values()].map((one) => this.#mailbox(one)),
      [...messages.values()].map((one) => this.#message(one)),
    ];
    return `⟨${all.map((list) => `[${list.join(",\n  ")}]`).join(",\n  ")}⟩`;
  }
}
