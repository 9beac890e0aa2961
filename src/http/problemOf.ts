/**
 * From the services' failures to HTTP: the one table of statuses and codes.
 *
 * **Gotchas**: for 403 the way out is in `error` too, because some clients show nothing else of it.
 */
import type { Refusal } from "../model/Refusal.ts";
import { Problem } from "./Problem.ts";
import { ServiceError } from "../contracts/errors.ts";
import { Advice } from "../model/Advice.ts";
import { instant } from "../model/time.ts";

/** The machine's refusals; `code` is the refusal's own word unless `codeOf` knows better. */
const refusalStatus: Readonly<Record<Refusal, number>> = {
  not_permitted: 403,
  self_decision: 403,
  reviewer_revoked: 403,
  recipient_blocked: 403,
  read_only: 403,
  halted: 403,
  mode_raise: 403,
  wrong_status: 409,
  stale_digest: 409,
  window_closed: 409,
  already_approved: 409,
  not_due: 409,
  stale_attempt: 409,
  not_approved_by: 409,
  no_change: 409,
  exists: 409,
  unknown_mailbox: 404,
  unknown_tenant: 404,
};

const reasonStatus: Readonly<Record<ServiceError["reason"], number>> = {
  // A refusal without the machine's word: not known to happen.
  refused: 403,
  invalid: 422,
  not_found: 404,
  forbidden: 403,
  conflict: 409,
  too_large: 413,
  unavailable: 503,
  unauthenticated: 401,
};

/** `displayName` → `display_name`: services name fields as TypeScript does. */
const onTheWire = (field: string): string => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Everything a handler may fail with. */
export type Failure = Problem | ServiceError;

const challenge = 'Bearer realm="countersign"';

/** A refusal in words a client that shows only `error` can act on. */
const withWayOut = (status: number, message: string, hint: string): string =>
  status === 403 && !message.includes(hint) ? `${message} ${hint}` : message;

/** The problem for a refusal of the machine, from any service. */
export const refusalProblem = (
  refusal: Refusal,
  words: { readonly message: string; readonly hint: string },
  extra: Readonly<Record<string, unknown>> = {},
): Problem => {
  const status = refusalStatus[refusal];
  return new Problem({
    status,
    code: refusal === "not_permitted" ? "forbidden" : refusal,
    error: withWayOut(status, words.message, words.hint),
    hint: words.hint,
    extra,
  });
};

/** A face's sentence for each advice word, with its own routes. */
export type Sentences = Readonly<Record<Advice, string>>;

/** The problem to answer with. Total. */
export const problemOf = (failure: Failure, sentences: Sentences): Problem => {
  if (failure._tag === "Problem") return failure;
  const { refusal, winner, index, advice, message } = failure;
  const hint = advice === null ? failure.hint : sentences[advice];
  const noted = index === null ? {} : { log_index: index };
  if (refusal === "wrong_status" && winner !== null) {
    const { decision, by, at, status } = winner;
    return new Problem({
      status: 409,
      code: "already_decided",
      error: `Someone was faster: ${decision} by ${by}.`,
      hint,
      extra: { status, winner: { decision, by, at: instant(at), status }, ...noted },
    });
  }
  if (refusal !== null) return refusalProblem(refusal, { message, hint }, noted);
  const status = reasonStatus[failure.reason];
  return new Problem({
    status,
    code: failure.reason,
    error: withWayOut(status, message, hint),
    hint,
    ...(failure.field === null ? {} : { field: onTheWire(failure.field) }),
    ...(status === 401 ? { headers: { "www-authenticate": challenge } } : {}),
    ...(status === 503 ? { headers: { "retry-after": "1" } } : {}),
  });
};
