/** Handlers for what anyone may ask: identity keys and health. */
import { Effect } from "effect";
import { HttpServerResponse } from "effect/http";
import { HttpApiBuilder } from "effect/http-api";
import { IdentityDirectory } from "../../accounts/IdentityDirectory.ts";
import { Oversight } from "../../contracts/Oversight.ts";
import { answer } from "../answer.ts";
import { Api } from "../Api.ts";
import { RelayStatus } from "../../contracts/RelayStatus.ts";

/** A revocation must be seen soon; a verifier that reads much mail must not ask for each. */
const keyAge = "public, max-age=300";
/** Shorter than the day for which a replaced key stays in the set. */
const signingKeyAge = "public, max-age=3600";

const cached = (body: unknown, age: string, contentType = "application/json") =>
  HttpServerResponse.jsonUnsafe(body, { contentType, headers: { "cache-control": age } });

export const layerPublic = HttpApiBuilder.group(
  Api,
  "public",
  Effect.fn(function* (handlers) {
    const directory = yield* IdentityDirectory;
    const oversight = yield* Oversight;
    const relay = yield* RelayStatus;
    return handlers
      .handle("identityKey", ({ params }) =>
        answer(Effect.map(directory.findKey(params.kid), (key) => cached(key, keyAge))),
      )
      .handle("signingKey", () => answer(Effect.map(directory.signingKey, (jwk) => cached(jwk, signingKeyAge))))
      .handle("jwks", () => answer(Effect.map(directory.jwks, (keys) => cached({ keys }, signingKeyAge))))
      .handle("health", () =>
        answer(Effect.map(oversight.head, () => ({ status: "ok" as const, relay: relay.current() }))),
      );
  }),
);
