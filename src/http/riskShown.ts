/**
 * A risk verdict as it was stored for people, as it is on the wire. What cannot be read is shown as the highest risk, never as none.
 *
 * **Gotchas**: a domain is shown in Unicode beside its ASCII form, since only one of them is what the reader of an address sees.
 */
import { domainToUnicode } from "node:url";

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {});
const textOf = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise);
const shareOf = (value: unknown): number => Math.min(Math.max(typeof value === "number" ? value / 10_000 : 1, 0), 1);

const instant = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** A sentence for each signal, until the signal has better ones. */
const wordsOf = (signal: Fields): string => {
  const name = textOf(signal["name"], "unreadable signal").replaceAll("_", " ");
  const more = signal["error"] ?? signal["note"];
  return typeof more === "string" ? `${name}: ${more}` : name;
};

const signalShown = (value: unknown) => {
  const signal = fieldsOf(value);
  const domain = textOf(signal["domain"], "");
  const fetchedAt = signal["fetched_at"];
  return {
    domain,
    // What has no Unicode form is shown as it is.
    unicode: domainToUnicode(domain) || domain,
    name: textOf(signal["name"], "unreadable"),
    weight: shareOf(signal["weight"]),
    source: textOf(signal["source"], "unknown"),
    version: textOf(signal["version"], "unknown"),
    fetched_at: typeof fetchedAt === "number" ? instant(fetchedAt) : null,
    stale: signal["stale"] === true,
    ...(typeof signal["error"] === "string" ? { error: signal["error"] } : {}),
    ...(typeof signal["note"] === "string" ? { note: signal["note"] } : {}),
    words: wordsOf(signal),
  };
};

export const signalsShown = (signals: unknown) => (Array.isArray(signals) ? signals.map(signalShown) : []);
export type SignalShown = ReturnType<typeof signalShown>;
