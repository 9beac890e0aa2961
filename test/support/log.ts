/** Logs as a server writes them: the real machine decides, `makeLeaf` writes, real keys sign. */
import { makeLeaf } from "../../src/audit/leaf/Leaf.ts";
import { mailboxKeyBytes, mailboxKeyEvidence, type MailboxKeyEvidence } from "../../src/audit/leaf/mailboxKey.ts";
import { restedOn } from "../../src/audit/leaf/restedOn.ts";
import type { Json } from "../../src/bytes/canonical.ts";
import { formatAgentStatement, statementBytes } from "../../src/identity/AgentIdentity.ts";
import { applyOutcome, surroundingsIn, transition } from "../../src/machine/transition.ts";
import { system } from "../../src/model/Actor.ts";
import type { Event } from "../../src/model/Event.ts";
import type { LogRecord } from "../../src/model/LogRecord.ts";
import { standingOf, type Standing } from "../../src/model/approvals.ts";
import { emptyState, type State } from "../../src/model/State.ts";
import { evidenceOf } from "../../src/oversight/commit/evidence.ts";
import { operatorKey, p256Key } from "./logKeys.ts";

const operatorKid = "key_01J000000000000000000PER00";

interface MailboxIdentity {
  readonly kid: string;
  readonly agent: string;
  readonly sign: (bytes: Uint8Array) => Uint8Array;
  readonly evidence: MailboxKeyEvidence;
}

/** One identity for each mailbox, whatever the log; made once. */
const identities = new Map<string, MailboxIdentity>();
const identityOf = (mailbox: string): MailboxIdentity => {
  let identity = identities.get(mailbox);
  if (identity === undefined) {
    const kid = `key_01J0000000000000000000${String(identities.size).padStart(4, "0")}`;
    const agent = `agent-of-${mailbox}`;
    const made = p256Key();
    const introduced = { mailbox, agent, kid, spki: made.key.spki };
    const signature = operatorKey.sign(mailboxKeyBytes(introduced));
    identity = {
      kid,
      agent,
      sign: made.sign,
      evidence: mailboxKeyEvidence(introduced, { kid: operatorKid, signature }),
    };
    identities.set(mailbox, identity);
  }
  return identity;
};

type Evidence = { readonly [name: string]: Json };

const reports = new Set(["delivered", "failed", "deferred", "lost"]);
const nobody: Standing = { approvers: [], decision: "policy" };

/** What the server puts beside an event. `handedOver`: what the hand-over under way rested on. */
const evidenceFor = (
  event: Event | LogRecord,
  state: State,
  outcome: { readonly accepted: boolean; readonly to?: string | null },
  handedOver: Standing | undefined,
): Evidence => {
  const before = "message" in event ? (state.messages.get(event.message ?? "") ?? null) : null;
  if (event.type === "create_mailbox") {
    const { agent, kid } = identityOf(event.mailbox);
    return { agent, identity_kid: kid };
  }
  if (!("message" in event) || !("mailbox" in event) || event.message === undefined || event.mailbox === undefined)
    return {};
  const { kid, agent, sign: by, evidence } = identityOf(event.mailbox);
  const content = event.type === "submit" || event.type === "revise";
  if (!content && before === null) return {};
  const digest = content ? event.digest : before!.digest;
  const identityHeader = content
    ? formatAgentStatement({
        kid,
        agent,
        ts: event.at,
        sig: Buffer.from(by(statementBytes(agent, event.at))).toString("base64"),
      })
    : "";
  const live =
    content || before === null
      ? nobody
      : standingOf(
          { tenant: state.tenants.get(event.tenant)!, mailbox: state.mailboxes.get(event.mailbox)!, message: before },
          event.at,
        );
  const standing = reports.has(event.type) ? (handedOver ?? live) : live;
  const handsOver = event.type === "dispatch" && outcome.to === "dispatching";
  const summary = { identityHeader } as Parameters<typeof evidenceOf>[1]["summary"];
  return {
    ...evidenceOf({ agent, messageId: `<${event.message}@acme.example>` }, { digest, summary }, { digest }, standing),
    ...(handsOver || reports.has(event.type) ? { decision: standing.decision } : {}),
    ...(content ? evidence : {}),
  };
};

