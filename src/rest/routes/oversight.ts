/** Handlers for reviewers: the queue, decisions, and what became of a hand-over nobody answered for. */
import { Clock, Effect } from "effect";
import { HttpApiBuilder } from "effect/http-api";
import { IdentityDirectory } from "../../accounts/IdentityDirectory.ts";
import { Correspondence } from "../../correspondence/Correspondence.ts";
import type { Credential } from "../../model/Credential.ts";
import { parsePendingId, pendingId } from "../../model/PendingId.ts";
import type { MessageState, Status } from "../../model/State.ts";
import { Oversight, type Decided } from "../../contracts/Oversight.ts";
import { answer } from "../answer.ts";
import { Api } from "../Api.ts";
import type { DecideRequest, ResolveRequest } from "../api/OversightApi.ts";
import { Caller } from "../../http/Authorization.ts";
import { Problem } from "../../http/Problem.ts";
import { HttpSettings } from "../../http/settings.ts";
import { emailPending } from "../shown/shown.ts";
import { withCurrentContent } from "../submissionProblems.ts";
import { ServiceError } from "../../contracts/errors.ts";
import { oneOf } from "../../requests/RequestError.ts";

const underWay: ReadonlySet<Status> = new Set(["queued", "dispatching"]);

const said: Partial<Readonly<Record<Status, string>>> = {
  pending_approval: "Recorded; more approvals are needed before it may leave.",
  scheduled: "Approved; it leaves at its time.",
  queued: "Approved; it is on its way.",
  dispatching: "Approved; it is being handed over.",
  delivered: "Approved and delivered.",
  rejected: "Rejected; it will not leave.",
  cancelled: "Cancelled; it will not leave.",
  uncertain: "Handed over, but the answer was lost: someone has to find out and resolve it.",
  failed: "The hand-over failed.",
};

/** What became of a decision, as it is shown. */
const decided = (
  caller: Credential,
  decision: string,
  { auditRef, messageId, approvals, quorum }: Decided,
  state: MessageState,
) => ({
  id: state.id,
  pending_id: pendingId(state.id, state.revision),
  status: state.status,
  decision,
  audit_ref: auditRef,
  message_id: messageId,
  digest: state.digest,
  approvals,
  quorum,
  reviewer: caller.principal,
  message: said[state.status] ?? `The message is ${state.status}.`,
});

/** The one message that a request to decide names, and what it decides. */
const namedIn = Effect.fnUntraced(function* (payload: typeof DecideRequest.Type) {
  const names = [payload.pending_id, payload.email_id, payload.id, payload.message_id].filter(
    (name): name is string => typeof name === "string",
  );
  const id = names[0] ?? null;
  const decision = yield* oneOf(["decision", payload.decision], ["action", payload.action]);
  if (id === null || decision === null) {
    return yield* new Problem({
      status: 422,
      code: "invalid",
      error: id === null ? "The decision names no message." : "The request says no decision.",
      hint:
        id === null ? "Give pending_id, as GET /v1/oversight/pending shows it." : "Give decision: approve or reject.",
      field: id === null ? "pending_id" : "decision",
    });
  }
  if (id.startsWith("<")) {
    return yield* new Problem({
      status: 422,
      code: "invalid",
      error: "A Message-ID header does not name a message here.",
      hint: "Give pending_id or id, as GET /v1/oversight/pending shows them.",
      field: "message_id",
    });
  }
  if (new Set(names.map((name) => parsePendingId(name)?.message ?? name)).size > 1) {
    return yield* new Problem({
      status: 422,
      code: "invalid",
      error: "The request names two different messages.",
      hint: "Give only pending_id.",
      field: "pending_id",
    });
  }
  return { id, decision };
});

export const layerOversight = HttpApiBuilder.group(
  Api,
  "oversight",
  Effect.fn(function* (handlers) {
    const oversight = yield* Oversight;
    const correspondence = yield* Correspondence;
    const directory = yield* IdentityDirectory;
    const { outcomeWait } = yield* HttpSettings;

    const pending = Effect.fnUntraced(function* (query: {
      readonly mailbox?: string;
      readonly mailbox_id?: string;
      readonly limit?: number;
      readonly cursor?: string;
    }) {
      const { letters, cursor } = yield* correspondence.pending(yield* Caller, {
        mailbox: yield* oneOf(["mailbox", query.mailbox], ["mailbox_id", query.mailbox_id]),
        limit: query.limit ?? 50,
        cursor: query.cursor ?? null,
      });
      const signed = yield* directory.statementsHold(
        letters.map(({ row, content }) => ({
          header: content.summary.identityHeader,
          mailbox: row.mailbox,
          agent: row.agent,
        })),
      );
      const emails = letters.map((letter, i) => emailPending(letter, signed[i] === true));
      return { emails, pending: emails, messages: emails, cursor };
    });

    /**
     * After an approval the hand-over usually takes milliseconds, so its outcome is waited for, but never for long. What comes of
     * the wait decides nothing: the approval is in the log already.
     */
    const outcome = Effect.fnUntraced(function* (caller: Credential, approved: MessageState) {
      const until = (yield* Clock.currentTimeMillis) + outcomeWait;
      let state = approved;
      let pause = 10;
      while (underWay.has(state.status) && (yield* Clock.currentTimeMillis) < until) {
        yield* Effect.sleep(pause);
        pause = Math.min(pause * 2, 160);
        const seen = yield* correspondence.message(caller, state.id).pipe(Effect.orElseSucceed(() => null));
        if (seen === null) break;
        state = seen.state;
      }
      return state;
    });

    const decide = Effect.fnUntraced(function* (payload: typeof DecideRequest.Type) {
      const caller = yield* Caller;
      const { id, decision } = yield* namedIn(payload);
      const stale = (error: ServiceError) => withCurrentContent(correspondence, caller, id, error);
      // Whoever may decide rejects; whoever may not (its author, an operator) takes it back.
      if (decision === "cancel" && !caller.scopes.includes("oversight")) {
        const cancelled = yield* oversight.cancel(caller, id);
        return decided(caller, "cancel", cancelled, cancelled.state);
      }
      const word = decision === "approve" ? "approve" : "reject";
      const made = yield* oversight
        .decide(caller, { message: id, decision: word, digest: payload.digest ?? null, reason: payload.reason ?? null })
        .pipe(Effect.catch(stale));
      return decided(caller, word, made, word === "approve" ? yield* outcome(caller, made.state) : made.state);
    });

    const resolve = Effect.fnUntraced(function* (id: string, payload: typeof ResolveRequest.Type) {
      const caller = yield* Caller;
      const made = yield* oversight
        .resolve(caller, id, payload.outcome, payload.digest ?? null, payload.reason ?? null)
        .pipe(Effect.catch((error) => withCurrentContent(correspondence, caller, id, error)));
      return decided(caller, payload.outcome, made, yield* outcome(caller, made.state));
    });

    return handlers
      .handle("listPending", ({ query }) => answer(pending(query)))
      .handle("decide", ({ payload }) => answer(decide(payload)))
      .handle("resolve", ({ params, payload }) => answer(resolve(params.emailId, payload)));
  }),
);
