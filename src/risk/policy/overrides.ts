/**
 * An operator's word that one finding about one domain is mistaken: with a reason, and only for a time.
 *
 * - It takes that finding's weight away and no other's (OV-109). The finding stays in the record, and the override stands beside it
 *   as a signal of its own, so that a reader of the verdict sees both.
 * - It never lifts a block of a send list, and not knowing cannot be overridden: what a source could not answer, or what cannot
 *   be read as a domain, is no mistake of the source. Only a tenant's operator has overrides; no agent and no mailbox.
 */
import { readDomain, type ReadDomain } from "../ReadDomain.ts";
import type { Finding } from "../RiskSource.ts";
import { WEIGHTS, type SignalName } from "./Weights.ts";

export interface RiskOverride {
  /** The domain, and with it all below it; never a public suffix. */
  readonly domain: string;
  /** The name of a signal, such as `lookalike_near`. */
  readonly signal: string;
  readonly reason: string;
  /** Seconds since the epoch; from then on it has no effect. */
  readonly until: number;
  /** Who set it, and when (seconds). */
  readonly by: string;
  readonly at: number;
}

/** May an override name this? A signal of ours that is a finding about the domain, not a failure to find out. */
export const isDeniable = (signal: string): signal is SignalName =>
  Object.hasOwn(WEIGHTS, signal) && WEIGHTS[signal as SignalName].flag !== "unknown";

/** The form in which an override's domain is stored; `null` when there is nothing registrable in it. */
export const overrideDomain = (text: string): string | null => {
  const read = readDomain(text.trim());
  return read.registrable === null ? null : read.host;
};

const covers = (override: RiskOverride, { host }: ReadDomain): boolean =>
  host === override.domain || host.endsWith(`.${override.domain}`);

const day = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10);

/** The findings about `domain` as they count under these overrides at `now` (seconds), and the overrides that apply. */
export const overridden = (
  findings: readonly Finding[],
  domain: ReadDomain,
  overrides: readonly RiskOverride[],
  now: number,
): readonly Finding[] => {
  const inForce = overrides.filter((one) => now < one.until && isDeniable(one.signal) && covers(one, domain));
  if (inForce.length === 0) return findings;
  const applied = new Set<RiskOverride>();
  const counted = findings.map((one): Finding => {
    if (one.error !== undefined || one.flag === "unknown") return one;
    const override = inForce.find(({ signal }) => signal === one.name);
    if (override === undefined) return one;
    applied.add(override);
    return { ...one, weight: 0, flag: null, note: `${one.note === undefined ? "" : `${one.note}; `}overridden` };
  });
  return [
    ...counted,
    ...[...applied].map(({ signal, reason, until, by, at }): Finding => ({
      name: "override",
      weight: 0,
      flag: null,
      keepFor: 0,
      source: "operator",
      version: by,
      fetched_at: at,
      stale: false,
      note: `${signal} is not counted until ${day(until)}: ${reason}`,
    })),
  ];
};
