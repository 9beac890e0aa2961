/**
 * Strict mail addresses: one string is one mailbox, `user@example.com` or `Name <user@example.com>`, or it is refused with a reason.
 *
 * Stricter than RFC 5322 and 5321, on purpose: no lists or groups in one string, no comments, no source routes, no `%` or `!` in the
 * local part, no domain literals, no control characters.
 * - **Quoted local parts are refused, all of them**: implementations disagree on what is inside the quotes (CVE-2025-13033), and a
 *   quoted form that is plain has the same mailbox without quotes.
 * - **Local parts outside ASCII are refused** (SMTPUTF8, RFC 6531): a next hop without it would have to bounce or mangle them.
 *
 * **Gotchas**
 * - The domain is compared in lower-case A-labels, the local part octet by octet: `Ann@example.com` and `ann@example.com` differ.
 */
import { Result } from "effect";
import { parseDomain } from "./domain.ts";
import { encodeWords } from "../compose/encodedWord.ts";
import { MAX_ADDR_SPEC, MAX_DISPLAY_NAME, MAX_LOCAL_PART, MAX_RECIPIENTS } from "../compose/limits.ts";
import { mailError, type MailError, type MailErrorReason } from "../MailError.ts";
import { hasUnsafeCharacter } from "../compose/ReservedHeaders.ts";

/** One checked mailbox. */
export interface Address {
  /** Display name as a reader sees it, or null when there is none. */
  readonly name: string | null;
  readonly localPart: string;
  /** Lower-case A-labels: `xn--bcher-kva.example`. */
  readonly domain: string;
  /** The same domain for display: `bücher.example`. Compare with `domain`, never with this. */
  readonly unicodeDomain: string;
  /** `localPart@domain`: what SMTP is given, and what two addresses are compared by. */
  readonly addrSpec: string;
}

