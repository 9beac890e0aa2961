/** Databases that an earlier program made: their steps are as they were, and all that they hold is still read. */
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { assert, describe, it } from "@effect/vitest";
import { Effect } from "effect";
import { SqlClient } from "effect/sql/SqlClient";
import { migrateTo } from "../../../src/store/tables/Migrations.ts";
import { clientFromUrl } from "../../../src/store/Store.ts";
import { bothStores, commit, messageId, on, onFresh, submitted } from "../stores.ts";
import { catalog } from "./catalog.ts";
import { released } from "./released.ts";

const text = (version: number, name: string): string =>
  readFileSync(new URL(`./version${version}.${name}`, import.meta.url), "utf8");

const stores = bothStores();
const [sqlite] = stores;

/** The URL of a SQLite database as a program of this version left it. */
const restored = Effect.fnUntraced(function* (version: number) {
  const url = yield* Effect.promise(sqlite!.fresh);
  const db = new DatabaseSync(url.slice("sqlite:".length));
  try {
    db.exec(`BEGIN; ${text(version, "sqlite.sql")} COMMIT`);
  } finally {
    db.close();
  }
  return url;
});

const catalogOf = (url: string) => Effect.provide(catalog, clientFromUrl(url), { local: true });

describe.each(released)("version $version of the database", ({ version }) => {
  const upToThis = released.filter((one) => one.version <= version);

  it.live.each(stores)(
    "is made by the same steps as when it was released, on $name",
    (store) =>
      Effect.gen(function* () {
        const url = yield* Effect.promise(store.fresh);
        const steps = Effect.flatMap(SqlClient, (sql) => sql.withTransaction(migrateTo(version)));
        yield* Effect.provide(steps, clientFromUrl(url), { local: true });
        const expected =
          store.name === "SQLite"
            ? yield* catalogOf(yield* restored(version))
            : text(version, "postgres.txt").trimEnd().split("\n");
        assert.deepEqual(yield* catalogOf(url), expected);
      }),
    30_000,
  );

  it.live(
    "holds all that it held, and takes more",
    () =>
      Effect.gen(function* () {
        const reads = Effect.forEach(upToThis, ({ read }) => read);
        const made = yield* onFresh(
          sqlite!,
          Effect.andThen(
            Effect.forEach(upToThis, ({ write }) => write),
            reads,
          ),
        );
        const found = yield* on(
          yield* restored(version),
          Effect.gen(function* () {
            const before = yield* reads;
            yield* commit(submitted(messageId(900)));
            return before;
          }),
        );
        assert.deepEqual(found, made);
      }),
    30_000,
  );
});
