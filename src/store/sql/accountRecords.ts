/** `Records` about accounts: tenants, mailboxes, API keys, send lists. */
import { Effect } from "effect";
import type { SqlClient } from "effect/sql/SqlClient";
import type { Records } from "../Records.ts";
import { apiKeys } from "../tables/apiKeys.ts";
import { deleteListEntry, lists, putListEntry } from "../tables/lists.ts";
import { mailboxes, setKey } from "../tables/mailboxes.ts";
import { tenants } from "../tables/tenants.ts";
import { only } from "./Column.ts";
import { countOf, query } from "./query.ts";

const addresses = query("mailboxes", only(mailboxes.columns, "address"));

type AccountRecords = Pick<
  Records["Service"],
  | "tenant"
  | "mailbox"
  | "mailboxes"
  | "addressTaken"
  | "addressesOutside"
  | "setMailboxKey"
  | "apiKeyByHash"
  | "apiKeys"
  | "lists"
  | "addListEntry"
  | "removeListEntry"
>;

export const accountRecords = (sql: SqlClient): AccountRecords => ({
  tenant: (id) => tenants.one(sql`${tenants.select} WHERE id = ${id}`),
  mailbox: (tenant, idOrAddress) =>
    mailboxes.one(
      idOrAddress.includes("@")
        ? sql`${mailboxes.select} WHERE lower(address) = ${idOrAddress.toLowerCase()} AND tenant = ${tenant}`
        : sql`${mailboxes.select} WHERE id = ${idOrAddress} AND tenant = ${tenant}`,
    ),
  mailboxes: (tenant) => mailboxes.all(sql`${mailboxes.select} WHERE tenant = ${tenant} ORDER BY id`),
  addressesOutside: (domain) =>
    Effect.map(
      addresses.all(
        // A domain holds no wild card of LIKE.
        sql`SELECT address FROM mailboxes WHERE lower(address) NOT LIKE ${`%@${domain}`}
          AND lower(address) NOT LIKE ${`%.${domain}`} ORDER BY id`,
      ),
      (rows) => rows.map(({ address }) => address),
    ),
  addressTaken: (address) =>
    Effect.map(
      countOf("mailboxes", sql`SELECT id FROM mailboxes WHERE lower(address) = ${address.toLowerCase()}`),
      (count) => count > 0,
    ),
  setMailboxKey: (change) => Effect.map(countOf("mailboxes", setKey(sql, change)), (count) => count > 0),
  apiKeyByHash: (hash) => apiKeys.one(sql`${apiKeys.select} WHERE hash = ${hash}`),
  apiKeys: (tenant) => apiKeys.all(sql`${apiKeys.select} WHERE tenant = ${tenant} ORDER BY id`),
  lists: (tenant) => lists.all(sql`${lists.select} WHERE tenant = ${tenant} ORDER BY direction, kind, entry`),
  addListEntry: (tenant, entry) => Effect.asVoid(countOf("lists", putListEntry(sql, { ...entry, tenant }))),
  removeListEntry: (tenant, entry) =>
    Effect.map(countOf("lists", deleteListEntry(sql, { ...entry, tenant })), (count) => count > 0),
});
