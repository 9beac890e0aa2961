/** Handlers for what an agent does with its mail: send, edit, cancel, read. */
import { Effect } from "effect";
import { HttpApiBuilder } from "effect/http-api";
import { Correspondence } from "../../correspondence/Correspondence.ts";
import { Oversight } from "../../contracts/Oversight.ts";
import { answer } from "../answer.ts";
import { Api } from "../Api.ts";
import { Caller } from "../../http/Authorization.ts";
import { makeLetters } from "../letters.ts";
import { makeSubmissions } from "../submissions.ts";

export const layerEmails = HttpApiBuilder.group(
  Api,
  "emails",
  Effect.fn(function* (handlers) {
    const oversight = yield* Oversight;
    const correspondence = yield* Correspondence;
    const letters = yield* makeLetters;
    const { inMailbox, list, show, thread, raw } = letters;
    const { send, revise } = yield* makeSubmissions(letters);

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
