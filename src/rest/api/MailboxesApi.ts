/** `/v1/mailboxes`: make, list, show, change. */
import { Schema } from "effect";
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api";
import { Mode } from "../../model/Mode.ts";
import { Authorization } from "../../http/Authorization.ts";
import { Mailbox, maybe, Whole } from "./shapes.ts";

const policyFields = {
  quorum: maybe(Whole),
  decision_window: maybe(Whole),
  approval_max_age: maybe(Whole),
};

export const NewMailbox = Schema.Struct({
  address: Schema.String,
  agent_id: Schema.String,
  agent_ref: maybe(Schema.String),
  display_name: maybe(Schema.String),
  oversight_address: maybe(Schema.String),
  oversight_mode: maybe(Mode),
  policy: maybe(Schema.Struct(policyFields)),
  ...policyFields,
}).annotate({ identifier: "NewMailbox" });

/** Settings this version keeps from the moment a mailbox is made; naming one here is refused, not ignored. */
export const fixedSettings = [
  "address",
  "agent_id",
  "agent_ref",
  "display_name",
  "oversight_address",
  "auto_cc",
  "auto_bcc",
  "forward_inbound",
  "signature_block",
  "ai_disclosure",
  "default_gate_timing",
  "scheduling_enabled",
] as const;

const refused = maybe(Schema.Json.annotate({ description: "Cannot be changed: refused with 422." }));

export const MailboxChange = Schema.Struct({
  oversight_mode: maybe(Mode),
  policy: maybe(Schema.Struct(policyFields)),
  ...policyFields,
  ...(Object.fromEntries(fixedSettings.map((name) => [name, refused])) as Record<
    (typeof fixedSettings)[number],
    typeof refused
  >),
}).annotate({ identifier: "MailboxChange" });

const Changed = Schema.Struct({ status: Schema.Literals(["updated", "unchanged"]), ...Mailbox.fields }).annotate({
  identifier: "MailboxChanged",
});

const Created = Schema.Struct({
  ...Mailbox.fields,
  warnings: Schema.Array(Schema.String).annotate({
    description: "Why mail from it would not verify, a sentence each.",
  }),
}).annotate({ identifier: "MailboxCreated" });

const byId = { id: Schema.String };

export class MailboxesApi extends HttpApiGroup.make("mailboxes")
  .add(
    HttpApiEndpoint.post("createMailbox", "/v1/mailboxes", {
      payload: NewMailbox,
      success: Created.pipe(HttpApiSchema.status(201)),
    }),
    HttpApiEndpoint.get("listMailboxes", "/v1/mailboxes", {
      success: Schema.Struct({ mailboxes: Schema.Array(Mailbox) }),
    }),
    HttpApiEndpoint.get("getMailbox", "/v1/mailboxes/:id", { params: byId, success: Mailbox }),
    HttpApiEndpoint.patch("updateMailbox", "/v1/mailboxes/:id", {
      params: byId,
      payload: MailboxChange,
      success: Changed,
    }),
    HttpApiEndpoint.patch("configureMailbox", "/v1/mailboxes/:id/configure", {
      params: byId,
      payload: MailboxChange,
      success: Changed,
    }),
  )
  .middleware(Authorization)
  .annotateMerge(OpenApi.annotations({ title: "Mailboxes" })) {}
