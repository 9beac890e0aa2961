/** What a risk policy says after a change: the tenant's as its operator wants it, a mailbox's never looser than its tenant's. */
import { Effect } from "effect";
import { invalid } from "../../contracts/errors.ts";
import type { PolicyChange } from "../../contracts/RiskDesk.ts";
import { overrideDomain } from "../../risk/policy/overrides.ts";
import { looserField, type MailboxRisk, type TenantRisk } from "../../risk/policy/RiskPolicy.ts";
import type { StoredPolicies } from "../judgement/RiskPolicies.ts";

/** A field of what is stored after a change of it: left as it is, taken out, or set. */
const changed = <Value>(before: Value | undefined, change: Value | null | undefined): Value | undefined =>
  change === undefined ? before : change === null ? undefined : change;

/** Without the fields that say nothing. */
const said = <A extends object>(fields: A): { [K in keyof A]: Exclude<A[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

/** The names of its fields on the wire. */
export const wireNames = {
  holdAbove: "hold_above",
  refuseAbove: "refuse_above",
  holdUnknown: "hold_unknown",
  sourcesOff: "sources_off",
  sourcesOn: "sources_on",
  overrides: "overrides",
} as const;

/** What the tenant's policy says after the change. */
export const tenantAfter = Effect.fnUntraced(function* (
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
export const mailboxAfter = Effect.fnUntraced(function* (stored: StoredPolicies, change: PolicyChange) {
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
