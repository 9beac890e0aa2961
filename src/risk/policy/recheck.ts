/**
 * Has the risk of a message risen since people were shown it, and what has changed? Asked when an approved message is about
 * to be handed over. Pure.
 *
 * - It has risen when it is held now and was not when it was shown, or when new evidence has at least halved what spoke for
 *   it (`10000 - score`): the score is a noisy-or, so that is what one more finding of weight 5000 or more does. A source
 *   that fails (2000) does not by itself, or a flapping resolver would ask people the same thing over and over.
 * - A verdict that cannot be read counts as one that showed nothing.
 */
import { Schema } from "effect";
import { WHOLE } from "./score.ts";
import { DomainSignal, type RiskVerdict } from "../RiskVerdict.ts";

/** What a reviewer has seen, as far as it matters here. */
export interface ShownRisk {
  readonly score: number;
  readonly held: boolean;
  readonly signals: readonly DomainSignal[];
}

export interface RiskChange {
  /** Basis points. */
  readonly from: number;
  readonly to: number;
  /** Findings that were not there, or weighed less. */
  readonly signals: readonly DomainSignal[];
}

const decodeSignals = Schema.decodeUnknownOption(Schema.Array(DomainSignal));

/** Reads a verdict as it was stored for people. */
export const shownRisk = (stored: unknown): ShownRisk => {
  const { score, held, signals }: { score?: unknown; held?: unknown; signals?: unknown } =
    typeof stored === "object" && stored !== null ? stored : {};
  const decoded = decodeSignals(signals);
  return {
    score: typeof score === "number" && score >= 0 && score <= WHOLE ? score : 0,
    held: held === true,
    signals: decoded._tag === "Some" ? decoded.value : [],
  };
};

export const hasRisen = (
  shown: Pick<ShownRisk, "score" | "held">,
  now: { readonly score: number; readonly held: boolean },
) => now.held && (!shown.held || (now.score > shown.score && 2 * (WHOLE - now.score) <= WHOLE - shown.score));

const same = (a: DomainSignal, b: DomainSignal): boolean =>
  a.domain === b.domain && a.name === b.name && a.source === b.source;

/** What is new since it was shown: everything that weighs and was not there, or weighed less. */
export const changeOf = (shown: ShownRisk, now: Pick<RiskVerdict, "score" | "signals">): RiskChange => ({
  from: shown.score,
  to: now.score,
  signals: now.signals.filter(
    (signal) => signal.weight > 0 && !shown.signals.some((one) => same(one, signal) && one.weight >= signal.weight),
  ),
});
