/** How an agent's mail comes in: a message to send, an edit of one, and what the agent is answered. */
import { Clock, Effect } from "effect";
import { HttpServerRequest, HttpServerResponse } from "effect/http";
import { Reach } from "../accounts/Reach.ts";
import { Oversight, type Submission } from "../contracts/Oversight.ts";
import { Correspondence } from "../correspondence/Correspondence.ts";
import { Caller } from "../http/Authorization.ts";
import { Problem } from "../http/Problem.ts";
import type { Credential } from "../model/Credential.ts";
import { effectiveMode } from "../model/Mode.ts";
import type { Status } from "../model/State.ts";
import { instant } from "../model/time.ts";
import { draftOf, revisionOf } from "../requests/draft.ts";
import { idempotencyKeyOf } from "../requests/idempotency.ts";
import { oneOf, type RequestError } from "../requests/RequestError.ts";
import type { ReviseRequest, SendRequest } from "./api/EmailsApi.ts";
import type { makeLetters } from "./letters.ts";
import { riskShown } from "./shown/riskShown.ts";
import { refusedSubmission, withCurrentContent } from "./submissionProblems.ts";

const messages: Partial<Readonly<Record<Status, string>>> = {
  pending_approval: "Message queued for human approval before delivery.",
  scheduled: "Message scheduled for delivery.",
  queued: "Message accepted for delivery.",
};

export const makeSubmissions = Effect.fnUntraced(function* ({
  inMailbox,
}: Pick<Effect.Success<typeof makeLetters>, "inMailbox">) {
  const oversight = yield* Oversight;
  const reach = yield* Reach;
  const correspondence = yield* Correspondence;

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

  return { send, revise };
});
