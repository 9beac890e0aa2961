/** Both stores, so that every test of one is a test of the other. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Context, Effect, Layer } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import { afterAll, beforeAll } from "vitest";
import { Journal, type Needs, type StoreError } from "../../src/store/Journal.ts";
import { LogRecords } from "../../src/store/LogRecords.ts";
import { Records } from "../../src/store/Records.ts";
import { layerFromUrl } from "../../src/store/Store.ts";
import { startPostgres, type Postgres } from "../support/postgres.ts";
import { type Growth, growth, mailboxRow, mailboxState, noNeeds, tenantState } from "./rows.ts";

export * from "./rows.ts";

export interface TestStore {
  readonly name: "SQLite" | "PostgreSQL";
  /** The URL of a new, empty database. */
  readonly fresh: () => Promise<string>;
}

const sqlite = (): TestStore => {
  let directory: string;
  let files = 0;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "countersign-store-"));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return { name: "SQLite", fresh: async () => `sqlite:${join(directory, `${++files}.db`)}` };
};

const postgresql = (): TestStore => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  }, 60_000);
  afterAll(() => postgres.stop(), 60_000);
  return { name: "PostgreSQL", fresh: () => postgres.freshDatabase() };
};

/**
 * Call once at the top of a test file: starts what the stores need, and ends it. SQLite alone where the run says so: the project
 * `fast` starts no process.
 */
export const bothStores = (): readonly TestStore[] =>
  process.env["TEST_STORES"] === "SQLite" ? [sqlite()] : [sqlite(), postgresql()];

type Services = Journal | Records | LogRecords | SqlClient;

/** Runs `body` on the database at `url`, and closes it. */
export const on = <A, E>(url: string, body: Effect.Effect<A, E, Services>): Effect.Effect<A, E | StoreError> =>
  Effect.scoped(Effect.provide(body, layerFromUrl(url), { local: true }));

/** Runs `body` on a new database. */
export const onFresh = <A, E>(
  store: TestStore,
  body: Effect.Effect<A, E, Services>,
): Effect.Effect<A, E | StoreError> => Effect.flatMap(Effect.promise(store.fresh), (url) => on(url, body));

/** The services of another, independent client of the database at `url`, for as long as the scope lives. */
export const client = (url: string) =>
  Effect.map(Layer.build(Layer.fresh(layerFromUrl(url))), (context) => ({
    journal: Context.get(context, Journal),
    records: Context.get(context, Records),
    log: Context.get(context, LogRecords),
    sql: Context.get(context, SqlClient),
  }));

/** One batch of these rows. */
export const commit = (rows: Growth, needs: Partial<Needs> = {}) =>
  Effect.flatMap(Journal, (journal) =>
    journal.transact({ ...noNeeds, ...needs }, (loaded) => ({ writes: growth(loaded, rows), result: loaded })),
  );

/** The tenant `default` with the mailbox `mbx_1`. */
export const settle = commit({
  entries: [{ type: "create_tenant" }, { type: "create_mailbox", mailbox: "mbx_1" }],
  tenants: [tenantState],
  tenantRows: [{ id: "default", name: "Default", createdAt: 100 }],
  mailboxes: [mailboxState()],
  mailboxRows: [mailboxRow()],
});
