/** What anyone may ask without a key: the identity keys, and whether the server is up. */
import { Schema } from "effect";
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api";
import { problemSchemas } from "../../http/Problem.ts";

const KeyDocument = Schema.Struct({
  kid: Schema.String,
  public_key_pem: Schema.String,
  agent: Schema.NullOr(Schema.String),
  mailbox: Schema.NullOr(Schema.String),
  operator: Schema.String,
  status: Schema.Literals(["active", "retired", "revoked"]),
  valid_from: Schema.Int.annotate({ description: "Seconds since 1970-01-01T00:00:00Z" }),
  valid_to: Schema.NullOr(Schema.Int),
}).annotate({ identifier: "IdentityKey" });

const Jwk = Schema.Struct({
  kty: Schema.Literal("EC"),
  crv: Schema.Literal("P-256"),
  x: Schema.String,
  y: Schema.String,
  kid: Schema.String,
  alg: Schema.Literal("ES256"),
  use: Schema.Literal("sig"),
}).annotate({ identifier: "Jwk" });

export class PublicApi extends HttpApiGroup.make("public")
  .add(
    HttpApiEndpoint.get("identityKey", "/v1/identity/keys/:kid", {
      params: { kid: Schema.String },
      success: KeyDocument,
      error: problemSchemas,
    }),
    HttpApiEndpoint.get("signingKey", "/.well-known/multimail-signing-key", { success: Jwk, error: problemSchemas }),
    HttpApiEndpoint.get("jwks", "/.well-known/jwks.json", {
      success: Schema.Struct({ keys: Schema.Array(Jwk) }),
      error: problemSchemas,
    }),
    HttpApiEndpoint.get("health", "/health", {
      success: Schema.Struct({
        status: Schema.Literal("ok"),
        relay: Schema.Literals(["ready", "unreachable", "unknown"]).annotate({
          description: "Whether the SMTP relay could be reached when it was last asked.",
        }),
      }),
      error: problemSchemas,
    }),
  )
  .annotateMerge(OpenApi.annotations({ title: "Public" })) {}
