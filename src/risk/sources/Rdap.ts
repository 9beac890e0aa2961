/**
 * What RDAP documents give: which server knows a suffix (the bootstrap registry, RFC 9224), and when a domain was
 * registered (RFC 9083). Pure; nothing throws.
 *
 * - The age of a domain is known, undisclosed or nonsense; only a known one is ever used. Another domain's
 *   answer, or one of another kind, is `unreadable`.
 * - A `reregistration` counts like a `registration`: the new holder of a dropped name starts afresh, however old the name.
 *   A `transfer` between registrars and a `last changed` do not.
 *
 * **Gotchas**
 * - Some registries leave `ldhName` out of their own answers; then the object class must do.
 */

/** Nothing was registered before the first .com, in seconds: 1985-01-01. */
export const FIRST_REGISTRATION = Date.UTC(1985, 0, 1) / 1000;

/** Clocks of registries may run ahead of ours by this, in seconds. */
const CLOCK_SKEW = 86_400;

/** Suffix (ASCII, lower case) → base addresses of the servers that know it. */
export type RdapServers = ReadonlyMap<string, readonly string[]>;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/** The `services` of a bootstrap registry file; `null` when it is none, or names no server. */
export const readBootstrap = (text: string): RdapServers | null => {
  const file = parse(text);
  if (!isRecord(file) || !Array.isArray(file["services"])) return null;
  const servers = new Map<string, readonly string[]>();
  for (const service of file["services"] as readonly unknown[]) {
    if (!Array.isArray(service)) return null;
    const addresses = strings(service[1]).filter((address) => /^https?:\/\//i.test(address) && URL.canParse(address));
    // RFC 9224 § 3: all addresses of an entry serve the same; the safer scheme first.
    const ordered = addresses.toSorted((a, b) => Number(/^http:/i.test(a)) - Number(/^http:/i.test(b)));
    for (const suffix of strings(service[0])) {
      if (ordered.length > 0) servers.set(suffix.toLowerCase().replace(/\.$/, ""), ordered);
    }
  }
  return servers.size === 0 ? null : servers;
};

/** The address that answers about `domain`: that of the longest suffix listed (RFC 9224 § 4); `null` when none is. */
export const rdapAddress = (servers: RdapServers, domain: string): string | null => {
  for (let suffix = domain; suffix !== ""; suffix = suffix.includes(".") ? suffix.slice(suffix.indexOf(".") + 1) : "") {
    const base = servers.get(suffix)?.[0];
    if (base !== undefined) return new URL(`domain/${encodeURIComponent(domain)}`, base.replace(/\/?$/, "/")).href;
  }
  return null;
};

export type Registration =
  | { readonly kind: "registered"; /** Seconds. */ readonly at: number; readonly isAgain: boolean }
  /** The registry gives nothing on it. */
  | { readonly kind: "undisclosed" }
  | { readonly kind: "implausible"; readonly date: string }
  | { readonly kind: "unreadable"; readonly why: string };

const DATE = /^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:?\d\d)?)?$/;

const secondsOf = (date: string): number => {
  if (!DATE.test(date)) return Number.NaN;
  const zoned = /(?:[Zz]|[+-]\d\d:?\d\d)$/.test(date.slice(10)) || date.length === 10 ? date : `${date}Z`;
  return Math.floor(Date.parse(zoned.replace(" ", "T")) / 1000);
};

/** What this answer about `domain` (ASCII, lower case) shows at `now` (seconds). @spec OV-107 OV-108 */
export const readRegistration = (text: string, domain: string, now: number): Registration => {
  const answer = parse(text);
  if (!isRecord(answer)) return { kind: "unreadable", why: "no JSON object" };
  if (answer["objectClassName"] !== "domain") return { kind: "unreadable", why: "not about a domain" };
  const name = answer["ldhName"];
  if (name !== undefined && (typeof name !== "string" || name.toLowerCase().replace(/\.$/, "") !== domain))
    return { kind: "unreadable", why: "about another domain" };

  const events = Array.isArray(answer["events"]) ? (answer["events"] as readonly unknown[]).filter(isRecord) : [];
  const dates = events
    .filter(({ eventAction }) => eventAction === "registration" || eventAction === "reregistration")
    .map(({ eventAction, eventDate }) => ({
      isAgain: eventAction === "reregistration",
      date: typeof eventDate === "string" ? eventDate : "no date",
    }))
    .map((event) => ({ ...event, at: secondsOf(event.date) }));
  const odd = dates.find(({ at }) => !(at >= FIRST_REGISTRATION && at <= now + CLOCK_SKEW));
  if (odd !== undefined) return { kind: "implausible", date: odd.date.slice(0, 40) };
  const latest = dates.toSorted((a, b) => b.at - a.at)[0];
  return latest === undefined
    ? { kind: "undisclosed" }
    : { kind: "registered", at: Math.min(latest.at, now), isAgain: latest.isAgain };
};

/** `Retry-After` in seconds from `now`: a number or an HTTP date (RFC 9110 § 10.2.3); `null` when it is neither. */
export const retryAfter = (value: string | undefined, now: number): number | null => {
  if (value === undefined) return null;
  if (/^\s*\d{1,9}\s*$/.test(value)) return Number(value);
  const at = Math.floor(Date.parse(value) / 1000);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
};
