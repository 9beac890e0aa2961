/** Looks at domains, and keeps the risk policies. */
import { Effect, Layer, Result } from "effect";
import { parseAddress } from "../../mail/address/Address.ts";
import { domainOf } from "../../mail/address/domainOf.ts";
import { type Credential, readsMessages } from "../../model/Credential.ts";
import { readDomain } from "../../risk/ReadDomain.ts";
import type { SourceStatus } from "../../risk/inquiry/Inquiry.ts";
import { RiskAssessor } from "../../risk/RiskAssessor.ts";
import { problemOf, type TenantRisk } from "../../risk/policy/RiskPolicy.ts";
import { type Judged, Judgement } from "../judgement/Judgement.ts";
import { makeOperating } from "./operatorActs.ts";
import { Reach } from "../../accounts/Reach.ts";
import { RiskPolicies, type StoredPolicies } from "../judgement/RiskPolicies.ts";
import { digestOf } from "../../bytes/digest.ts";
import { forbidden, invalid, conflict, fromStore } from "../../contracts/errors.ts";
import { type PolicyView, RiskDesk, type DomainReport, type PolicyChange } from "../../contracts/RiskDesk.ts";
import { nowSeconds } from "../../model/time.ts";
import { mailboxAfter, tenantAfter, wireNames } from "./riskPolicyChange.ts";

const mayRead = (credential: Credential) =>
  readsMessages(credential)
    ? Effect.void
    : Effect.fail(forbidden("This key may not look at domains.", "Use a key with the read or oversight scope."));

/** The domain or address as it is judged: an address, or a domain after `@`. */
const askedOf = Effect.fnUntraced(function* (name: string) {
  const text = name.trim();
  if (text === "" || text.length > 320 || !text.isWellFormed()) {
    return yield* invalid("domain", "Give a domain or an address, of at most 320 characters.", "Such as example.com.");
  }
  const address = text.includes("@") ? parseAddress(text, "domain") : null;
  if (address !== null && Result.isFailure(address)) {
    return yield* invalid("domain", address.failure.message, address.failure.hint);
  }
  return address === null ? `@${text}` : address.success.addrSpec;
});

const reportOf = (asked: string, { risk, verdict }: Judged): DomainReport => {
  const read = readDomain(domainOf(asked));
  return {
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
};

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
      const asked = yield* askedOf(name);
      const sender =
        mailbox === null
          ? { tenant: credential.tenant, id: null, address: null }
          : yield* reach.mailbox(credential, mailbox);
      return reportOf(asked, yield* judgement.judge(sender, [asked], null));
    });

    const view = Effect.fnUntraced(function* (tenant: string, mailbox: string | null) {
      return viewOf(yield* policies.of(tenant, mailbox), mailbox, yield* assessor.status, yield* nowSeconds);
    });

    const policy = Effect.fn("RiskDesk.policy")(function* (credential: Credential, mailbox: string | null) {
      yield* mayRead(credential);
      const id = mailbox === null ? null : (yield* reach.mailboxNow(credential, mailbox)).id;
      return yield* view(credential.tenant, id);
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

/** A policy for the leaf: numbers, and names of sources. Not whom an override is about, nor why. */
const wire = (risk: TenantRisk & { readonly sourcesOn?: readonly string[] }) => ({
  hold_above: risk.holdAbove ?? null,
  refuse_above: risk.refuseAbove ?? null,
  hold_unknown: risk.holdUnknown ?? null,
  sources_off: risk.sourcesOff ?? null,
  sources_on: risk.sourcesOn ?? null,
  overrides: risk.overrides?.length ?? null,
});
