/**
 * The tenant's send lists: whom no agent may write to (`block`), and, where one is kept, the only ones it may (`allow`).
 *
 * - An entry is an address or a domain; a domain covers its subdomains. It is stored in one form (`mail/address/entry.ts`), so that no
 *   list holds the same entry twice.
 * - An operator writes, everybody of the tenant reads. A change counts from the next time a message is judged.
 */
import { Effect } from "effect";
import { nowSeconds } from "../model/time.ts";
import { canonicalEntry } from "../mail/address/entry.ts";
import type { Credential } from "../model/Credential.ts";
import { Records } from "../store/Records.ts";
import { ServiceError, invalid, forbidden, fromStore, notFound, conflict } from "../contracts/errors.ts";

export const listKinds = ["allow", "block"] as const;
export type ListKind = (typeof listKinds)[number];

export interface ListEntry {
  readonly kind: ListKind;
  readonly entry: string;
  readonly reason: string | null;
  /** Seconds. */
  readonly createdAt: number;
}

export interface SendListOperations {
  readonly entries: (credential: Credential, kind: ListKind) => Effect.Effect<readonly ListEntry[], ServiceError>;
  /** Fails with `conflict` when it is there already. */
  readonly add: (
    credential: Credential,
    kind: ListKind,
    entry: string,
    reason: string | null,
  ) => Effect.Effect<ListEntry, ServiceError>;
  readonly remove: (credential: Credential, kind: ListKind, entry: string) => Effect.Effect<string, ServiceError>;
}

const unreadable = invalid(
  "entry",
  "The entry is neither an address nor a domain.",
  "Write user@example.com for one address, or example.com for a domain and all below it.",
);

/** The lists hold for the whole tenant, so a key for some of its mailboxes does not write them. */
const mayWrite = (credential: Credential) =>
  credential.scopes.includes("admin") && credential.mailboxes === null
    ? Effect.void
    : Effect.fail(
        forbidden(
          "This key may not change send lists.",
          "Use an operator's key (scope admin) that is not confined to mailboxes.",
        ),
      );

export const makeSendLists: Effect.Effect<SendListOperations, never, Records> = Effect.gen(function* () {
  const records = yield* Records;

  const entries = Effect.fn("SendLists.entries")(function* (credential: Credential, kind: ListKind) {
    const rows = yield* records.lists(credential.tenant).pipe(Effect.catch(fromStore));
    return rows
      .filter((row) => row.direction === "send" && row.kind === kind)
      .map(({ entry, reason, createdAt }): ListEntry => ({ kind, entry, reason, createdAt }));
  });

  const add = Effect.fn("SendLists.add")(function* (
    credential: Credential,
    kind: ListKind,
    text: string,
    reason: string | null,
  ) {
    yield* mayWrite(credential);
    const entry = canonicalEntry(text);
    if (entry === null) return yield* unreadable;
    if (reason !== null && reason.length > 500) {
      return yield* invalid("reason", "The reason is longer than 500 characters.", "Shorten it.");
    }
    const known = yield* entries(credential, kind);
    if (known.some((one) => one.entry === entry)) {
      return yield* conflict("The list has this entry already.", "Remove it first if its reason is to change.", {
        field: "entry",
      });
    }
    const createdAt = yield* nowSeconds;
    yield* records
      .addListEntry(credential.tenant, { direction: "send", kind, entry, reason, createdAt })
      .pipe(Effect.catch(fromStore));
    const added: ListEntry = { kind, entry, reason, createdAt };
    return added;
  });

  const remove = Effect.fn("SendLists.remove")(function* (credential: Credential, kind: ListKind, text: string) {
    yield* mayWrite(credential);
    const entry = canonicalEntry(text);
    const known = yield* entries(credential, kind);
    if (entry === null || !known.some((one) => one.entry === entry)) {
      return yield* notFound("entry", "List the entries, and give one as it is stored.", "list_lists");
    }
    yield* records.removeListEntry(credential.tenant, { direction: "send", kind, entry }).pipe(Effect.catch(fromStore));
    return entry;
  });

  return { entries, add, remove };
});
