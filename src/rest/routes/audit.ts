/** Handlers for the log: a page, a stream of all of it, a receipt for one entry. */
import { Effect, Stream } from "effect";
import { HttpServerRequest, HttpServerResponse } from "effect/http";
import { HttpApiBuilder } from "effect/http-api";
import { AuditLog, type ExportFormat } from "../../contracts/AuditLog.ts";
import { type Credential, readsLog } from "../../model/Credential.ts";
import { answer } from "../answer.ts";
import { Api } from "../Api.ts";
import { auditEntry } from "../auditLines.ts";
import { Caller } from "../../http/Authorization.ts";
import { Problem } from "../../http/Problem.ts";
import { Reach } from "../../accounts/Reach.ts";
import { oneOf } from "../../requests/RequestError.ts";

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

interface ExportQuery extends Range {
  readonly from?: string;
  readonly to?: string;
  readonly lines?: "every" | "matching";
  readonly format?: ExportFormat;
  readonly include_proofs?: string;
}

const countOf = (field: string, text: string | undefined): Effect.Effect<number | null, Problem> =>
  text === undefined
    ? Effect.succeed(null)
    : /^\d{1,15}$/.test(text)
      ? Effect.succeed(Number(text))
      : Effect.fail(
          new Problem({
            status: 400,
            code: "invalid_request",
            error: `${field} is not a count of entries.`,
            hint: "Write it in decimal digits, as the header of an export does.",
            field,
          }),
        );

/** `true`, `false` in any case, `1`, `0`, or nothing, which is `false`. */
const flagOf = (field: string, text: string | undefined): Effect.Effect<boolean, Problem> =>
  text === undefined || /^(?:true|false|1|0|)$/i.test(text)
    ? Effect.succeed(/^(?:true|1)$/i.test(text ?? ""))
    : Effect.fail(
        new Problem({
          status: 400,
          code: "invalid_request",
          error: `${field} is neither true nor false.`,
          hint: "Write true or false.",
          field,
        }),
      );

export const layerAudit = HttpApiBuilder.group(
  Api,
  "audit",
  Effect.fn(function* (handlers) {
    const auditLog = yield* AuditLog;
    const reach = yield* Reach;

    const filterOf = Effect.fnUntraced(function* (caller: Credential, range: Range) {
      if (!readsLog(caller)) {
        return yield* new Problem({
          status: 403,
          code: "forbidden",
          error: "This key may not read the log. Use a key with the oversight or admin scope.",
          hint: "Use a key with the oversight or admin scope.",
        });
      }
      const named = yield* oneOf(["mailbox", range.mailbox], ["mailbox_id", range.mailbox_id]);
      const mailbox = named === null ? null : (yield* reach.mailboxNow(caller, named)).id;
      const since = yield* momentOf("since", range.since);
      const until = yield* momentOf("until", range.until);
      return {
        ...(mailbox === null ? {} : { mailbox }),
        ...(range.message_id === undefined ? {} : { message: range.message_id }),
        ...(since === null ? {} : { since }),
        ...(until === null ? {} : { until }),
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
      const from = Number(query.cursor ?? 0);
      const { lines, next } = yield* auditLog.page(caller, { ...filter, from, limit: query.limit ?? 50 });
      return {
        entries: lines.map(({ line }) => auditEntry(line, caller.tenant, auditLog.origin)),
        cursor: next === null ? null : String(next),
      };
    });

    const exported = Effect.fnUntraced(function* (query: ExportQuery) {
      const caller = yield* Caller;
      const filter = yield* filterOf(caller, query);
      const from = yield* countOf("from", query.from);
      const to = yield* countOf("to", query.to);
      const made = yield* auditLog.export(caller, {
        ...filter,
        ...(from === null ? {} : { from }),
        ...(to === null ? {} : { to }),
        ...(query.lines === undefined ? {} : { lines: query.lines }),
        format: query.format ?? "jsonl",
        proofs: yield* flagOf("include_proofs", query.include_proofs),
      });
      // A page that cannot be read breaks the connection off: a cut export must not look like a whole one.
      return HttpServerResponse.stream(made.chunks.pipe(Stream.encodeText, Stream.orDie), {
        contentType: made.contentType,
        headers: {
          "content-disposition": `attachment; filename="audit-log-${made.from}-${made.to}.${made.extension}"`,
        },
      });
    });

    /** Plain text is the proof itself; JSON is the proof with what it is about. */
    const receipt = Effect.fnUntraced(function* (ref: string) {
      const { index, size, text } = yield* auditLog.receipt(yield* Caller, ref);
      const request = yield* HttpServerRequest.HttpServerRequest;
      const audit_ref = `${auditLog.origin}/${index}`;
      return /\bapplication\/json\b/i.test(request.headers["accept"] ?? "")
        ? HttpServerResponse.jsonUnsafe({ audit_ref, leaf_index: index, tree_size: size, receipt: text })
        : HttpServerResponse.text(text, {
            contentType: "text/plain; charset=utf-8",
            headers: { "content-disposition": `attachment; filename="${index}.tlog-proof"` },
          });
    });

    return handlers
      .handle("auditLog", ({ query }) => answer(log(query)))
      .handle("exportAuditLog", ({ query }) => answer(exported(query)))
      .handle("auditReceipt", ({ params }) => answer(receipt(params.ref)));
  }),
);
