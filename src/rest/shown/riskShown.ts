/**
 * A risk verdict as it was stored for people, as it is on the wire. What cannot be read is shown as the highest risk, never as none.
 *
 * **Gotchas**: a domain is shown in Unicode beside its ASCII form, since only one of them is what the reader of an address sees.
 */
import { domainToUnicode } from "node:url";
import { instant } from "../../model/time.ts";
import { explain } from "../../risk/explain.ts";

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {});
const textOf = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise);
const basisPoints = (value: unknown): number =>
  typeof value === "number" && Number.isInteger(value) ? Math.min(Math.max(value, 0), 10_000) : 10_000;

const signalShown = (value: unknown) => {
  const signal = fieldsOf(value);
  const domain = textOf(signal["domain"], "");
  const fetchedAt = signal["fetched_at"];
  const shown = {
    domain,
    // What has no Unicode form is shown as it is.
    unicode: domainToUnicode(domain) || domain,
    name: textOf(signal["name"], "unreadable"),
    weight: basisPoints(signal["weight"]),
    source: textOf(signal["source"], "unknown"),
    version: textOf(signal["version"], "unknown"),
    fetched_at: typeof fetchedAt === "number" && Number.isInteger(fetchedAt) ? fetchedAt : null,
    stale: signal["stale"] === true,
    ...(typeof signal["error"] === "string" ? { error: signal["error"] } : {}),
    ...(typeof signal["note"] === "string" ? { note: signal["note"] } : {}),
  };
  return { ...shown, words: explain(shown) };
};

export const signalsShown = (signals: unknown) => (Array.isArray(signals) ? signals.map(signalShown) : []);

/** The whole verdict. */
export const riskShown = (risk: unknown) => {
  const verdict = fieldsOf(risk);
  const flags = verdict["flags"];
  return {
    score: basisPoints(verdict["score"]) / 10_000,
    flags: Array.isArray(flags) ? flags.filter((flag): flag is string => typeof flag === "string") : [],
    signals: signalsShown(verdict["signals"]),
  };
};

/** Why a message came back to people: the risk they had been shown, the risk found, and what is new in it. */
export const changeShown = (
  returned: { readonly risen: unknown; readonly at: number; readonly index: number } | null,
  risk: unknown,
) => {
  if (returned === null || returned.risen === null) return null;
  const { from, to, signals } = fieldsOf(returned.risen);
  const { holdAbove } = fieldsOf(risk);
  return {
    shown: basisPoints(from) / 10_000,
    found: basisPoints(to) / 10_000,
    /** `null`: everything is held. */
    hold_above: typeof holdAbove === "number" ? holdAbove / 10_000 : null,
    signals: signalsShown(signals),
    at: instant(returned.at),
    leaf_index: returned.index,
  };
};
