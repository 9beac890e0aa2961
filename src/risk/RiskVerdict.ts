/**
 * What is known about the domains a message would reach, as it appears on the wire (`domain_risk_score`,
 * `domain_flags`, `domain_signals`).
 *
 * **Gotchas**
 * - Every number is a natural: weights and scores in basis points (0 … 10000), times in whole seconds. Only
 *   `scoreShown` makes a fraction, for display; decisions are taken on the integer.
 * - A signal of weight 0 is evidence that a source was asked and found nothing. It keeps the version of the list in the
 *   record. No signal at all means that the source is not configured.
 * - `unknown` is not a finding about the domain but about us: a source failed, or the domain cannot be judged.
 */
import { Schema } from "effect";

/** 0 … 10000, where 10000 is certainty. */
export const BasisPoints = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10_000 }));
export type BasisPoints = typeof BasisPoints.Type;

export const Flag = Schema.Literals([
  "disposable",
  "newly_registered",
  "threat_listed",
  "no_mail_exchange",
  "lookalike",
  "unknown",
]);
export type Flag = typeof Flag.Type;

/** Every flag, in the order in which verdicts list them. */
export const FLAGS: readonly Flag[] = Flag.literals;

/** One finding of one source about one domain. */
export const Signal = Schema.Struct({
  /** What was found, snake_case; the table of ours is `Weights.ts`, other sources bring their own names. */
  name: Schema.String,
  weight: BasisPoints,
  /** The source of the signal. */
  source: Schema.String,
  /** Version of the list, table or protocol that the finding rests on. */
  version: Schema.String,
  /** Seconds since the epoch at which the evidence was obtained (for a shipped list: released); `null` for a pure rule. */
  fetched_at: Schema.NullOr(Schema.Int),
  /** The evidence is older than its source allows. */
  stale: Schema.Boolean,
  /** Present when the source could not answer: what went wrong. */
  error: Schema.optionalKey(Schema.String),
  /** One clause for a reader: which domain it resembles, why an override applies. */
  note: Schema.optionalKey(Schema.String),
});
export type Signal = typeof Signal.Type;

/** A signal with the domain (ASCII, lower case, as addressed) it is about. */
export const DomainSignal = Schema.Struct({ domain: Schema.String, ...Signal.fields });
export type DomainSignal = typeof DomainSignal.Type;

/** What one domain adds up to. */
export const DomainScore = Schema.Struct({
  /** ASCII, lower case, as addressed. */
  domain: Schema.String,
  /** The same in Unicode: what a reader of the address would see. */
  unicode: Schema.String,
  score: BasisPoints,
  flags: Schema.Array(Flag),
});
export type DomainScore = typeof DomainScore.Type;

export const RiskVerdict = Schema.Struct({
  /** The highest score of any domain of the message. */
  score: BasisPoints,
  /** Union over all domains, each once, in the order of `FLAGS`. */
  flags: Schema.Array(Flag),
  signals: Schema.Array(DomainSignal),
  /** Each domain the message would reach, recipients' first, then Reply-To's. */
  domains: Schema.Array(DomainScore),
  /** A send block list matches, or an allow list does not. Never overridden by a low score. */
  blocked: Schema.Boolean,
  /** Which entry blocks, `deny:<entry>` or `allow:<address not on it>`; `null` when nothing does. */
  blockedBy: Schema.NullOr(Schema.String),
  /** At least one source could not answer, or one domain could not be judged. */
  unknown: Schema.Boolean,
});
export type RiskVerdict = typeof RiskVerdict.Type;

/** The score as the wire shows it, 0 … 1. */
export const scoreShown = (score: BasisPoints): number => score / 10_000;

/**
 * Must a person look before this leaves, whatever the mode? True when the score is over the threshold (default policy:
 * 7000). (theorem `high_risk_waits`)
 *
 * A threshold that is not a whole number of basis points is unreadable policy, and holds. `holdUnknown` is for
 * operators who want a person to see every message that a source could not judge.
 */
export const isHeld = (
  verdict: Pick<RiskVerdict, "score" | "unknown">,
  thresholdBp: number,
  holdUnknown: boolean = false,
): boolean =>
  !(Number.isInteger(thresholdBp) && thresholdBp >= 0 && thresholdBp <= 10_000) ||
  !(verdict.score <= thresholdBp) ||
  (holdUnknown && verdict.unknown);
