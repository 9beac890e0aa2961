/**
 * The recipients of one hand-over: who is still to be offered, and the outcome for the others. Pure.
 *
 * - Each recipient is in one place at any time: to be offered, served, refused, put off, or unsure. Who was served, or may have been, is
 *   never offered again, so no one gets the message twice.
 * - At most 100 go into a transaction (RFC 5321 section 4.5.3.1.8). The excess of one goes into another at once.
 * - A relay that ends the session after so many refusals is offered the rest in a new session, half as many at a time: so good addresses
 *   behind bad ones are reached. Each further session must have settled a recipient, so it ends.
 */
import type { RefusedRecipient } from "../contracts/DeliveryPermit.ts";
import { judge, type Outcome } from "./Outcome.ts";
import type { Heard } from "./smtp/Heard.ts";
import { isPositive } from "./smtp/Reply.ts";
import { printable } from "../model/printable.ts";
import { textOf } from "./smtp/SmtpFault.ts";

/** The most in one transaction. */
const most = 100;

/** The most that a reply names. */
const named = 5;

export class Recipients {
  readonly #all: number;
  #todo: readonly string[];
  #batch = most;
  #served = 0;
  readonly #refused: RefusedRecipient[] = [];
  readonly #later: RefusedRecipient[] = [];
  readonly #unsure: RefusedRecipient[] = [];
  /** Refused or put off one by one, for the reply. */
  readonly #apart: RefusedRecipient[] = [];
  /** The last reply about the message as a whole. */
  #lastReply: string | null = null;
  #stopped = false;
  /** A session that had been used before died under it, and was replaced. */
  #replaced = false;

  constructor(recipients: readonly string[]) {
    this.#all = recipients.length;
    this.#todo = recipients;
  }

  /** Those of the next transaction. */
  next(): readonly string[] {
    const batch = this.#todo.length <= this.#batch ? this.#todo : this.#todo.slice(0, this.#batch);
    this.#todo = this.#todo.slice(batch.length);
    return batch;
  }

  /** Nothing of the transaction was written. */
  putBack(batch: readonly string[]): void {
    this.#todo = [...batch, ...this.#todo];
  }

  /**
   * Takes the replies to a transaction for `batch`. Answers where the rest goes: another transaction of the same session, a new session, or nowhere
   * now. `reused`: the session had been used before.
   */
  hear(
    batch: readonly string[],
    heard: Heard,
    session: { readonly anonymous: boolean; readonly reused: boolean },
  ): "same_session" | "new_session" | "done" {
    const again: string[] = [];
    const tooMany: RefusedRecipient[] = [];
    const { whole, each, begun } = judge(heard, batch.length, session.anonymous);
    for (const [at, verdict] of each.entries()) {
      const { type, reply } = verdict;
      const one = { address: batch[at]!, reply };
      if (type === "served") this.#served += 1;
      else if (type === "unheard") again.push(one.address);
      else if (type === "unsure") this.#unsure.push(one);
      else if (type === "too_many") tooMany.push(one);
      else {
        (type === "refused" ? this.#refused : this.#later).push(one);
        if (verdict !== whole) this.#apart.push(one);
      }
    }
    if (whole !== null) this.#lastReply = whole.reply;
    else if (heard.fault !== null) this.#lastReply = textOf(heard.fault);

    // Where a recipient was accepted there was room, so there may be room for the others in a transaction of their own.
    const accepted = heard.recipients.filter(isPositive).length;
    if (accepted > 0) {
      if (tooMany.length > 0) this.#batch = accepted;
      this.#todo = [...again, ...tooMany.map(({ address }) => address), ...this.#todo];
    } else {
      this.#later.push(...tooMany);
      this.#apart.push(...tooMany);
      this.#todo = [...again, ...this.#todo];
    }

    if (this.#todo.length === 0 || whole?.type === "unsure" || whole?.type === "later") return "done";
    // Cut off in the middle of the content: not served, but it was not an idle session that had died.
    if (begun && again.length > 0) return "done";
    if (each.some(({ type }) => type !== "unheard" && type !== "too_many")) {
      if (heard.fault === null) return "same_session";
      if (again.length > 0) this.#batch = Math.max(1, Math.floor(batch.length / 2));
      return "new_session";
    }
    if (heard.fault === null || !session.reused || this.#replaced) return "done";
    this.#replaced = true;
    return "new_session";
  }

  /** All who have not been served are refused, by us: the message cannot be sent. */
  refuse(reply: string): void {
    this.#lastReply = reply;
    this.#refused.push(...this.#todo.map((address) => ({ address, reply })));
    this.#todo = [];
  }

  /** There is no session for the rest. */
  cut(reply: string): void {
    this.#lastReply = reply;
  }

  /** The message may not leave any more. */
  stop(): void {
    this.#lastReply = "Stopped before all recipients had been offered";
    this.#stopped = true;
  }

  /** The outcome so far, with those who have not been offered. */
  outcome(): Outcome {
    const refused = this.#refused;
    const reply = this.#reply();
    const left = this.#todo.map((address) => ({ address, reply: this.#lastReply ?? reply }));
    const partly = this.#served > 0;
    if (this.#unsure.length > 0) {
      return { type: "lost", reply, remaining: [...this.#unsure, ...this.#later, ...left], refused, partly };
    }
    const remaining = [...this.#later, ...left];
    if (remaining.length > 0) return { type: "deferred", reply, remaining, refused, partly, atOnce: this.#stopped };
    return { type: partly ? "delivered" : "failed", reply, refused };
  }

  /** "250 ok; refused: a@example.com (550 no such user)" */
  #reply(): string {
    const last = this.#lastReply ?? this.#apart[0]?.reply ?? "No reply";
    if (this.#all === 1) return last;
    const unknown =
      this.#unsure.length === 0 || this.#unsure.length === this.#all
        ? []
        : [`nobody knows about: ${listed(this.#unsure.map(({ address }) => address))}`];
    const apart =
      this.#apart.length === 0
        ? []
        : [`refused: ${this.#apart.map(({ address, reply }) => `${address} (${reply})`).join(", ")}`];
    const more = [...unknown, ...apart];
    return more.length === 0 ? last : printable([last.replace(/\.$/, ""), ...more].join("; "));
  }
}

const listed = (addresses: readonly string[]): string =>
  addresses.length <= named
    ? addresses.join(", ")
    : `${addresses.slice(0, named).join(", ")} and ${addresses.length - named} more`;
