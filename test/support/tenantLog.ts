/**
 * A log told step by step, with its lines as the export gives them. The machine decides and real keys sign, so what a test of a
 * rendering or of a report reads is never a line that could not be, and an export of it is found sound.
 */
import { createHash } from "node:crypto";
import { exportLine } from "../../src/audit/export/ExportLine.ts";
import { leafBytes } from "../../src/audit/leaf/Leaf.ts";
import { leafHash } from "../../src/audit/tree/Tree.ts";
import type { Actor } from "../../src/model/Actor.ts";
import { system } from "../../src/model/Actor.ts";
import type { Event, Policy, Verdict } from "../../src/model/Event.ts";
import type { LogRecord } from "../../src/model/LogRecord.ts";
import type { Mode } from "../../src/model/Mode.ts";
import type { State } from "../../src/model/State.ts";
import { actor, Log, startTenant } from "./log.ts";

export type Line = ReturnType<typeof exportLine>;

export const digestOf = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;

export const tenant = "acme";
export const agent: Actor = actor(tenant, "agent", "crm");
export const ann: Actor = actor(tenant, "reviewer", "ann");
export const ben: Actor = actor(tenant, "reviewer", "ben");
export const olga: Actor = actor(tenant, "operator", "olga");
/** The author with a key to decide: the rules do not let it decide on its own. */
export const author: Actor = actor(tenant, "reviewer", "crm");

export const clean: Verdict = { score: 120, held: false, blocked: false };
const policy: Policy = { quorum: 1, decisionWindow: 86_400, approvalMaxAge: 3_600 };

type Bare<E> = E extends Event | LogRecord ? Omit<E, "tenant" | "at" | "actor"> : never;

/** `2026-10-01T00:00:00Z`, seconds. */
export const october = 1_790_812_800;

export class TenantLog {
  readonly #log = new Log();
  readonly lines: Line[] = [];
  at: number;

  constructor(at = october) {
    this.at = at;
  }

  get state(): State {
    return this.#log.state;
  }

  get leaves(): readonly string[] {
    return this.#log.leaves;
  }

  #follow(): void {
    for (const leaf of this.#log.leaves.slice(this.lines.length)) {
      const index = this.lines.length;
      this.lines.push(exportLine({ index, leaf, leafHash: leafHash(leafBytes(leaf)) }, null));
    }
  }

  /** Lets an event happen `later` seconds after the one before; answers its line. */
  happens(later: number, by: Actor, bare: Bare<Event | LogRecord>): Line {
    this.at += later;
    this.#log.add({ ...bare, at: this.at, tenant, actor: by } as Event | LogRecord);
    this.#follow();
    return this.lines.at(-1)!;
  }

  /** The tenant, and a key for each: 1 + 5 entries, and one for each further reviewer. */
  tenantBegins(...reviewers: readonly string[]): void {
    startTenant(this.#log, tenant, this.at, [
      ["olga", "admin"],
      ["crm", "send"],
      ["crm", "oversight"],
      ["ann", "oversight"],
      ["ben", "oversight"],
      ...reviewers.map((name) => [name, "oversight"] as const),
    ]);
    this.#follow();
  }

  mailbox(mailbox: string, mode: Mode = "gated_send"): void {
    this.happens(0, olga, { type: "create_mailbox", mailbox, mode, policy });
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
