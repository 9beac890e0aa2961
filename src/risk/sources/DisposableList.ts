/**
 * Is the domain one of the throwaway mail services that a maintained list names? The list comes with the package
 * `disposable-email-domains-js` (CC0), so no network is needed.
 *
 * - Asked for the host and for each domain above it down to the registrable one; never for a public suffix, so that one
 *   listed tenant of a hoster does not condemn the others.
 * - A privacy relay passes mail on to a person's lasting mailbox and is not disposable, whatever a list says. Ours are
 *   below, each with its reason; an operator adds its own, with an end date if wanted. An override removes this finding
 *   only: no other source hears of it, and no agent can add one.
 *
 * **Gotchas**
 * - The signal's `fetched_at` is the list's release. Older than 180 days it is `stale`: still believed where it
 *   says yes, less to be trusted where it says no.
 */
import blocklist from "disposable-email-domains-js/dist/dict/disposable_email_blocklist.json" with { type: "json" };
import packaged from "disposable-email-domains-js/package.json" with { type: "json" };
import { Clock, Effect } from "effect";
import { readDomain, type DomainUnderReview } from "../Domain.ts";
import { failed, finding, type Finding, type RiskSource } from "../RiskSource.ts";

/** A list that is older than this is stale. Seconds. */
export const LIST_STALE_AFTER = 180 * 86_400;

/** Which release of the list is packaged, and when it came out; a test holds it to the installed version. */
export const LIST_RELEASE = { version: "1.26.0", releasedAt: Date.UTC(2026, 8, 21, 8, 30, 21) / 1000 } as const;

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
  /** The listed domains, ASCII, lower case. Default: the packaged list. */
  readonly domains?: Iterable<string>;
  readonly version?: string;
  /** Seconds; `null` when not known. */
  readonly releasedAt?: number | null;
  /** Added to `PRIVACY_RELAYS`. */
  readonly overrides?: readonly DisposableOverride[];
}

export const disposableList = (options: DisposableListOptions = {}): RiskSource => {
  const source = "disposable_list";
  const version = options.version ?? packaged.version;
  const releasedAt =
    options.releasedAt !== undefined
      ? options.releasedAt
      : version === LIST_RELEASE.version
        ? LIST_RELEASE.releasedAt
        : null;
  const listed = new Set(options.domains ?? blocklist);
  const overrides = new Map<string, readonly DisposableOverride[]>();
  for (const override of [...PRIVACY_RELAYS, ...(options.overrides ?? [])]) {
    const { host } = readDomain(override.domain);
    overrides.set(host, [...(overrides.get(host) ?? []), override]);
  }

  const assess = (domain: DomainUnderReview, now: number): readonly Finding[] => {
    if (domain.registrable === null) return [];
    // An empty list is a list that was not loaded, and would call everything clean.
    if (listed.size === 0) return [failed(source, version, "the list is empty", now)];
    const evidence = {
      source,
      version,
      fetched_at: releasedAt,
      stale: releasedAt !== null && now - releasedAt > LIST_STALE_AFTER,
    };
    const names = [...upTo(domain.host, domain.registrable)];
    for (const name of names) {
      const override = overrides.get(name)?.find(({ until }) => until === undefined || now < until);
      if (override !== undefined) return [finding("privacy_relay", { ...evidence, note: override.reason })];
    }
    const hit = names.find((name) => listed.has(name));
    if (hit === undefined) return [finding("not_disposable", evidence)];
    return [finding("disposable", hit === domain.host ? evidence : { ...evidence, note: `${hit} is listed` })];
  };

  return {
    name: source,
    assess: (domain) => Effect.map(Clock.currentTimeMillis, (millis) => assess(domain, Math.floor(millis / 1000))),
  };
};

/** The host, then each domain above it, ending with the registrable one. */
function* upTo(host: string, registrable: string): Generator<string> {
  for (let name = host; name.length >= registrable.length; name = name.slice(name.indexOf(".") + 1)) {
    yield name;
    if (name === registrable) return;
  }
}
