/**
 * The interface every source of risk signals implements, and the one way to make a signal of a name in `Weights.ts`.
 *
 * - A source cannot fail by type. What goes wrong inside becomes `failed(...)`: a signal with an `error`, a weight above
 *   zero and the flag `unknown`. The assessor does the same for a source that dies or overruns its time.
 * - A source that is not configured answers with no signals.
 * - Most sources answer about a domain, the same for everybody: their findings may be kept and shared for `keepFor`
 *   seconds. A source `about: "correspondence"` answers about who writes to whom: it is asked for each message, with the
 *   `Correspondence`, and its findings are never kept, nor shown to another tenant.
 *
 * **Gotchas**
 * - Without a `Correspondence`, a source about correspondence has nothing to answer and gives no signals.
 * @spec OV-97 OV-98 OV-99
 */
import type { Effect } from "effect";
import type { DomainUnderReview } from "./ReadDomain.ts";
import type { Flag, Signal } from "./RiskVerdict.ts";
import { WEIGHTS, type SignalName } from "./policy/Weights.ts";

/** A signal, with what the assessor needs and the wire does not show. */
export interface Finding extends Signal {
  readonly flag: Flag | null;
  /** Seconds from now for which it may be reused. 0: do not keep. */
  readonly keepFor: number;
}

/** Who writes to whom at the domain under review. */
export interface Correspondence {
  readonly tenant: string;
  readonly mailbox: string;
  /** The addresses (`local@domain`) of this message at the domain, Cc and Bcc too; empty when it stands in Reply-To only. */
  readonly recipients: readonly string[];
}

export interface RiskSource {
  readonly name: string;
  /** Default `domain`. */
  readonly about?: "domain" | "correspondence";
  /** `network`: it may be slow or down, and wants a deadline and a breaker. Default `local`. */
  readonly reach?: "local" | "network";
  /** Version of the list or configuration its answers rest on; when it changes, answers that were kept count no more. */
  readonly version?: () => string;
  readonly assess: (domain: DomainUnderReview, correspondence?: Correspondence) => Effect.Effect<readonly Finding[]>;
}

/** Where a finding comes from. */
export interface Evidence {
  readonly source: string;
  readonly version: string;
  readonly fetched_at?: number | null;
  readonly stale?: boolean;
  readonly error?: string;
  readonly note?: string;
}

/** A finding of our own table: weight, flag and lifetime come from `WEIGHTS`. */
export const finding = (name: SignalName, evidence: Evidence): Finding => ({
  name,
  weight: WEIGHTS[name].weight,
  fetched_at: null,
  stale: false,
  flag: WEIGHTS[name].flag,
  keepFor: WEIGHTS[name].keepFor,
  ...evidence,
});

/** The finding of a source that could not answer at `now` (seconds). */
export const failed = (source: string, version: string, error: string, now: number): Finding =>
  finding("source_failed", { source, version, error, fetched_at: now });
