/**
 * What an operator decides about risk, for a tenant and for a mailbox, and what a verdict demands under it. Pure.
 *
 * - The installation's settings are the default of each tenant; the tenant's policy replaces those it sets;
 *   a mailbox's policy may only tighten its tenant's: a lower threshold counts, a higher one does not, whatever is stored and
 *   in whatever order the two were changed.
 * - A policy that cannot be read holds everything and overrides nothing (attack D3).
 * - Held: a person must look, whatever the mode. Refused: it does not leave, even if approved.
 */
import { Schema } from "effect";
import { isDeniable, overrideDomain, type RiskOverride } from "./overrides.ts";
import { BasisPoints, isHeld, type RiskVerdict } from "../RiskVerdict.ts";

export const RiskOverrideRow = Schema.Struct({
  domain: Schema.String,
  signal: Schema.String,
  reason: Schema.String,
  until: Schema.Int,
  by: Schema.String,
  at: Schema.Int,
});

/** What a tenant's operator has set. What is absent is left to the installation. */
export const TenantRisk = Schema.Struct({
  holdAbove: Schema.optionalKey(BasisPoints),
  /** `null`: refuses nothing. */
  refuseAbove: Schema.optionalKey(Schema.NullOr(BasisPoints)),
  holdUnknown: Schema.optionalKey(Schema.Boolean),
  /** Sources that are not asked. */
  sourcesOff: Schema.optionalKey(Schema.Array(Schema.String)),
  overrides: Schema.optionalKey(Schema.Array(RiskOverrideRow)),
});
export type TenantRisk = typeof TenantRisk.Type;

/** What has been set for one mailbox. */
export const MailboxRisk = Schema.Struct({
  holdAbove: Schema.optionalKey(BasisPoints),
  refuseAbove: Schema.optionalKey(BasisPoints),
  holdUnknown: Schema.optionalKey(Schema.Literal(true)),
  /** Sources that are asked for it, though the tenant has switched them off. */
  sourcesOn: Schema.optionalKey(Schema.Array(Schema.String)),
});
export type MailboxRisk = typeof MailboxRisk.Type;

/** What counts. */
export interface RiskPolicy {
  /** Basis points; a score over it is held. Not a whole number of them: everything is. */
  readonly holdAbove: number;
  /** Basis points; a score over it is refused. `null`: none is. */
  readonly refuseAbove: number | null;
  /** What a source could not judge is held. */
  readonly holdUnknown: boolean;
  readonly sourcesOff: ReadonlySet<string>;
  readonly overrides: readonly RiskOverride[];
}

export type RiskDefaults = Pick<RiskPolicy, "holdAbove" | "holdUnknown">;

/** For a policy that cannot be read. */
export const STRICTEST: RiskPolicy = {
  holdAbove: Number.NaN,
  refuseAbove: null,
  holdUnknown: true,
  sourcesOff: new Set(),
  overrides: [],
};

export const tenantPolicy = (defaults: RiskDefaults, tenant: TenantRisk): RiskPolicy => ({
  holdAbove: tenant.holdAbove ?? defaults.holdAbove,
  refuseAbove: tenant.refuseAbove ?? null,
  holdUnknown: tenant.holdUnknown ?? defaults.holdUnknown,
  sourcesOff: new Set(tenant.sourcesOff ?? []),
  overrides: tenant.overrides ?? [],
});

/** A tenant's policy, tightened for one mailbox. Never looser than it, whatever `mailbox` sets; `null`: that cannot be read. */
export const tightened = (tenant: RiskPolicy, mailbox: MailboxRisk | null): RiskPolicy => {
  // What the tenant refuses stays refused: held, a person could still approve it.
  if (mailbox === null) return { ...STRICTEST, refuseAbove: tenant.refuseAbove };
  const on = new Set(mailbox.sourcesOn ?? []);
  return {
    holdAbove: mailbox.holdAbove === undefined ? tenant.holdAbove : Math.min(tenant.holdAbove, mailbox.holdAbove),
    refuseAbove:
      mailbox.refuseAbove === undefined
        ? tenant.refuseAbove
        : Math.min(tenant.refuseAbove ?? Infinity, mailbox.refuseAbove),
    holdUnknown: tenant.holdUnknown || mailbox.holdUnknown === true,
    sourcesOff: new Set([...tenant.sourcesOff].filter((source) => !on.has(source))),
    overrides: tenant.overrides,
  };
};

