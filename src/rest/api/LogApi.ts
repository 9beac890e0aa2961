/** What anyone may ask of the log without a key: who signs it, how far it goes, and which theorems its entries refer to. */
import { Schema } from "effect";
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api";
import { problemSchemas } from "../../http/Problem.ts";

const LogKey = Schema.Struct({
  kid: Schema.String,
  algorithm: Schema.Literals(["ed25519", "p256"]),
  vkey: Schema.String.annotate({ description: "What an auditor pins: name, id and key (C2SP signed-note)." }),
  public_key_pem: Schema.String,
  created_at: Schema.Int.annotate({ description: "Seconds since 1970-01-01T00:00:00Z" }),
}).annotate({ identifier: "LogKey" });

const theorem = {
  ref: Schema.String.annotate({ description: "As entries of the log name it." }),
  theorem: Schema.String,
  clauses: Schema.Array(Schema.String),
  sentence: Schema.String.annotate({ description: "What it says of the model, in plain words." }),
  file: Schema.String,
  statement: Schema.String.annotate({ description: "Digest of the statement's text." }),
};

const Theorem = Schema.Struct(theorem).annotate({ identifier: "Theorem" });

const ofProofs = {
  source: Schema.String.annotate({ description: "Digest over all proof sources." }),
  lean: Schema.String.annotate({ description: "The version of Lean they are written for." }),
};

export class LogApi extends HttpApiGroup.make("log")
  .add(
    HttpApiEndpoint.get("logCheckpoint", "/v1/log/checkpoint", {
      success: HttpApiSchema.StreamUint8Array({ contentType: "text/plain" }),
      error: problemSchemas,
    }),
    HttpApiEndpoint.get("logKeys", "/v1/log/keys", {
      success: Schema.Struct({ origin: Schema.String, keys: Schema.Array(LogKey) }),
      error: problemSchemas,
    }),
    HttpApiEndpoint.get("proofs", "/v1/proofs", {
      success: Schema.Struct({ ...ofProofs, theorems: Schema.Array(Theorem) }),
      error: problemSchemas,
    }),
    HttpApiEndpoint.get("proof", "/v1/proofs/:ref", {
      params: { ref: Schema.String },
      success: Schema.Struct({ ...theorem, ...ofProofs }),
      error: problemSchemas,
    }),
  )
  .annotateMerge(OpenApi.annotations({ title: "Log" })) {}

/** Tiles and entry bundles (C2SP tlog-tiles): bytes, and paths of any depth, so outside the description. */
export const tilesPath = "/v1/log/tile/*";
