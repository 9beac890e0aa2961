/** Turns what a handler fails with into the response for it, so that every route of a face answers errors alike. */
import { Effect } from "effect";
import { HttpServerRequest, type HttpServerResponse } from "effect/http";
import { problemResponse } from "./Problem.ts";
import { problemOf, type Failure, type Sentences } from "./problemOf.ts";

export type Answer = <A, R>(
  effect: Effect.Effect<A, Failure, R>,
) => Effect.Effect<A | HttpServerResponse.HttpServerResponse, never, R | HttpServerRequest.HttpServerRequest>;

/** `sentences`: the face's sentence for each advice word. */
export const makeAnswer =
  (sentences: Sentences): Answer =>
  (effect) =>
    effect.pipe(
      Effect.catch((failure) =>
        Effect.map(HttpServerRequest.HttpServerRequest, (request) =>
          problemResponse(request, problemOf(failure, sentences)),
        ),
      ),
    );
