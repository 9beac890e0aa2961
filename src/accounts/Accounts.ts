/**
 * Who is calling, and which mailboxes and keys they can see.
 *
 * - `authenticate` turns a presented key into a `Credential`. It is the only place where credentials are made.
 * - Reads only: keys and mailboxes are made by `Oversight`.
 *
 * **Gotchas**
 * - An unknown, a revoked and a malformed key get the same answer, and so do a mailbox that is not there and one that is not
 *   the caller's.
 * - A stored key whose rights may not go together gives no credential: a damaged row must not let anything out.
 */
import { Context, Effect, Layer } from "effect";
import { reaches, scopes, type Credential } from "../model/Credential.ts";
import type { MailboxState, TenantState } from "../model/State.ts";
import { Records } from "../store/Records.ts";
import { AccountsError, fromStore } from "./AccountsError.ts";
import { checkScopes, hashKey, isKeyShaped } from "./ApiKey.ts";
import type { ApiKeyRow, MailboxRow } from "../model/records/account.ts";

/** A mailbox with what the log says of it now. */
export type Mailbox = MailboxRow & { readonly state: MailboxState };

/** A key as its operator may see it: without the hash. */
export type ListedKey = Omit<ApiKeyRow, "hash" | "tenant">;

export class Accounts extends Context.Service<
  Accounts,
  {
    /** The credential behind a key. Fails with `unauthenticated` or `unavailable`. */
    readonly authenticate: (bearer: string) => Effect.Effect<Credential, AccountsError>;
    /** By id or address. Fails with `not_found` also for what is another's or outside the key's mailboxes. */
    readonly mailbox: (credential: Credential, idOrAddress: string) => Effect.Effect<Mailbox, AccountsError>;
    /** Those the key reaches, oldest first. */
    readonly mailboxes: (credential: Credential) => Effect.Effect<readonly Mailbox[], AccountsError>;
    /** All keys of the tenant, revoked ones too. Fails with `forbidden` without `admin`, or if confined to some mailboxes. */
    readonly keys: (credential: Credential) => Effect.Effect<readonly ListedKey[], AccountsError>;
    /** The caller's tenant: whether it is halted, who is revoked. */
    readonly tenant: (credential: Credential) => Effect.Effect<TenantState, AccountsError>;
  }
>()("countersign/accounts/Accounts") {}

const unauthenticated = new AccountsError({
  reason: "unauthenticated",
  message: "Invalid API key.",
  hint: "Send Authorization: Bearer mm_live_… with a key that is in use; an operator can make one with POST /v1/api-keys.",
});

const noMailbox = new AccountsError({
  reason: "not_found",
  message: "There is no such mailbox.",
  hint: "GET /v1/mailboxes lists the mailboxes this key can see.",
});

const credentialOf = (row: ApiKeyRow): Credential | null =>
  row.revokedAt !== null || checkScopes(row) !== null
    ? null
    : {
        id: row.id,
        tenant: row.tenant,
        scopes: scopes.filter((scope) => row.scopes.includes(scope)),
        principalKind: row.principalKind,
        principal: row.principal,
        owner: row.owner,
        mailboxes: row.mailboxes,
      };

/** Named one by one, so that nothing secret comes along when the row grows. */
const listed = (row: ApiKeyRow): ListedKey => ({
  id: row.id,
  name: row.name,
  prefix: row.prefix,
  scopes: row.scopes,
  principalKind: row.principalKind,
  principal: row.principal,
  owner: row.owner,
  mailboxes: row.mailboxes,
  createdAt: row.createdAt,
  revokedAt: row.revokedAt,
});

export const layer: Layer.Layer<Accounts, never, Records> = Layer.effect(
  Accounts,
  Effect.gen(function* () {
    const records = yield* Records;

    const authenticate = Effect.fnUntraced(function* (bearer: string) {
      if (!isKeyShaped(bearer)) return yield* unauthenticated;
      const row = yield* records.apiKeyByHash(hashKey(bearer)).pipe(Effect.catch(fromStore));
      const credential = row === null ? null : credentialOf(row);
      return credential === null ? yield* unauthenticated : credential;
    });

    const mailbox = Effect.fnUntraced(function* (credential: Credential, idOrAddress: string) {
      const found = yield* records.mailbox(credential.tenant, idOrAddress).pipe(Effect.catch(fromStore));
      if (found === null || !reaches(credential, found.id)) return yield* noMailbox;
      return found;
    });

    const mailboxes = Effect.fnUntraced(function* (credential: Credential) {
      const all = yield* records.mailboxes(credential.tenant).pipe(Effect.catch(fromStore));
      return all.filter((one) => reaches(credential, one.id));
    });

    const keys = Effect.fnUntraced(function* (credential: Credential) {
      if (!credential.scopes.includes("admin") || credential.mailboxes !== null) {
        return yield* new AccountsError({
          reason: "forbidden",
          message: "This key may not see API keys.",
          hint: "Use an operator's key (scope admin) that is not confined to mailboxes.",
        });
      }
      const rows = yield* records.apiKeys(credential.tenant).pipe(Effect.catch(fromStore));
      return rows.map(listed);
    });

    const tenant = Effect.fnUntraced(function* (credential: Credential) {
      const found = yield* records.tenant(credential.tenant).pipe(Effect.catch(fromStore));
      // INVARIANT: a credential's tenant is there, since keys are made inside one and tenants are never removed.
      return found === null
        ? yield* Effect.die(new Error("a credential names a tenant that is not there"))
        : found.state;
    });

    return Accounts.of({ authenticate, mailbox, mailboxes, keys, tenant });
  }),
);
