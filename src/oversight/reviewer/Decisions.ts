/**
 * What people decide on a message: approve, reject, cancel, and what became of a hand-over nobody answered for.
 *
 * A decision names the content it is about: by digest, by a pending id (which names one revision), or by the id of a
 * message that has only ever had one content. Anything vaguer is refused. @spec OV-22
 */
import { Effect, Schema } from "effect";
import { actorOf, reaches, type Credential } from "../../model/Credential.ts";
import { parsePendingId } from "../../model/PendingId.ts";
import type { MailboxState, MessageState } from "../../model/State.ts";
import type { Decided, DecisionRequest } from "../../contracts/Oversight.ts";
import { Records } from "../../store/Records.ts";
import { Committer, type Proposal } from "../commit/Committer.ts";
import { evidenceOf } from "../commit/evidence.ts";
import { newSalt } from "../commit/ids.ts";
import { Judgement } from "../judgement/Judgement.ts";
import { RecentContents } from "../handOver/RecentContents.ts";
import { Reach } from "../../accounts/Reach.ts";
import { OversightSettings } from "../../contracts/settings.ts";
import { Digest } from "../../model/Event.ts";
import { noDigest } from "../../bytes/digest.ts";
import { MessageRow, ContentRow, DecisionRow } from "../../model/records/message.ts";
import { MailboxRow } from "../../model/records/account.ts";
import { fromStore, invalid, isPlainNote, refusedError, forbidden } from "../../contracts/errors.ts";
import { winnerOf } from "../commit/winner.ts";

const isDigest = Schema.is(Digest);

/** Longest reason, characters. */
const reasonLimit = 2000;

export const makeDecisions = Effect.gen(function* () {
  const records = yield* Records;
  const committer = yield* Committer;
  const judgement = yield* Judgement;
  const recent = yield* RecentContents;
  const settings = yield* OversightSettings;
  const reach = yield* Reach;

  /** What a decision needs to know about its message; `revision` is the one this content is. */
  interface Found {
    readonly row: MessageRow;
    readonly content: Omit<ContentRow, "raw">;
    readonly mailbox: MailboxRow & { readonly state?: MailboxState };
  }

  /** The digest the decision is about. */
  const digestSeen = Effect.fnUntraced(function* (
    found: Effect.Success<ReturnType<typeof reach.message>>,
    digest: string | null,
  ) {
    const { state, named } = found;
    if (named !== null && named !== state.revision) {
      const old = yield* records.contentOf(state.id, named).pipe(Effect.catch(fromStore));
      // The id of an earlier content: the machine will refuse it as stale, and the log will show what was meant.
      return old?.digest ?? digest ?? noDigest;
    }
    if (digest !== null) {
      if (!isDigest(digest)) {
        return yield* invalid(
          "digest",
          "The digest is malformed.",
          "Give it as it was shown: sha256: and 64 hex digits.",
        );
      }
      return digest;
    }
    if (named !== null || state.revision === 1) return state.digest;
    return yield* invalid(
      "digest",
      "This message has been edited, so its id alone does not say which content you mean.",
      "Read the message and give the digest, or the pending_id, that you saw.",
    );
  });

  /**
   * The message and the digest meant. When the request names the very content that this process wrote last, nothing needs to
   * be read: whether that is still the message's content is for the machine to say, inside the transaction.
   */
  const located = Effect.fnUntraced(function* (credential: Credential, request: DecisionRequest) {
    const pending = parsePendingId(request.message);
    const known = recent.get(pending?.message ?? request.message);
    if (known !== null && known.row.tenant === credential.tenant && reaches(credential, known.row.mailbox)) {
      const { digest, revision } = known.content;
      const meant = request.digest === null ? pending?.revision === revision : request.digest === digest;
      if (meant && (pending === null || pending.revision === revision)) {
        const mailbox = yield* reach.mailbox(credential, known.row.mailbox);
        return { found: { ...known, mailbox } satisfies Found, digest };
      }
    }
    const found = yield* reach.message(credential, request.message);
    return { found, digest: yield* digestSeen(found, request.digest) };
  });

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
    const { outcome, index, message } = recorded!;
    if (!outcome.accepted)
      return yield* refusedError(outcome.refusal, index, yield* winnerOf(records, row.tenant, row.id));
    return decided(message!, found, index);
  });

  const decided = (state: MessageState, found: Found, index: number): Decided => ({
    state,
    messageId: found.row.messageId,
    auditRef: `${settings.origin}/${index}`,
    index,
    approvals: new Set(state.approvals.map((approval) => approval.reviewer)).size,
    quorum: found.mailbox.state?.policy.quorum ?? settings.policy.quorum,
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
