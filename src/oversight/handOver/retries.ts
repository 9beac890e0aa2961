/** Whether a hand-over with leave may still begin, and a person's word that the next try is due now. */
import { Effect } from "effect";
import { Reach } from "../../accounts/Reach.ts";
import type { DeliveryPermit } from "../../contracts/DeliveryPermit.ts";
import { conflict, forbidden, fromRead, fromStore } from "../../contracts/errors.ts";
import { actorOf, type Credential } from "../../model/Credential.ts";
import { nowSeconds } from "../../model/time.ts";
import { Journal } from "../../store/Journal.ts";
import { Records } from "../../store/Records.ts";
import { OutstandingPermits, stands } from "./OutstandingPermits.ts";

export const makeRetries = Effect.gen(function* () {
  const journal = yield* Journal;
  const records = yield* Records;
  const reach = yield* Reach;
  const outstanding = yield* OutstandingPermits;

  const mayBegin = Effect.fn("Oversight.mayBegin")(function* ({ content }: DeliveryPermit) {
    // One process has the store to itself: what it decides takes leaves back as it is decided.
    if (!journal.shared && content.kind === "message") return outstanding.stands(content);
    const now = yield* records.situation(content.tenant, content.message).pipe(Effect.catch(fromRead));
    return now !== null && stands(content.kind, now, content.attempt, yield* nowSeconds);
  });

  const retry = Effect.fn("Oversight.retry")(function* (credential: Credential, id: string) {
    const { row, state } = yield* reach.message(credential, id);
    if (actorOf(credential, "operator", "reviewer", "agent") === null) {
      return yield* forbidden("This key may only read.", "Use a key that may send, decide or operate.");
    }
    const hastened =
      state.status === "queued" && (yield* records.hasten(row.id, yield* nowSeconds).pipe(Effect.catch(fromStore)));
    if (!hastened) {
      return yield* conflict(
        "The message is not waiting for another try.",
        "Read it: its status and delivery.next_attempt_at say what it waits for.",
      );
    }
  });

  return { mayBegin, retry };
});
