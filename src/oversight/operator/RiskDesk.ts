/** Looks at domains, and keeps the risk policies. */
import { Effect, Layer, Result } from "effect";
import { parseAddress } from "../../mail/address/Address.ts";
import { domainOf } from "../../mail/address/domainOf.ts";
import type { Credential } from "../../model/Credential.ts";
import { readDomain } from "../../risk/ReadDomain.ts";
import type { SourceStatus } from "../../risk/inquiry/Inquiry.ts";
import { overrideDomain } from "../../risk/policy/overrides.ts";
import { RiskAssessor } from "../../risk/RiskAssessor.ts";
import { looserField, type MailboxRisk, problemOf, type TenantRisk } from "../../risk/policy/RiskPolicy.ts";
import { Judgement } from "../judgement/Judgement.ts";
import { makeOperating } from "./operatorActs.ts";
import { Reach } from "../../accounts/Reach.ts";
import { RiskPolicies, type StoredPolicies } from "../judgement/RiskPolicies.ts";
import { digestOf } from "../../bytes/digest.ts";
import { forbidden, invalid, conflict, fromStore } from "../../contracts/errors.ts";
import { type PolicyView, RiskDesk, type DomainReport, type PolicyChange } from "../../contracts/RiskDesk.ts";
import { nowSeconds } from "../../model/time.ts";

const mayRead = (credential: Credential) =>
  credential.scopes.some((scope) => scope === "read" || scope === "oversight" || scope === "admin")
    ? Effect.void
    : Effect.fail(forbidden("This key may not look at domains.", "Use a key with the read or oversight scope."));

/** A field of what is stored after a change of it: left as it is, taken out, or set. */
const changed = <Value>(before: Value | undefined, change: Value | null | undefined): Value | undefined =>
  change === undefined ? before : change === null ? undefined : change;

