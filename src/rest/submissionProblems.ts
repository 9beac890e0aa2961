/** Refused messages and stale contents, in the words a caller can act on. */
import { Effect } from "effect";
import type { Correspondence } from "../correspondence/Correspondence.ts";
import type { Submission } from "../contracts/Oversight.ts";
import type { Credential } from "../model/Credential.ts";
import { pendingId } from "../model/PendingId.ts";
import type { Refusal } from "../model/Refusal.ts";
import { Problem } from "../http/Problem.ts";
import { problemOf, refusalProblem } from "../http/problemOf.ts";
import { ServiceError } from "../contracts/errors.ts";
import { sentences, hintFor } from "./advice.ts";

/** Of a submit that is answered for the first time, and of one that is answered again. */
const words: Partial<Readonly<Record<Refusal, readonly [now: string, then: string]>>> = {
  halted: [
    "All sending is halted; the message was refused.",
    "The message was refused when it was submitted: all sending was halted.",
  ],
  read_only: [
    "The mailbox is read_only; the message was refused.",
    "The message was refused when it was submitted: the mailbox was read_only.",
  ],
  recipient_blocked: [
    "A recipient is blocked; the message was refused.",
    "The message was refused when it was submitted: a recipient was blocked.",
  ],
};

const again = "To try again, submit it as a new message, with another Idempotency-Key.";

/** The message was taken into the log and refused there and then, for the reason that its entry gives. @spec OV-121 */
export const refusedSubmission = (
  { refusal, repeated }: Pick<Submission, "refusal" | "repeated">,
  body: Readonly<Record<string, unknown>>,
): Problem => {
  const sentences = refusal === null ? undefined : words[refusal];
  return refusal === null || sentences === undefined
    ? new Problem({
        status: 403,
        code: "refused",
        error: `The message was refused when it was submitted. ${again}`,
        hint: again,
        extra: body,
      })
    : refusalProblem(
        refusal,
        repeated
          ? { message: sentences[1], hint: `${hintFor(refusal)} ${again}` }
          : { message: sentences[0], hint: hintFor(refusal) },
        body,
      );
};

/** A stale digest is answered with the content there is now, for those who may read it. */
export const withCurrentContent = (
  correspondence: Correspondence["Service"],
  caller: Credential,
  id: string,
  error: ServiceError,
): Effect.Effect<never, ServiceError | Problem> =>
  error.refusal !== "stale_digest"
    ? Effect.fail(error)
    : correspondence.message(caller, id).pipe(
        Effect.map(({ row, state }) => ({
          id: row.id,
          digest: state.digest,
          pending_id: pendingId(row.id, state.revision),
          revision: state.revision,
        })),
        Effect.orElseSucceed(() => ({})),
        Effect.flatMap((current) => {
          const problem = problemOf(error, sentences);
          return Effect.fail(new Problem({ ...problemFields(problem), extra: { ...problem.extra, ...current } }));
        }),
      );

const problemFields = ({ status, code, error, hint, field, headers }: Problem) => ({
  status,
  code,
  error,
  hint,
  field,
  headers,
});
