/** Handlers for the log: a page, or a stream of all of it. */
import { Effect, Stream } from "effect";
import { HttpServerResponse } from "effect/http";
import { HttpApiBuilder } from "effect/http-api";
import { Accounts } from "../../accounts/Accounts.ts";
import { reaches, type Credential } from "../../model/Credential.ts";
import { Oversight } from "../../Oversight.ts";
import { answer } from "../answer.ts";
import { Api } from "../Api.ts";
import { auditEntry, auditLine } from "../auditLines.ts";
import { Caller } from "../Authorization.ts";
import { oneOf } from "../drafts.ts";
import { Problem } from "../Problem.ts";

/** Entries read at once while exporting. */
const batch = 500;

const MOMENT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** Seconds since the epoch, or RFC 3339; without a zone it is UTC. */
const momentOf = (field: string, text: string | undefined): Effect.Effect<number | null, Problem> => {
  if (text === undefined) return Effect.succeed(null);
  // A plus in a query is a blank once decoded.
  const written = text.replace(/ (?=\d{2}:\d{2}$)/, "+");
  const match = MOMENT.exec(written);
  const zoned = match !== null && written.includes("T") && match[1] === undefined ? `${written}Z` : written;
  const seconds = /^\d{1,12}$/.test(text) ? Number(text) : match === null ? Number.NaN : Date.parse(zoned) / 1000;
  return Number.isNaN(seconds)
    ? Effect.fail(
        new Problem({
          status: 400,
          code: "invalid_request",
          error: `${field} is not a moment.`,
          hint: "Write it like 2026-01-31T09:00:00Z, or in seconds since 1970.",
          field,
        }),
      )
    : Effect.succeed(Math.floor(seconds));
};

interface Range {
  readonly mailbox?: string;
  readonly mailbox_id?: string;
  readonly message_id?: string;
  readonly since?: string;
  readonly until?: string;
}

export const layerAudit = HttpApiBuilder.group(
  Api,
  "audit",
  Effect.fn(function* (handlers) {
    const oversight = yield* Oversight;
    const accounts = yield* Accounts;

    const filterOf = Effect.fnUntraced(function* (caller: Credential, range: Range) {
      if (!caller.scopes.some((scope) => scope === "admin" || scope === "oversight")) {
        return yield* new Problem({
          status: 403,
          code: "forbidden",
          error: "This key may not read the log. Use a key with the oversight or admin scope.",
          hint: "Use a key with the oversight or admin scope.",
        });
      }
      const named = yield* oneOf(["mailbox", range.mailbox], ["mailbox_id", range.mailbox_id]);
      const mailbox = named === null ? null : (yield* accounts.mailbox(caller, named)).id;
      const since = yield* momentOf("since", range.since);
      const until = yield* momentOf("until", range.until);
      return {
        ...(mailbox === null ? {} : { mailbox }),
        ...(range.message_id === undefined ? {} : { message: range.message_id }),
        ...(since === null ? {} : { since }),
        ...(until === null ? {} : { until }),
      };
    });

    type Filter = Effect.Success<ReturnType<typeof filterOf>>;

    /** Oldest first, from the index on; `next` is where to go on, `null` at the end. */
    const page = Effect.fnUntraced(function* (caller: Credential, filter: Filter, from: number, limit: number) {
      const read = yield* oversight.entries(caller, { ...filter, from, limit });
      const last = read.at(-1);
      return {
        entries: read.filter(({ mailbox }) =>
          mailbox === null ? caller.mailboxes === null : reaches(caller, mailbox),
        ),
        next: read.length < limit || last === undefined ? null : last.index + 1,
      };
    });

    const log = Effect.fnUntraced(function* (query: Range & { readonly limit?: number; readonly cursor?: string }) {
      const caller = yield* Caller;
      if (query.cursor !== undefined && !/^\d{1,15}$/.test(query.cursor)) {
        return yield* new Problem({
          status: 400,
          code: "invalid_request",
          error: "cursor is not one this API gave out.",
          hint: "Leave cursor out to start at the oldest entry.",
          field: "cursor",
        });
      }
      const filter = yield* filterOf(caller, query);
      const { entries, next } = yield* page(caller, filter, Number(query.cursor ?? 0), query.limit ?? 50);
      return {
        entries: entries.map((entry) => auditEntry(entry, caller.tenant, oversight.origin)),
        cursor: next === null ? null : String(next),
      };
    });

    /** The first page is read before the answer begins, so that what is wrong with the request is still an error. */
    const exported = Effect.fnUntraced(function* (range: Range) {
      const caller = yield* Caller;
      const filter = yield* filterOf(caller, range);
      const first = yield* page(caller, filter, 0, batch);
      const pages = Stream.unfold(first as typeof first | null, (current) =>
        current === null
          ? Effect.undefined
          : Effect.map(
              current.next === null ? Effect.succeed(null) : page(caller, filter, current.next, batch),
              (following) => [current.entries, following] as const,
            ),
      );
      const lines = pages.pipe(
        Stream.map((entries) => entries.map((entry) => `${JSON.stringify(auditLine(entry))}\n`).join("")),
        Stream.filter((text) => text !== ""),
        Stream.encodeText,
        // A page that cannot be read breaks the connection off: a cut export must not look like a whole one.
        Stream.orDie,
      );
      return HttpServerResponse.stream(lines, {
        contentType: "application/x-ndjson",
        headers: { "content-disposition": 'attachment; filename="audit-log.jsonl"' },
      });
    });

    return handlers
      .handle("auditLog", ({ query }) => answer(log(query)))
      .handle("exportAuditLog", ({ query }) => answer(exported(query)));
  }),
);
