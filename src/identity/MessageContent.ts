/**
 * What the identity headers state about a message, read from its octets: body hash, Message-ID, author, visible recipients, Subject.
 *
 * - The signer and the verifier both come here, so they cannot read a message differently.
 * - Each function reads from all fields of its name and answers `null` where a message has none, several or an unreadable one; a second
 *   From is the oldest trick there is.
 *
 * **Gotchas**: header text is a binary string, one code unit an octet (`mail/Fields.ts`).
 */
import { Result } from "effect";
import { parseAddress, type Address } from "../mail/address/Address.ts";
import { bodyHash } from "../mail/BodyHash.ts";
import { fieldValues, splitMessage, type Field } from "../mail/read/Fields.ts";
import type { MailError } from "../mail/MailError.ts";

export interface MessageContent {
  readonly fields: readonly Field[];
  /** `mail/BodyHash.ts`: base64 of the SHA-256 of the body in DKIM's simple form. */
  readonly bodyHash: string;
}

/** Splits a message and hashes its body. Fails as `splitMessage` does. */
export const contentOf = (raw: Uint8Array): Result.Result<MessageContent, MailError> =>
  Result.map(splitMessage(raw), ({ fields, body }) => ({ fields, bodyHash: bodyHash(body) }));

/** A field's value as it is signed: unfolded, every run of blanks one space, so that a relay may fold it elsewhere (RFC 6376 3.4.2). */
export const relaxed = (value: string): string => value.replace(/[ \t]+/g, " ");

/** The values of all fields of that name as they are signed, in the order of the message. */
export const relaxedValues = (fields: readonly Field[], name: string): readonly string[] =>
  fieldValues(fields, name).map(relaxed);

const only = (fields: readonly Field[], name: string): string | null => {
  const values = relaxedValues(fields, name);
  return values.length === 1 ? values[0]! : null;
};

// Printable ASCII that may stand in a `name=value; …` header and needs no quotes: no blanks, `;`, `<`, `>`, `"`, `\`.
const MESSAGE_ID = /^<([!#-:=?-[\]-~]+@[!#-:=?-[\]-~]+)>$/;

/** Message-ID without its angle brackets, at most 998 octets. */
export const messageIdOf = (fields: readonly Field[]): string | null => {
  const value = only(fields, "message-id");
  // The length first: the pattern may try every `@`.
  return value === null || value.length > 998 ? null : (MESSAGE_ID.exec(value)?.[1] ?? null);
};

/** The one address in From. */
export const authorOf = (fields: readonly Field[]): Address | null => {
  const value = only(fields, "from");
  const addresses = value === null ? null : readAddresses(value);
  return addresses?.length === 1 ? addresses[0]! : null;
};

/** The addresses in To and Cc: lower case, sorted, each once. Bcc is never in a delivered message and never here. */
export const visibleRecipientsOf = (fields: readonly Field[]): readonly string[] | null => {
  const seen = new Set<string>();
  for (const name of ["to", "cc"]) {
    const values = relaxedValues(fields, name);
    if (values.length > 1) return null;
    const addresses = readAddresses(values[0] ?? "");
    if (addresses === null) return null;
    for (const address of addresses) seen.add(address.addrSpec.toLowerCase());
  }
  return [...seen].sort();
};

/** Subject as it is signed (encoded words stay encoded); empty when there is none. */
export const subjectOf = (fields: readonly Field[]): string | null => {
  const values = relaxedValues(fields, "subject");
  return values.length > 1 ? null : (values[0] ?? "");
};

// One mailbox: atoms and quoted strings before <addr-spec>, or an addr-spec alone. The alternatives share no character.
const MAILBOX = /^(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~. \x80-\xff-]|"(?:[^"\\]|\\[^])*")*<([^<>"\s]+)>$|^([^<>"\s]+)$/;
const EMPTY_GROUP = /^[A-Za-z0-9 -]+: ?;$/;

/**
 * The mailboxes of an address field; empty for an empty value and for a group without members (`undisclosed-recipients:;`). `null` for
 * anything that programs are known to read differently: comments, other groups, routes, quotes in an addr-spec.
 */
const readAddresses = (value: string): readonly Address[] | null => {
  if (value === "" || EMPTY_GROUP.test(value)) return [];
  const out: Address[] = [];
  for (const piece of splitAtCommas(value)) {
    const match = MAILBOX.exec(piece.trim());
    const parsed = match === null ? null : Result.getOrNull(parseAddress((match[1] ?? match[2])!));
    if (parsed === null) return null;
    out.push(parsed);
  }
  return out;
};

const splitAtCommas = (value: string): readonly string[] => {
  const pieces = [""];
  let quoted = false;
  let escaped = false;
  for (const char of value) {
    if (char === "," && !quoted) pieces.push("");
    else pieces[pieces.length - 1] += char;
    if (char === '"' && !escaped) quoted = !quoted;
    escaped = quoted && char === "\\" && !escaped;
  }
  return pieces;
};
