/** Copies to the oversight address: the bytes that were handed over, once more. They rest on the dispatch that asked for the copy. */
import { Effect, Result } from "effect";
import { readLeaf } from "../../audit/leaf/Leaf.ts";
import { restedOn } from "../../audit/leaf/restedOn.ts";
import { fromStore } from "../../contracts/errors.ts";
import { modeOrStrictest } from "../../model/Mode.ts";
import { Records } from "../../store/Records.ts";
import { stands } from "./OutstandingPermits.ts";
import type { Ready } from "./permits.ts";
import { OutboxRow } from "../../model/records/message.ts";

export const makeCopies = Effect.gen(function* () {
  const records = yield* Records;

  /** What the copy is made of; `null` when there is none to send now. */
  return Effect.fnUntraced(function* (outbox: OutboxRow) {
    const [stored] = yield* records.contentsOf([outbox.message]).pipe(Effect.catch(fromStore));
    const entry = yield* records.lastCopied(outbox.message).pipe(Effect.catch(fromStore));
    if (stored === undefined || entry === null || stored.mailbox.oversightAddress === null) return null;
    const { row, state, tenant, mailbox } = stored;
    const read = readLeaf(entry.leaf);
    if (Result.isFailure(read)) return null;
    const { evidence, mode } = read.success.leaf;
    // An edit may have put another content in its place since; that one has leave of its own to ask.
    const content = yield* records
      .contentWith(row.id, String(evidence["content_digest"]))
      .pipe(Effect.catch(fromStore));
    if (content === null) return null;
    const situation = { tenant, mailbox: mailbox.state, message: { ...state, digest: content.digest } };
    // What stops messages stops copies. @spec OV-5 OV-6
    if (!stands("copy", situation, state.attempt, entry.at)) return null;
    const ready: Ready = {
      row,
      content,
      mailbox,
      situation,
      mode: modeOrStrictest(mode),
      standing: restedOn(evidence),
      entry,
      delivery: null,
    };
    return ready;
  });
});
