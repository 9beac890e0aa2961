/** Who may read the log, and how much of it: the entries of their tenant and mailboxes. */
import { Effect } from "effect";
import { Reach } from "../accounts/Reach.ts";
import type { LogFilter } from "../contracts/AuditLog.ts";
import { forbidden, invalid } from "../contracts/errors.ts";
import { type Credential, readsLog } from "../model/Credential.ts";

/** What a caller may see, and what it named, both as ids. */
export interface Scope {
  /** `null` = every tenant's. */
  readonly tenant: string | null;
  /** Of these mailboxes alone; `null` = all, and what is no mailbox's. */
  readonly mailboxes: readonly string[] | null;
  /** The mailbox named in the filter. */
  readonly mailbox: string | null;
}

export const reader = (credential: Credential) =>
  readsLog(credential)
    ? Effect.void
    : Effect.fail(forbidden("This key may not read the log.", "Use a key with the oversight or admin scope."));

export const makeScope = Effect.gen(function* () {
  const reach = yield* Reach;

  return Effect.fnUntraced(function* (credential: Credential, filter: LogFilter) {
    yield* reader(credential);
    const mailbox = filter.mailbox === undefined ? null : (yield* reach.mailbox(credential, filter.mailbox)).id;
    // A key that is confined to some mailboxes reads the log of one of them at a time.
    if (credential.mailboxes !== null && mailbox === null) {
      return yield* invalid("mailbox", "This key is confined to some mailboxes.", "Name one of them: mailbox=…");
    }
    return { tenant: credential.tenant, mailboxes: credential.mailboxes, mailbox } satisfies Scope;
  });
});