// RFC 5322 3.2.3 dot-atom without `%` and `!`, which old relays read as routes.
const LOCAL_PART = /^[A-Za-z0-9#$&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9#$&'*+/=?^_`{|}~-]+)*$/;
const ADDR_SPEC = /^[A-Za-z0-9#$&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9#$&'*+/=?^_`{|}~-]+)*@[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;
const QUOTED = /^"((?:[^"\\]|\\.)*)"$/u;
const PLAIN_PHRASE = /^[A-Za-z0-9!#$&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$&'*+/=?^_`{|}~-]+)*$/;
// Before anything is parsed: 254 for the address, and a display name in which every character may be escaped.
const MAX_INPUT = MAX_ADDR_SPEC + 2 * MAX_DISPLAY_NAME + 16;

const advice = {
  bad_address: ["This is not a mail address.", "Write it as user@example.com or Name <user@example.com>."],
  group_address: ["Address groups are not accepted.", "Name each recipient in an item of its own."],
  address_list: ["There is more than one address in one text.", "Give a list with one address in each item."],
  source_route: [
    "The address carries a route through other hosts.",
    "Give the final mailbox only, without % or ! or a leading @host:.",
  ],
  address_comment: [
    "The address holds a comment in parentheses.",
    "Leave the comment out, or put the name in quotes before <…>.",
  ],
  quoted_local_part: ["The part before the @ is in quotes.", "Use an address whose local part needs no quotes."],
  smtputf8_local_part: [
    "The part before the @ is not plain ASCII, which not every mail server can deliver.",
    "Use the ASCII address of this mailbox; letters of other scripts are fine in the domain and the display name.",
  ],
  bad_display_name: [
    "The display name holds characters that need quotes.",
    'Put the name in double quotes: "Doe, Jane" <jane@example.com>.',
  ],
} as const satisfies Partial<Record<MailErrorReason, readonly [message: string, hint: string]>>;

type Advised = keyof typeof advice;

/** Splits `Name <addr>` at its angle brackets without looking at either part: null where it does not end in one, or a reason. */
const splitNameAddr = (text: string): { name: string; addr: string } | Advised | null => {
  if (!text.endsWith(">")) return null;
  const open = text.lastIndexOf("<");
  if (open < 0) return "bad_address";
  return { name: text.slice(0, open).trim(), addr: text.slice(open + 1, -1) };
};

/** Why a local part (without parentheses, unless it begins with a quote) is not acceptable, or null when it is. */
const localPartProblem = (local: string): Advised | "address_too_long" | null => {
  if (LOCAL_PART.test(local)) return local.length > MAX_LOCAL_PART ? "address_too_long" : null;
  if (local.startsWith('"')) return "quoted_local_part";
  if (/[,;]/.test(local)) return "address_list";
  if (local.includes(":")) return "group_address";
  if (/[%!@]/.test(local)) return "source_route";
  // oxlint-disable-next-line no-control-regex
  return /[^\u0000-\u007f]/.test(local) ? "smtputf8_local_part" : "bad_address";
};

/** Why the unquoted text before `<` is not a display name, or null when it is. */
const phraseProblem = (name: string): Advised | null => {
  if (/[<>@]/.test(name)) return /[,;]/.test(name) ? "address_list" : "bad_address";
  if (name.includes(":")) return "group_address";
  if (/[()]/.test(name)) return "address_comment";
  if (/[,;]/.test(name)) return "address_list";
  return /["\\[\]]/.test(name) ? "bad_display_name" : null;
};

/**
 * Parses one mailbox. Blanks around it are dropped, blanks inside a name become one. Fails with a typed reason; `field` names the input
 * in the error.
 */
export const parseAddress = (input: string, field = "address"): Result.Result<Address, MailError> => {
  const refuse = (reason: Advised): Result.Result<Address, MailError> => {
    const [message, hint] = advice[reason];
    return Result.fail(mailError(reason, field, message, hint));
  };
  const tooLong = (what: string, most: number): Result.Result<Address, MailError> =>
    Result.fail(mailError("address_too_long", field, `The ${what} is too long.`, `It has at most ${most} characters.`));
  if (typeof input !== "string") return refuse("bad_address");
  if (input.length > MAX_INPUT) return tooLong("address", MAX_ADDR_SPEC);
  if (hasUnsafeCharacter(input)) {
    return Result.fail(
      mailError(
        "control_character",
        field,
        "The address holds a line break, a NUL or another control character.",
        "Give the plain address only.",
      ),
    );
  }
  if (!input.isWellFormed()) {
    return Result.fail(
      mailError("malformed_unicode", field, "The address is not well-formed Unicode.", "Send it as valid UTF-8."),
    );
  }
  const text = input.replace(/^ +| +$/g, "");
  const split = splitNameAddr(text);
  if (typeof split === "string") return refuse(split);
  const spec = split === null ? text : split.addr;

  let name: string | null = null;
  if (split !== null) {
    const quoted = QUOTED.exec(split.name);
    if (quoted === null) {
      const problem = phraseProblem(split.name);
      if (problem !== null) return refuse(problem);
    }
    const shown = (quoted === null ? split.name : quoted[1]!.replace(/\\(.)/gu, "$1")).replace(/\s+/g, " ").trim();
    if (shown.length > MAX_DISPLAY_NAME) return tooLong("display name", MAX_DISPLAY_NAME);
    name = shown === "" ? null : shown;
  }

  // Structure that is no single addr-spec, named before the pieces are looked at.
  if (spec.startsWith("@")) return refuse("source_route");
  if (!spec.startsWith('"')) {
    if (/[()]/.test(spec)) return refuse("address_comment");
    if (/[,;]/.test(spec) && !/^[^@,]*:/.test(spec)) return refuse("address_list");
    if (/^[^@[]*:/.test(spec)) return refuse("group_address");
  }
  const at = spec.lastIndexOf("@");
  if (at < 1) return refuse("bad_address");
  const localPart = spec.slice(0, at);
  const problem = localPartProblem(localPart);
  if (problem === "address_too_long") return tooLong("part before the @", MAX_LOCAL_PART);
  if (problem !== null) return refuse(problem);
  const domain = parseDomain(spec.slice(at + 1), field);
  if (Result.isFailure(domain)) return Result.fail(domain.failure);
  const addrSpec = `${localPart}@${domain.success.ascii}`;
  if (addrSpec.length > MAX_ADDR_SPEC) return tooLong("address", MAX_ADDR_SPEC);
  return Result.succeed({
    name,
    localPart,
    domain: domain.success.ascii,
    unicodeDomain: domain.success.unicode,
    addrSpec,
  });
};

/**
 * Parses recipients: a string is one address, a list has one in each item (an empty list is allowed, an empty string is not). Fails with
 * the first problem, its `field` being `field` or `field[i]`; more than {@link MAX_RECIPIENTS} items are `too_many_recipients`.
 */
export const parseAddressList = (
  input: string | readonly string[],
  field: string,
): Result.Result<readonly Address[], MailError> => {
  const list = typeof input === "string" ? [input] : input;
  if (!Array.isArray(list)) {
    return Result.fail(
      mailError(
        "bad_address",
        field,
        "This is neither an address nor a list of addresses.",
        "Give a text, or a list of texts.",
      ),
    );
  }
  if (list.length > MAX_RECIPIENTS) return Result.fail(tooManyRecipients(field));
  const out: Address[] = [];
  for (let i = 0; i < list.length; i++) {
    const parsed = parseAddress(list[i] as string, typeof input === "string" ? field : `${field}[${i}]`);
    if (Result.isFailure(parsed)) return Result.fail(parsed.failure);
    out.push(parsed.success);
  }
  return Result.succeed(out);
};

/** The error for a message with more than {@link MAX_RECIPIENTS} recipients. */
export const tooManyRecipients = (field: string): MailError =>
  mailError(
    "too_many_recipients",
    field,
    "There are too many recipients.",
    `Send to at most ${MAX_RECIPIENTS} in one message.`,
  );

/**
 * The problem with an Address value that may not come from {@link parseAddress} (a stored row, an embedder's own object), or null. It
 * checks what could change the meaning of a header or an envelope, quickly.
 */
export const addressProblem = (address: Address, field: string): MailError | null => {
  const sound =
    ADDR_SPEC.test(address.addrSpec) &&
    address.addrSpec.length <= MAX_ADDR_SPEC &&
    address.addrSpec === `${address.localPart}@${address.domain}` &&
    (address.name === null ||
      (address.name.length <= MAX_DISPLAY_NAME && !hasUnsafeCharacter(address.name) && address.name.isWellFormed()));
  return sound
    ? null
    : mailError(
        "bad_address",
        field,
        "This address was not checked, or was changed afterwards.",
        "Make it with parseAddress.",
      );
};

/**
 * One mailbox for a header field, in printable ASCII on one line: the name bare if it is made of atoms, quoted if it is ASCII, else in
 * RFC 2047 encoded words (also when it only looks like one, so that a reader shows exactly the name that was checked).
 */
export const formatAddress = (address: Address): string => {
  const { name, addrSpec } = address;
  if (name === null || name === "") return addrSpec;
  if (!/^[ -~]*$/.test(name) || name.includes("=?")) return `${encodeWords(name)} <${addrSpec}>`;
  if (PLAIN_PHRASE.test(name)) return `${name} <${addrSpec}>`;
  return `"${name.replace(/["\\]/g, "\\$&")}" <${addrSpec}>`;
};
