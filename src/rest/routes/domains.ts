/** Handlers for what is known of a domain, and by which policy it counts. */
import { Effect } from "effect";
import { HttpApiBuilder } from "effect/http-api";
import { RiskDesk, type DomainReport, type PolicyChange, type PolicyView } from "../../contracts/RiskDesk.ts";
import { answer } from "../answer.ts";
import { Api } from "../Api.ts";
import type { ChangePolicy } from "../api/DomainsApi.ts";
import { Caller } from "../../http/Authorization.ts";
import { Problem } from "../../http/Problem.ts";
import { signalsShown } from "../shown/riskShown.ts";
import { instant } from "../../model/time.ts";

const share = (basisPoints: number | null): number | null => (basisPoints === null ? null : basisPoints / 10_000);

const reportShown = (report: DomainReport) => ({
  domain: report.domain,
  unicode: report.unicode,
  registrable: report.registrable,
  domain_risk_score: report.score / 10_000,
  domain_flags: report.flags,
  domain_signals: signalsShown(report.signals),
  unknown: report.unknown,
  held: report.held,
  blocked_by: report.blockedBy,
  hold_above: share(report.holdAbove),
  refuse_above: share(report.refuseAbove),
  assessed_at: instant(report.assessedAt),
});

const states = { closed: "on", open: "failing", half_open: "trying" } as const;

const policyShown = (view: PolicyView) => ({
  mailbox_id: view.mailbox,
  version: view.version,
  changed_by: view.changedBy,
  changed_at: view.changedAt === null ? null : instant(view.changedAt),
  readable: view.readable,
  hold_above: share(view.holdAbove),
  refuse_above: share(view.refuseAbove),
  hold_unknown: view.holdUnknown,
  sources_off: view.sourcesOff,
  overrides: view.overrides.map(({ until, at, ...one }) => ({ ...one, until: instant(until), at: instant(at) })),
  said: view.said,
  sources: view.sources.map(({ source, reach, version, breaker }) => ({
    source,
    reach,
    version,
    state: view.sourcesOff.includes(source) ? ("off" as const) : states[breaker?.state ?? "closed"],
    failures: breaker?.failures ?? 0,
    retry_at: breaker?.retryAt == null ? null : instant(breaker.retryAt),
  })),
});

const basisPoints = (given: number): number => Math.round(given * 10_000);

const momentOf = (text: string): number | null => {
  const millis = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(millis) ? null : Math.floor(millis / 1000);
};

/** As the room inside calls it, with what is absent left absent. */
const changeOf = Effect.fnUntraced(function* (payload: typeof ChangePolicy.Type) {
  const { hold_above, refuse_above, overrides } = payload;
  const dated = overrides?.map((one) => ({ ...one, until: momentOf(one.until) }));
  if (dated?.some(({ until }) => until === null) === true) {
    return yield* new Problem({
      status: 422,
      code: "invalid",
      error: "An override's until is not a moment.",
      hint: "Give RFC 3339, such as 2027-01-31T00:00:00Z.",
      field: "overrides",
    });
  }
  const change: PolicyChange = {
    version: payload.version ?? null,
    ...(hold_above === undefined ? {} : { holdAbove: hold_above === null ? null : basisPoints(hold_above) }),
    ...(refuse_above === undefined
      ? {}
      : { refuseAbove: typeof refuse_above === "number" ? basisPoints(refuse_above) : refuse_above }),
    ...(payload.hold_unknown === undefined ? {} : { holdUnknown: payload.hold_unknown }),
    ...(payload.sources_off === undefined ? {} : { sourcesOff: payload.sources_off }),
    ...(payload.sources_on === undefined ? {} : { sourcesOn: payload.sources_on }),
    ...(overrides === undefined
      ? {}
      : { overrides: dated === undefined ? null : dated.map((one) => ({ ...one, until: one.until! })) }),
  };
  return change;
});

export const layerDomains = HttpApiBuilder.group(
  Api,
  "domains",
  Effect.fn(function* (handlers) {
    const intelligence = yield* RiskDesk;

    const policy = Effect.fnUntraced(function* (mailbox: string | null) {
      return policyShown(yield* intelligence.policy(yield* Caller, mailbox));
    });
    const change = Effect.fnUntraced(function* (mailbox: string | null, payload: typeof ChangePolicy.Type) {
      return policyShown(yield* intelligence.changePolicy(yield* Caller, mailbox, yield* changeOf(payload)));
    });

    return handlers
      .handle("domainRisk", ({ params, query }) =>
        answer(
          Effect.gen(function* () {
            return reportShown(yield* intelligence.domain(yield* Caller, params.domain, query.mailbox ?? null));
          }),
        ),
      )
      .handle("riskPolicy", () => answer(policy(null)))
      .handle("changeRiskPolicy", ({ payload }) => answer(change(null, payload)))
      .handle("mailboxRiskPolicy", ({ params }) => answer(policy(params.id)))
      .handle("changeMailboxRiskPolicy", ({ params, payload }) => answer(change(params.id, payload)));
  }),
);
