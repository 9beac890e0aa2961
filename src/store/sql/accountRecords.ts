/** `Records` about accounts: tenants, mailboxes, API keys, send lists. */
import { Effect, Schema } from "effect";
import type { SqlClient } from "effect/sql/SqlClient";
import { countOf, query } from "./query.ts";
import type { Records } from "../Records.ts";
import {
  ApiKey,
  apiKeyColumns,
  ListEntry,
  listColumns,
  Mailbox,
  mailboxColumns,
  Tenant,
  tenantColumns,
} from "./rows.ts";

type AccountRecords = Pick<
  Records["Service"],
  | "tenant"
  | "mailbox"
  | "mailboxes"
  | "addressTaken"
  | "setMailboxKey"
  | "apiKeyByHash"
  | "apiKeys"
  | "lists"
  | "addListEntry"
  | "removeListEntry"
>;

export const accountRecords = (sql: SqlClient): AccountRecords => {
  const tenants = query("tenants", Tenant);
  const mailboxes = query("mailboxes", Mailbox);
  const keys = query("api_keys", ApiKey);
  const lists = query("lists", ListEntry);
  const found = query("mailboxes", Schema.Struct({ id: Schema.String }));

  return {
    tenant: (id) => tenants.one(sql`SELECT ${sql.literal(tenantColumns)} FROM tenants WHERE id = ${id}`),
    mailbox: (tenant, idOrAddress) =>
      mailboxes.one(
        idOrAddress.includes("@")
          ? sql`SELECT ${sql.literal(mailboxColumns)} FROM mailboxes WHERE lower(address) = ${idOrAddress.toLowerCase()} AND tenant = ${tenant}`
          : sql`SELECT ${sql.literal(mailboxColumns)} FROM mailboxes WHERE id = ${idOrAddress} AND tenant = ${tenant}`,
      ),
    mailboxes: (tenant) =>
      mailboxes.all(sql`SELECT ${sql.literal(mailboxColumns)} FROM mailboxes WHERE tenant = ${tenant} ORDER BY id`),
    addressTaken: (address) =>
      Effect.map(
        found.one(sql`SELECT id FROM mailboxes WHERE lower(address) = ${address.toLowerCase()}`),
        (mailbox) => mailbox !== null,
      ),
    setMailboxKey: ({ tenant, mailbox, from, to }) =>
      Effect.map(
        countOf(
          "mailboxes",
          sql`UPDATE mailboxes SET kid = ${to} WHERE tenant = ${tenant} AND id = ${mailbox} AND kid = ${from} RETURNING id`,
        ),
        (count) => count > 0,
      ),
    apiKeyByHash: (hash) => keys.one(sql`SELECT ${sql.literal(apiKeyColumns)} FROM api_keys WHERE hash = ${hash}`),
    apiKeys: (tenant) =>
      keys.all(sql`SELECT ${sql.literal(apiKeyColumns)} FROM api_keys WHERE tenant = ${tenant} ORDER BY id`),
    lists: (tenant) =>
      lists.all(
        sql`SELECT ${sql.literal(listColumns)} FROM lists WHERE tenant = ${tenant} ORDER BY direction, kind, entry`,
      ),
    addListEntry: (tenant, { direction, kind, entry, reason, createdAt }) =>
      Effect.asVoid(
        countOf(
          "lists",
          sql`INSERT INTO lists (tenant, direction, kind, entry, reason, created_at)
            VALUES (${tenant}, ${direction}, ${kind}, ${entry}, ${reason}, ${createdAt})
            ON CONFLICT (tenant, direction, kind, entry) DO UPDATE SET reason = excluded.reason`,
        ),
      ),
    removeListEntry: (tenant, { direction, kind, entry }) =>
      Effect.map(
        countOf(
          "lists",
          sql`DELETE FROM lists WHERE tenant = ${tenant} AND direction = ${direction} AND kind = ${kind} AND entry = ${entry}
            RETURNING entry`,
        ),
        (count) => count > 0,
      ),
  };
};
