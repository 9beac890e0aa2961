/**
 * `Records` about the outbox: who hands over what, and until when they may.
 *
 * **Gotchas**: on PostgreSQL these statements skip rows that another transaction holds, so that they never wait for a batch, nor
 * a batch for them; a lease that was skipped is renewed next time.
 */
import { Effect, Schema } from "effect";
import type { SqlClient } from "effect/sql/SqlClient";
import { parked } from "../../model/records/message.ts";
import { Status } from "../../model/State.ts";
import type { Records } from "../Records.ts";
import { outbox } from "../tables/outbox.ts";
import { both, columnsOf } from "./Column.ts";
import { countOf, query } from "./query.ts";
import { anyOf } from "./anyOf.ts";

type OutboxRecords = Pick<
  Records["Service"],
  "claim" | "renewLeases" | "releaseLeases" | "release" | "defer" | "remove" | "outboxOf" | "hasten" | "outboxCounts"
>;

/** As it is leased out, with its message's status. */
const claimed = query(
  "outbox",
  both(
    outbox.columns,
    columnsOf(Schema.Struct({ status: Status }), {
      status: "(SELECT m.status FROM messages AS m WHERE m.id = outbox.message)",
    }),
  ),
);

const count = (condition: string) => `count(CASE WHEN ${condition} THEN 1 END)`;

const counts = query(
  "outbox",
  columnsOf(Schema.Struct({ messages: Schema.Int, copies: Schema.Int, leased: Schema.Int, parked: Schema.Int }), {
    messages: count("kind = 'message'"),
    copies: count("kind = 'copy'"),
    leased: count("lease_owner IS NOT NULL"),
    parked: count(`due_at >= ${parked}`),
  }),
);

export const outboxRecords = (sql: SqlClient): OutboxRecords => {
  const skipLocked = sql.literal(sql.onDialectOrElse({ sqlite: () => "", orElse: () => "FOR UPDATE SKIP LOCKED" }));

  return {
    // MATERIALIZED: chosen once. A planner that ran the choice again for each row would lease more than `limit`.
    claim: ({ owner, now, leaseUntil, limit }) =>
      Effect.map(
        claimed.all(sql`WITH due AS MATERIALIZED (
            SELECT message, kind FROM outbox
            WHERE due_at <= ${now} AND (lease_owner IS NULL OR lease_until <= ${now})
            ORDER BY due_at, message LIMIT ${limit} ${skipLocked}
          )
          UPDATE outbox SET lease_owner = ${owner}, lease_until = ${leaseUntil}
          WHERE (message, kind) IN (SELECT message, kind FROM due)
          RETURNING ${claimed.list}`),
        (rows) => rows.toSorted((a, b) => a.dueAt - b.dueAt || (a.message < b.message ? -1 : 1)),
      ),
    renewLeases: ({ owner, until }) =>
      countOf(
        "outbox",
        sql`WITH held AS MATERIALIZED (SELECT message, kind FROM outbox WHERE lease_owner = ${owner} ${skipLocked})
          UPDATE outbox SET lease_until = ${until}
          WHERE (message, kind) IN (SELECT message, kind FROM held) RETURNING message`,
      ),
    releaseLeases: (owner) =>
      countOf(
        "outbox",
        sql`UPDATE outbox SET lease_owner = NULL, lease_until = 0
          WHERE ${owner === "all" ? sql`lease_owner IS NOT NULL` : sql`lease_owner = ${owner}`} RETURNING message`,
      ),
    release: ({ message, kind }, owner) =>
      Effect.map(
        countOf(
          "outbox",
          sql`UPDATE outbox SET lease_owner = NULL, lease_until = 0
            WHERE message = ${message} AND kind = ${kind} AND lease_owner = ${owner} RETURNING message`,
        ),
        (changed) => changed > 0,
      ),
    defer: ({ message, kind, dueAt, tries, remaining }) =>
      Effect.map(
        countOf(
          "outbox",
          sql`UPDATE outbox SET due_at = ${dueAt}, tries = ${tries},
              remaining = ${remaining === null ? null : JSON.stringify(remaining)}, lease_owner = NULL, lease_until = 0
            WHERE message = ${message} AND kind = ${kind} RETURNING message`,
        ),
        (changed) => changed > 0,
      ),
    remove: ({ message, kind }) =>
      Effect.map(
        countOf("outbox", sql`DELETE FROM outbox WHERE message = ${message} AND kind = ${kind} RETURNING message`),
        (removed) => removed > 0,
      ),
    outboxOf: (ids) =>
      ids.length === 0
        ? Effect.succeed(new Map())
        : Effect.map(
            outbox.all(sql`${outbox.select} WHERE kind = 'message' AND ${anyOf(sql, "message", ids)}`),
            (rows) => new Map(rows.map((row) => [row.message, row])),
          ),
    hasten: (message, now) =>
      Effect.map(
        countOf(
          "outbox",
          sql`UPDATE outbox SET due_at = ${now} WHERE message = ${message} AND kind = 'message'
            AND due_at > ${now} AND due_at < ${parked} AND lease_owner IS NULL RETURNING message`,
        ),
        (hastened) => hastened > 0,
      ),
    outboxCounts: Effect.map(
      counts.one(sql`SELECT ${counts.list} FROM outbox`),
      (row) => row ?? { messages: 0, copies: 0, leased: 0, parked: 0 },
    ),
  };
};