/** Without the fields that say nothing. */
const said = <A extends object>(fields: A): { [K in keyof A]: Exclude<A[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

const wireNames = {
  holdAbove: "hold_above",
  refuseAbove: "refuse_above",
  holdUnknown: "hold_unknown",
  sourcesOff: "sources_off",
  sourcesOn: "sources_on",
  overrides: "overrides",
} as const;

const viewOf = (
  stored: StoredPolicies,
  mailbox: string | null,
  sources: readonly SourceStatus[],
  now: number,
): PolicyView => {
  const row = mailbox === null ? stored.tenant : stored.mailbox;
  const own = mailbox === null ? stored.tenantRisk : stored.mailboxRisk;
  const { holdAbove, refuseAbove, holdUnknown, sourcesOff, overrides } = stored.policy;
  return {
    mailbox,
    version: row?.version ?? 0,
    changedBy: row?.changedBy ?? null,
    changedAt: row?.changedAt ?? null,
    readable: stored.tenantRisk !== null && stored.mailboxRisk !== null,
    holdAbove: Number.isInteger(holdAbove) ? holdAbove : null,
    refuseAbove,
    holdUnknown,
    sourcesOff: [...sourcesOff],
    overrides: overrides.map((one) => ({ ...one, expired: one.until <= now })),
    said: Object.keys(own ?? {}).map((field) => wireNames[field as keyof typeof wireNames] ?? field),
    sources,
  };
};

export const layerRiskDesk = Layer.effect(
  RiskDesk,
  Effect.gen(function* () {
    const policies = yield* RiskPolicies;
    const judgement = yield* Judgement;
    const assessor = yield* RiskAssessor;
    const reach = yield* Reach;
    const { commitOr, operator, tenantOperator } = yield* makeOperating;

    const domain = Effect.fn("RiskDesk.domain")(function* (
      credential: Credential,
      name: string,
      mailbox: string | null,
    ) {
      yield* mayRead(credential);
      const text = name.trim();
      if (text === "" || text.length > 320 || !text.isWellFormed()) {
        return yield* invalid(
          "domain",
          "Give a domain or an address, of at most 320 characters.",
          "Such as example.com.",
        );
      }
      const address = text.includes("@") ? parseAddress(text, "domain") : null;
      if (address !== null && Result.isFailure(address)) {
        return yield* invalid("domain", address.failure.message, address.failure.hint);
      }
      const sender =
        mailbox === null
          ? { tenant: credential.tenant, id: null, address: null }
          : yield* reach.mailbox(credential, mailbox);
      const asked = address === null ? `@${text}` : address.success.addrSpec;
      const { risk, verdict } = yield* judgement.judge(sender, [asked], null);
      const read = readDomain(domainOf(asked));
      const report: DomainReport = {
        domain: read.host,
        unicode: read.unicode,
        registrable: read.registrable,
        score: risk.score,
        flags: risk.flags,
        signals: risk.signals,
        unknown: risk.unknown,
        held: verdict.held,
        blockedBy: risk.blockedBy,
        holdAbove: risk.holdAbove,
        refuseAbove: risk.refuseAbove,
        assessedAt: risk.assessedAt,
      };
      return report;
    });

    const view = Effect.fnUntraced(function* (tenant: string, mailbox: string | null) {
      return viewOf(yield* policies.of(tenant, mailbox), mailbox, yield* assessor.status, yield* nowSeconds);
    });

    const policy = Effect.fn("RiskDesk.policy")(function* (credential: Credential, mailbox: string | null) {
      yield* mayRead(credential);
      const id = mailbox === null ? null : (yield* reach.mailboxNow(credential, mailbox)).id;
      return yield* view(credential.tenant, id);
    });

    /** What the tenant's policy says after the change. */
    const tenantAfter = Effect.fnUntraced(function* (
      before: TenantRisk,
      change: PolicyChange,
      by: string,
      now: number,
    ) {
      if (change.sourcesOn !== undefined) {
        return yield* invalid("sources_on", "sources_on is for a mailbox.", "For the tenant, shorten sources_off.");
      }
      const overrides =
        change.overrides === undefined || change.overrides === null
          ? change.overrides
          : change.overrides.map((one) => {
              const wanted = { ...one, domain: overrideDomain(one.domain) ?? one.domain };
              // Who said it first, and when, stays with what stays.
              const known = before.overrides?.find(
                (old) =>
                  old.domain === wanted.domain &&
                  old.signal === wanted.signal &&
                  old.reason === wanted.reason &&
                  old.until === wanted.until,
              );
              return known ?? { ...wanted, by, at: now };
            });
      const refuseAbove =
        change.refuseAbove === "never"
          ? { refuseAbove: null }
          : said({ refuseAbove: changed(before.refuseAbove, change.refuseAbove) });
      const after: TenantRisk = {
        ...said({
          holdAbove: changed(before.holdAbove, change.holdAbove),
          holdUnknown: changed(before.holdUnknown, change.holdUnknown),
          sourcesOff: changed(before.sourcesOff, change.sourcesOff),
          overrides: changed(before.overrides, overrides),
        }),
        ...refuseAbove,
      };
      return after;
    });

    /** What the mailbox's policy says after the change; fails where that would be looser than its tenant's. */
    const mailboxAfter = Effect.fnUntraced(function* (stored: StoredPolicies, change: PolicyChange) {
      const before: MailboxRisk = stored.mailboxRisk ?? {};
      if (change.sourcesOff !== undefined || change.overrides !== undefined) {
        return yield* invalid(
          change.overrides !== undefined ? "overrides" : "sources_off",
          "A mailbox may only tighten: it switches no source off and overrides nothing.",
          "Change the tenant's policy.",
          "change_tenant_risk_policy",
        );
      }
      if (change.holdUnknown === false || change.refuseAbove === "never") {
        return yield* invalid(
          change.holdUnknown === false ? "hold_unknown" : "refuse_above",
          "A mailbox may only tighten its tenant's policy.",
          "Give null, to leave it to the tenant.",
        );
      }
      const after: MailboxRisk = said({
        holdAbove: changed(before.holdAbove, change.holdAbove),
        refuseAbove: changed(before.refuseAbove, change.refuseAbove),
        holdUnknown: changed(before.holdUnknown, change.holdUnknown),
        sourcesOn: changed(before.sourcesOn, change.sourcesOn),
      });
      const looser = looserField(stored.tenantPolicy, after);
      if (looser !== null) {
        return yield* invalid(
          wireNames[looser],
          "A mailbox may only tighten its tenant's policy.",
          "Give a value that is not above the tenant's, or null.",
        );
      }
      return after;
    });

    const changePolicy = Effect.fn("RiskDesk.changePolicy")(function* (
      credential: Credential,
      mailbox: string | null,
      change: PolicyChange,
    ) {
      const box = mailbox === null ? null : yield* reach.mailboxNow(credential, mailbox);
      const actor = box === null ? yield* tenantOperator(credential) : yield* operator(credential);
      if (actor.role !== "operator") {
        return yield* forbidden("Only an operator changes a risk policy.", "Use an operator's key (scope admin).");
      }
      const now = yield* nowSeconds;
      const stored = yield* policies.of(credential.tenant, box?.id ?? null);
      const row = box === null ? stored.tenant : stored.mailbox;
      const version = row?.version ?? 0;
      if (change.version !== null && change.version !== version) {
        return yield* conflict(
          `The policy is at version ${version} by now, not ${change.version}.`,
          "Read it again, and make the change to what it says now.",
        );
      }
      const after: TenantRisk & { readonly sourcesOn?: readonly string[] } =
        box === null
          ? yield* tenantAfter(stored.tenantRisk ?? {}, change, credential.principal, now)
          : yield* mailboxAfter(stored, change);
      const problem = problemOf(after, now);
      if (problem !== null) return yield* invalid(problem.field, problem.message, problem.hint);
      const text = JSON.stringify(after);
      // One transaction: no policy without its entry, and no entry of a change that lost to another.
      yield* commitOr(
        (error) =>
          error.reason === "conflict"
            ? Effect.fail(
                conflict(
                  "Somebody else changed the policy at the same moment.",
                  "Read it again, and make the change to what it says now.",
                ),
              )
            : fromStore(error),
        {
          event: {
            type: "set_risk_policy",
            at: 0,
            actor,
            tenant: credential.tenant,
            ...(box === null ? {} : { mailbox: box.id }),
            version: version + 1,
            policy: digestOf(text),
          },
          evidence: { risk_policy: wire(after) },
          rows: ({ at }) => ({
            riskPolicies: [
              {
                tenant: credential.tenant,
                mailbox: box?.id ?? "",
                version: version + 1,
                policy: text,
                changedBy: credential.principal,
                changedAt: at,
              },
            ],
          }),
        },
      );
      return yield* view(credential.tenant, box?.id ?? null);
    });

    return RiskDesk.of({ domain, policy, changePolicy });
  }),
);

/** What a policy says, for the leaf: numbers, and names of sources. Not whom an override is about, nor why. */
const wire = (risk: TenantRisk & { readonly sourcesOn?: readonly string[] }) => ({
  hold_above: risk.holdAbove ?? null,
  refuse_above: risk.refuseAbove ?? null,
  hold_unknown: risk.holdUnknown ?? null,
  sources_off: risk.sourcesOff ?? null,
  sources_on: risk.sourcesOn ?? null,
  overrides: risk.overrides?.length ?? null,
});
