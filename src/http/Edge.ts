/**
 * The outermost layer: every answer is JSON and shows nothing of the inside.
 *
 * - An unknown path is a 404, a known path with another method a 405 with `Allow`.
 * - A body that does not decode is a 400 that names the field; a defect is a 500, logged here with its cause.
 * - No cache may keep an answer unless its route allows it.
 */
import { ByteSize, Cause, Effect, SchemaIssue } from "effect";
import { HttpIncomingMessage, HttpRouter, HttpServerError, HttpServerRequest, HttpServerResponse } from "effect/http";
import { HttpApiError } from "effect/http-api";
import { MAX_BODY, tooLarge } from "./Authorization.ts";
import { Problem, problemResponse } from "./Problem.ts";

/** A route as the API declares it. */
export interface Declared {
  readonly method: string;
  /** With `:name` for parameters, and `*` at its end for anything. */
  readonly path: string;
}

const pathPattern = (path: string): RegExp =>
  new RegExp(
    `^${path
      .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
      .replace(/:[A-Za-z]+/g, "[^/]+")
      .replace(/\\\*$/, ".+")}/?$`,
  );

const formatIssues = SchemaIssue.makeFormatterStandardSchemaV1();

const fieldOf = (path: readonly (PropertyKey | { readonly key: PropertyKey })[]): string =>
  path
    .map((segment) => (typeof segment === "object" ? segment.key : segment))
    .reduce<string>(
      (text, key) =>
        typeof key === "number" || /^\d+$/.test(String(key))
          ? `${text}[${String(key)}]`
          : text === ""
            ? String(key)
            : `${text}.${String(key)}`,
      "",
    );

/** What did not decode, and where. `description`: where every request is described. */
const undecoded = (error: HttpApiError.HttpApiSchemaError, description: string): Problem => {
  const [issue] = formatIssues(error.cause.issue).issues;
  const field = fieldOf(issue?.path ?? []);
  const fault = (issue?.message ?? "unreadable").slice(0, 200);
  if (error.kind === "Payload" && field === "" && fault === "Expected a valid JSON body") {
    return new Problem({
      status: 400,
      code: "malformed_json",
      error: "The body is not valid JSON.",
      hint: "Send one JSON object, encoded as UTF-8.",
    });
  }
  return new Problem({
    status: 400,
    code: "invalid_request",
    error:
      field === ""
        ? `The request is not readable: ${fault}.`
        : fault === "Expected no excess property"
          ? `There is no field ${field}.`
          : `${field} is not readable: ${fault}.`,
    hint: `GET ${description} describes every request.`,
    ...(field === "" ? {} : { field }),
  });
};

const unknownRoute = (description: string): Problem =>
  new Problem({
    status: 404,
    code: "not_found",
    error: "There is nothing at this path.",
    hint: `GET ${description} lists the paths.`,
  });

/** No id, address or moment holds one, and not every store can be asked for one. */
const nulInUrl = new Problem({
  status: 400,
  code: "invalid_request",
  error: "The path or query holds a NUL character.",
  hint: "Leave out %00.",
});

const internal = new Problem({
  status: 500,
  code: "internal",
  error: "Something went wrong on the server.",
  hint: "Try again with the same Idempotency-Key; if it stays, tell the operator the time of this answer.",
});

const unreadable = new Problem({
  status: 400,
  code: "invalid_request",
  error: "The request could not be read to its end.",
  hint: "Send the whole body with a right Content-Length.",
});

/** For what was answered inside without a JSON body. */
const bare = (status: number): Problem =>
  status >= 500
    ? internal
    : new Problem({
        status,
        code: status === 415 ? "unsupported_media_type" : "invalid_request",
        error: "The request was refused.",
      });

const isProblem = (response: HttpServerResponse.HttpServerResponse): boolean =>
  /json/.test(response.headers["content-type"] ?? "");

/**
 * The layer around all routes. `declared` are the routes there are, to distinguish an unknown path from a wrong method; `description` is the
 * path of the one that describes them.
 */
export const layerEdge = (declared: readonly Declared[], description: string) => {
  const patterns = declared.map(({ method, path }) => ({ method, pattern: pathPattern(path) }));

  const noRoute = (request: HttpServerRequest.HttpServerRequest): Problem => {
    const path = request.url.replace(/[?#].*$/s, "");
    const allowed = new Set(patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method));
    if (allowed.has("GET")) allowed.add("HEAD");
    // The method fits and still nothing was found: a parameter that does not decode, or that nothing can be called.
    if (allowed.size === 0 || allowed.has(request.method)) return unknownRoute(description);
    const allow = [...allowed].sort().join(", ");
    return new Problem({
      status: 405,
      code: "method_not_allowed",
      error: `This path takes ${allow}.`,
      hint: `GET ${description} lists the methods of every path.`,
      headers: { allow },
    });
  };

  const recovered = (
    request: HttpServerRequest.HttpServerRequest,
    cause: Cause.Cause<unknown>,
  ): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
    for (const reason of cause.reasons) {
      const error = reason._tag === "Fail" ? reason.error : reason._tag === "Die" ? reason.defect : null;
      if (HttpServerResponse.isHttpServerResponse(error)) return Effect.succeed(error);
      if (HttpServerError.isHttpServerError(error)) {
        const inner = error.reason;
        if (inner._tag === "RouteNotFound") return Effect.succeed(problemResponse(request, noRoute(request)));
        if (inner._tag === "RequestParseError") {
          const problem = inner.reason === "BodyTooLarge" ? tooLarge : unreadable;
          return Effect.succeed(problemResponse(request, problem));
        }
      }
      if (HttpApiError.HttpApiSchemaError.is(error) && error.kind !== "Body" && error.kind !== "ResponseHeaders") {
        return Effect.succeed(problemResponse(request, undecoded(error, description)));
      }
    }
    return Effect.logError("A request failed inside", cause).pipe(Effect.as(problemResponse(request, internal)));
  };

  return HttpRouter.middleware(
    (httpEffect) =>
      Effect.gen(function* () {
        const request = yield* HttpServerRequest.HttpServerRequest;
        const inside = request.url.includes("%00")
          ? problemResponse(request, nulInUrl)
          : yield* Effect.catchCause(
              Effect.provideService(httpEffect, HttpIncomingMessage.MaxBodySize, ByteSize.bytes(MAX_BODY)),
              (cause) => (Cause.hasInterruptsOnly(cause) ? Effect.failCause(cause) : recovered(request, cause)),
            );
        const response =
          inside.status >= 400 && !isProblem(inside) ? problemResponse(request, bare(inside.status)) : inside;
        return HttpServerResponse.setHeaders(response, {
          "x-content-type-options": "nosniff",
          ...(response.headers["cache-control"] === undefined ? { "cache-control": "no-store" } : {}),
        });
      }),
    { global: true },
  );
};
