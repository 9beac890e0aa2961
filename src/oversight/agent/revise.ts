/** An agent, or a reviewer, puts another content in a message's place; nothing is stored before the event. */
import { Effect } from "effect";
import { actorOf, answerableFor, type Credential } from "../../model/Credential.ts";
import type { Draft } from "../../contracts/Oversight.ts";
import { Records } from "../../store/Records.ts";
import { Committer } from "../commit/Committer.ts";
import { winnerOf } from "../commit/winner.ts";
import { contentRow } from "./Content.ts";
import { RecentContents } from "../handOver/RecentContents.ts";
import { Reach } from "../../accounts/Reach.ts";
import { fromStore, forbidden, refusedError } from "../../contracts/errors.ts";
import { makePreparation, preparedEvidence } from "./preparation.ts";
import { submissionOf } from "./submission.ts";

const otherOwner = {
  message: "Another person answers for this message than for this key.",
  hint: "Edit it with a key of the same owner, or submit a new message.",
};

export const makeRevise = Effect.gen(function* () {
  const records = yield* Records;
  const committer = yield* Committer;
  const recent = yield* RecentContents;
  const reach = yield* Reach;
  const prepared = yield* makePreparation;

  return Effect.fn("Oversight.revise")(function* (
    credential: Credential,
    id: string,
    base: string | null,
    draft: Draft,
  ) {
    const { row, state, mailbox } = yield* reach.message(credential, id);
    const actor = actorOf(credential, "agent", "reviewer");
    if (actor === null)
      return yield* forbidden("This key may only read.", "Use a key with the send or oversight scope.");
    const made = yield* prepared(draft, mailbox, row.messageId);
    const { content, judged, signed } = made;
    const shown = { risk: judged.risk, identityHeader: signed };
    const [recorded] = yield* committer
      .propose({
        event: {
          type: "revise",
          at: 0,
          actor,
          tenant: row.tenant,
          mailbox: row.mailbox,
          message: row.id,
          base: base ?? state.digest,
          digest: content.digest,
          owner: answerableFor(credential),
          requestedMode: draft.mode,
          sendAt: draft.sendAt ?? 0,
          verdict: judged.verdict,
        },
        evidence: preparedEvidence(mailbox, made, row.messageId),
        rows: ({ index, at, message }) => {
          const stored = contentRow(content, row.id, message!.revision, shown);
          // As in submit: before a hand-over can be requested, so that the old content is no longer used.
          recent.put({ row, content: stored, mailbox });
          return {
            contents: [stored],
            decisions: [
              {
                message: row.id,
                revision: message!.revision,
                decision: "revise",
                by: actor.principal,
                at,
                index,
                reason: null,
              },
            ],
          };
        },
      })
      .pipe(Effect.catch(fromStore));
    if (recorded!.kind === "repeated") return yield* Effect.die("an edit has no idempotency key");
    const { outcome, index, message } = recorded!;
    if (!outcome.accepted) {
      const underAnother =
        outcome.refusal === "not_permitted" && actor.role === "agent" && answerableFor(credential) !== state.owner;
      const winner = yield* winnerOf(records, row.tenant, row.id);
      return yield* refusedError(outcome.refusal, index, winner, underAnother ? otherOwner : {});
    }
    return submissionOf(message!, row, shown, { index, mode: outcome.mode }, outcome.refusal);
  });
});
