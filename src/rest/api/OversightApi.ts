/** What waits for people, and what people decide. */
import { Schema } from "effect";
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api";
import { Authorization } from "../../http/Authorization.ts";
import { EmailPending, Limit, maybe } from "./shapes.ts";

export const DecideRequest = Schema.Struct({
  pending_id: maybe(Schema.String.annotate({ description: "Names one content of one message." })),
  email_id: maybe(Schema.String),
  message_id: maybe(Schema.String),
  id: maybe(Schema.String),
  decision: maybe(Schema.Literals(["approve", "reject", "cancel"])),
  action: maybe(Schema.Literals(["approve", "reject", "cancel"])),
  digest: maybe(
    Schema.String.annotate({
      description:
        "The digest the reviewer saw. Needed when the message has been edited and is not named by pending_id.",
    }),
  ),
  reason: maybe(Schema.String),
  reviewer_id: maybe(Schema.String.annotate({ description: "A note. Who decides is who the API key belongs to." })),
}).annotate({ identifier: "DecideRequest" });

export const ResolveRequest = Schema.Struct({
  outcome: Schema.Literals(["delivered", "failed", "retry"]),
  digest: maybe(Schema.String),
  reason: maybe(Schema.String),
}).annotate({ identifier: "ResolveRequest" });

const Decided = Schema.Struct({
  id: Schema.String,
  pending_id: Schema.String,
  status: Schema.String,
  decision: Schema.String,
  audit_ref: Schema.String,
  message_id: Schema.String,
  digest: Schema.String,
  approvals: Schema.Int,
  quorum: Schema.Int,
  reviewer: Schema.String.annotate({ description: "Who the API key belongs to." }),
  message: Schema.String,
}).annotate({ identifier: "Decided" });

export class OversightApi extends HttpApiGroup.make("oversight")
  .add(
    HttpApiEndpoint.get("listPending", "/v1/oversight/pending", {
      query: {
        mailbox: Schema.optionalKey(Schema.String),
        mailbox_id: Schema.optionalKey(Schema.String),
        limit: Schema.optionalKey(Limit),
        cursor: Schema.optionalKey(Schema.String),
      },
      success: Schema.Struct({
        emails: Schema.Array(EmailPending),
        pending: Schema.Array(EmailPending),
        messages: Schema.Array(EmailPending),
        cursor: Schema.NullOr(Schema.String),
      }).annotate({ identifier: "PendingList" }),
    }),
    HttpApiEndpoint.post("decide", "/v1/oversight/decide", { payload: DecideRequest, success: Decided }),
    HttpApiEndpoint.post("resolve", "/v1/emails/:emailId/resolve", {
      params: { emailId: Schema.String },
      payload: ResolveRequest,
      success: Decided,
    }),
  )
  .middleware(Authorization)
  .annotateMerge(OpenApi.annotations({ title: "Oversight" })) {}
