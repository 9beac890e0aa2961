/**
 * Writes down a database of the newest version, for the tests of every later one: `node test/store/released/make.ts`.
 *
 * - `version<n>.sqlite.sql`: a SQLite database with a row of every table. `version<n>.postgres.txt`: the catalog of an empty
 *   PostgreSQL database.
 * - Run it once, when a version is released: with a `version<n>.ts` in `released.ts` for the rows of the tables that are new in it.
 *   It overwrites no file: what was released never changes.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Effect } from "effect";
import { startPostgres } from "../../support/postgres.ts";
import { on } from "../stores.ts";
import { catalog } from "./catalog.ts";
import { dump } from "./dump.ts";
import { released } from "./released.ts";

const { version } = released.at(-1)!;
const folder = mkdtempSync(join(tmpdir(), "countersign-released-"));
const postgres = await startPostgres();
try {
  const path = join(folder, "store.db");
  await Effect.runPromise(
    on(
      `sqlite:${path}`,
      Effect.forEach(released, ({ write }) => write),
    ),
  );
  const lines = await Effect.runPromise(on(await postgres.freshDatabase(), catalog));
  const write = (name: string, text: string) =>
    writeFileSync(new URL(`./version${version}.${name}`, import.meta.url), text, { flag: "wx" });
  write("sqlite.sql", `-- Made by test/store/released/make.ts.\n${dump(path)}`);
  write("postgres.txt", lines.map((line) => `${line}\n`).join(""));
} finally {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
