/** Turns what a handler fails with into the response for it, so that every route answers errors alike. */
import { Effect } from "effect";
import { HttpServerRequest, type HttpServerResponse } from "effect/http";
import { problemResponse } from "./Problem.ts";
import { problemOf, type Failure } from "./statusTable.ts";

export const answer = <A, R>(
  effect: Effect.Effect<A, Failure, R>,
): Effect.Effect<A | HttpServerResponse.HttpServerResponse, never, R | HttpServerRequest.HttpServerRequest> =>
  effect.pipe(
    Effect.catch((failure) =>
      Effect.map(HttpServerRequest.HttpServerRequest, (request) => problemResponse(request, problemOf(failure))),
    ),
  );
