/** A page of a credential's messages, newest first: each with its mailbox, and how far its hand-over has come. */
import { Effect } from "effect";
import { Reach } from "../accounts/Reach.ts";
import { fromRead, invalid, type ServiceError } from "../contracts/errors.ts";
import type { Credential } from "../model/Credential.ts";
import type { Status } from "../model/State.ts";
import { nowSeconds } from "../model/time.ts";
import { Records } from "../store/Records.ts";
import { deliveriesOf } from "./deliveries.ts";
import type { Letter } from "./Letter.ts";
import { makeReturns } from "./returns.ts";

/** A page, newest first. `cursor` continues after it; `null` when it is the last. */
export interface Page {
  readonly letters: readonly Letter[];
  readonly cursor: string | null;
}

export interface PageRequest {
  /** 1 … 100. */
  readonly limit: number;
  readonly cursor: string | null;
}

const MESSAGE_ID = /^msg_[0-9A-HJKMNP-TV-Z]{26}$/;

const cursorProblem = (field: string, cursor: string | null): ServiceError | null =>
  cursor === null || MESSAGE_ID.test(cursor)
    ? null
    : invalid(field, `${field} is not one this API gave out.`, `Leave ${field} out to start at the newest message.`);

export const makePages = Effect.gen(function* () {
  const records = yield* Records;
  const reach = yield* Reach;
  const withReturns = yield* makeReturns;

  return Effect.fnUntraced(function* (
    credential: Credential,
    request: PageRequest,
    filter: {
      readonly mailboxes: readonly string[] | null;
      readonly statuses: readonly Status[] | null;
      readonly sinceId: string | null;
    },
  ) {
    const wrong = cursorProblem("cursor", request.cursor) ?? cursorProblem("since_id", filter.sinceId);
    if (wrong !== null) return yield* wrong;
    // One more than asked for tells whether there is another page.
    const found = yield* records
      .messages({
        tenant: credential.tenant,
        limit: request.limit + 1,
        ...(filter.mailboxes === null ? {} : { mailboxes: filter.mailboxes }),
        ...(filter.statuses === null ? {} : { statuses: filter.statuses }),
        ...(request.cursor === null ? {} : { before: request.cursor }),
        ...(filter.sinceId === null ? {} : { sinceId: filter.sinceId }),
      })
      .pipe(Effect.catch(fromRead));
    const shown = yield* withReturns(found.slice(0, request.limit));
    const boxes = new Map<string, Letter["mailbox"]>();
    for (const id of new Set(shown.map(({ row }) => row.mailbox))) {
      boxes.set(id, yield* reach.mailboxNow(credential, id));
    }
    const deliveries = yield* deliveriesOf(records, shown);
    const tenant = yield* reach.tenant(credential);
    const at = yield* nowSeconds;
    const result: Page = {
      letters: shown.map((one) => ({
        ...one,
        mailbox: boxes.get(one.row.mailbox)!,
        delivery: deliveries.get(one.row.id)!,
        tenant,
        at,
      })),
      cursor: found.length > request.limit ? (shown.at(-1)?.row.id ?? null) : null,
    };
    return result;
  });
});
