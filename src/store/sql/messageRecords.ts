/** `Records` about messages: what they are, what they say, which of them time has overtaken. */
import { Effect } from "effect";
import type { SqlClient } from "effect/sql/SqlClient";
import type { StoreError } from "../Journal.ts";
import type { Message, Records, States } from "../Records.ts";
import { contents } from "../tables/contents.ts";
import { decisionsOn } from "../tables/decisions.ts";
import { deliveries } from "../tables/deliveries.ts";
import { entries } from "../tables/entries.ts";
import { idempotency } from "../tables/idempotency.ts";
import { mailboxes } from "../tables/mailboxes.ts";
import { messages } from "../tables/messages.ts";
import { tenants } from "../tables/tenants.ts";
import { treeHeads } from "../tables/treeHeads.ts";
import { anyOf } from "./anyOf.ts";
import { type Columns, from, only, without } from "./Column.ts";
import { joined, query, type RowOf } from "./query.ts";

type MessageRecords = Pick<
  Records["Service"],
  | "message"
  | "messages"
  | "contentOf"
  | "contentWith"
  | "contentsOf"
  | "deliveries"
  | "situation"
  | "repeated"
  | "lastEntry"
  | "copied"
  | "lastCopied"
  | "waiting"
  | "withApprovals"
  | "approvedBy"
  | "acceptedEntries"
  | "allStates"
  | "treeHead"
>;

/** The newest content of each message: the one its state is about. */
const withContent = "messages AS m JOIN contents AS c ON c.message = m.id AND c.revision = m.revision";
// Spelled as in the partial index, so that the planner sees it may use it.
const unsent = "status IN ('pending_approval', 'scheduled', 'queued', 'dispatching', 'uncertain')";

/** A message with all that a hand-over needs. */
const dispatchable = joined("messages", {
  message: from("m", messages.columns),
  content: from("c", contents.columns),
  mailbox: from("b", mailboxes.columns),
  tenant: from("t", only(tenants.columns, "state")),
});

/** The states alone that decide whether a hand-over may begin. */
const situations = joined("messages", {
  message: from("m", only(messages.columns, "state")),
  mailbox: from("b", only(mailboxes.columns, "state")),
  tenant: from("t", only(tenants.columns, "state")),
});

/** Where an entry is in the log. */
const place = query("entries", only(entries.columns, "index", "leafHash", "at"));

/** Reads rows that have a `state` alone. */
const statesOf = <Row extends { readonly state: unknown }>(table: {
  readonly name: string;
  readonly columns: Columns<Row>;
}) => {
  const { all } = query(`${table.name}.state`, only(table.columns, "state"));
  return (statement: Parameters<typeof all>[0]): Effect.Effect<readonly Row["state"][], StoreError> =>
    Effect.map(all(statement), (rows) => rows.map(({ state }) => state));
};

const messageStates = statesOf(messages);
const kinds = {
  tenant: ["tenants", statesOf(tenants)],
  mailbox: ["mailboxes", statesOf(mailboxes)],
  message: ["messages", messageStates],
} as const;

