/**
 * The contents this process has lately offered to the log, so that a hand-over need not read back what was just written.
 *
 * - They are put here inside the transaction, so one may be here that was never stored. A caller that has a row of the outbox or
 *   a commit's answer knows that it was.
 * - Only what never changes is kept: a message's row, and one content of it. Where the message stands is always asked of the
 *   store, inside the transaction that decides.
 * - Another process may have put a newer content in its place. Each caller compares digests after the decision: no permit is made,
 *   and no approval accepted, over any other digest than the message's own.
 */
import { Context, Layer } from "effect";
import type { MailboxRow } from "../../model/records/account.ts";
import type { ContentRow, MessageRow } from "../../model/records/message.ts";

export interface RecentContent {
  readonly row: MessageRow;
  readonly content: ContentRow;
  readonly mailbox: MailboxRow;
}

/** Bytes of raw content kept at most. */
const budget = 32 * 1024 * 1024;

export class RecentContents extends Context.Service<
  RecentContents,
  {
    readonly put: (recent: RecentContent) => void;
    readonly get: (message: string) => RecentContent | null;
    readonly forget: (message: string) => void;
  }
>()("countersign/oversight/RecentContents") {}

export const layerRecentContents = Layer.sync(RecentContents, () => {
  const kept = new Map<string, RecentContent>();
  let size = 0;
  const forget = (message: string): void => {
    const recent = kept.get(message);
    if (recent === undefined) return;
    kept.delete(message);
    size -= recent.content.raw.length;
  };
  return RecentContents.of({
    forget,
    get: (message) => kept.get(message) ?? null,
    put: (recent) => {
      forget(recent.row.id);
      if (recent.content.raw.length > budget / 4) return;
      kept.set(recent.row.id, recent);
      size += recent.content.raw.length;
      // The oldest first: a Map keeps the order of insertion.
      for (const message of kept.keys()) {
        if (size <= budget) break;
        forget(message);
      }
    },
  });
});
