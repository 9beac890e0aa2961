/**
 * Rows of the outbox between being taken and being answered for.
 *
 * INVARIANT: leases are renewed by owner, so a row that this process forgets stays leased as long as it lives. Hence no row that was
 * taken is released without an answer from Oversight.
 */
import type { OutboxRow } from "./OutboxClaims.ts";

type Row = Pick<OutboxRow, "message" | "kind">;

export const keyOf = (row: Row): string => `${row.kind} ${row.message}`;

export class HeldRows {
  // The same row can come twice: by its commit and by a claim.
  readonly #counts = new Map<string, number>();

  get size(): number {
    return this.#counts.size;
  }

  has(row: Row): boolean {
    return this.#counts.has(keyOf(row));
  }

  /** Held, and not a second time by another way. */
  hasOnce(row: Row): boolean {
    return this.#counts.get(keyOf(row)) === 1;
  }

  hold(row: Row): void {
    this.#counts.set(keyOf(row), (this.#counts.get(keyOf(row)) ?? 0) + 1);
  }

  release(row: Row): void {
    const left = (this.#counts.get(keyOf(row)) ?? 1) - 1;
    if (left === 0) this.#counts.delete(keyOf(row));
    else this.#counts.set(keyOf(row), left);
  }
}
