/** A database of each kind, for tests that must hold on both. */
import { join } from "node:path";
import { startPostgres } from "./postgres.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

export interface TestDatabase {
  readonly name: string;
  readonly open: () => Promise<{ readonly database: string; readonly close: () => Promise<void> }>;
}

export const sqlite: TestDatabase = {
  name: "SQLite",
  open: async () => ({ database: join(temporaryFolder(), "test.db"), close: async () => {} }),
};

export const postgres: TestDatabase = {
  name: "PostgreSQL",
  open: async () => {
    const server = await startPostgres();
    return { database: await server.freshDatabase(), close: server.stop };
  },
};
