/**
 * What people decide on a message: approve, reject, cancel, and the outcome of a hand-over that is not known.
 */
import { Effect } from "effect";
import { actorOf, type Credential } from "../../model/Credential.ts";
import { countOf, liveApprovals, type Situation } from "../../model/approvals.ts";
import type { Decided, DecisionRequest } from "../../contracts/Oversight.ts";
import { Records } from "../../store/Records.ts";
import { Committer, type Proposal } from "../commit/Committer.ts";
import { evidenceOf } from "../commit/evidence.ts";
import { newSalt } from "../commit/ids.ts";
import { Judgement } from "../judgement/Judgement.ts";
import { Reach } from "../../accounts/Reach.ts";
import { OversightSettings } from "../../contracts/settings.ts";
import { DecisionRow } from "../../model/records/message.ts";
import { fromStore, invalid, isPlainNote, refusedError, forbidden } from "../../contracts/errors.ts";
import { winnerOf } from "../commit/winner.ts";
import { type Found, makeSubjects } from "./subject.ts";

/** Longest reason, characters. */
const reasonLimit = 2000;

export const makeDecisions = Effect.gen(function* () {
  const records = yield* Records;
  const committer = yield* Committer;
  const judgement = yield* Judgement;
  const settings = yield* OversightSettings;
  const reach = yield* Reach;
  const { digestSeen, located } = yield* makeSubjects;

  const record = Effect.fnUntraced(function* (
    found: Found,
    by: string,
    decision: DecisionRow["decision"],
    reason: string | null,
    event: Proposal["event"],
  ) {
    if (reason !== null && !isPlainNote(reason, reasonLimit)) {
      return yield* invalid("reason", `A reason has at most ${reasonLimit} characters of plain text.`, "Shorten it.");
    }
    const { row, content } = found;
    const [recorded] = yield* committer
      .propose({
        event,
        evidence: (before, standing) => evidenceOf(row, content, before, standing),
        personal: reason === null ? null : { salt: newSalt(), reason },
        rows: ({ index, at, message }) => ({
          decisions: [
            { message: row.id, revision: message?.revision ?? content.revision, decision, by, at, index, reason },
          ],
        }),
      })
      .pipe(Effect.catch(fromStore));
    if (recorded!.kind === "repeated") return yield* Effect.die("a decision has no idempotency key");
    const { outcome, index, situation, at } = recorded!;
    if (!outcome.accepted)
      return yield* refusedError(outcome.refusal, index, yield* winnerOf(records, row.tenant, row.id));
    return decided(situation!, found, index, at);
  });

  const decided = (situation: Situation, found: Found, index: number, at: number): Decided => ({
    state: situation.message,
    messageId: found.row.messageId,
    auditRef: `${settings.origin}/${index}`,
    index,
    approvals: countOf(liveApprovals(situation, situation.message.digest, at)),
    quorum: situation.mailbox.policy.quorum,
  });

  const onMessage = (found: Found) => ({
    at: 0,
    tenant: found.row.tenant,
    mailbox: found.row.mailbox,
    message: found.row.id,
  });

  const judged = (found: Found) =>
    judgement.judge(found.mailbox, found.content.recipients, found.content.summary.replyTo);

  const decide = Effect.fn("Oversight.decide")(function* (credential: Credential, request: DecisionRequest) {
    const { found, digest } = yield* located(credential, request);
    const actor = actorOf(credential, "reviewer");
    if (actor === null) return yield* forbidden("This key may only read.", "Use a reviewer's key (scope oversight).");
    const base = { ...onMessage(found), actor, digest };
    if (request.decision === "reject") {
      return yield* record(found, actor.principal, "reject", request.reason, { ...base, type: "reject" });
    }
    const { verdict } = yield* judged(found);
    return yield* record(found, actor.principal, "approve", request.reason, { ...base, type: "approve", verdict });
  });

  const cancel = Effect.fn("Oversight.cancel")(function* (credential: Credential, id: string) {
    const found = yield* reach.message(credential, id);
    // A key that may both: its own mail it cancels as the agent it is, another's as the operator. @spec OV-125
    const { author, owner } = found.state;
    const isOwn = credential.principal === author || credential.principal === owner;
    const actor = actorOf(credential, ...(isOwn ? (["agent", "operator"] as const) : (["operator", "agent"] as const)));
    if (actor === null) return yield* forbidden("This key may only read.", "Use a key with the send scope.");
    return yield* record(found, actor.principal, "cancel", null, { ...onMessage(found), actor, type: "cancel" });
  });

  const resolve = Effect.fn("Oversight.resolve")(function* (
    credential: Credential,
    id: string,
    outcome: "delivered" | "failed" | "retry",
    digest: string | null,
    reason: string | null,
  ) {
    const found = yield* reach.message(credential, id);
    const actor = actorOf(credential, "reviewer", "operator");
    if (actor === null) return yield* forbidden("This key may only read.", "Use a reviewer's or an operator's key.");
    const seen = yield* digestSeen(found, digest);
    const { verdict } = yield* judged(found);
    return yield* record(found, actor.principal, "resolve", reason, {
      ...onMessage(found),
      actor,
      type: "resolve",
      outcome,
      digest: seen,
      verdict,
    });
  });

  return { decide, cancel, resolve };
});
