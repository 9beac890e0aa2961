/**
 * The store an operator names: `DATABASE_URL` in, `Journal`, `Records`, `LogRecords` and `RiskRecords` out, the database created or brought up to date.
 *
 * - `sqlite:./countersign.db`, `file:./countersign.db`, `file:///var/lib/countersign.db` or a bare path: SQLite, one server.
 * - `postgres://…`, `postgresql://…`: PostgreSQL, any number of servers.
 */
import { Effect, Layer } from "effect";
import type { SqlClient } from "effect/sql/SqlClient";
import { fileURLToPath } from "node:url";
import { type Journal, StoreError } from "./Journal.ts";
import { migrate } from "./tables/Migrations.ts";
import type { LogRecords } from "./LogRecords.ts";
import * as Postgres from "./postgres/Postgres.ts";
import type { Records } from "./Records.ts";
import type { RiskRecords } from "./RiskRecords.ts";
import * as Sqlite from "./sqlite/Sqlite.ts";
import * as SqlJournal from "./sql/SqlJournal.ts";
import * as SqlLogRecords from "./sql/SqlLogRecords.ts";
import * as SqlRecords from "./sql/SqlRecords.ts";
import * as SqlRiskRecords from "./sql/SqlRiskRecords.ts";

export interface StoreOptions {
  /** Allows `:memory:`, which keeps nothing. For tests. */
  readonly memory?: boolean;
}

export type Location =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "postgres"; readonly url: string }
  | { readonly kind: "refused"; readonly why: string };

/** Which store a URL names. Refuses what it does not know: a mistyped URL must not become the name of a new, empty file. */
export const locationOf = (url: string, options: StoreOptions = {}): Location => {
  const text = url.trim();
  if (/^postgres(ql)?:\/\//i.test(text)) return { kind: "postgres", url: text };
  // Two letters at least: `C:` is a drive.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "sqlite" && scheme !== "file") {
    return { kind: "refused", why: `There is no store for ${scheme}: URLs.` };
  }
  const rest = scheme === undefined ? text : text.slice(scheme.length + 1);
  if (rest.includes("?") || rest.includes("#")) return { kind: "refused", why: "A SQLite URL takes no options." };
  const path = rest.startsWith("//") ? absolute(rest) : rest;
  if (path === null)
    return { kind: "refused", why: "A file URL with // names a whole path: file:///var/lib/countersign.db." };
  if (path === "") return { kind: "refused", why: "The URL names no file." };
  if (path === ":memory:" && options.memory !== true) {
    return { kind: "refused", why: "A database in memory forgets approvals and the log when the server stops." };
  }
  return { kind: "sqlite", path };
};

const absolute = (rest: string): string | null => {
  try {
    return fileURLToPath(new URL(`file:${rest}`));
  } catch {
    return null;
  }
};

/** The SQL client alone, the database as it is. */
export const clientFromUrl = (url: string, options?: StoreOptions): Layer.Layer<SqlClient, StoreError> => {
  const location = locationOf(url, options);
  switch (location.kind) {
    case "sqlite":
      return Sqlite.layer({ path: location.path });
    case "postgres":
      return Postgres.layer(location.url);
    case "refused": {
      const hint =
        "DATABASE_URL is sqlite:./countersign.db (one server) or postgres://user:password@host/database (several).";
      return Layer.unwrap(Effect.fail(new StoreError({ reason: "unavailable", message: location.why, hint })));
    }
  }
};

/**
 * The whole store. Fails with `locked` when another server has the SQLite file, with `unavailable` when the URL names no store,
 * the server cannot be reached, or a newer program has been at work on the database.
 */
export const layerFromUrl = (
  url: string,
  options?: StoreOptions,
): Layer.Layer<Journal | Records | LogRecords | RiskRecords | SqlClient, StoreError> =>
  Layer.mergeAll(SqlJournal.layer, SqlRecords.layer, SqlLogRecords.layer, SqlRiskRecords.layer).pipe(
    Layer.provideMerge(Layer.effectDiscard(migrate)),
    Layer.provideMerge(clientFromUrl(url, options)),
  );
