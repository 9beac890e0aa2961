/**
 * An answer that is not what was asked for: always JSON, always the same members.
 *
 * - `{error, code, hint?, field?, …}` for everybody; with `Accept: application/problem+json` also the members of RFC 9457.
 * - `error` and `hint` are sentences for people, `code` is for programs and never changes its meaning.
 */
import { Data, Schema } from "effect";
import { HttpServerResponse, type HttpServerRequest } from "effect/http";
import { HttpApiSchema } from "effect/http-api";

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** Why a request is not done. Handlers fail with it; it never leaves the process as it is. */
export class Problem extends Data.TaggedError("Problem")<{
  readonly status: number;
  readonly code: string;
  readonly error: string;
  readonly hint?: string | undefined;
  /** Which part of the request, as it is called on the wire. */
  readonly field?: string | undefined;
  /** Further members of the body. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}> {}

/** The members of the body, with those of RFC 9457 when `full`. */
export const problemBody = (problem: Problem, full: boolean): Readonly<Record<string, unknown>> => ({
  ...(full
    ? {
        type: "about:blank",
        title: titles[problem.status] ?? "Error",
        status: problem.status,
        detail: problem.error,
      }
    : {}),
  error: problem.error,
  code: problem.code,
  ...(problem.hint === undefined ? {} : { hint: problem.hint }),
  ...(problem.field === undefined ? {} : { field: problem.field }),
  ...problem.extra,
});

/** The problem as a response, in the form the client accepts. */
export const problemResponse = (
  request: HttpServerRequest.HttpServerRequest,
  problem: Problem,
): HttpServerResponse.HttpServerResponse => {
  const full = /\bapplication\/problem\+json\b/i.test(request.headers["accept"] ?? "");
  return HttpServerResponse.jsonUnsafe(problemBody(problem, full), {
    status: problem.status,
    contentType: full ? "application/problem+json" : "application/json",
    ...(problem.headers === undefined ? {} : { headers: problem.headers }),
  });
};

const members = Schema.Struct({
  error: Schema.String.annotate({ description: "What is wrong, and for 403 the way out: one sentence for people." }),
  code: Schema.String.annotate({ description: "What is wrong, for programs." }),
  hint: Schema.optionalKey(Schema.String.annotate({ description: "What to do next." })),
  field: Schema.optionalKey(Schema.String.annotate({ description: "Which part of the request is to blame." })),
});
const Body = Schema.StructWithRest(members, [Schema.Record(Schema.String, Schema.Json)]);

const documented = (status: number, description: string) =>
  Body.annotate({ description }).pipe(HttpApiSchema.status(status));

/** What any endpoint may answer instead of what was asked for, for the API's description. */
export const problemSchemas = [
  documented(400, "The request is not readable: malformed JSON, a wrong type, an unknown value."),
  documented(404, "Not there, or not yours."),
  documented(
    409,
    "The content changed, someone else decided first, or the idempotency key was used for something else.",
  ),
  documented(413, "The request is too large."),
  documented(415, "The body is not JSON."),
  documented(422, "The request is readable and asks for something that cannot be."),
  documented(503, "The store is not available; nothing was stored."),
] as const;

export const unauthorizedSchema = documented(401, "No valid API key.");
export const forbiddenSchema = documented(403, "This key may not do that, or the mailbox's mode forbids it.");
