/**
 * The operator's own send lists: whom no agent may write to, and, where one is kept, the only ones it may write to.
 *
 * - An entry is an address or a domain (`mail/address/entry.ts`), and a domain covers its subdomains. Blank entries have
 *   no effect.
 * - Lists only tighten. A deny match blocks, whatever the allow list holds; an allow list that is present blocks every
 *   address not on it. No entry makes anything less risky.
 * - What cannot be read is not skipped: an unreadable deny entry blocks every address until it is mended, an unreadable
 *   allow entry admits no address. Check entries where they are entered, with `canonicalEntry`.
 *
 * **Gotchas**
 * - Local parts are compared without case and quotes. A deny entry also covers the sub-addresses of its mailbox
 *   (`ada+x@example.com`); an allow entry does not.
 */
import { foldLocalPart, readEntry } from "../../mail/address/entry.ts";
import { readDomain, type ReadDomain } from "../ReadDomain.ts";
import { remembered } from "../inquiry/remembered.ts";

export interface SendLists {
  readonly deny: readonly string[];
  readonly allow: readonly string[];
}

/** Which entry decides, or that none does. */
export interface Listed {
  readonly blocked: boolean;
  /** `deny:<entry>`, `allow:<address that is not on it>`, or `null`. */
  readonly by: string | null;
}

export const NOT_LISTED: Listed = { blocked: false, by: null };

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

const localPart = (address: string): string => foldLocalPart(address.slice(0, Math.max(0, address.lastIndexOf("@"))));

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
