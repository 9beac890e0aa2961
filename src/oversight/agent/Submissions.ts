/**
 * What an agent does with its own mail: submit, edit (reviewers too), cancel.
 *
 * A message goes: addresses and MIME → recipients judged → digest → the agent's statement signed → one event. Nothing is
 * stored before the event, so whatever fails on the way leaves no trace.
 */
import { Effect, Result } from "effect";
import { nowSeconds } from "../../model/time.ts";
import { agentStatement, formatAgentStatement } from "../../identity/AgentIdentity.ts";
import { readLeaf } from "../../audit/leaf/Leaf.ts";
import { KeyRing } from "../../identity/KeyRing.ts";
import { toHex, utf8 } from "../../bytes/octets.ts";
import { sha256 } from "../../bytes/sha256.ts";
import { canonical } from "../../bytes/canonical.ts";
import { domainOf } from "../../mail/address/domainOf.ts";
import { actorOf, answerableFor, type Credential } from "../../model/Credential.ts";
import type { Mode } from "../../model/Mode.ts";
import { pendingId } from "../../model/PendingId.ts";
import { type Refusal, refusals } from "../../model/Refusal.ts";
import { isEnd, type MessageState } from "../../model/State.ts";
import type { Draft, Submission, SubmitRequest } from "../../contracts/Oversight.ts";
import { Journal } from "../../store/Journal.ts";
import { Records, type Message } from "../../store/Records.ts";
import { Committer } from "../commit/Committer.ts";
import { contentOf, contentRow } from "./Content.ts";
import { fromKeyRing, fromMail, missingOversightAddress } from "../errors.ts";
import { evidenceOf } from "../commit/evidence.ts";
import { newId } from "../commit/ids.ts";
import { makeIntroductions } from "./mailboxKeys.ts";
import { Judgement } from "../judgement/Judgement.ts";
import { RecentContents } from "../handOver/RecentContents.ts";
import { OversightSettings } from "../../contracts/settings.ts";
import { Reach } from "../../accounts/Reach.ts";
import { MailboxRow } from "../../model/records/account.ts";
import {
  invalid,
  isPlainNote,
  conflict,
  fromStore,
  notFound,
  forbidden,
  refusedError,
} from "../../contracts/errors.ts";
import { MessageSummary, IdempotencyRow, MessageRow } from "../../model/records/message.ts";
import { winnerOf } from "../commit/winner.ts";

/** What makes two requests with one idempotency key the same request, however they name the mailbox. */
const requestHash = (request: SubmitRequest, mailbox: string): string => {
  const { idempotencyKey: _, attachments, mailbox: __, ...rest } = request;
  const parts = [
    utf8(canonical({ ...rest, mailbox, headers: { ...rest.headers } })),
    ...attachments.flatMap(({ name, contentType, content }) => [
      utf8(canonical({ name, contentType, size: content.length })),
      content,
    ]),
  ];
  return toHex(sha256(...parts));
};

const otherOwner = {
  message: "Another person answers for this message than for this key.",
  hint: "Edit it with a key of the same owner, or submit a new message.",
};

/** Longest note to the reviewers, characters. */
const noteLimit = 2000;

/** At most this far ahead, seconds: a year. */
const furthestSendAt = 366 * 86_400;

