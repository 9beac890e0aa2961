/**
 * Rows as they come from the database, decoded through schemas into what `Journal.ts` and the model call them. A row that does
 * not decode is a `corrupt` database, never a guess.
 *
 * **Gotchas**: statements name their columns as the fields here (`created_at AS "createdAt"`), so the column lists stand beside
 * the schemas.
 */
import { Effect, Result, Schema } from "effect";
import { MailboxState, MessageState, Status, TenantState } from "../../model/State.ts";
import type { StoreError } from "../Journal.ts";
import { corrupt } from "./storeError.ts";

const { Int, Literals, NullOr, String: Text, Struct, Uint8Array: Bytes } = Schema;
const Texts = Schema.Array(Text);
const json = Schema.fromJsonString;

export const Head = Struct({ size: Int, frontier: Bytes, root: Bytes, at: Int });
export const headColumns = "size, frontier, root, at";

export const TreeHead = Struct({ size: Int, root: Bytes, at: Int });
/** The root after one commit, and the time of its last entry, seconds. */
export type TreeHead = typeof TreeHead.Type;

export const Entry = Struct({
  index: Int,
  tenant: Text,
  mailbox: NullOr(Text),
  message: NullOr(Text),
  type: Text,
  at: Int,
  leaf: Text,
  leafHash: Bytes,
  personal: NullOr(Text),
});
export const entryColumns = `idx AS "index", tenant, mailbox, message, type, at, leaf, leaf_hash AS "leafHash", personal`;

export const Idempotency = Struct({ tenant: Text, key: Text, requestHash: Text, message: Text, createdAt: Int });
export const idempotencyColumns = `tenant, key, request_hash AS "requestHash", message, created_at AS "createdAt"`;

export const Summary = Struct({
  subject: Text,
  from: Text,
  to: Texts,
  cc: Texts,
  bcc: Texts,
  replyTo: NullOr(Text),
  text: Text,
  attachments: Schema.Array(Struct({ name: Text, contentType: Text, size: Int })),
  risk: Schema.Unknown,
  identityHeader: Text,
  note: NullOr(Text),
  disclosure: Schema.optionalKey(NullOr(Text)),
});

const Decisions = json(
  Schema.Array(
    Struct({
      message: Text,
      revision: Int,
      decision: Literals(["approve", "reject", "cancel", "revise", "resolve"]),
      by: Text,
      at: Int,
      index: Int,
      reason: NullOr(Text),
    }),
  ),
);

/** A message with its newest content, as one row. */
const view = {
  id: Text,
  tenant: Text,
  mailbox: Text,
  thread: Text,
  agent: Text,
  messageId: Text,
  credential: Text,
  createdAt: Int,
  state: json(MessageState),
  revision: Int,
  digest: Text,
  from: Text,
  recipients: json(Texts),
  summary: json(Summary),
};
/** Of `messages AS m` joined with `contents AS c`. */
export const viewColumns = `m.id, m.tenant, m.mailbox, m.thread, m.agent, m.message_id AS "messageId", m.credential,
  m.created_at AS "createdAt", m.state, c.revision, c.digest, c.sender AS "from", c.recipients, c.summary`;

/** With what people decided on it, oldest first. */
export const DecidedView = Struct({ ...view, decisions: Decisions });
export const decidedColumns = (dialect: "sqlite" | "pg"): string => {
  const [array, object] = dialect === "pg" ? ["json_agg", "json_build_object"] : ["json_group_array", "json_object"];
  const fields = `'message', message, 'revision', revision, 'decision', decision, 'by', decided_by, 'at', decided_at,
    'index', idx, 'reason', reason`;
  return `${viewColumns},
    (SELECT CAST(coalesce(${array}(${object}(${fields}) ORDER BY idx), '[]') AS text)
      FROM decisions AS d WHERE d.message = m.id) AS decisions`;
};

