/** What a credential can reach: its tenant's mailboxes it is not kept from, and their messages. All else is "not found". */
import { Cache, Effect, Exit } from "effect";
import { reaches, type Credential } from "../model/Credential.ts";
import { parsePendingId } from "../model/PendingId.ts";
import type { OversightError } from "../contracts/Oversight.ts";
import { Records } from "../store/Records.ts";
import { fromStore, notFound } from "../oversight/errors.ts";

export const reach = Effect.gen(function* () {
  const records = yield* Records;

  // Address, agent and key hardly ever change, and what does (mode, policy) is read again inside each transaction.
  const mailboxes = yield* Cache.makeWith(
    (key: string) => {
      const space = key.indexOf(" ");
      return records.mailbox(key.slice(0, space), key.slice(space + 1)).pipe(Effect.catch(fromStore));
    },
    { capacity: 10_000, timeToLive: (exit) => (Exit.isSuccess(exit) ? "1 second" : 0) },
  );

  /** By id or by address. Its state may be a second old. */
  const mailbox = Effect.fnUntraced(function* (credential: Credential, idOrAddress: string) {
    const key = `${credential.tenant} ${idOrAddress}`;
    const found = yield* Cache.get(mailboxes, key);
    // What is not there may be there the next moment.
    if (found === null) yield* Cache.invalidate(mailboxes, key);
    if (found === null || !reaches(credential, found.id)) return yield* notFound("mailbox");
    return found;
  });

  /** By id or by address, as it is now: for whoever changes it. */
  const mailboxNow = Effect.fnUntraced(function* (credential: Credential, idOrAddress: string) {
    const found = yield* records.mailbox(credential.tenant, idOrAddress).pipe(Effect.catch(fromStore));
    if (found === null || !reaches(credential, found.id)) return yield* notFound("mailbox");
    return found;
  });

  /** By message id, or by the pending id of one of its contents; `named` is the content's revision if the id names one. */
  const message = Effect.fnUntraced(function* (credential: Credential, id: string) {
    const pending = parsePendingId(id);
    const found = yield* records.message(credential.tenant, pending?.message ?? id).pipe(Effect.catch(fromStore));
    if (found === null || !reaches(credential, found.row.mailbox)) return yield* notFound("message");
    return {
      ...found,
      mailbox: yield* mailbox(credential, found.row.mailbox),
      named: pending?.revision ?? null,
    };
  });

  /** Who settled the message last, for whoever comes too late. */
  const winner = Effect.fnUntraced(function* (tenant: string, id: string) {
    const found = yield* records.message(tenant, id).pipe(Effect.catch(fromStore));
    const last = found?.decisions.at(-1);
    const none: OversightError["winner"] = null;
    return found === null || last === undefined
      ? none
      : { decision: last.decision, by: last.by, at: last.at, status: found.state.status };
  });

  return { mailbox, mailboxNow, message, winner };
});
