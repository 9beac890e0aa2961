/** What a batch reads before it decides: one statement for all kinds of records it needs. */
import { Effect, Schema } from "effect";
import type { SqlClient } from "effect/sql/SqlClient";
import type { SqlError } from "effect/sql/SqlError";
import { MailboxState, MessageState, TenantState } from "../../model/State.ts";
import type { Loaded, Needs, StoreError } from "../Journal.ts";
import { anyOf } from "./anyOf.ts";
import { decoder } from "./query.ts";

interface Found {
  readonly kind: "tenant" | "mailbox" | "message" | "idempotency";
  readonly id: string;
  readonly state: string;
  readonly a: string;
  readonly b: number;
}

type Records = Omit<Loaded, "head">;

/** `${tenant} ${key}`, where the tenant has no space in it. */
const splitKey = (joined: string): readonly [tenant: string, key: string] => {
  const at = joined.indexOf(" ");
  return [joined.slice(0, at), joined.slice(at + 1)];
};

const byId = <A extends { readonly id: string }>(states: readonly A[]): ReadonlyMap<string, A> =>
  new Map(states.map((state) => [state.id, state]));

export const makeLoad = (sql: SqlClient): ((needs: Needs) => Effect.Effect<Records, SqlError | StoreError>) => {
  const decodeTenants = decoder("tenants.state", Schema.fromJsonString(TenantState));
  const decodeMailboxes = decoder("mailboxes.state", Schema.fromJsonString(MailboxState));
  const decodeMessages = decoder("messages.state", Schema.fromJsonString(MessageState));

  const states = (kind: Found["kind"], table: string, ids: readonly string[]) =>
    sql`SELECT ${sql.literal(`'${kind}'`)} AS kind, id, state, '' AS a, 0 AS b FROM ${sql(table)} WHERE ${anyOf(sql, "id", ids)}`;

  /** With the index of the tenant's newest entry, -1 when it has none. */
  const tenants = (ids: readonly string[]) =>
    sql`SELECT 'tenant' AS kind, id, state, '' AS a,
      coalesce((SELECT max(idx) FROM entries AS e WHERE e.tenant = t.id), -1) AS b
      FROM tenants AS t WHERE ${anyOf(sql, "id", ids)}`;

  const repeats = (keys: readonly string[]) => {
    const pairs = keys.map(splitKey);
    const wanted = sql.onDialectOrElse({
      sqlite: () => sql`SELECT value ->> 0, value ->> 1 FROM json_each(${JSON.stringify(pairs)})`,
      orElse: () =>
        sql`SELECT * FROM unnest(${pairs.map(([tenant]) => tenant)}::text[], ${pairs.map(([, key]) => key)}::text[])`,
    });
    return sql`SELECT 'idempotency' AS kind, tenant || ' ' || key AS id, request_hash AS state, message AS a, created_at AS b
      FROM idempotency WHERE (tenant, key) IN (${wanted})`;
  };

  return (needs) =>
    Effect.gen(function* () {
      const parts = [
        ...(needs.tenants.length > 0 ? [tenants(needs.tenants)] : []),
        ...(needs.mailboxes.length > 0 ? [states("mailbox", "mailboxes", needs.mailboxes)] : []),
        ...(needs.messages.length > 0 ? [states("message", "messages", needs.messages)] : []),
        ...(needs.idempotency.length > 0 ? [repeats(needs.idempotency)] : []),
      ];
      const found = parts.length === 0 ? [] : yield* sql<Found>`${sql.join(" UNION ALL ", false)(parts)}`;
      const of = (kind: Found["kind"]): readonly string[] =>
        found.filter((row) => row.kind === kind).map((row) => row.state);
      return {
        tenants: byId(yield* decodeTenants(of("tenant"))),
        mailboxes: byId(yield* decodeMailboxes(of("mailbox"))),
        messages: byId(yield* decodeMessages(of("message"))),
        lastOf: new Map(found.filter(({ kind, b }) => kind === "tenant" && b >= 0).map(({ id, b }) => [id, b])),
        idempotency: new Map(
          found
            .filter((row) => row.kind === "idempotency")
            .map((row) => {
              const [tenant, key] = splitKey(row.id);
              return [row.id, { tenant, key, requestHash: row.state, message: row.a, createdAt: row.b }];
            }),
        ),
      };
    });
};
