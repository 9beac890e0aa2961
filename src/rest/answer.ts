/** How every route of REST `/v1` answers. */
import { Effect } from "effect";
import type { HttpServerRequest, HttpServerResponse } from "effect/http";
import { makeAnswer } from "../http/answer.ts";
import { Problem } from "../http/Problem.ts";
import type { Failure } from "../http/problemOf.ts";
import { RequestError } from "../requests/RequestError.ts";
import { sentences } from "./advice.ts";

const answerFailure = makeAnswer(sentences);

const ofRequest = ({ field, message, hint, code }: RequestError): Problem =>
  code === "unusable"
    ? new Problem({ status: 400, code: "invalid_request", error: message, hint, field })
    : new Problem({ status: 422, code, error: message, hint, field });

export const answer = <A, R>(
  effect: Effect.Effect<A, Failure | RequestError, R>,
): Effect.Effect<A | HttpServerResponse.HttpServerResponse, never, R | HttpServerRequest.HttpServerRequest> =>
  answerFailure(Effect.mapError(effect, (error) => (error instanceof RequestError ? ofRequest(error) : error)));
