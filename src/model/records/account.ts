/**
 * What is kept of a tenant: mailboxes, the keys of its API, the keys that sign its mail, its send lists.
 *
 * Times are whole seconds since 1970-01-01T00:00:00Z.
 */
import { Schema } from "effect";

const { Array: List, Int, Literal, Literals, NullOr, String: Text, Struct } = Schema;

export const TenantRow = Struct({ id: Text, name: Text, createdAt: Int });
export type TenantRow = typeof TenantRow.Type;

export const MailboxRow = Struct({
  id: Text,
  tenant: Text,
  /** Lower-case ASCII address; unique over the installation. */
  address: Text,
  agent: Text,
  agentRef: NullOr(Text),
  displayName: NullOr(Text),
  /** Where `monitored` copies go. */
  oversightAddress: NullOr(Text),
  /** The active identity key. */
  kid: Text,
  createdAt: Int,
});
export type MailboxRow = typeof MailboxRow.Type;

export const ApiKeyRow = Struct({
  id: Text,
  tenant: Text,
  name: Text,
  /** SHA-256 of the whole key, hex. The key itself is never stored. */
  hash: Text,
  /** The first characters, for people to recognise it. */
  prefix: Text,
  scopes: List(Text),
  principalKind: Literals(["agent", "person"]),
  principal: Text,
  /** The person answerable for an agent's key. */
  owner: NullOr(Text),
  /** `null` = every mailbox of the tenant. */
  mailboxes: NullOr(List(Text)),
  createdAt: Int,
  revokedAt: NullOr(Int),
});
export type ApiKeyRow = typeof ApiKeyRow.Type;

/** An identity key with its sealed private half. */
export const IdentityKeyRow = Struct({
  kid: Text,
  kind: Literals(["mailbox", "operator"]),
  tenant: NullOr(Text),
  mailbox: NullOr(Text),
  agent: NullOr(Text),
  operator: Text,
  publicKeyPem: Text,
  sealedPrivateKey: Text,
  status: Literals(["active", "retired", "revoked"]),
  /** Seconds; `validTo` is `null` while the key has no end. */
  validFrom: Int,
  validTo: NullOr(Int),
});
export type IdentityKeyRow = typeof IdentityKeyRow.Type;

/** One line of a tenant's send lists. */
export const ListEntryRow = Struct({
  tenant: Text,
  direction: Literal("send"),
  kind: Literals(["allow", "block"]),
  /** An address or a domain, as it was entered. */
  entry: Text,
  reason: NullOr(Text),
  createdAt: Int,
});
export type ListEntryRow = typeof ListEntryRow.Type;
