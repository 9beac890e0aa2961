/**
 * Reads a domain however it is written, as mail servers on the way would: for judging and for lists, where a name must not escape by its
 * spelling. `parseDomain` is for addresses, and refuses what this reads.
 *
 * - UTS #46 mapping: `y。test` is `y.test`, `ＡＢＣ.com` is `abc.com`; one trailing dot is dropped.
 * - Total: every string has a reading, and what cannot be read is `unreadable`.
 *
 * **Gotchas**
 * - The platform's ToASCII also decodes `%61`, cuts at `/` and turns `0x7f.1` into an IP address, so such input is `unreadable` or an
 *   address literal before or after it, never a plain name.
 * @spec OV-100
 */
import { domainToASCII, domainToUnicode } from "node:url";

export interface HostReading {
  readonly kind: "name" | "address_literal" | "unreadable";
  /** ASCII, lower case, no trailing dot. For `unreadable` the lower-cased input, at most 255 characters of it. */
  readonly host: string;
  /** `host` in Unicode: what a reader sees. */
  readonly unicode: string;
}

/** Characters that may stand in a domain before mapping: letters, digits, dots of all scripts, hyphen, underscore. */
const DOMAIN_INPUT = /^[\p{L}\p{M}\p{N}\u00b7\u0375\u05f3\u05f4\u30fb._\-\u3002\uff0e\uff61]+$/u;
const ASCII_LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** What UTS #46 leaves as it is: letters, digits, hyphens, no punycode, and a last label that cannot be part of a number. */
const PLAIN = /^(?!.*xn--)[a-z0-9_.-]+\.[a-z]+\.?$/;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

const nameless = (kind: HostReading["kind"], host: string): HostReading => ({ kind, host, unicode: host });

/** Reads the part of an address after the `@`. */
export const readHost = (given: string): HostReading => {
  const text = given.slice(0, 255).toLowerCase();
  if (/^\[[^[\]]*\]$/.test(text) && given.length <= 255) return nameless("address_literal", text);
  if (given.length > 255 || !DOMAIN_INPUT.test(text)) return nameless("unreadable", text);

  const isPlain = PLAIN.test(text);
  const host = (isPlain ? text : domainToASCII(text)).replace(/\.$/, "");
  if (IPV4.test(host)) return nameless("address_literal", host);
  if (host.length > 253 || !host.split(".").every((label) => ASCII_LABEL.test(label)))
    return nameless("unreadable", text);
  const unicode = isPlain ? host : domainToUnicode(host);
  // A label that stays `xn--` has no Unicode reading: a reader would see noise, a lookalike check nothing.
  if (unicode.split(".").some((label) => label.startsWith("xn--"))) return nameless("unreadable", text);
  return { kind: "name", host, unicode };
};
