/** How an agent reads its mail: a mailbox's messages, one message, a thread, the bytes. */
import { Effect } from "effect";
import { HttpServerResponse } from "effect/http";
import { IdentityDirectory } from "../accounts/IdentityDirectory.ts";
import { Reach } from "../accounts/Reach.ts";
import { Oversight } from "../contracts/Oversight.ts";
import { Correspondence } from "../correspondence/Correspondence.ts";
import type { Letter } from "../correspondence/Letter.ts";
import { Caller } from "../http/Authorization.ts";
import { Problem } from "../http/Problem.ts";
import type { Credential } from "../model/Credential.ts";
import { statuses } from "../model/State.ts";
import { instant } from "../model/time.ts";
import { missingFilters } from "./api/EmailsApi.ts";
import { emailListed, emailShown } from "./shown/shown.ts";

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

/** What a list of messages is asked for with. */
export interface Listing {
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

const notHere = new Problem({
  status: 404,
  code: "not_found",
  error: "There is no such message in this mailbox.",
  hint: "Take the mailbox's id from the message's mailbox_id.",
});

export const makeLetters = Effect.gen(function* () {
  const oversight = yield* Oversight;
  const reach = yield* Reach;
  const correspondence = yield* Correspondence;
  const directory = yield* IdentityDirectory;

  /** The message, if it is in the mailbox the path names. */
  const inMailbox = Effect.fnUntraced(function* (caller: Credential, mailbox: string, id: string) {
    const { id: mailboxId } = yield* reach.mailboxNow(caller, mailbox);
    const letter = yield* correspondence.message(caller, id);
    if (letter.row.mailbox !== mailboxId) return yield* notHere;
    return letter;
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

  const raw = Effect.fnUntraced(function* (mailbox: string, id: string) {
    const caller = yield* Caller;
    const letter = yield* inMailbox(caller, mailbox, id);
    const { content } = yield* correspondence.raw(caller, letter.row.id);
    return HttpServerResponse.uint8Array(content.raw, {
      contentType: "message/rfc822",
      headers: { "content-disposition": `attachment; filename="${letter.row.id}.eml"` },
    });
  });

  return { inMailbox, list, show, thread, raw };
});
