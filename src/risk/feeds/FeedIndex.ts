/**
 * A feed as a question: is this domain listed? Answers in time that does not grow with the feed.
 *
 * - `listed`: the host, or a domain above it down to the registrable one, is named by the feed as a host; or its own
 *   site's root is a listed URL; or three or more URLs on the domain are; or a URL stands on exactly this host and the
 *   host is not the domain's own site.
 * - `on_domain`: something on the domain is listed, and none of that holds. Most such pages are on hacked sites.
 * - `shared`: something is listed, on a host that many parties share (`SharedHosts.ts`).
 * - Where a feed lists one name and lets another through (RPZ), the one nearest to the host decides.
 *
 * **Gotchas**
 * - A name that the feed lets through (RPZ `rpz-passthru`) is not listed by this feed; other feeds do not hear of it.
 * - `www.` of a registrable domain is its own site.
 * @spec OV-103 OV-104
 */
import { readDomain, upTo, type ReadDomain } from "../ReadDomain.ts";
import type { FeedEntry } from "./entry.ts";
import { isShared } from "./SharedHosts.ts";
import { allAtOnce, STEP, type Steps } from "./steps.ts";

/** Distinct URLs on a domain that make it listed. */
export const URLS_FOR_DOMAIN = 3;

export type Found =
  | { readonly kind: "listed" | "on_domain" | "shared"; /** What of it, one clause. */ readonly note: string }
  | { readonly kind: "none" };

export interface FeedIndex {
  readonly find: (domain: ReadDomain) => Found;
  /** Names that can make a domain listed. */
  readonly size: number;
}

const NONE: Found = { kind: "none" };

/** What stands on one registrable domain. */
interface Site {
  /** Hosts below it with a listed URL. */
  readonly hosts: Set<string>;
  /** Up to `URLS_FOR_DOMAIN` distinct URLs. */
  readonly urls: Set<string>;
  isRoot: boolean;
}

/** Builds the index, in steps. */
export function* indexing(entries: Iterable<FeedEntry>): Steps<FeedIndex> {
  const itself = new Set<string>();
  const below = new Set<string>();
  const passed = new Set<string>();
  const passedBelow = new Set<string>();
  /** Registrable domain → what is listed on it. */
  const sites = new Map<string, Site>();
  const shared = new Set<string>();

  const siteOf = (registrable: string): Site => {
    const there = sites.get(registrable);
    if (there !== undefined) return there;
    const site: Site = { hosts: new Set(), urls: new Set(), isRoot: false };
    sites.set(registrable, site);
    return site;
  };

  let taken = 0;
  for (const entry of entries) {
    if (++taken % STEP === 0) yield;
    const { host, registrable } = readDomain(entry.host);
    if (registrable === null || isShared(host)) {
      if (isShared(host) && entry.kind !== "pass") shared.add(host);
      continue;
    }
    const isOwnSite = host === registrable || host === `www.${registrable}`;
    if (entry.kind === "url") {
      const site = siteOf(registrable);
      if (!isOwnSite) itself.add(host);
      else if (/^\/?$/.test(entry.path)) site.isRoot = true;
      site.hosts.add(host);
      if (site.urls.size < URLS_FOR_DOMAIN) site.urls.add(`${host}${entry.path}`);
    } else if (entry.kind === "pass") {
      (entry.reach === "below" ? passedBelow : passed).add(host);
    } else {
      if (entry.reach === "below") below.add(host);
      else itself.add(isOwnSite ? registrable : host);
      siteOf(registrable).hosts.add(host);
    }
  }

  /** The feed's rule at a name, for the host itself or for one below it. A rule for what is below a name is the nearer one there. */
  const ruleAt = (name: string, isBelow: boolean): "listed" | "passed" | null => {
    if (isBelow && below.has(name)) return "listed";
    if (isBelow && passedBelow.has(name)) return "passed";
    if (passed.has(name)) return "passed";
    return itself.has(name) ? "listed" : null;
  };

  const find = (domain: ReadDomain): Found => {
    const { host, registrable } = domain;
    if (registrable === null) return NONE;
    if (isShared(host)) return sharedFound(host);
    for (const name of upTo(host, registrable)) {
      const rule = ruleAt(name, name !== host);
      if (rule === "passed") return NONE;
      if (rule === "listed") return { kind: "listed", note: name === host ? "it is listed" : `${name} is listed` };
    }
    const site = sites.get(registrable);
    if (site === undefined) return NONE;
    if (site.isRoot) return { kind: "listed", note: `the site ${registrable} is listed` };
    if (site.urls.size >= URLS_FOR_DOMAIN)
      return { kind: "listed", note: `${URLS_FOR_DOMAIN} or more pages on ${registrable} are listed` };
    return { kind: "on_domain", note: `${[...site.hosts].toSorted()[0] ?? registrable} has a listed page` };
  };

  const sharedFound = (host: string): Found => {
    for (const one of [host, `www.${host}`]) {
      if (shared.has(one)) return { kind: "shared", note: `${one} is listed, but many parties share it` };
    }
    return NONE;
  };

  return { find, size: itself.size + below.size + [...sites.values()].filter(({ isRoot }) => isRoot).length };
}

/** Builds it at once. */
export const indexFeed = (entries: Iterable<FeedEntry>): FeedIndex => allAtOnce(indexing(entries));
