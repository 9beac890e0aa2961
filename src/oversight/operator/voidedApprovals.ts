/** What takes approvals from messages that have not been handed over: one `revoke` for each message, in one transaction with its cause. */
import { Effect } from "effect";
import type { Actor } from "../../model/Actor.ts";
import { fromStore } from "../../contracts/errors.ts";
import { Records } from "../../store/Records.ts";
import type { Proposal } from "../commit/Committer.ts";

export const makeVoidedApprovals = Effect.gen(function* () {
  const records = yield* Records;

  /** One `revoke` for each message with an approval by the reviewer. */
  return Effect.fnUntraced(function* (tenant: string, reviewer: string, actor: Actor) {
    const states = yield* records.approvedBy({ tenant, reviewer }).pipe(Effect.catch(fromStore));
    return states.map(
      ({ mailbox, id, verdict }) =>
        ({
          event: { type: "revoke", at: 0, actor, tenant, mailbox, message: id, reviewer, verdict },
        }) satisfies Proposal,
    );
  });
});
