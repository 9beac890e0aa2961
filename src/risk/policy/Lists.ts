/**
 * The operator's own send lists: whom no agent may write to, and, where one is kept, the only ones it may write to.
 *
 * - An entry is an address (`ada@example.com`) or a domain (`example.com`, also written `@example.com` or
 *   `*.example.com`), and a domain covers its subdomains. Blank entries say nothing.
 * - Lists only tighten. A deny match blocks, whatever the allow list says; an allow list that is present blocks whoever
 *   is not on it. No entry makes anything less risky.
 * - What cannot be read is not skipped: an unreadable deny entry blocks every address until it is mended, an unreadable
 *   allow entry admits nobody. Check entries where they are entered, with `isListEntry`.
 *
 * **Gotchas**
 * - Local parts are compared without case and quotes. A deny entry also covers the sub-addresses of its mailbox
 *   (`ada+x@example.com`); an allow entry does not.
 */
import { readDomain, type ReadDomain } from "../ReadDomain.ts";
import { remembered } from "../inquiry/remembered.ts";

export interface SendLists {
  readonly deny: readonly string[];
  readonly allow: readonly string[];
}

export const NO_LISTS: SendLists = { deny: [], allow: [] };

/** Which entry decides, or that none does. */
export interface Listed {
  readonly blocked: boolean;
  /** `deny:<entry>`, `allow:<address that is not on it>`, or `null`. */
  readonly by: string | null;
}

export const NOT_LISTED: Listed = { blocked: false, by: null };

/** What an entry says: an address, a domain, nothing (blank), or something we cannot read. */
type Entry =
  | { readonly kind: "address" | "domain"; readonly key: string }
  | { readonly kind: "blank" }
  | { readonly kind: "unreadable" };

const readEntry = (entry: string): Entry => {
  const text = entry.trim();
  if (text === "") return { kind: "blank" };
  const at = text.lastIndexOf("@");
  const domain = readDomain((at === -1 ? text : text.slice(at + 1)).replace(/^\*?\./, ""));
  if (domain.kind === "unreadable") return { kind: "unreadable" };
  if (at <= 0) return { kind: "domain", key: domain.host };
  const local = readLocal(text.slice(0, at));
  return local === "" || /[\s\p{Cc}]/u.test(local)
    ? { kind: "unreadable" }
    : { kind: "address", key: `${local}@${domain.host}` };
};

/** Lower case, and the inside of a quoted string (RFC 5321 § 4.1.2: `"ada"@x` and `ada@x` are one mailbox). */
const readLocal = (local: string): string =>
  (local.length > 1 && local.startsWith('"') && local.endsWith('"')
    ? local.slice(1, -1).replace(/\\(.)/g, "$1")
    : local
  )
    .normalize("NFC")
    .toLowerCase();

/** Can this be an entry of a send list? Blank is not. */
export const isListEntry = (text: string): boolean => {
  const { kind } = readEntry(text);
  return kind === "address" || kind === "domain";
};

interface ReadList {
  /** Address or domain → the entry as written. */
  readonly entries: ReadonlyMap<string, string>;
  readonly unreadable: string | null;
}

const readList = remembered((list): ReadList => {
  const entries = new Map<string, string>();
  let unreadable: string | null = null;
  for (const written of list) {
    const entry = readEntry(written);
    if (entry.kind === "unreadable") unreadable ??= written;
    else if (entry.kind !== "blank" && !entries.has(entry.key)) entries.set(entry.key, written);
  }
  return { entries, unreadable };
});

/** The entry for a domain or one above it. No entry can be read as a part of an address literal. */
const matchDomain = (list: ReadList, { host }: ReadDomain): string | undefined => {
  for (let rest = host; ; rest = rest.slice(rest.indexOf(".") + 1)) {
    const entry = list.entries.get(rest);
    if (entry !== undefined || !rest.includes(".")) return entry;
  }
};

const localPart = (address: string): string => readLocal(address.slice(0, Math.max(0, address.lastIndexOf("@"))));

/** Does the deny list block this address? `domain` is the part after the `@`. */
export const denied = (address: string, domain: string, deny: readonly string[]): Listed => {
  if (deny.length === 0) return NOT_LISTED;
  const list = readList(deny);
  if (list.unreadable !== null) return { blocked: true, by: `deny:${list.unreadable}` };
  const read = readDomain(domain);
  const local = localPart(address);
  const entry =
    list.entries.get(`${local}@${read.host}`) ??
    (local.includes("+") ? list.entries.get(`${local.slice(0, local.indexOf("+"))}@${read.host}`) : undefined) ??
    matchDomain(list, read);
  return entry === undefined ? NOT_LISTED : { blocked: true, by: `deny:${entry}` };
};

/** Do these lists block this address? `domain` is the part after the `@`. Pure; never throws. */
export const listed = (address: string, domain: string, lists: SendLists): Listed => {
  const byDeny = denied(address, domain, lists.deny);
  if (byDeny.blocked || lists.allow.length === 0) return byDeny;
  const list = readList(lists.allow);
  const read = readDomain(domain);
  // What cannot be read is on no allow list: `evil.com/.example.com` is not below `example.com`.
  const isAllowed =
    read.kind !== "unreadable" &&
    (list.entries.has(`${localPart(address)}@${read.host}`) || matchDomain(list, read) !== undefined);
  return isAllowed ? NOT_LISTED : { blocked: true, by: `allow:${address}` };
};
