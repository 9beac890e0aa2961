/** What operators do besides mailboxes: keys, the stop switch, reviewers, tenants, send lists. */
import { Schema } from "effect";
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api";
import { Scope } from "../../model/Credential.ts";
import { Authorization } from "../../http/Authorization.ts";
import { maybe } from "./shapes.ts";

const Principal = Schema.Struct({ kind: Schema.Literals(["agent", "person"]), id: Schema.String });

export const NewKey = Schema.Struct({
  name: Schema.String,
  scopes: Schema.Array(Scope),
  principal: maybe(Principal),
  owner: maybe(
    Schema.String.annotate({ description: "The person answerable for it, who may not decide on what it sends." }),
  ),
  mailboxes: maybe(Schema.Array(Schema.String)),
}).annotate({ identifier: "NewKey" });

const keyFields = {
  id: Schema.String,
  name: Schema.String,
  prefix: Schema.String,
  scopes: Schema.Array(Schema.String),
  principal: Principal,
  owner: Schema.NullOr(Schema.String),
  mailboxes: Schema.NullOr(Schema.Array(Schema.String)),
};

const IssuedKey = Schema.Struct({
  ...keyFields,
  key: Schema.String.annotate({ description: "The whole key: shown here, once." }),
  api_key: Schema.String.annotate({ description: "The same, under the name that MultiMail gives it." }),
}).annotate({ identifier: "IssuedKey" });

const ListedKey = Schema.Struct({
  ...keyFields,
  created_at: Schema.Int.annotate({ description: "Milliseconds since 1970-01-01T00:00:00Z" }),
  is_active: Schema.Boolean,
}).annotate({ identifier: "ListedKey" });

const Tenant = Schema.Struct({
  status: Schema.String,
  halted: Schema.Boolean,
  revoked_reviewers: Schema.Array(Schema.String),
  message: Schema.String,
}).annotate({ identifier: "TenantState" });

const Reviewer = Schema.Struct({
  status: Schema.Literals(["revoked", "reinstated"]),
  reviewer: Schema.String,
  revoked_reviewers: Schema.Array(Schema.String),
  messages: Schema.Array(Schema.String).annotate({ description: "Messages on which an approval no longer counts." }),
}).annotate({ identifier: "ReviewerState" });

const ListEntry = Schema.Struct({
  entry: Schema.String,
  direction: Schema.Literal("send"),
  list: Schema.Literals(["allow", "block"]),
  reason: Schema.NullOr(Schema.String),
  created_at: Schema.String,
}).annotate({ identifier: "ListEntry" });

const kind = { kind: Schema.Literals(["allow", "block"]) };
const byId = { id: Schema.String };

export class OperatorApi extends HttpApiGroup.make("operator")
  .add(
    HttpApiEndpoint.post("createApiKey", "/v1/api-keys", {
      payload: NewKey,
      success: IssuedKey.pipe(HttpApiSchema.status(201)),
    }),
    HttpApiEndpoint.get("listApiKeys", "/v1/api-keys", {
      success: Schema.Struct({ api_keys: Schema.Array(ListedKey) }),
    }),
    HttpApiEndpoint.delete("revokeApiKey", "/v1/api-keys/:id", {
      params: byId,
      success: Schema.Struct({
        id: Schema.String,
        status: Schema.Literal("revoked"),
        voided: Schema.Int.annotate({
          description: "How many unsent messages lost the approval that was given with this key.",
        }),
        messages: Schema.Array(Schema.String).annotate({ description: "Those messages." }),
      }),
    }),
    HttpApiEndpoint.post("halt", "/v1/halt", { success: Tenant }),
    HttpApiEndpoint.post("resume", "/v1/resume", { success: Tenant }),
    HttpApiEndpoint.post("revokeReviewer", "/v1/reviewers/:id/revoke", { params: byId, success: Reviewer }),
    HttpApiEndpoint.post("reinstateReviewer", "/v1/reviewers/:id/reinstate", { params: byId, success: Reviewer }),
    HttpApiEndpoint.post("createTenant", "/v1/tenants", {
      payload: Schema.Struct({ name: Schema.String }),
      success: Schema.Struct({
        id: Schema.String,
        name: Schema.String,
        key: Schema.String,
        api_key: Schema.String,
      }).pipe(HttpApiSchema.status(201)),
    }),
    HttpApiEndpoint.get("sendList", "/v1/lists/send/:kind", {
      params: kind,
      success: Schema.Struct({ entries: Schema.Array(ListEntry) }),
    }),
    HttpApiEndpoint.post("addToSendList", "/v1/lists/send/:kind", {
      params: kind,
      payload: Schema.Struct({ entry: Schema.String, reason: maybe(Schema.String) }),
      success: ListEntry.pipe(HttpApiSchema.status(201)),
    }),
    HttpApiEndpoint.delete("removeFromSendList", "/v1/lists/send/:kind/:entry", {
      params: { ...kind, entry: Schema.String },
      success: Schema.Struct({ entry: Schema.String, status: Schema.Literal("removed") }),
    }),
  )
  .middleware(Authorization)
  .annotateMerge(OpenApi.annotations({ title: "Operation" })) {}
