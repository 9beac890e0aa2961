/** What takes approvals from messages that have not been handed over: one `revoke` for each message, in one transaction with its cause. */
import { Effect } from "effect";
import type { Actor } from "../../model/Actor.ts";
import { isTakenBy } from "../../model/approvals.ts";
import { fromStore } from "../../contracts/errors.ts";
import { Records } from "../../store/Records.ts";
import type { Proposal, Recorded } from "../commit/Committer.ts";

/** Whose approvals: all of a reviewer's, or those that were given with one key. */
interface Whose {
  readonly reviewer: string;
  readonly key?: string;
}

/** The messages that lost an approval; one that was handed over or decided on in between did not. */
export const lostApproval = (recorded: readonly Recorded[]): readonly string[] =>
  recorded.flatMap((one) =>
    one.kind === "recorded" && one.outcome.accepted && one.outcome.message !== null ? [one.outcome.message.id] : [],
  );

export const makeVoidedApprovals = Effect.gen(function* () {
  const records = yield* Records;

  /** One `revoke` for each message with such an approval. */
  return Effect.fnUntraced(function* (tenant: string, whose: Whose, actor: Actor) {
    const states = yield* records.approvedBy({ tenant, reviewer: whose.reviewer }).pipe(Effect.catch(fromStore));
    return states
      .filter(({ approvals }) => approvals.some((approval) => isTakenBy(approval, whose)))
      .map(
        ({ mailbox, id, verdict }) =>
          ({
            event: { type: "revoke", at: 0, actor, tenant, mailbox, message: id, ...whose, verdict },
          }) satisfies Proposal,
      );
  });
});