/** The field of a mailbox's policy that is looser than its tenant's, or `null`. */
export const looserField = (tenant: RiskPolicy, mailbox: MailboxRisk): keyof MailboxRisk | null =>
  mailbox.holdAbove !== undefined && mailbox.holdAbove > tenant.holdAbove
    ? "holdAbove"
    : mailbox.refuseAbove !== undefined && mailbox.refuseAbove > (tenant.refuseAbove ?? Infinity)
      ? "refuseAbove"
      : null;

/** What the policy makes of a verdict. */
export interface RiskDemand {
  readonly held: boolean;
  readonly blocked: boolean;
  /** Which entry or rule blocks; `null` when nothing does. */
  readonly blockedBy: string | null;
}

export const demandOf = (
  policy: Pick<RiskPolicy, "holdAbove" | "refuseAbove" | "holdUnknown">,
  verdict: Pick<RiskVerdict, "score" | "unknown" | "blocked" | "blockedBy">,
): RiskDemand => {
  const refused = policy.refuseAbove !== null && !(verdict.score <= policy.refuseAbove);
  return {
    held: isHeld(verdict, policy.holdAbove, policy.holdUnknown),
    blocked: verdict.blocked || refused,
    blockedBy: verdict.blockedBy ?? (refused ? `policy:risk above ${(policy.refuseAbove ?? 0) / 10_000}` : null),
  };
};

/** The longest an override lasts, seconds: a year. */
export const LONGEST_OVERRIDE = 366 * 86_400;
const MOST_OVERRIDES = 500;
const SOURCE = /^[a-z][a-z0-9_.:-]{0,63}$/;

/** What is wrong with it, as a field and a sentence; `null` when nothing is. */
export const problemOf = (
  policy: TenantRisk | MailboxRisk,
  now: number,
): { readonly field: string; readonly message: string; readonly hint: string } | null => {
  const names = [
    ...("sourcesOff" in policy ? (policy.sourcesOff ?? []) : []),
    ...("sourcesOn" in policy ? (policy.sourcesOn ?? []) : []),
  ];
  if (names.length > 100 || names.some((name) => !SOURCE.test(name))) {
    return {
      field: "sources",
      message: "Sources are named as verdicts name them, such as disposable_list.",
      hint: "Read the policy: it lists the sources there are.",
    };
  }
  const overrides = "overrides" in policy ? (policy.overrides ?? []) : [];
  if (overrides.length > MOST_OVERRIDES) {
    return {
      field: "overrides",
      message: `A tenant has at most ${MOST_OVERRIDES} overrides.`,
      hint: "Leave out those that have expired.",
    };
  }
  for (const { domain, signal, reason, until, at } of overrides) {
    if (overrideDomain(domain) !== domain) {
      return {
        field: "overrides",
        message: `${JSON.stringify(domain)} is not a domain that somebody can have registered.`,
        hint: "Name the domain itself, such as example.com; never a public suffix.",
      };
    }
    if (!isDeniable(signal)) {
      return {
        field: "overrides",
        message: `${JSON.stringify(signal)} is no signal that can be overridden.`,
        hint: "Name the signal as the verdict names it. Not knowing cannot be overridden.",
      };
    }
    if (reason.trim() === "" || reason.length > 500 || /\p{Cc}/u.test(reason)) {
      return {
        field: "overrides",
        message: "An override has a reason of 1 to 500 characters on one line.",
        hint: "Say why the finding is mistaken.",
      };
    }
    // One that is kept from before may have expired; a new one may not.
    if (until > at + LONGEST_OVERRIDE || (at >= now && until <= now)) {
      return {
        field: "overrides",
        message: "An override ends after now, and within a year.",
        hint: "Give until, and renew it when it still holds.",
      };
    }
  }
  return null;
};
