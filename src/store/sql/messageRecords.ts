/** `Records` about messages: what they are, what they say, which of them time has overtaken. */
import { Effect, Schema } from "effect";
import type { SqlClient } from "effect/sql/SqlClient";
import { MailboxState, MessageState, TenantState } from "../../model/State.ts";
import { anyOf } from "./anyOf.ts";
import type { StoreError } from "../Journal.ts";
import { query } from "./query.ts";
import type { Dispatchable, Message, Records, States } from "../Records.ts";
import {
  Content,
  contentColumns,
  DecidedView,
  decidedColumns,
  dispatchColumns,
  DispatchView,
  Entry,
  entryColumns,
  Idempotency,
  idempotencyColumns,
  TreeHead,
} from "./rows.ts";
import type { ContentRow, MessageRow } from "../../model/records/message.ts";

type MessageRecords = Pick<
  Records["Service"],
  | "message"
  | "messages"
  | "contentOf"
  | "contentWith"
  | "contentsOf"
  | "repeated"
  | "lastEntry"
  | "copied"
  | "lastCopied"
  | "waiting"
  | "withApprovals"
  | "approvedBy"
  | "allStates"
  | "treeHead"
>;

type View = MessageRow & Omit<ContentRow, "raw" | "message"> & { readonly state: MessageState };

const rowOf = ({ id, tenant, mailbox, thread, agent, messageId, credential, createdAt }: View): MessageRow => ({
  id,
  tenant,
  mailbox,
  thread,
  agent,
  messageId,
  credential,
  createdAt,
});

const contentOf = ({ id, revision, digest, from, recipients, summary }: View): Omit<ContentRow, "raw"> => ({
  message: id,
  revision,
  digest,
  from,
  recipients,
  summary,
});

const messageOf = (view: typeof DecidedView.Type): Message => ({
  row: rowOf(view),
  state: view.state,
  content: contentOf(view),
  decisions: view.decisions,
});

const dispatchable = (view: typeof DispatchView.Type): Dispatchable => ({
  row: rowOf(view),
  state: view.state,
  content: { ...contentOf(view), raw: view.raw },
  mailbox: {
    id: view.mailbox,
    tenant: view.tenant,
    address: view.address,
    agent: view.mailboxAgent,
    agentRef: view.agentRef,
    displayName: view.displayName,
    oversightAddress: view.oversightAddress,
    kid: view.kid,
    createdAt: view.mailboxCreatedAt,
    state: view.mailboxState,
  },
  tenant: view.tenantState,
});

/** The newest content of each message: the one its state is about. */
const withContent = "messages AS m JOIN contents AS c ON c.message = m.id AND c.revision = m.revision";
// Spelled as in the partial index, so that the planner sees it may use it.
const unsent = "status IN ('pending_approval', 'scheduled', 'queued', 'dispatching', 'uncertain')";

