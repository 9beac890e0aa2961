/** Handlers for what an agent does with its mail: send, edit, cancel, read. */
import { Clock, Effect } from "effect";
import { HttpServerRequest, HttpServerResponse } from "effect/http";
import { HttpApiBuilder } from "effect/http-api";
import { IdentityDirectory } from "../../accounts/IdentityDirectory.ts";
import { Correspondence } from "../../correspondence/Correspondence.ts";
import type { Letter } from "../../correspondence/Letter.ts";
import type { Credential } from "../../model/Credential.ts";
import { statuses, type Status } from "../../model/State.ts";
import { Oversight, type Submission } from "../../contracts/Oversight.ts";
import { answer } from "../answer.ts";
import { Api } from "../Api.ts";
import { missingFilters, type ReviseRequest, type SendRequest } from "../api/EmailsApi.ts";
import { Caller } from "../../http/Authorization.ts";
import { draftOf, revisionOf } from "../../requests/draft.ts";
import { Problem } from "../../http/Problem.ts";
import { riskShown } from "../shown/riskShown.ts";
import { instant } from "../../model/time.ts";
import { emailListed, emailShown } from "../shown/shown.ts";
import { refusedSubmission, withCurrentContent } from "../submissionProblems.ts";
import { Reach } from "../../accounts/Reach.ts";
import { effectiveMode } from "../../model/Mode.ts";
import { oneOf, RequestError } from "../../requests/RequestError.ts";
import { idempotencyKeyOf } from "../../requests/idempotency.ts";

const messages: Partial<Readonly<Record<Status, string>>> = {
  pending_approval: "Message queued for human approval before delivery.",
  scheduled: "Message scheduled for delivery.",
  queued: "Message accepted for delivery.",
};

/** Statuses of mail that came in: there is none yet, so a filter for one finds nothing. */
const inboundStatuses = new Set([
  "unread",
  "read",
  "archived",
  "deleted",
  "spam_flagged",
  "spam_quarantined",
  "pending_inbound_approval",
]);

