/** The log: a page at a time, or all of it as JSON lines. */
import { Schema } from "effect";
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api";
import { Authorization } from "../../http/Authorization.ts";
import { Limit } from "./shapes.ts";

const text = Schema.optionalKey(Schema.String);

/** One entry of the log, flat; `leaf` is the very text that was hashed. */
const lineFields = {
  leaf_index: Schema.Int,
  leaf_hash: Schema.String.annotate({ description: "SHA-256 of 0x00 and the leaf (RFC 6962), hex." }),
  type: Schema.String,
  timestamp: Schema.String,
  outcome: Schema.String,
  refusal: Schema.NullOr(Schema.String),
  mailbox_id: Schema.NullOr(Schema.String),
  message_id: Schema.NullOr(Schema.String),
  agent_id: Schema.NullOr(Schema.String),
  identity_signature: Schema.NullOr(Schema.String),
  identity_key_id: Schema.NullOr(Schema.String),
  oversight_mode: Schema.NullOr(Schema.String),
  actor: Schema.Json,
  approver_id: Schema.NullOr(Schema.String.annotate({ description: "null when no person decided." })),
  approvers: Schema.Array(Schema.String).annotate({
    description: "Whose approvals a decision or hand-over rested on.",
  }),
  decision: Schema.NullOr(Schema.String),
  domain_risk_score: Schema.NullOr(Schema.Number),
  content_hash: Schema.NullOr(Schema.String),
  from_status: Schema.NullOr(Schema.String),
  to_status: Schema.NullOr(Schema.String),
  lean4_proof_ref: Schema.NullOr(Schema.String).annotate({
    description: "The headline theorem that covers the entry: <theorem>@sha256:<digest of the proof sources>.",
  }),
  lean4_proof_refs: Schema.Array(Schema.String),
  inclusion_proof: Schema.optionalKey(Schema.Array(Schema.String)),
  leaf: Schema.String,
};

export const AuditLine = Schema.Struct(lineFields).annotate({ identifier: "AuditLine" });

export const AuditEntry = Schema.Struct({
  id: Schema.String,
  action: Schema.String,
  resource_type: Schema.String,
  resource_id: Schema.String,
  actor_key_id: Schema.NullOr(Schema.String),
  created_at: Schema.String,
  metadata: Schema.Json,
  ...lineFields,
}).annotate({ identifier: "AuditEntry" });

export class AuditApi extends HttpApiGroup.make("audit")
  .add(
    HttpApiEndpoint.get("auditLog", "/v1/audit-log", {
      query: {
        limit: Schema.optionalKey(Limit),
        cursor: text,
        mailbox: text,
        mailbox_id: text,
        message_id: text,
        since: text,
        until: text,
      },
      success: Schema.Struct({
        entries: Schema.Array(AuditEntry),
        cursor: Schema.NullOr(Schema.String),
      }).annotate({ identifier: "AuditLog" }),
    }),
    HttpApiEndpoint.get("exportAuditLog", "/v1/audit-log/export", {
      query: {
        mailbox: text,
        mailbox_id: text,
        message_id: text,
        since: text,
        until: text,
        from: text,
        to: text,
        lines: Schema.optionalKey(Schema.Literals(["every", "matching"])),
        format: Schema.optionalKey(Schema.Literals(["jsonl", "csv", "ocsf", "cef"])),
        include_proofs: text,
      },
      success: HttpApiSchema.StreamNdjson({ schema: AuditLine }),
    }),
    HttpApiEndpoint.get("auditReceipt", "/v1/audit-log/:ref/receipt", {
      params: { ref: Schema.String },
      success: HttpApiSchema.StreamUint8Array({ contentType: "text/plain" }),
    }),
  )
  .middleware(Authorization)
  .annotateMerge(OpenApi.annotations({ title: "Audit log" })) {}
