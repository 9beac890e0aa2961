/**
 * Reads the domain of an address the way the sources need it: one ASCII form, one Unicode form, its registrable part.
 *
 * - The host's reading first (`readHost`), then the public suffix list with its private section: for reputation,
 *   `alice.github.io` and `bob.github.io` are two parties.
 * - Nothing throws and nothing is refused here. What cannot be read is `unreadable`, which a source weighs.
 * @spec OV-100
 */
import { domainToUnicode } from "node:url";
import { parse } from "tldts";
import { readHost } from "../mail/address/readHost.ts";

export type DomainKind =
  /** Below a suffix that the public suffix list knows. */
  | "registrable"
  /** Below a suffix that it does not know; the last two labels are taken as registrable. */
  | "unlisted_suffix"
  | "single_label"
  /** Itself a public suffix. */
  | "bare_suffix"
  | "address_literal"
  | "unreadable";

export interface ReadDomain {
  readonly kind: DomainKind;
  /** ASCII, lower case, no trailing dot. For `unreadable` the lower-cased input, at most 255 characters of it. */
  readonly host: string;
  /** `host` in Unicode: what a reader sees. */
  readonly unicode: string;
  /** The registrable domain in ASCII; `null` unless `registrable` or `unlisted_suffix`. */
  readonly registrable: string | null;
  /** The label that was registered, in Unicode; `null` like `registrable`. */
  readonly label: string | null;
  /** Its public suffix, in ASCII; `null` like `registrable`. */
  readonly suffix: string | null;
  /** The suffix is from the private section of the list. */
  readonly isPrivate: boolean;
}

/** A domain together with the names it must not be confused with. */
export interface DomainUnderReview extends ReadDomain {
  readonly watched: WatchedDomains;
}

/** The operator's own domains and those already known, as the lookalike source asks for them (`Watched.ts`). */
export interface WatchedDomains {
  readonly isOwn: (registrable: string) => boolean;
  readonly resembles: (domain: ReadDomain) => Resemblance | null;
}

export interface Resemblance {
  readonly how: "confusable" | "near" | "suffix" | "embedded" | "combined";
  /** The watched registrable domain, ASCII. */
  readonly of: string;
  /** It is watched because it is a brand (`brands.ts`), not because anyone knows it. */
  readonly isBrand?: true;
}

const nameless = (kind: DomainKind, host: string): ReadDomain => ({
  kind,
  host,
  unicode: host,
  registrable: null,
  label: null,
  suffix: null,
  isPrivate: false,
});

/** Readings kept: mail goes to few domains many times, and each message reads each of them several times. */
const KEPT = 4_096;
const kept = new Map<string, ReadDomain>();

/** Reads the part of an address after the `@`. Total: every string has a reading. */
export const readDomain = (given: string): ReadDomain => {
  const before = kept.get(given);
  if (before !== undefined) return before;
  const reading = Object.freeze(read(given));
  if (given.length > 255) return reading;
  if (kept.size >= KEPT) kept.clear();
  kept.set(given, reading);
  return reading;
};

const read = (given: string): ReadDomain => {
  const { kind, host, unicode } = readHost(given);
  if (kind !== "name") return nameless(kind, host);
  const found = parse(host, { allowPrivateDomains: true, extractHostname: false, detectIp: false });
  const isListed = found.isIcann === true || found.isPrivate === true;
  if (found.domain === null || found.domainWithoutSuffix === null || found.publicSuffix === null) {
    return { ...nameless(isListed ? "bare_suffix" : "single_label", host), unicode };
  }
  const label = found.domainWithoutSuffix;
  return {
    kind: isListed ? "registrable" : "unlisted_suffix",
    host,
    unicode,
    registrable: found.domain,
    label: label.startsWith("xn--") ? domainToUnicode(label) : label,
    suffix: found.publicSuffix,
    isPrivate: found.isPrivate === true,
  };
};

/** The host, then each domain above it, ending with the registrable one. */
export function* upTo(host: string, registrable: string): Generator<string> {
  for (let name = host; name.length >= registrable.length; name = name.slice(name.indexOf(".") + 1)) {
    yield name;
    if (name === registrable) return;
  }
}
