/**
 * What a credential can reach: the mailboxes of its tenant that it is not kept from, and their messages. This is the one answer to "may
 * this credential see this mailbox, this message"; every room that reads for a caller asks here.
 *
 * **Gotchas**: what is another tenant's, or outside the credential's mailboxes, fails like what never was.
 */
import { Cache, Context, Effect, Exit, Layer } from "effect";
import { fromRead, noMailbox, noMessage, type ServiceError } from "../contracts/errors.ts";
import { reaches, type Credential } from "../model/Credential.ts";
import { parsePendingId } from "../model/PendingId.ts";
import type { MailboxState, TenantState } from "../model/State.ts";
import { Records, type Message } from "../store/Records.ts";
import { MailboxRow } from "../model/records/account.ts";

/** A mailbox with its present state in the log. */
export type Mailbox = MailboxRow & { readonly state: MailboxState };

export interface ReachedMessage extends Message {
  readonly mailbox: Mailbox;
  /** The content's revision when the id names one (a pending id), else `null`. */
  readonly named: number | null;
}

type Answer<A> = Effect.Effect<A, ServiceError>;

export class Reach extends Context.Service<
  Reach,
  {
    /** By id or by address. Its state may be a second old. Fails with `not_found`. */
    readonly mailbox: (credential: Credential, idOrAddress: string) => Answer<Mailbox>;
    /** The same as it is now: for a caller that changes it or shows its state. */
    readonly mailboxNow: (credential: Credential, idOrAddress: string) => Answer<Mailbox>;
    /** All that the credential reaches, oldest first. */
    readonly mailboxes: (credential: Credential) => Answer<readonly Mailbox[]>;
    /** Ids a list must be kept to; `null` = every mailbox of the tenant. */
    readonly extent: (credential: Credential) => Answer<readonly string[] | null>;
    /** The caller's tenant: whether it is halted, who is revoked. */
    readonly tenant: (credential: Credential) => Answer<TenantState>;
    /** By message id, or by the pending id of one of its contents. Fails with `not_found`. */
    readonly message: (credential: Credential, id: string) => Answer<ReachedMessage>;
  }
>()("countersign/accounts/Reach") {}

const MESSAGE_ID = /^msg_[0-9A-HJKMNP-TV-Z]{26}$/;

const make = Effect.gen(function* () {
  const records = yield* Records;

  // Address, agent and key hardly ever change, and what does (mode, policy) is read again inside each transaction.
  const cached = yield* Cache.makeWith(
    (key: string) => {
      const space = key.indexOf(" ");
      return records.mailbox(key.slice(0, space), key.slice(space + 1)).pipe(Effect.catch(fromRead));
    },
    { capacity: 10_000, timeToLive: (exit) => (Exit.isSuccess(exit) ? "1 second" : 0) },
  );

  const mailbox = Effect.fnUntraced(function* (credential: Credential, idOrAddress: string) {
    const key = `${credential.tenant} ${idOrAddress}`;
    const found = yield* Cache.get(cached, key);
    // What is not there may be there the next moment.
    if (found === null) yield* Cache.invalidate(cached, key);
    if (found === null || !reaches(credential, found.id)) return yield* noMailbox;
    return found;
  });

  const mailboxNow = Effect.fnUntraced(function* (credential: Credential, idOrAddress: string) {
    const found = yield* records.mailbox(credential.tenant, idOrAddress).pipe(Effect.catch(fromRead));
    if (found === null || !reaches(credential, found.id)) return yield* noMailbox;
    return found;
  });

  const mailboxes = Effect.fnUntraced(function* (credential: Credential) {
    const all = yield* records.mailboxes(credential.tenant).pipe(Effect.catch(fromRead));
    return all.filter((one) => reaches(credential, one.id));
  });

  const tenant = Effect.fnUntraced(function* (credential: Credential) {
    const found = yield* records.tenant(credential.tenant).pipe(Effect.catch(fromRead));
    // INVARIANT: a credential's tenant is there, since keys are made inside one and tenants are never removed.
    return found === null ? yield* Effect.die(new Error("a credential names a tenant that is not there")) : found.state;
  });

  const message = Effect.fnUntraced(function* (credential: Credential, id: string) {
    const pending = parsePendingId(id);
    const messageId = pending?.message ?? id;
    if (!MESSAGE_ID.test(messageId)) return yield* noMessage;
    const found = yield* records.message(credential.tenant, messageId).pipe(Effect.catch(fromRead));
    if (found === null || !reaches(credential, found.row.mailbox)) return yield* noMessage;
    return {
      ...found,
      mailbox: yield* mailbox(credential, found.row.mailbox),
      named: pending?.revision ?? null,
    };
  });

  return Reach.of({
    mailbox,
    mailboxNow,
    mailboxes,
    extent: (credential) => Effect.succeed(credential.mailboxes),
    tenant,
    message,
  });
});

export const layer: Layer.Layer<Reach, never, Records> = Layer.effect(Reach, make);
