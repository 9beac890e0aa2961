/**
 * A log made by the machine itself, entry by entry, and its lines as the export gives them. What a test of a rendering or of
 * a report reads is so never a line that could not be.
 */
import { createHash } from "node:crypto";
import { makeLeaf } from "../../../src/audit/Leaf.ts";
import type { Json } from "../../../src/audit/canonical.ts";
import { exportLine } from "../../../src/audit/ExportLine.ts";
import { applyOutcome, surroundingsIn, transition } from "../../../src/machine/transition.ts";
import type { Actor } from "../../../src/model/Actor.ts";
import { system } from "../../../src/model/Actor.ts";
import type { Event, Policy, Verdict } from "../../../src/model/Event.ts";
import type { Mode } from "../../../src/model/Mode.ts";
import { emptyState, type State } from "../../../src/model/State.ts";

export type Line = ReturnType<typeof exportLine>;

export const digestOf = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;

export const agent: Actor = { role: "agent", principal: "crm", credential: "ak_agent" };
export const ann: Actor = { role: "reviewer", principal: "ann", credential: "ak_ann" };
export const ben: Actor = { role: "reviewer", principal: "ben", credential: "ak_ben" };
export const olga: Actor = { role: "operator", principal: "olga", credential: "ak_olga" };

export const clean: Verdict = { score: 120, held: false, blocked: false };
const policy: Policy = { quorum: 1, decisionWindow: 86_400, approvalMaxAge: 3_600 };

type Bare<E> = E extends Event ? Omit<E, "tenant" | "at" | "actor"> : never;

/** `2026-10-01T00:00:00Z`, seconds. */
export const october = 1_790_812_800;

export class Logbook {
  readonly tenant: string;
  readonly lines: Line[] = [];
  state: State = emptyState;
  at: number;

  constructor(tenant = "acme", at = october) {
    this.tenant = tenant;
    this.at = at;
  }

  /** Lets an event happen `later` seconds after the one before; answers its line. */
  happens(later: number, actor: Actor, bare: Bare<Event>, evidence: { readonly [name: string]: Json } = {}): Line {
    this.at += later;
    const event = { ...bare, at: this.at, tenant: this.tenant, actor } as Event;
    const outcome = transition(surroundingsIn(this.state, event), event);
    const approvals = outcome.accepted ? (outcome.message?.approvals ?? []) : [];
    const index = this.lines.length;
    const { leaf, hash } = makeLeaf({
      index,
      event,
      outcome: outcome.accepted
        ? { ...outcome, refusal: null }
        : { accepted: false, refusal: outcome.refusal, from: outcome.from, to: null, mode: outcome.mode, commands: [] },
      evidence:
        "message" in event
          ? {
              agent: "agent-1",
              message_id: `<${event.message}@acme.example>`,
              identity_kid: "key_1",
              identity_signature: "MEUCIQ==",
              approvers: [...new Set(approvals.map(({ reviewer }) => reviewer))].sort(),
              ...evidence,
            }
          : evidence,
      personal: null,
    });
    this.state = applyOutcome(this.state, outcome);
    const line = exportLine({ index, leaf, leafHash: hash }, null);
    this.lines.push(line);
    return line;
  }

  tenantBegins(): void {
    this.happens(0, olga, { type: "create_tenant" });
  }

  mailbox(mailbox: string, mode: Mode = "gated_send", evidence: { readonly [name: string]: Json } = {}): void {
    this.happens(0, olga, { type: "create_mailbox", mailbox, mode, policy }, evidence);
  }

  submit(mailbox: string, message: string, later = 0, verdict: Verdict = clean): Line {
    const digest = digestOf(message);
    return this.happens(later, agent, {
      type: "submit",
      mailbox,
      message,
      digest,
      owner: null,
      requestedMode: null,
      sendAt: 0,
      verdict,
    });
  }

  approve(mailbox: string, message: string, later = 0, who: Actor = ann, content = message): Line {
    return this.happens(later, who, { type: "approve", mailbox, message, digest: digestOf(content), verdict: clean });
  }

  reject(mailbox: string, message: string, later = 0, who: Actor = ann): Line {
    return this.happens(later, who, { type: "reject", mailbox, message, digest: digestOf(message) });
  }

  dispatch(mailbox: string, message: string, later = 0): Line {
    return this.happens(later, system, { type: "dispatch", mailbox, message, verdict: clean });
  }

  outcome(type: "delivered" | "failed" | "deferred" | "lost", mailbox: string, message: string, later = 1): Line {
    const attempt = this.state.messages.get(message)?.attempt ?? 0;
    const reply = { delivered: "250 2.0.0", failed: "550 5.1.1", deferred: "451 4.3.0", lost: "" }[type];
    return this.happens(later, system, { type, mailbox, message, attempt, reply });
  }
}
