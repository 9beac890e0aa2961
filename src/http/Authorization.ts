/**
 * Who is calling, and whether the body may be read at all. Every route that is not public goes through it.
 *
 * - First the key, then the body: without a key, no caller makes the server take in a large body. Then the key again: a body may
 *   take minutes to arrive, and a key revoked meanwhile is refused.
 * - A body must be JSON in valid UTF-8 and no larger than `MAX_BODY`; a declared length above it is refused before a byte is read.
 * - No text in a body may hold NUL or half a surrogate pair: neither can be stored, hashed and shown alike everywhere.
 */
import { isUtf8 } from "node:buffer";
import { Context, Effect, Layer, Redacted } from "effect";
import { HttpServerRequest } from "effect/http";
import { HttpApiMiddleware, HttpApiSecurity } from "effect/http-api";
import { Accounts } from "../accounts/Accounts.ts";
import type { Credential } from "../model/Credential.ts";
import type { Answer } from "./answer.ts";
import { forbiddenSchema, Problem, problemSchemas, unauthorizedSchema } from "./Problem.ts";

/** Largest request body, bytes: the largest message (25 MiB with its attachments in base64) and the JSON around it. */
export const MAX_BODY = 26 * 1024 * 1024;

/** The authenticated caller. */
export class Caller extends Context.Service<Caller, Credential>()("countersign/http/Caller") {}

export class Authorization extends HttpApiMiddleware.Service<Authorization, { provides: Caller }>()(
  "countersign/http/Authorization",
  {
    security: { bearer: HttpApiSecurity.bearer },
    error: [unauthorizedSchema, forbiddenSchema, ...problemSchemas],
  },
) {}

export const tooLarge = new Problem({
  status: 413,
  code: "too_large",
  error: "The request body is too large.",
  hint: `A request may have at most ${MAX_BODY / (1024 * 1024)} MiB; send fewer or smaller attachments.`,
});

const notUtf8 = new Problem({
  status: 400,
  code: "malformed_json",
  error: "The body is not valid UTF-8.",
  hint: "Send JSON encoded as UTF-8.",
});

const notJson = new Problem({
  status: 415,
  code: "unsupported_media_type",
  error: "The body is not declared as JSON.",
  hint: "Send Content-Type: application/json.",
});

const JSON_TYPE = /^\s*application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;|$)/i;

/** An escape in JSON: a whole surrogate pair, or (captured) what is not text, or any other, so that none is read from its middle. */
const ESCAPE =
  /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2}|u0000)|[^])/g;

/** Valid UTF-8 holds no half pairs and JSON no raw NUL, so only escapes can make them. */
const mayHoldNoText = (bytes: Buffer): boolean => {
  if (!bytes.includes("\\u")) return false;
  for (const match of bytes.toString("latin1").matchAll(ESCAPE)) if (match[1] !== undefined) return true;
  return false;
};

/** Where the first text is that is none, as a path; `null` when there is none, or the body is not JSON. */
const noTextIn = (bytes: Buffer): string | null => {
  let waiting: (readonly [path: string, value: unknown])[];
  try {
    waiting = [["", JSON.parse(bytes.toString("utf8"))]];
  } catch {
    return null;
  }
  // Not by recursion: the sender chooses how deep it goes.
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [path, value] = next;
    if (typeof value === "string" && (value.includes("\0") || !value.isWellFormed())) return path;
    if (typeof value !== "object" || value === null) continue;
    for (const [name, inner] of Object.entries(value)) {
      const within = Array.isArray(value) ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`;
      if (name.includes("\0") || !name.isWellFormed()) return path;
      waiting.push([within.slice(0, 200), inner]);
    }
  }
  return null;
};

const noText = (field: string): Problem =>
  new Problem({
    status: 422,
    code: "invalid",
    error: `${field === "" ? "The body" : field} holds a NUL character or half a surrogate pair.`,
    hint: "Send text that is well-formed Unicode, without U+0000.",
    ...(field === "" ? {} : { field }),
  });

/** Takes the body in, once; what is decoded later is read from the same copy. Answers whether there was one. */
const checkedBody = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest;
  if (request.method === "GET" || request.method === "HEAD") return false;
  const length = request.headers["content-length"];
  const empty = request.headers["transfer-encoding"] === undefined && (length === undefined || length === "0");
  if (empty) return false;
  if (Number(length ?? 0) > MAX_BODY) return yield* tooLarge;
  if (!JSON_TYPE.test(request.headers["content-type"] ?? "application/json")) return yield* notJson;
  // A body that breaks the limit on the way, or a connection that does, is the edge's to answer.
  const bytes = Buffer.from(yield* Effect.orDie(request.arrayBuffer));
  if (!isUtf8(bytes)) return yield* notUtf8;
  const field = mayHoldNoText(bytes) ? noTextIn(bytes) : null;
  if (field !== null) return yield* noText(field);
  return true;
});

/** `answer` is the face's. */
export const layerAuthorization = (answer: Answer): Layer.Layer<Authorization, never, Accounts> =>
  Layer.effect(
    Authorization,
    Effect.gen(function* () {
      const accounts = yield* Accounts;
      return Authorization.of({
        bearer: (httpEffect, { credential }) =>
          answer(
            Effect.gen(function* () {
              const key = Redacted.value(credential);
              const caller = yield* accounts.authenticate(key);
              return (yield* checkedBody) ? yield* accounts.authenticate(key) : caller;
            }),
          ).pipe(
            Effect.flatMap((caller) =>
              "principal" in caller ? Effect.provideService(httpEffect, Caller, caller) : Effect.succeed(caller),
            ),
          ),
      });
    }),
  );