export const makeSubmissions = Effect.gen(function* () {
  const records = yield* Records;
  const journal = yield* Journal;
  const committer = yield* Committer;
  const keys = yield* KeyRing;
  const judgement = yield* Judgement;
  const settings = yield* OversightSettings;
  const recent = yield* RecentContents;
  const reach = yield* Reach;
  const introduction = yield* makeIntroductions;

  const disclosureFor = (mailbox: MailboxRow): string | null =>
    settings.disclosure === null
      ? null
      : settings.disclosure.replaceAll("{agent}", mailbox.agent).replaceAll("{operator}", settings.operatorDomain);

  const checkTime = (draft: Draft, now: number) =>
    draft.sendAt !== null && draft.sendAt <= now
      ? Effect.fail(
          invalid(
            "send_at",
            "send_at is in the past.",
            "Give a moment in the future, or leave it out to send at once.",
          ),
        )
      : draft.sendAt !== null && draft.sendAt > now + furthestSendAt
        ? Effect.fail(invalid("send_at", "send_at is more than a year ahead.", "Give an earlier moment."))
        : Effect.void;

  /** The agent says that it wrote this, now. */
  const statement = Effect.fnUntraced(function* (mailbox: MailboxRow, ts: number) {
    const signer = yield* keys.signerFor(mailbox.kid).pipe(Effect.catch(fromKeyRing));
    const made = yield* Effect.promise(() => agentStatement(signer, { agent: mailbox.agent, ts }));
    if (Result.isFailure(made)) return yield* Effect.die(made.failure);
    return formatAgentStatement(made.success);
  });

  const prepared = Effect.fnUntraced(function* (draft: Draft, mailbox: MailboxRow, messageId: string) {
    const now = yield* nowSeconds;
    yield* checkTime(draft, now);
    if (draft.note !== null && !isPlainNote(draft.note, noteLimit)) {
      return yield* invalid("note", `A note has at most ${noteLimit} characters of plain text.`, "Shorten it.");
    }
    // A request may ask for more oversight than the mailbox has; copies need somewhere to go.
    if (draft.mode === "monitored" && mailbox.oversightAddress === null) return yield* missingOversightAddress;
    const content = contentOf(draft, { mailbox, messageId, date: now, disclosure: disclosureFor(mailbox) });
    if (Result.isFailure(content)) return yield* fromMail(content.failure);
    const { recipients, replyTo } = content.success;
    const [judged, signed, introduced] = yield* Effect.all(
      [judgement.judge(mailbox, recipients, replyTo), statement(mailbox, now), introduction(mailbox)],
      { concurrency: "unbounded" },
    );
    return { content: content.success, judged, signed, introduced };
  });

  /** As `evidenceOf`, of a content that is not stored yet, with the key that its statement is checked with. @spec OV-67 */
  const evidence = (
    mailbox: MailboxRow,
    {
      content,
      signed,
      introduced,
    }: Pick<Effect.Success<ReturnType<typeof prepared>>, "content" | "signed" | "introduced">,
    messageId: string,
  ) => ({
    ...evidenceOf(
      { agent: mailbox.agent, messageId },
      { digest: content.digest, summary: { ...content.summary, risk: null, identityHeader: signed } },
      { digest: content.digest },
      { approvers: [] },
    ),
    ...introduced,
  });

  const answer = (
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

  /** Why a message was refused at its submit: its first entry says so, unless it is of before 0.2.0. */
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
  const repeated = Effect.fnUntraced(function* (tenant: string, row: IdempotencyRow, same: boolean) {
    if (!same) {
      return yield* conflict(
        "This idempotency key was used for a different request.",
        "Use a new key for a new message; the same key only repeats the same request.",
      );
    }
    const earlier = yield* records.message(tenant, row.message).pipe(Effect.catch(fromStore));
    if (earlier === null) return yield* notFound("message");
    return answer(earlier.state, earlier.row, earlier.content.summary, null, yield* reasonLogged(earlier));
  });

  const submit = Effect.fn("Oversight.submit")(function* (credential: Credential, request: SubmitRequest) {
    const mailbox = yield* reach.mailbox(credential, request.mailbox);
    const actor = actorOf(credential, "agent");
    if (actor === null) return yield* forbidden("This key may only read.", "Use a key with the send scope.");
    const idempotency =
      request.idempotencyKey === null
        ? null
        : {
            key: `${credential.principal} ${request.idempotencyKey}`,
            requestHash: requestHash(request, mailbox.id),
          };
    if (idempotency !== null) {
      // Asked before anything that time may have made impossible since: a repeat gets the answer it got.
      const earlier = yield* records.repeated(mailbox.tenant, idempotency.key).pipe(Effect.catch(fromStore));
      if (earlier !== null)
        return yield* repeated(mailbox.tenant, earlier, earlier.requestHash === idempotency.requestHash);
    }
    const id = yield* newId("msg");
    const messageId = `<${id.slice(4).toLowerCase()}@${domainOf(mailbox.address)}>`;
    const thread = `thr_${id.slice(4)}`;
    const made = yield* prepared(request, mailbox, messageId);
    const { content, judged, signed } = made;
    const shown = { risk: judged.risk, identityHeader: signed };
    const stored = contentRow(content, id, 1, shown);
    const row = (at: number): MessageRow => ({
      id,
      tenant: mailbox.tenant,
      mailbox: mailbox.id,
      thread,
      agent: mailbox.agent,
      messageId,
      credential: credential.id,
      createdAt: at,
    });
    const [recorded] = yield* committer
      .propose({
        event: {
          type: "submit",
          at: 0,
          actor,
          tenant: mailbox.tenant,
          mailbox: mailbox.id,
          message: id,
          digest: content.digest,
          owner: answerableFor(credential),
          requestedMode: request.mode,
          sendAt: request.sendAt ?? 0,
          verdict: judged.verdict,
        },
        evidence: evidence(mailbox, made, messageId),
        ...(idempotency === null ? {} : { idempotency }),
        rows: ({ at, message }) => {
          // Before anyone can be told to hand it over, so that nobody reads back what is just being written.
          if (message !== null && !isEnd(message.status)) recent.put({ row: row(at), content: stored, mailbox });
          return { messageRows: [row(at)], contents: [stored] };
        },
      })
      .pipe(Effect.catch(fromStore));
    if (recorded!.kind === "repeated") return yield* repeated(mailbox.tenant, recorded!.earlier, recorded!.same);
    const { outcome, index, message } = recorded!;
    if (!outcome.accepted) return yield* refusedError(outcome.refusal, index);
    return answer(message!, { thread, messageId }, shown, { index, mode: outcome.mode }, outcome.refusal);
  });

  const revise = Effect.fn("Oversight.revise")(function* (
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
        evidence: evidence(mailbox, made, row.messageId),
        rows: ({ index, at, message }) => {
          const stored = contentRow(content, row.id, message!.revision, shown);
          // As in submit: before anyone can be told to hand it over, so that the old content is nobody's any more.
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
    return answer(message!, row, shown, { index, mode: outcome.mode }, outcome.refusal);
  });

  return { submit, revise };
});
