/** What is known of a domain, and by which policy it counts. */
import { Schema } from "effect";
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api";
import { Authorization } from "../../http/Authorization.ts";
import { DomainSignal, Instant, maybe } from "./shapes.ts";

const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })).annotate({ description: "0 … 1" });

const Report = Schema.Struct({
  domain: Schema.String,
  unicode: Schema.String,
  registrable: Schema.NullOr(Schema.String),
  domain_risk_score: Schema.Number.annotate({ description: "0 … 1" }),
  domain_flags: Schema.Array(Schema.String),
  domain_signals: Schema.Array(DomainSignal),
  unknown: Schema.Boolean.annotate({ description: "A source could not answer, or the domain cannot be judged." }),
  held: Schema.Boolean.annotate({ description: "A message to it waits for a person, whatever the mode." }),
  blocked_by: Schema.NullOr(Schema.String.annotate({ description: "What would refuse a message to it." })),
  hold_above: Schema.NullOr(Share),
  refuse_above: Schema.NullOr(Share),
  assessed_at: Instant,
}).annotate({ identifier: "DomainRisk" });

const OverrideShown = Schema.Struct({
  domain: Schema.String,
  signal: Schema.String,
  reason: Schema.String,
  until: Instant,
  by: Schema.String,
  at: Instant,
  expired: Schema.Boolean,
});

const Policy = Schema.Struct({
  mailbox_id: Schema.NullOr(Schema.String),
  version: Schema.Int.annotate({ description: "Give it with a change, and nobody's change is lost." }),
  changed_by: Schema.NullOr(Schema.String),
  changed_at: Schema.NullOr(Instant),
  readable: Schema.Boolean.annotate({ description: "false: what is stored cannot be read, and everything is held." }),
  hold_above: Schema.NullOr(Share),
  refuse_above: Schema.NullOr(Share),
  hold_unknown: Schema.Boolean,
  sources_off: Schema.Array(Schema.String),
  overrides: Schema.Array(OverrideShown),
  said: Schema.Array(Schema.String).annotate({
    description: "Which of these values this policy itself says; the others are the tenant's or the installation's.",
  }),
  sources: Schema.Array(
    Schema.Struct({
      source: Schema.String,
      reach: Schema.Literals(["local", "network"]),
      version: Schema.NullOr(Schema.String),
      state: Schema.Literals(["on", "off", "failing", "trying"]).annotate({
        description: "failing: not asked for now, since it failed too often; trying: asked once, to see.",
      }),
      failures: Schema.Int,
      retry_at: Schema.NullOr(Instant),
    }),
  ),
}).annotate({ identifier: "RiskPolicy" });

export const ChangePolicy = Schema.Struct({
  version: maybe(Schema.Int),
  hold_above: maybe(Share),
  refuse_above: maybe(Schema.Union([Share, Schema.Literal("never")])),
  hold_unknown: maybe(Schema.Boolean),
  sources_off: maybe(Schema.Array(Schema.String)),
  sources_on: maybe(Schema.Array(Schema.String)),
  overrides: maybe(
    Schema.Array(
      Schema.Struct({
        domain: Schema.String,
        signal: Schema.String,
        reason: Schema.String,
        until: Schema.String.annotate({ description: "RFC 3339; within a year.", format: "date-time" }),
      }),
    ),
  ),
}).annotate({
  identifier: "ChangeRiskPolicy",
  description: "What is absent stays; null says nothing of it any more. A mailbox may only tighten.",
});

const byMailbox = { id: Schema.String };

export class DomainsApi extends HttpApiGroup.make("domains")
  .add(
    HttpApiEndpoint.get("domainRisk", "/v1/domains/:domain/risk", {
      params: { domain: Schema.String },
      query: { mailbox: Schema.optionalKey(Schema.String) },
      success: Report,
    }),
    HttpApiEndpoint.get("riskPolicy", "/v1/risk-policy", { success: Policy }),
    HttpApiEndpoint.patch("changeRiskPolicy", "/v1/risk-policy", { payload: ChangePolicy, success: Policy }),
    HttpApiEndpoint.get("mailboxRiskPolicy", "/v1/mailboxes/:id/risk-policy", { params: byMailbox, success: Policy }),
    HttpApiEndpoint.patch("changeMailboxRiskPolicy", "/v1/mailboxes/:id/risk-policy", {
      params: byMailbox,
      payload: ChangePolicy,
      success: Policy,
    }),
  )
  .middleware(Authorization)
  .annotateMerge(OpenApi.annotations({ title: "Domains" })) {}
