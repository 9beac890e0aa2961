/** The answer to a submit or an edit, and to a submit that was made before. */
import { Effect, Result } from "effect";
import { readLeaf } from "../../audit/leaf/Leaf.ts";
import { conflict, fromStore, notFound } from "../../contracts/errors.ts";
import type { Submission } from "../../contracts/Oversight.ts";
import type { Mode } from "../../model/Mode.ts";
import { pendingId } from "../../model/PendingId.ts";
import { type Refusal, refusals } from "../../model/Refusal.ts";
import type { MessageState } from "../../model/State.ts";
import { IdempotencyRow, MessageSummary } from "../../model/records/message.ts";
import { Journal } from "../../store/Journal.ts";
import { type Message, Records } from "../../store/Records.ts";

/** `made`: the entry; `null` when there is none of this request. */
export const submissionOf = (
  state: MessageState,
  fixed: { readonly thread: string; readonly messageId: string },
  shown: Pick<MessageSummary, "risk" | "identityHeader">,
  made: { readonly index: number; readonly mode: Mode | null } | null,
  refusal: Refusal | null,
): Submission => ({
  state,
  thread: fixed.thread,
  messageId: fixed.messageId,
  pendingId: pendingId(state.id, state.revision),
  risk: shown.risk,
  identityHeader: shown.identityHeader,
  mode: made?.mode ?? null,
  index: made?.index ?? null,
  refusal,
  repeated: made === null,
});

export const makeRepeats = Effect.gen(function* () {
  const records = yield* Records;
  const journal = yield* Journal;

  /** Why a message was refused at its submit: its first entry names the reason, unless it is of before 0.2.0. */
  const reasonLogged = Effect.fnUntraced(function* ({ row, state }: Pick<Message, "row" | "state">) {
    if (state.status !== "refused") return null;
    const [entry] = yield* journal
      .entries({ from: 0, limit: 1, tenant: row.tenant, message: row.id })
      .pipe(Effect.catch(fromStore));
    const read = entry === undefined ? null : readLeaf(entry.leaf);
    if (read === null || Result.isFailure(read)) return null;
    return refusals.find((refusal) => refusal === read.success.leaf.refusal) ?? null;
  });

  /** The answer to a request that has been made before. */
  return Effect.fnUntraced(function* (tenant: string, row: IdempotencyRow, same: boolean) {
    if (!same) {
      return yield* conflict(
        "This idempotency key was used for a different request.",
        "Use a new key for a new message; the same key only repeats the same request.",
      );
    }
    const earlier = yield* records.message(tenant, row.message).pipe(Effect.catch(fromStore));
    if (earlier === null) return yield* notFound("message");
    return submissionOf(earlier.state, earlier.row, earlier.content.summary, null, yield* reasonLogged(earlier));
  });
});