interface Listing {
  readonly status?: string;
  readonly direction?: "outbound" | "inbound";
  readonly since_id?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

const statusesOf = Effect.fnUntraced(function* (query: Listing) {
  if (query.direction === "inbound" || inboundStatuses.has(query.status ?? "")) return [];
  if (query.status === undefined) return null;
  const wanted = query.status === "pending_send_approval" ? "pending_approval" : query.status;
  const status = statuses.find((known) => known === wanted);
  if (status === undefined) {
    return yield* new Problem({
      status: 400,
      code: "invalid_request",
      error: "status is not one there is.",
      hint: `Use one of ${statuses.filter((known) => known !== "new").join(", ")}.`,
      field: "status",
    });
  }
  return [status];
});

export const layerEmails = HttpApiBuilder.group(
  Api,
  "emails",
  Effect.fn(function* (handlers) {
    const oversight = yield* Oversight;
    const reach = yield* Reach;
    const correspondence = yield* Correspondence;
    const directory = yield* IdentityDirectory;

    /** 202 for what was taken in now, 200 for what was taken in before; a refused message is a 403. */
    const submitted = Effect.fnUntraced(function* (caller: Credential, submission: Submission) {
      const { state } = submission;
      // What was taken in is answered from what is at hand: a failing read here would ask for a second message.
      const mode = submission.mode ?? (yield* reach.mailboxNow(caller, state.mailbox)).state.mode;
      const risk = riskShown(submission.risk);
      const body = {
        id: state.id,
        pending_id: submission.pendingId,
        status: state.status,
        mailbox_id: state.mailbox,
        thread_id: submission.thread,
        message_id: submission.messageId,
        digest: state.digest,
        revision: state.revision,
        oversight_mode: effectiveMode(mode, state.requestedMode, state.verdict.held, false),
        domain_risk_score: risk.score,
        domain_flags: risk.flags,
        domain_signals: risk.signals,
        identity_header: submission.identityHeader,
        send_at: state.sendAt === 0 ? null : instant(state.sendAt),
        ...(submission.repeated ? { idempotent: true } : {}),
      };
      if (state.status === "refused") return yield* refusedSubmission(submission, body);
      const message = messages[state.status] ?? `Message ${state.status}.`;
      return HttpServerResponse.jsonUnsafe({ ...body, message }, { status: submission.repeated ? 200 : 202 });
    });

    const send = Effect.fnUntraced(function* (named: string | null, payload: typeof SendRequest.Type) {
      const caller = yield* Caller;
      const mailbox = yield* oneOf(
        ["mailbox", named],
        ["mailbox", payload.mailbox],
        ["mailbox_id", payload.mailbox_id],
      ).pipe(
        // An id and an address may name the same mailbox; then the id is as good.
        Effect.catch((problem) => sameMailbox(caller, problem, [named, payload.mailbox, payload.mailbox_id])),
      );
      if (mailbox === null) {
        return yield* new Problem({
          status: 422,
          code: "invalid",
          error: "The request names no mailbox to send from.",
          hint: "Give mailbox: its address or id.",
          field: "mailbox",
        });
      }
      const request = yield* HttpServerRequest.HttpServerRequest;
      const idempotencyKey = yield* idempotencyKeyOf(request.headers["idempotency-key"], payload.idempotency_key);
      const draft = yield* draftOf(payload);
      return yield* submitted(caller, yield* oversight.submit(caller, { ...draft, mailbox, idempotencyKey }));
    });

    const sameMailbox = Effect.fnUntraced(function* (
      caller: Credential,
      problem: RequestError,
      names: readonly (string | null | undefined)[],
    ) {
      const ids = new Set<string>();
      for (const name of names) if (typeof name === "string") ids.add((yield* reach.mailboxNow(caller, name)).id);
      const [id] = ids;
      return ids.size === 1 && id !== undefined ? id : yield* problem;
    });

    /** The message, if it is in the mailbox the path names. */
    const inMailbox = Effect.fnUntraced(function* (caller: Credential, mailbox: string, id: string) {
      const { id: mailboxId } = yield* reach.mailboxNow(caller, mailbox);
      const letter = yield* correspondence.message(caller, id);
      if (letter.row.mailbox !== mailboxId) return yield* notHere;
      return letter;
    });

    const notHere = new Problem({
      status: 404,
      code: "not_found",
      error: "There is no such message in this mailbox.",
      hint: "Take the mailbox's id from the message's mailbox_id.",
    });

    const list = Effect.fnUntraced(function* (mailbox: string, query: Listing) {
      const missing = missingFilters.find((name) => name in query);
      if (missing !== undefined) {
        return yield* new Problem({
          status: 422,
          code: "unsupported_filter",
          error: `This server cannot filter by ${missing}.`,
          hint: "Filter by status, since_id, limit and cursor.",
          field: missing,
        });
      }
      const { letters, cursor } = yield* correspondence.inbox(yield* Caller, mailbox, {
        statuses: yield* statusesOf(query),
        sinceId: query.since_id ?? null,
        limit: query.limit ?? 20,
        cursor: query.cursor ?? null,
      });
      const emails = letters.map(emailListed);
      return { emails, messages: emails, cursor };
    });

    const show = Effect.fnUntraced(function* (letter: Letter) {
      const [signed] = yield* directory.statementsHold([
        { header: letter.content.summary.identityHeader, mailbox: letter.row.mailbox, agent: letter.row.agent },
      ]);
      return emailShown(letter, signed === true, oversight.origin);
    });

    const thread = Effect.fnUntraced(function* (mailbox: string, id: string) {
      const letters = yield* correspondence.thread(yield* Caller, mailbox, id);
      const people = letters.flatMap(({ content: { summary } }) => [summary.from, ...summary.to, ...summary.cc]);
      return {
        thread_id: id,
        message_count: letters.length,
        participants: [...new Set(people)],
        last_activity: instant(Math.max(...letters.map(({ row }) => row.createdAt))),
        has_unanswered_inbound: false,
        emails: letters.map(emailListed),
      };
    });

    const revise = Effect.fnUntraced(function* (mailbox: string, id: string, payload: typeof ReviseRequest.Type) {
      const caller = yield* Caller;
      yield* inMailbox(caller, mailbox, id);
      const { letter, draft: stored } = yield* correspondence.draft(caller, id);
      const now = yield* Clock.currentTimeMillis;
      const { sendAt, requestedMode } = letter.state;
      const draft = yield* revisionOf(payload, {
        draft: stored,
        sendAt: sendAt * 1000 > now ? sendAt : null,
        mode: requestedMode,
      });
      // What is left out is taken from this content, so the edit is of this one, even if there is a newer by now.
      const base = payload.base_digest ?? letter.state.digest;
      const submission = yield* oversight
        .revise(caller, letter.row.id, base, draft)
        .pipe(Effect.catch((error) => withCurrentContent(correspondence, caller, letter.row.id, error)));
      return yield* submitted(caller, submission);
    });

    const cancel = Effect.fnUntraced(function* (id: string) {
      const caller = yield* Caller;
      return yield* oversight.cancel(caller, id).pipe(
        Effect.map(({ state, auditRef }) => ({ id: state.id, status: state.status, audit_ref: auditRef })),
        // Cancelling again is no error.
        Effect.catchIf(
          (error) => error.refusal === "wrong_status" && error.winner?.status === "cancelled",
          () => Effect.succeed({ id, status: "cancelled", audit_ref: null }),
        ),
      );
    });

    const raw = Effect.fnUntraced(function* (mailbox: string, id: string) {
      const caller = yield* Caller;
      const letter = yield* inMailbox(caller, mailbox, id);
      const { content } = yield* correspondence.raw(caller, letter.row.id);
      return HttpServerResponse.uint8Array(content.raw, {
        contentType: "message/rfc822",
        headers: { "content-disposition": `attachment; filename="${letter.row.id}.eml"` },
      });
    });

    return handlers
      .handle("send", ({ payload }) => answer(send(null, payload)))
      .handle("sendFromMailbox", ({ params, payload }) => answer(send(params.id, payload)))
      .handle("inbox", ({ params, query }) => answer(list(params.id, query)))
      .handle("listEmails", ({ params, query }) => answer(list(params.id, query)))
      .handle("getEmailOfMailbox", ({ params }) =>
        answer(
          Effect.gen(function* () {
            return yield* show(yield* inMailbox(yield* Caller, params.id, params.emailId));
          }),
        ),
      )
      .handle("getEmail", ({ params }) =>
        answer(
          Effect.gen(function* () {
            return yield* show(yield* correspondence.message(yield* Caller, params.emailId));
          }),
        ),
      )
      .handle("getRawEmail", ({ params }) => answer(raw(params.id, params.emailId)))
      .handle("getThread", ({ params }) => answer(thread(params.id, params.threadId)))
      .handle("reviseEmail", ({ params, payload }) => answer(revise(params.id, params.emailId, payload)))
      .handle("rescheduleEmail", ({ params, payload }) => answer(revise(params.id, params.emailId, payload)))
      .handle("cancelEmailOfMailbox", ({ params }) =>
        answer(
          Effect.gen(function* () {
            const letter = yield* inMailbox(yield* Caller, params.id, params.emailId);
            return yield* cancel(letter.row.id);
          }),
        ),
      )
      .handle("retryEmail", ({ params }) =>
        answer(
          Effect.gen(function* () {
            const caller = yield* Caller;
            yield* oversight.retry(caller, params.emailId);
            return yield* show(yield* correspondence.message(caller, params.emailId));
          }),
        ),
      )
      .handle("cancelEmail", ({ params }) => answer(cancel(params.emailId)));
  }),
);