/** With its bytes, its mailbox and its tenant's state: all that a hand-over needs. */
export const DispatchView = Struct({
  ...view,
  raw: Bytes,
  address: Text,
  mailboxAgent: Text,
  agentRef: NullOr(Text),
  displayName: NullOr(Text),
  oversightAddress: NullOr(Text),
  kid: Text,
  mailboxCreatedAt: Int,
  mailboxState: json(MailboxState),
  tenantState: json(TenantState),
});
/** `b` is `mailboxes`, `t` is `tenants`. */
export const dispatchColumns = `${viewColumns}, c.raw, b.address, b.agent AS "mailboxAgent", b.agent_ref AS "agentRef",
  b.display_name AS "displayName", b.oversight_address AS "oversightAddress", b.kid,
  b.created_at AS "mailboxCreatedAt", b.state AS "mailboxState", t.state AS "tenantState"`;

export const Content = Struct({
  message: Text,
  revision: Int,
  digest: Text,
  raw: Bytes,
  from: Text,
  recipients: json(Texts),
  summary: json(Summary),
});
export const contentColumns = `message, revision, digest, raw, sender AS "from", recipients, summary`;

export const Outbox = Struct({
  message: Text,
  kind: Literals(["message", "copy"]),
  dueAt: Int,
  leaseOwner: NullOr(Text),
  leaseUntil: Int,
  tries: Int,
  remaining: NullOr(json(Texts)),
});
export const ClaimedOutbox = Struct({ ...Outbox.fields, status: Status });
export const outboxColumns = `message, kind, due_at AS "dueAt", lease_owner AS "leaseOwner", lease_until AS "leaseUntil", tries, remaining`;

export const Tenant = Struct({ id: Text, name: Text, createdAt: Int, state: json(TenantState) });
export const tenantColumns = `id, name, created_at AS "createdAt", state`;

export const Mailbox = Struct({
  id: Text,
  tenant: Text,
  address: Text,
  agent: Text,
  agentRef: NullOr(Text),
  displayName: NullOr(Text),
  oversightAddress: NullOr(Text),
  kid: Text,
  createdAt: Int,
  state: json(MailboxState),
});
export const mailboxColumns = `id, tenant, address, agent, agent_ref AS "agentRef", display_name AS "displayName",
  oversight_address AS "oversightAddress", kid, created_at AS "createdAt", state`;

export const ApiKey = Struct({
  id: Text,
  tenant: Text,
  name: Text,
  hash: Text,
  prefix: Text,
  scopes: json(Texts),
  principalKind: Literals(["agent", "person"]),
  principal: Text,
  owner: NullOr(Text),
  mailboxes: NullOr(json(Texts)),
  createdAt: Int,
  revokedAt: NullOr(Int),
});
export const apiKeyColumns = `id, tenant, name, hash, prefix, scopes, principal_kind AS "principalKind", principal, owner, mailboxes,
  created_at AS "createdAt", revoked_at AS "revokedAt"`;

export const ListEntry = Struct({
  tenant: Text,
  direction: Schema.Literal("send"),
  kind: Literals(["allow", "block"]),
  /** An address or a domain, as it was entered. */
  entry: Text,
  reason: NullOr(Text),
  /** Seconds. */
  createdAt: Int,
});
/** One line of a tenant's send lists. */
export type ListEntry = typeof ListEntry.Type;
export const listColumns = `tenant, direction, kind, entry, reason, created_at AS "createdAt"`;

export const IdentityKey = Struct({
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
/** An identity key with its sealed private half. */
export type IdentityKey = typeof IdentityKey.Type;
export const identityKeyColumns = `kid, kind, tenant, mailbox, agent, operator, public_key_pem AS "publicKeyPem",
  sealed_private_key AS "sealedPrivateKey", status, valid_from AS "validFrom", valid_to AS "validTo"`;

/** Reads rows one by one; the first that does not decode fails with `corrupt`, naming `what`. */
export const decoder = <S extends Schema.ConstraintDecoder<unknown>>(
  what: string,
  schema: S,
): ((rows: readonly unknown[]) => Effect.Effect<readonly S["Type"][], StoreError>) => {
  const decode = Schema.decodeUnknownResult(schema);
  return (rows) =>
    Effect.suspend(() => {
      const read: S["Type"][] = [];
      for (const row of rows) {
        const result = decode(row);
        if (Result.isFailure(result)) return Effect.fail(corrupt(what, String(result.failure)));
        read.push(result.success);
      }
      return Effect.succeed(read);
    });
};
