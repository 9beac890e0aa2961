/**
 * Mail domains: one spelling for each, in A-labels, and the same name as a reader would see it.
 *
 * - Stricter than RFC 5321 and IDNA2008: at least two labels, no literals, no underscore, no number as the last label, and a name must
 *   be given as it is displayed: anything that mapping would change beyond letter case (full-width letters, look-alike dots,
 *   ligatures, decomposed accents) is refused, so the domain a reviewer reads is the domain mail goes to. Letters that are valid in
 *   their place alone (RFC 5892: `paral·lel.cat`) are taken there.
 * - The mapping is the platform's URL parser (UTS 46); because some platforms pass malformed `xn--` labels through, each is decoded
 *   (RFC 3492) and must come back the same.
 */
import { Result } from "effect";
import { mailError, type MailError } from "../MailError.ts";
import { MAX_DOMAIN } from "../compose/limits.ts";
import { decodePunycode } from "./punycode.ts";
import { withoutContextual } from "./withoutContextual.ts";

/** A checked domain: `ascii` in lower-case A-labels, `unicode` with its U-labels. */
export interface Domain {
  readonly ascii: string;
  readonly unicode: string;
}

const LDH_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const UNICODE_LABEL = /^[\p{L}\p{M}\p{Nd}-]+$/u;
// Characters that UTS 46 maps to a dot, or that a reader takes for one.
const DOT_LOOKALIKE = /[\u3002\uff0e\uff61\u2024\u00b7\u2027\u2219\u22c5\u30fb\uff65\ufe52\u06d4\u0701\u0702\ua4f8]/;
// What a URL parser would read as an IPv4 number.
const NUMERIC_LAST = /\.(?:\d+|0x[0-9a-f]*)$/;

const urlHost = (domain: string): string | null => {
  try {
    return new URL(`http://${domain}`).hostname;
  } catch {
    return null;
  }
};

const asciiLabels = (domain: string): boolean =>
  domain.split(".").every((label) => LDH_LABEL.test(label) && (label.slice(2, 4) !== "--" || label.startsWith("xn--")));

/** The labels with each A-label decoded; a malformed one is empty, which no label is. */
const decodedLabels = (domain: string): readonly string[] =>
  domain.split(".").map((label) => (label.startsWith("xn--") ? decodePunycode(label.slice(4)) : label));

/** Checks and maps a domain. Fails with `domain_literal`, `dot_lookalike`, `address_too_long` or `bad_domain`. */
export const parseDomain = (input: string, field: string): Result.Result<Domain, MailError> => {
  const refuse = (message: string, hint: string): Result.Result<Domain, MailError> =>
    Result.fail(mailError("bad_domain", field, message, hint));
  if (input.startsWith("[")) {
    return Result.fail(
      mailError(
        "domain_literal",
        field,
        "The domain is an IP address in brackets.",
        "Use a domain name, such as example.com.",
      ),
    );
  }
  const lower = input.toLowerCase();
  const labels = lower.split(".");
  const plain = labels.map(withoutContextual);
  if (plain.some((label) => DOT_LOOKALIKE.test(label))) {
    return Result.fail(
      mailError(
        "dot_lookalike",
        field,
        "The domain holds a character that looks like a dot but is not one.",
        'Use the full stop "." (U+002E).',
      ),
    );
  }
  if (input.length > MAX_DOMAIN) {
    return Result.fail(
      mailError("address_too_long", field, "The domain is too long.", `A domain has at most ${MAX_DOMAIN} characters.`),
    );
  }
  if (labels.includes(""))
    return refuse("The domain has an empty label.", "Remove the dot at its start or end, or one of two dots in a row.");
  if (labels.length < 2) return refuse("The domain has no dot.", "Give the full domain name, such as example.com.");
  // oxlint-disable-next-line no-control-regex
  const isAscii = /^[\u0000-\u007f]*$/.test(input);
  let ascii = lower;
  if (!isAscii) {
    if (!plain.every((label) => UNICODE_LABEL.test(label))) {
      return refuse("The domain holds a character that no domain name has.", "Use letters, digits, hyphens and dots.");
    }
    const mapped = urlHost(lower);
    if (mapped === null) return refuse("The domain is not a valid internationalised name.", "Check its spelling.");
    ascii = mapped;
  }
  if (!asciiLabels(ascii)) {
    return refuse(
      "The domain is not a valid host name.",
      "Labels are 1 to 63 letters, digits and hyphens, with no hyphen at either end.",
    );
  }
  if (NUMERIC_LAST.test(ascii)) return refuse("The domain ends in a number, like an IP address.", "Use a domain name.");
  if (ascii.length > MAX_DOMAIN) {
    return Result.fail(
      mailError(
        "address_too_long",
        field,
        "The domain is too long in its encoded form.",
        `It has at most ${MAX_DOMAIN} characters.`,
      ),
    );
  }
  if (!ascii.includes("xn--")) {
    return isAscii
      ? Result.succeed({ ascii, unicode: ascii })
      : refuse("The domain is written in letters that only look like plain ones.", "Type it in plain letters.");
  }
  const decoded = decodedLabels(ascii);
  const unicode = decoded.join(".");
  if (!decoded.every((label) => UNICODE_LABEL.test(withoutContextual(label))) || urlHost(unicode) !== ascii)
    return refuse("The domain holds a malformed internationalised label.", "Check the part that begins with xn--.");
  // Only letter case may have changed: what was typed is what is shown.
  if (unicode !== decodedLabels(lower).join(".")) {
    return refuse(
      "The domain holds letters that would be replaced by others.",
      "Type it with the letters it is displayed with.",
    );
  }
  return Result.succeed({ ascii, unicode });
};
