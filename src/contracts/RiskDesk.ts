/**
 * What is known of a domain, and by which policy it counts: for those who decide, before and beside any message.
 *
 * - A look at a domain asks the same sources as a message to it would, within the same time, and changes nothing.
 * - Policies are an operator's: a tenant's by a key for the whole tenant, a mailbox's by a key that reaches it. A mailbox's only
 *   tightens. Every change names the version it is a change of, and is refused when another change was first.
 */
import { Context, type Effect } from "effect";
import type { Credential } from "../model/Credential.ts";
import type { SourceStatus } from "../risk/inquiry/Inquiry.ts";
import type { RiskOverride } from "../risk/policy/overrides.ts";
import type { DomainSignal, Flag } from "../risk/RiskVerdict.ts";
import { ServiceError } from "./errors.ts";

export interface DomainReport {
  /** ASCII, lower case. */
  readonly domain: string;
  readonly unicode: string;
  /** The registered part, in ASCII; `null` when there is none. */
  readonly registrable: string | null;
  /** Basis points. */
  readonly score: number;
  readonly flags: readonly Flag[];
  readonly signals: readonly DomainSignal[];
  /** A source could not answer, or the domain cannot be judged. */
  readonly unknown: boolean;
  /** A message to it would wait for a person, whatever the mode. */
  readonly held: boolean;
  /** A message to it would be refused, and by what. */
  readonly blockedBy: string | null;
  /** Basis points; `null` when the policy cannot be read and everything is held. */
  readonly holdAbove: number | null;
  readonly refuseAbove: number | null;
  /** Seconds. */
  readonly assessedAt: number;
}

export interface Override extends RiskOverride {
  readonly expired: boolean;
}

/** A policy in force, and where it comes from. Basis points. */
export interface PolicyView {
  /** `null`: the tenant's. */
  readonly mailbox: string | null;
  /** Counts changes; 0 when the policy was never set. */
  readonly version: number;
  readonly changedBy: string | null;
  /** Seconds. */
  readonly changedAt: number | null;
  /** `false`: what is stored cannot be read, and everything is held. */
  readonly readable: boolean;
  readonly holdAbove: number | null;
  readonly refuseAbove: number | null;
  readonly holdUnknown: boolean;
  readonly sourcesOff: readonly string[];
  readonly overrides: readonly Override[];
  /** The values above that this policy itself sets; the others come from the tenant's or the installation's. */
  readonly said: readonly string[];
  readonly sources: readonly SourceStatus[];
}

/** What to change. Absent: as it is. `null`: no value of its own any more. */
export interface PolicyChange {
  /** The version it is a change of; `null`: whichever there is. */
  readonly version: number | null;
  /** Basis points. */
  readonly holdAbove?: number | null;
  /** Basis points; for a tenant, `"never"` refuses nothing. */
  readonly refuseAbove?: number | "never" | null;
  readonly holdUnknown?: boolean | null;
  /** Of a tenant: sources that are not asked. */
  readonly sourcesOff?: readonly string[] | null;
  /** Of a mailbox: sources that are asked all the same. */
  readonly sourcesOn?: readonly string[] | null;
  /** Of a tenant: all that hold from now on. */
  readonly overrides?:
    | readonly { readonly domain: string; readonly signal: string; readonly reason: string; readonly until: number }[]
    | null;
}

export class RiskDesk extends Context.Service<
  RiskDesk,
  {
    /** `name`: a domain or an address. With a mailbox: under its policy and with its correspondence. */
    readonly domain: (
      credential: Credential,
      name: string,
      mailbox: string | null,
    ) => Effect.Effect<DomainReport, ServiceError>;
    readonly policy: (credential: Credential, mailbox: string | null) => Effect.Effect<PolicyView, ServiceError>;
    readonly changePolicy: (
      credential: Credential,
      mailbox: string | null,
      change: PolicyChange,
    ) => Effect.Effect<PolicyView, ServiceError>;
  }
>()("countersign/RiskDesk") {}
