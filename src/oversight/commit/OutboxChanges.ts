/** What a batch writes into the outbox: kept in step with the status of each message. @spec OV-29 */
import type { Outcome } from "../../machine/transition.ts";
import { type ContentRow, type OutboxRow, parked } from "../../model/records/message.ts";
import { isEnd, type MessageState } from "../../model/State.ts";

/** Rows that a process writes are its own for so long. */
export interface Lease {
  readonly owner: string;
  readonly seconds: number;
}

/** What the proposer of an event knows of the outbox. */
export interface OutboxWish {
  /** When `dispatch`: what may leave has been copied at an earlier try, and is not copied again. */
  readonly copied?: boolean;
  /** After a report: for whom the outbox has the message now, after how many failed tries, and when it is due, if it is due again. */
  readonly outbox?: Pick<OutboxRow, "tries" | "remaining"> & Partial<Pick<OutboxRow, "dueAt">>;
}

export class OutboxChanges {
  readonly puts = new Map<string, OutboxRow>();
  readonly deletes = new Map<string, { readonly message: string; readonly kind: "message" | "copy" }>();
  readonly #lease: Lease;
  readonly #now: number;

  constructor(lease: Lease, now: number) {
    this.#lease = lease;
    this.#now = now;
  }

  /**
   * Keeps the outbox in step with the status. A row stays, parked, while a message waits for a reviewer: it holds who has been
   * served already, so that no recipient gets the same content twice.
   */
  follow(
    wish: OutboxWish,
    message: MessageState,
    outcome: Extract<Outcome, { accepted: true }>,
    content: ContentRow | undefined,
  ): void {
    const key = message.id;
    const leased = { leaseOwner: this.#lease.owner, leaseUntil: this.#now + this.#lease.seconds };
    const free = { leaseOwner: null, leaseUntil: 0 };
    // `null` keeps the recipients of an earlier row; a new content starts with all.
    const remaining = outcome.from === "new" ? null : (content?.recipients ?? null);
    const due = { message: key, dueAt: this.#now, tries: 0 };
    if (outcome.commands.includes("copy") && wish.copied !== true) {
      this.#put({ ...due, ...leased, kind: "copy", remaining: null });
    }
    if (outcome.commands.includes("enqueue")) {
      // Once there has been an attempt, only the stored row knows who is still to be served: it is left to be claimed.
      const known = message.attempt === 0 || remaining !== null;
      this.#put({ ...due, ...(known ? leased : free), kind: "message", remaining });
    } else if (outcome.commands.includes("retry") && wish.outbox !== undefined) {
      this.#put({ ...due, ...free, kind: "message", ...wish.outbox });
    } else if (isEnd(message.status)) {
      if (outcome.from !== "new") this.#drop(key);
    } else if (outcome.from === "queued" || outcome.from === "dispatching") {
      // A lost hand-over leaves those it was about, for a person's word.
      if (message.status !== "queued" && message.status !== "dispatching") {
        this.park(key, remaining ?? wish.outbox?.remaining ?? null);
      }
    } else if (remaining !== null) this.park(key, remaining);
  }

  park(message: string, remaining: readonly string[] | null): void {
    this.#put({ message, kind: "message", dueAt: parked, leaseOwner: null, leaseUntil: 0, tries: 0, remaining });
  }

  #put(row: OutboxRow): void {
    const key = `${row.message} ${row.kind}`;
    this.deletes.delete(key);
    this.puts.set(key, { ...row, remaining: row.remaining ?? this.puts.get(key)?.remaining ?? null });
  }

  #drop(message: string): void {
    const key = `${message} message`;
    this.puts.delete(key);
    this.deletes.set(key, { message, kind: "message" });
  }
}