export const messageRecords = (sql: SqlClient): MessageRecords => {
  const dialect = sql.onDialectOrElse({ sqlite: () => "sqlite" as const, orElse: () => "pg" as const });
  const messages = query("messages", DecidedView);
  const dispatchables = query("messages", DispatchView);
  const contents = query("contents", Content);
  const lastEntries = query(
    "entries",
    Schema.Struct({ index: Schema.Int, leafHash: Entry.fields.leafHash, at: Schema.Int }),
  );
  const requests = query("idempotency", Idempotency);
  const entries = query("entries", Entry);
  // Again, a leaf is canonical JSON: these characters stand in it only where the commands do.
  const withCopy = (message: string) =>
    sql`message = ${message} AND type = 'dispatch' AND leaf LIKE '%"commands":["hand_over","copy"]%'`;
  const treeHeads = query("tree_heads", TreeHead);

  // The column is JSON; rows are `{state}`.
  const stateQuery = <S extends Schema.ConstraintDecoder<unknown>>(table: string, schema: S) => {
    const read = query(`${table}.state`, Schema.Struct({ state: Schema.fromJsonString(schema) }));
    return (statement: Parameters<typeof read.all>[0]): Effect.Effect<readonly S["Type"][], StoreError> =>
      Effect.map(read.all(statement), (rows) => rows.map((row) => (row as { readonly state: S["Type"] }).state));
  };
  const messageStates = stateQuery("messages", MessageState);
  const kinds = {
    tenant: ["tenants", stateQuery("tenants", TenantState)],
    mailbox: ["mailboxes", stateQuery("mailboxes", MailboxState)],
    message: ["messages", messageStates],
  } as const;

  const select = sql.literal(`SELECT ${decidedColumns(dialect)} FROM ${withContent}`);

  return {
    message: (tenant, id) =>
      Effect.map(messages.one(sql`${select} WHERE m.id = ${id} AND m.tenant = ${tenant}`), (view) =>
        view === null ? null : messageOf(view),
      ),
    messages: ({ tenant, mailboxes, statuses, limit, before, sinceId }) =>
      Effect.map(
        messages.all(
          sql`${select} WHERE ${sql.and([
            sql`m.tenant = ${tenant}`,
            ...(mailboxes === undefined ? [] : [anyOf(sql, "m.mailbox", mailboxes)]),
            ...(statuses === undefined ? [] : [anyOf(sql, "m.status", statuses)]),
            ...(before === undefined ? [] : [sql`m.id < ${before}`]),
            ...(sinceId === undefined ? [] : [sql`m.id > ${sinceId}`]),
          ])} ORDER BY m.id DESC LIMIT ${limit}`,
        ),
        (views) => views.map(messageOf),
      ),
    contentOf: (message, revision) =>
      contents.one(
        sql`SELECT ${sql.literal(contentColumns)} FROM contents WHERE message = ${message} AND revision = ${revision}`,
      ),
    contentWith: (message, digest) =>
      contents.one(
        sql`SELECT ${sql.literal(contentColumns)} FROM contents
          WHERE message = ${message} AND digest = ${digest} ORDER BY revision DESC LIMIT 1`,
      ),
    contentsOf: (ids) =>
      ids.length === 0
        ? Effect.succeed([])
        : Effect.map(
            dispatchables.all(sql`SELECT ${sql.literal(dispatchColumns)} FROM ${sql.literal(withContent)}
              JOIN mailboxes AS b ON b.id = m.mailbox JOIN tenants AS t ON t.id = m.tenant
              WHERE ${anyOf(sql, "m.id", ids)}`),
            (views) => views.map(dispatchable),
          ),
    repeated: (tenant, key) =>
      requests.one(
        sql`SELECT ${sql.literal(idempotencyColumns)} FROM idempotency WHERE tenant = ${tenant} AND key = ${key}`,
      ),
    // A leaf is canonical JSON, so these very characters stand in it once, and never inside one of its strings.
    lastEntry: (message, type) =>
      lastEntries.one(sql`SELECT idx AS "index", leaf_hash AS "leafHash", at FROM entries
        WHERE message = ${message} AND type = ${type} AND leaf LIKE '%"outcome":"accepted"%' ORDER BY idx DESC LIMIT 1`),
    lastCopied: (message) =>
      entries.one(sql`SELECT ${sql.literal(entryColumns)} FROM entries WHERE ${withCopy(message)}
        ORDER BY idx DESC LIMIT 1`),
    copied: (message, digest) =>
      Effect.map(
        lastEntries.one(sql`SELECT idx AS "index", leaf_hash AS "leafHash", at FROM entries
          WHERE ${withCopy(message)} AND leaf LIKE ${`%"content_digest":"${digest}"%`} ORDER BY idx DESC LIMIT 1`),
        (entry) => entry !== null,
      ),
    waiting: ({ now, limit }) =>
      messageStates(sql`SELECT state FROM (
          SELECT send_at AS since, state FROM messages WHERE status = 'scheduled' AND send_at <= ${now}
          UNION ALL
          SELECT decide_by AS since, state FROM messages WHERE status = 'pending_approval' AND decide_by <= ${now}
        ) AS late ORDER BY since LIMIT ${limit}`),
    withApprovals: ({ limit, after }) =>
      messageStates(sql`SELECT state FROM messages
        WHERE status IN ('scheduled', 'queued') AND approvals > 0 AND id > ${after ?? ""} ORDER BY id LIMIT ${limit}`),
    approvedBy: ({ tenant, reviewer }) =>
      Effect.map(
        messageStates(sql`SELECT state FROM messages
          WHERE tenant = ${tenant} AND ${sql.literal(unsent)} AND approvals > 0 ORDER BY id`),
        (states) => states.filter((state) => state.approvals.some((approval) => approval.reviewer === reviewer)),
      ),
    allStates: <Kind extends keyof States>({
      kind,
      after,
      limit,
    }: {
      readonly kind: Kind;
      readonly after: string | null;
      readonly limit: number;
    }) => {
      const [table, read] = kinds[kind];
      const states: Effect.Effect<readonly States[keyof States][], StoreError> = read(
        sql`SELECT state FROM ${sql(table)} WHERE id > ${after ?? ""} ORDER BY id LIMIT ${limit}`,
      );
      return states as Effect.Effect<readonly States[Kind][], StoreError>;
    },
    treeHead: (size) => treeHeads.one(sql`SELECT size, root, at FROM tree_heads WHERE size = ${size}`),
  };
};
