/**
 * Entries of send lists, both ways: what an entry means, and the one form in which it is stored.
 *
 * - An entry is an address (`ada@example.com`), or a domain with all below it: `example.com`, also written `@example.com`,
 *   `*@example.com`, `.example.com` or `*.example.com`.
 * - Letter case counts nowhere, nor do the quotes of a local part (RFC 5321 § 4.1.2: `"ada"@x` and `ada@x` are one mailbox).
 */
import { readHost } from "./readHost.ts";

/** What an entry means. `key`: the address or domain in the one form that two entries are compared by. */
export type Entry =
  | { readonly kind: "address" | "domain"; readonly key: string }
  | { readonly kind: "blank" }
  | { readonly kind: "unreadable" };

/** A local part as lists compare it: lower case, and the inside of a quoted string. */
export const foldLocalPart = (local: string): string =>
  (local.length > 1 && local.startsWith('"') && local.endsWith('"')
    ? local.slice(1, -1).replace(/\\(.)/g, "$1")
    : local
  )
    .normalize("NFC")
    .toLowerCase();

/** Reads an entry. Total: what is neither an address nor a domain is `unreadable`. */
export const readEntry = (text: string): Entry => {
  const trimmed = text.trim();
  if (trimmed === "") return { kind: "blank" };
  const at = trimmed.lastIndexOf("@");
  const domain = readHost(trimmed.slice(at + 1).replace(/^\*?\./, ""));
  if (domain.kind === "unreadable") return { kind: "unreadable" };
  const written = trimmed.slice(0, Math.max(0, at));
  if (written === "" || written === "*") return { kind: "domain", key: domain.host };
  const local = foldLocalPart(written);
  return local === "" || /[\s\p{Cc}]/u.test(local)
    ? { kind: "unreadable" }
    : { kind: "address", key: `${local}@${domain.host}` };
};

const MAX_ENTRY = 320;
/** Atoms of at most 64 characters before the `@`, if there is one, and host name labels behind it. */
const STORED =
  /^(?:(?=[^@]{1,64}@)[!#-'*+\-/-9=?^-~]+(?:\.[!#-'*+\-/-9=?^-~]+)*@)?(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/;

/** The one form an entry is stored in; `null` when it is neither an address nor a domain that mail can be sent to. */
export const canonicalEntry = (text: string): string | null => {
  if (text.trim().length > MAX_ENTRY) return null;
  const entry = readEntry(text);
  return (entry.kind === "address" || entry.kind === "domain") && STORED.test(entry.key) ? entry.key : null;
};