export class Log {
  readonly leaves: string[] = [];
  state: State = emptyState;
  readonly #lastOf = new Map<string, number>();
  readonly #handedOver = new Map<string, Standing>();

  /** Decides on an event and writes its entry; answers whether it was accepted. */
  add(event: Event | LogRecord, change: (evidence: Evidence) => Evidence = (it) => it): boolean {
    const isRecord = ["set_retention", "legal_hold", "release_hold", "erase"].includes(event.type);
    const known = event as Event;
    const outcome = isRecord
      ? ({ accepted: true, from: null, to: null, mode: null, commands: [], refusal: null } as const)
      : transition(surroundingsIn(this.state, known), known);
    const message = "message" in known ? known.message : "";
    const evidence = change(evidenceFor(event, this.state, outcome, this.#handedOver.get(message)));
    if (outcome.accepted && event.type === "dispatch" && outcome.to === "dispatching")
      this.#handedOver.set(message, restedOn(evidence));
    const { leaf } = makeLeaf({
      index: this.leaves.length,
      event,
      outcome: {
        accepted: outcome.accepted,
        refusal: outcome.refusal,
        from: outcome.from,
        to: outcome.accepted ? outcome.to : outcome.from,
        mode: outcome.mode,
        commands: outcome.accepted ? outcome.commands : [],
      },
      evidence,
      personal: null,
      previous: this.#lastOf.get(event.tenant) ?? null,
    });
    this.#lastOf.set(event.tenant, this.leaves.length);
    this.leaves.push(leaf);
    if (!isRecord) this.state = applyOutcome(this.state, outcome as Parameters<typeof applyOutcome>[1]);
    return outcome.accepted;
  }
}

/** A log whose first entries make a tenant and a key for each of these principals, as a server's first start does. */
export const startTenant = (
  book: Log,
  tenant: string,
  at: number,
  principals: readonly (readonly [principal: string, scope: "send" | "oversight" | "admin"])[],
  actor: Event["actor"] = system,
): void => {
  book.add({ type: "create_tenant", at, actor, tenant });
  for (const [principal, scope] of principals) {
    const key = `ak_${tenant}_${principal}_${scope}`;
    book.add({ type: "create_key", at, actor: system, tenant, key, principal, scopes: ["read", scope] });
  }
};

const scopes = { agent: "send", reviewer: "oversight", operator: "admin" } as const;

/** Who acts in a tenant, with the credential `startTenant` made. */
export const actor = (tenant: string, role: keyof typeof scopes, principal: string): Event["actor"] => ({
  role,
  principal,
  credential: `ak_${tenant}_${principal}_${scopes[role]}`,
});

/** Random traces' events with the credentials of a server; events on tenants that never were cannot come from one. */
export const logOfTrace = (offered: readonly Event[]): Log => {
  const book = new Log();
  const people = {
    send: ["ada", "bob", "dan"],
    oversight: ["ann", "ben", "cat", "dan"],
    admin: ["oda", "oz"],
  } as const;
  const principals = (["send", "oversight", "admin"] as const).flatMap((scope) =>
    people[scope].map((name) => [name, scope] as const),
  );
  startTenant(book, "t0", 1_000, principals);
  for (const event of offered) {
    if (event.tenant === "nowhere") continue;
    const of = event.type === "create_tenant" ? "t0" : event.tenant;
    const { role, principal } = event.actor;
    const by = role === "system" ? event.actor : actor(of, role, principal);
    if (event.type === "create_tenant" && !book.state.tenants.has(event.tenant) && role === "operator") {
      startTenant(book, event.tenant, event.at, principals, by);
    } else if (event.type === "create_key") {
      book.add({ ...event, actor: by, key: `${event.tenant}-${event.key}-${book.leaves.length}` });
    } else if (event.type === "revise") {
      // A server's entry names the owner of the key.
      const { owner = book.state.messages.get(event.message)?.owner ?? null } = event;
      book.add({ ...event, owner, actor: by });
    } else book.add({ ...event, actor: by });
  }
  return book;
};