export const messageRecords = (sql: SqlClient): MessageRecords => {
  const dialect = sql.onDialectOrElse({ sqlite: () => "sqlite" as const, orElse: () => "pg" as const });
  const decided = joined("messages", {
    message: from("m", messages.columns),
    content: from("c", without(contents.columns, "raw")),
    decisions: decisionsOn("m", dialect),
  });
  const messageOf = ({ message, content, decisions }: RowOf<typeof decided>): Message => {
    const { state, ...row } = message;
    return { row, state, content, decisions: decisions.list };
  };
  const selectDecided = sql`SELECT ${decided.list} FROM ${sql.literal(withContent)}`;
  const selectPlace = sql`SELECT ${place.list} FROM entries`;
  // A leaf is canonical JSON: these characters stand in it only where the commands do.
  const withCopy = (message: string) =>
    sql`message = ${message} AND type = 'dispatch' AND leaf LIKE '%"commands":["hand_over","copy"]%'`;

  return {
    message: (tenant, id) =>
      Effect.map(decided.one(sql`${selectDecided} WHERE m.id = ${id} AND m.tenant = ${tenant}`), (row) =>
        row === null ? null : messageOf(row),
      ),
    messages: (filter) =>
      Effect.map(
        decided.all(
          sql`${selectDecided} WHERE ${sql.and([
            sql`m.tenant = ${filter.tenant}`,
            ...(filter.mailboxes === undefined ? [] : [anyOf(sql, "m.mailbox", filter.mailboxes)]),
            ...(filter.statuses === undefined ? [] : [anyOf(sql, "m.status", filter.statuses)]),
            ...(filter.before === undefined ? [] : [sql`m.id < ${filter.before}`]),
            ...(filter.sinceId === undefined ? [] : [sql`m.id > ${filter.sinceId}`]),
          ])} ORDER BY m.id DESC LIMIT ${filter.limit}`,
        ),
        (rows) => rows.map(messageOf),
      ),
    contentOf: (message, revision) =>
      contents.one(sql`${contents.select} WHERE message = ${message} AND revision = ${revision}`),
    contentWith: (message, digest) =>
      contents.one(sql`${contents.select}
        WHERE message = ${message} AND digest = ${digest} ORDER BY revision DESC LIMIT 1`),
    contentsOf: (ids) =>
      ids.length === 0
        ? Effect.succeed([])
        : Effect.map(
            dispatchable.all(sql`SELECT ${dispatchable.list} FROM ${sql.literal(withContent)}
              JOIN mailboxes AS b ON b.id = m.mailbox JOIN tenants AS t ON t.id = m.tenant
              WHERE ${anyOf(sql, "m.id", ids)}`),
            (rows) =>
              rows.map(({ message: { state, ...row }, content, mailbox, tenant }) => ({
                row,
                state,
                content,
                mailbox,
                tenant: tenant.state,
              })),
          ),
    deliveries: (ids) =>
      ids.length === 0
        ? Effect.succeed(new Map())
        : Effect.map(
            deliveries.all(sql`${deliveries.select} WHERE ${anyOf(sql, "message", ids)}`),
            (rows) => new Map(rows.map((row) => [row.message, row])),
          ),
    situation: (tenant, id) =>
      Effect.map(
        situations.one(sql`SELECT ${situations.list} FROM messages AS m
          JOIN mailboxes AS b ON b.id = m.mailbox JOIN tenants AS t ON t.id = m.tenant
          WHERE m.id = ${id} AND m.tenant = ${tenant}`),
        (row) =>
          row === null ? null : { tenant: row.tenant.state, mailbox: row.mailbox.state, message: row.message.state },
      ),
    repeated: (tenant, key) => idempotency.one(sql`${idempotency.select} WHERE tenant = ${tenant} AND key = ${key}`),
    // Again, these very characters stand in a leaf once, and never inside one of its strings.
    lastEntry: (message, type) =>
      place.one(sql`${selectPlace}
        WHERE message = ${message} AND type = ${type} AND leaf LIKE '%"outcome":"accepted"%' ORDER BY idx DESC LIMIT 1`),
    lastCopied: (message) => entries.one(sql`${entries.select} WHERE ${withCopy(message)} ORDER BY idx DESC LIMIT 1`),
    copied: (message, digest) =>
      Effect.map(
        place.one(sql`${selectPlace}
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
    acceptedEntries: ({ tenant, types }) =>
      entries.all(sql`${entries.select} WHERE tenant = ${tenant} AND ${anyOf(sql, "type", types)}
        AND leaf LIKE '%"outcome":"accepted"%' ORDER BY idx`),
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
    treeHead: (size) => treeHeads.one(sql`${treeHeads.select} WHERE size = ${size}`),
  };
};
