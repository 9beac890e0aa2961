/**
 * Who is calling, and the keys of the caller's tenant. What a caller can see of mailboxes and messages is `Reach`'s.
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
import { scopes, type Credential } from "../model/Credential.ts";
import { Records } from "../store/Records.ts";
import { checkScopes, hashKey, isKeyShaped } from "./ApiKey.ts";
import { ServiceError, unauthenticated, fromRead, forbidden } from "../contracts/errors.ts";
import { ApiKeyRow } from "../model/records/account.ts";

/** A key as its operator may see it: without the hash. */
export type ListedKey = Omit<ApiKeyRow, "hash" | "tenant">;

export class Accounts extends Context.Service<
  Accounts,
  {
    /** The credential behind a key. Fails with `unauthenticated` or `unavailable`. */
    readonly authenticate: (bearer: string) => Effect.Effect<Credential, ServiceError>;
    /** All keys of the tenant, revoked ones too. Fails with `forbidden` without `admin`, or if confined to some mailboxes. */
    readonly keys: (credential: Credential) => Effect.Effect<readonly ListedKey[], ServiceError>;
  }
>()("countersign/accounts/Accounts") {}

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
      const row = yield* records.apiKeyByHash(hashKey(bearer)).pipe(Effect.catch(fromRead));
      const credential = row === null ? null : credentialOf(row);
      return credential === null ? yield* unauthenticated : credential;
    });

    const keys = Effect.fnUntraced(function* (credential: Credential) {
      if (!credential.scopes.includes("admin") || credential.mailboxes !== null) {
        return yield* forbidden(
          "This key may not see API keys.",
          "Use an operator's key (scope admin) that is not confined to mailboxes.",
        );
      }
      const rows = yield* records.apiKeys(credential.tenant).pipe(Effect.catch(fromRead));
      return rows.map(listed);
    });

    return Accounts.of({ authenticate, keys });
  }),
);
