/**
 * Is the domain one of the throwaway mail services that a maintained list names? The lists come with the packages
 * `disposable-email-domains-js` (CC0) and `mailchecker` (MIT), so no network is needed. One naming is enough, and the
 * finding names the list; two do not weigh more, for they copy from each other.
 *
 * - Asked for the host and for each domain above it down to the registrable one; never for a public suffix, so that one
 *   listed tenant of a hoster does not condemn the others.
 * - A privacy relay passes mail on to a person's lasting mailbox and is not disposable, whatever a list holds. Ours are
 *   below, each with its reason; an operator adds its own, with an end date if wanted. An override removes this finding
 *   only: no other source hears of it, and no agent can add one.
 *
 * **Gotchas**
 * - The signal's `fetched_at` is the release of the list that names the domain, the newest if both do; where none does,
 *   the oldest of all. Older than 180 days it is `stale`: still believed where it has the domain, less to be trusted
 *   where it has not.
 * - `mailchecker` names relays in front of lasting mailboxes; that is what `PRIVACY_RELAYS` undoes.
 * @spec OV-109
 */
import blocklist from "disposable-email-domains-js/dist/dict/disposable_email_blocklist.json" with { type: "json" };
import packaged from "disposable-email-domains-js/package.json" with { type: "json" };
import { Effect } from "effect";
import mailchecker from "mailchecker";
import checkerPackage from "mailchecker/package.json" with { type: "json" };
import { nowSeconds } from "../../model/time.ts";
import { readDomain, upTo, type DomainUnderReview } from "../ReadDomain.ts";
import { failed, finding, type Evidence, type Finding, type RiskSource } from "../RiskSource.ts";

/** A list that is older than this is stale. Seconds. */
export const LIST_STALE_AFTER = 180 * 86_400;

/** Which releases are packaged, and when they came out; a test holds them to the installed versions. */
export const LIST_RELEASES = {
  "disposable-email-domains-js": { version: "1.26.0", releasedAt: Date.UTC(2026, 8, 21, 8, 30, 21) / 1000 },
  mailchecker: { version: "6.0.21", releasedAt: Date.UTC(2026, 6, 18, 23, 53, 28) / 1000 },
} as const;

/** One list of throwaway domains. */
export interface DisposableDomains {
  readonly name: string;
  readonly version: string;
  /** Seconds; `null` when not known. */
  readonly releasedAt: number | null;
  /** ASCII, lower case. */
  readonly domains: ReadonlySet<string>;
}

const releasedAt = (name: keyof typeof LIST_RELEASES, version: string): number | null =>
  LIST_RELEASES[name].version === version ? LIST_RELEASES[name].releasedAt : null;

/** The lists that come with us. */
export const PACKAGED_LISTS: readonly DisposableDomains[] = [
  {
    name: "disposable-email-domains-js",
    version: packaged.version,
    releasedAt: releasedAt("disposable-email-domains-js", packaged.version),
    domains: new Set(blocklist),
  },
  {
    name: "mailchecker",
    version: checkerPackage.version,
    releasedAt: releasedAt("mailchecker", checkerPackage.version),
    domains: mailchecker.blacklist(),
  },
];

export interface DisposableOverride {
  /** The domain, and with it all below it. */
  readonly domain: string;
  readonly reason: string;
  /** Seconds since the epoch after which it no longer holds; absent: until removed. */
  readonly until?: number;
}

const relay = (reason: string, ...domains: readonly string[]): readonly DisposableOverride[] =>
  domains.map((domain) => ({ domain, reason }));

/** Relays in front of lasting mailboxes. */
export const PRIVACY_RELAYS: readonly DisposableOverride[] = [
  ...relay("Apple mail and Hide My Email", "privaterelay.appleid.com", "icloud.com"),
  ...relay("DuckDuckGo Email Protection", "duck.com"),
  ...relay("Firefox Relay", "mozmail.com", "relay.firefox.com"),
  ...relay("SimpleLogin", "simplelogin.com", "simplelogin.co", "simplelogin.fr", "slmail.me", "slmails.com"),
  ...relay("SimpleLogin", "aleeas.com", "8alias.com", "8shield.net", "dralias.com"),
  ...relay("Proton Pass aliases", "passmail.net", "passinbox.com", "passfwd.com"),
  ...relay("addy.io", "anonaddy.com", "anonaddy.me", "addy.io", "addymail.com"),
  ...relay("Blur masked addresses", "opayq.com"),
  ...relay("Fastmail and its masked addresses", "fastmail.com"),
];

export interface DisposableListOptions {
  /** Default: `PACKAGED_LISTS`. */
  readonly lists?: readonly DisposableDomains[];
  /** Added to `PRIVACY_RELAYS`. */
  readonly overrides?: readonly DisposableOverride[];
}

const versionOf = (lists: readonly DisposableDomains[]): string =>
  lists.map(({ name, version }) => `${name}@${version}`).join(" ");

export const disposableList = (options: DisposableListOptions = {}): RiskSource => {
  const source = "disposable_list";
  const lists = options.lists ?? PACKAGED_LISTS;
  const version = versionOf(lists);
  const overrides = new Map<string, readonly DisposableOverride[]>();
  for (const override of [...PRIVACY_RELAYS, ...(options.overrides ?? [])]) {
    const { host } = readDomain(override.domain);
    overrides.set(host, [...(overrides.get(host) ?? []), override]);
  }

  const assess = (domain: DomainUnderReview, now: number): readonly Finding[] => {
    if (domain.registrable === null) return [];
    // An empty list is a list that was not loaded, and would call everything clean.
    const empty = lists.find((list) => list.domains.size === 0);
    if (empty !== undefined || lists.length === 0)
      return [
        failed(source, version || "none", `the list is empty${empty === undefined ? "" : ` (${empty.name})`}`, now),
      ];
    const names = [...upTo(domain.host, domain.registrable)];
    const evidenceFrom = (
      those: readonly DisposableDomains[],
      choose: (...times: readonly number[]) => number,
    ): Evidence => {
      const times = those.map((list) => list.releasedAt);
      const at = times.includes(null) ? null : choose(...(times as readonly number[]));
      return {
        source,
        version: versionOf(those),
        fetched_at: at,
        stale: at !== null && now - at > LIST_STALE_AFTER,
      };
    };
    for (const name of names) {
      const override = overrides.get(name)?.find(({ until }) => until === undefined || now < until);
      if (override !== undefined)
        return [finding("privacy_relay", { ...evidenceFrom(lists, Math.min), note: override.reason })];
    }
    for (const name of names) {
      const naming = lists.filter((list) => list.domains.has(name));
      if (naming.length === 0) continue;
      const note = `${name} is on ${naming.map((list) => list.name).join(" and ")}`;
      return [finding("disposable", { ...evidenceFrom(naming, Math.max), note })];
    }
    return [finding("not_disposable", evidenceFrom(lists, Math.min))];
  };

  return {
    name: source,
    assess: (domain) => Effect.map(nowSeconds, (now) => assess(domain, now)),
  };
};
