/**
 * Permits: made after the `dispatching` state is durable, over bytes whose digest is computed again from what the store gave back; if
 * they are not the approved ones, no permit is made. @spec OV-29 OV-42
 */
import { Effect } from "effect";
import { issue, type DeliveryPermit } from "../../contracts/DeliveryPermit.ts";
import { contentDigest } from "../../mail/Digest.ts";
import type { Situation, Standing } from "../../model/approvals.ts";
import type { Mode } from "../../model/Mode.ts";
import type { Recorded } from "../commit/Batch.ts";
import { type Evidence, handOverEvidenceOf } from "../commit/evidence.ts";
import { OutstandingPermits } from "./OutstandingPermits.ts";
import type { RecentContent } from "./RecentContents.ts";
import { makeSignatures } from "./Signatures.ts";
import { DeliveryRow, OutboxRow } from "../../model/records/message.ts";

/** What a permit is made of: content as written, and where the message stands after its dispatch was recorded. */
export interface Ready extends RecentContent {
  readonly situation: Situation;
  readonly mode: Mode;
  /** What the hand-over rests on. */
  readonly standing: Standing;
  readonly entry: Pick<Extract<Recorded, { kind: "recorded" }>, "index" | "leafHash" | "at">;
  /** What earlier tries have come to; `null` = there was none. */
  readonly delivery: Pick<DeliveryRow, "refused" | "partly"> | null;
}

export const makePermits = Effect.gen(function* () {
  const sign = yield* makeSignatures;
  const outstanding = yield* OutstandingPermits;

  /** The message's evidence in the log when its permit was made; the outcome's entry repeats it. */
  const evidence = new WeakMap<DeliveryPermit, Evidence>();

  /** Fails when the bytes cannot be signed, or are not the message's. */
  const permit = Effect.fnUntraced(function* (ready: Ready, outbox: OutboxRow) {
    const { row, content, mailbox, situation, mode, standing, entry, delivery } = ready;
    const state = situation.message;
    const digest = contentDigest({
      raw: content.raw,
      envelope: { from: content.from, to: content.recipients },
      mailbox: row.mailbox,
      sendAt: state.sendAt,
    });
    if (digest !== state.digest) {
      return yield* Effect.fail({ message: "The bytes at hand are not the ones the message's digest names." });
    }
    const raw = yield* sign({
      raw: content.raw,
      mailbox,
      identityHeader: content.summary.identityHeader,
      mode,
      decision: standing.decision,
      at: entry.at,
      index: entry.index,
      leafHash: entry.leafHash,
    });
    const recipients =
      outbox.kind === "copy"
        ? [mailbox.oversightAddress].filter((address) => address !== null)
        : (outbox.remaining?.filter((address) => content.recipients.includes(address)) ?? content.recipients);
    const made = issue({
      message: row.id,
      tenant: row.tenant,
      mailbox: row.mailbox,
      kind: outbox.kind,
      attempt: state.attempt,
      tries: outbox.tries,
      messageId: row.messageId,
      from: content.from,
      recipients,
      partly: delivery?.partly ?? false,
      refused: delivery?.refused ?? [],
      raw,
      createdAt: row.createdAt,
    });
    evidence.set(made, handOverEvidenceOf(row, content, state, standing));
    outstanding.attach(made, situation);
    return made;
  });

  return { permit, evidenceFor: (made: DeliveryPermit): Evidence => evidence.get(made) ?? {} };
});
