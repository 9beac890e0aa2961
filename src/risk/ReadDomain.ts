/**
 * Reads the domain of an address the way the sources need it: one ASCII form, one Unicode form, its registrable part.
 *
 * - UTS #46 mapping first (`y。test` is `y.test`, `ＡＢＣ.com` is `abc.com`), then the public suffix list with its private
 *   section: for reputation, `alice.github.io` and `bob.github.io` are two parties.
 * - Nothing throws and nothing is refused here. What cannot be read is `unreadable`, which a source weighs.
 *
 * **Gotchas**
 * - The platform's ToASCII also decodes `%61`, cuts at `/` and turns `0x7f.1` into an IP address, so such input is
 *   `unreadable` or an address literal before or after it, never a plain name.
 * @spec OV-100
 */
import { domainToASCII, domainToUnicode } from "node:url";
import { parse } from "tldts";

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

/** Characters that may stand in a domain before mapping: letters, digits, dots of all scripts, hyphen, underscore. */
const DOMAIN_INPUT = /^[\p{L}\p{M}\p{N}\u00b7\u0375\u05f3\u05f4\u30fb._\-\u3002\uff0e\uff61]+$/u;
const ASCII_LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** What UTS #46 leaves as it is: letters, digits, hyphens, no punycode, and a last label that cannot be part of a number. */
const PLAIN = /^(?!.*xn--)[a-z0-9_.-]+\.[a-z]+\.?$/;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

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
  const text = given.slice(0, 255).toLowerCase();
  if (/^\[[^[\]]*\]$/.test(text) && given.length <= 255) return nameless("address_literal", text);
  if (given.length > 255 || !DOMAIN_INPUT.test(text)) return nameless("unreadable", text);

  const isPlain = PLAIN.test(text);
  const host = (isPlain ? text : domainToASCII(text)).replace(/\.$/, "");
  if (IPV4.test(host)) return nameless("address_literal", host);
  const labels = host.split(".");
  if (host.length > 253 || !labels.every((label) => ASCII_LABEL.test(label))) return nameless("unreadable", text);
  const unicode = isPlain ? host : domainToUnicode(host);
  // A label that stays `xn--` has no Unicode reading: a reader would see noise, a lookalike check nothing.
  if (unicode.split(".").some((label) => label.startsWith("xn--"))) return nameless("unreadable", text);

  const found = parse(host, { allowPrivateDomains: true, extractHostname: false, detectIp: false });
  const isListed = found.isIcann === true || found.isPrivate === true;
  if (found.domain === null || found.domainWithoutSuffix === null || found.publicSuffix === null) {
    return { ...nameless(isListed ? "bare_suffix" : "single_label", host), unicode };
  }
  return {
    kind: isListed ? "registrable" : "unlisted_suffix",
    host,
    unicode,
    registrable: found.domain,
    label: isPlain ? found.domainWithoutSuffix : domainToUnicode(found.domainWithoutSuffix),
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
