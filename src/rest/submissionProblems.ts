/** Refused messages and stale contents, in the words a caller can act on. */
import { Effect } from "effect";
import type { Correspondence } from "../correspondence/Correspondence.ts";
import { effectiveMode } from "../model/Mode.ts";
import type { Credential } from "../model/Credential.ts";
import type { Mode } from "../model/Mode.ts";
import { pendingId } from "../model/PendingId.ts";
import type { Refusal } from "../model/Refusal.ts";
import type { MessageState } from "../model/State.ts";
import { Problem } from "../http/Problem.ts";
import { problemOf, refusalProblem } from "../http/problemOf.ts";
import { ServiceError } from "../contracts/errors.ts";
import { sentences, hintFor } from "./advice.ts";

const words: Partial<Readonly<Record<Refusal, string>>> = {
  halted: "All sending is halted; the message was refused.",
  read_only: "The mailbox is read_only; the message was refused.",
  recipient_blocked: "A recipient is blocked; the message was refused.",
};

/** The message was taken into the log and refused there and then: why, in the order in which the machine asks. */
export const refusedSubmission = (
  state: MessageState,
  mode: Mode,
  halted: boolean,
  body: Readonly<Record<string, unknown>>,
): Problem => {
  const readOnly = effectiveMode(mode, state.requestedMode, state.verdict.held, halted) === "read_only";
  const refusal = halted
    ? "halted"
    : readOnly
      ? "read_only"
      : // What stopped it then may be over now; a block that is in the verdict is not.
        "recipient_blocked";
  return !halted && !readOnly && !state.verdict.blocked
    ? new Problem({
        status: 403,
        code: "refused",
        error: "The message was refused when it was submitted. Submit it again: what stopped it is over.",
        extra: body,
      })
    : refusalProblem(refusal, { message: words[refusal] ?? "The message was refused.", hint: hintFor(refusal) }, body);
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
