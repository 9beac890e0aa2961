/** How long personal data are kept, what must not go, and what is to go. */
import { Schema } from "effect";
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api";
import { Erasure } from "../../contracts/Retention.ts";
import { Authorization } from "../../http/Authorization.ts";
import { maybe } from "./shapes.ts";

const days = Schema.NullOr(Schema.Int).annotate({
  description: "Days after a message ended; null = until somebody asks. Never below the floor.",
});

const Policy = Schema.Struct({ days, floor_days: Schema.Int }).annotate({ identifier: "Retention" });

const Hold = Schema.Struct({
  id: Schema.String,
  mailbox_id: Schema.NullOr(Schema.String),
  message_id: Schema.NullOr(Schema.String),
  reason: Schema.NullOr(Schema.String),
  placed_by: Schema.String,
  placed_at: Schema.String,
  released_at: Schema.NullOr(Schema.String),
  audit_ref: Schema.String,
}).annotate({ identifier: "LegalHold" });

const Erased = Schema.Struct({
  erased: Erasure.fields.erased,
  held: Erasure.fields.held.annotate({ description: "Not erased: a hold covers them." }),
  unfinished: Erasure.fields.unfinished.annotate({ description: "Not erased: they have not ended." }),
  audit_refs: Schema.Array(Schema.String),
}).annotate({ identifier: "Erasure" });

export class RetentionApi extends HttpApiGroup.make("retention")
  .add(
    HttpApiEndpoint.get("retention", "/v1/retention", { success: Policy }),
    HttpApiEndpoint.patch("setRetention", "/v1/retention", { payload: Schema.Struct({ days }), success: Policy }),
    HttpApiEndpoint.get("legalHolds", "/v1/legal-holds", {
      success: Schema.Struct({ legal_holds: Schema.Array(Hold) }),
    }),
    HttpApiEndpoint.post("placeLegalHold", "/v1/legal-holds", {
      payload: Schema.Struct({
        mailbox: maybe(Schema.String),
        message_id: maybe(Schema.String),
        reason: maybe(Schema.String),
      }),
      success: Hold.pipe(HttpApiSchema.status(201)),
    }),
    HttpApiEndpoint.delete("releaseLegalHold", "/v1/legal-holds/:id", {
      params: { id: Schema.String },
      success: Hold,
    }),
    HttpApiEndpoint.post("erase", "/v1/erasures", {
      payload: Schema.Struct({ message_id: maybe(Schema.String), person: maybe(Schema.String) }),
      success: Erased,
    }),
  )
  .middleware(Authorization)
  .annotateMerge(OpenApi.annotations({ title: "Retention" })) {}
