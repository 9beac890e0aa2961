/** A SQLite database as a text of statements that make it again: its tables, their rows, then what may react to rows. */
import { DatabaseSync } from "node:sqlite";

/** `path` names a file that no server has open. */
export const dump = (path: string): string => {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const made = (types: string) =>
      db
        .prepare(`SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN (${types}) ORDER BY rowid`)
        .all() as unknown as readonly { readonly name: string; readonly sql: string }[];
    const tables = made("'table'");
    const rows = tables.flatMap(({ name }) => {
      const columns = db
        .prepare(`PRAGMA table_info(${name})`)
        .all()
        .map((column) => String(column["name"]));
      const quoted = columns.map((column) => `quote(${column})`).join(" || ', ' || ");
      const found = db.prepare(`SELECT ${quoted} AS row FROM ${name}`).all();
      return found.map((row) => `INSERT INTO ${name} VALUES (${String(row["row"])})`);
    });
    return [...tables.map(({ sql }) => sql), ...rows, ...made("'index', 'trigger'").map(({ sql }) => sql)]
      .map((statement) => `${statement};\n`)
      .join("");
  } finally {
    db.close();
  }
};
