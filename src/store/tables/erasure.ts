/**
 * What is personal of a message can be erased, and nothing else of an append-only table changes. @spec OV-81
 *
 * - Gone: the content's bytes, sender, recipients and summary; what stood beside the message's entries; reasons of decisions.
 * - Kept: leaves, digests, who decided what and when. The rows stay, so the log still explains every state.
 * - A message is marked first (`messages.ts`); the triggers let only a marked message's rows be blanked.
 */
import { Erasure } from "../Journal.ts";
import { columnsOf, only } from "../sql/Column.ts";
import type { Change } from "../sql/Table.ts";
import { statement, type Statement } from "../sql/Write.ts";
import { neverDeletedOnPostgres } from "./appendOnly.ts";

/** The columns that an erasure may not touch, and what it must have made of the others. */
interface Blank {
  readonly kept: readonly string[];
  readonly blank: string;
}

const isErasure = ({ kept, blank }: Blank, same: string): string =>
  `${kept.map((column) => `NEW.${column} ${same} OLD.${column}`).join(" AND ")} AND ${blank}
    AND EXISTS (SELECT 1 FROM messages AS m WHERE m.id = OLD.message AND m.erased_at IS NOT NULL)`;

/** For a table that was `appendOnly`: from here on it takes one change, the erasure. */
export const changedByErasureOnly = (table: string, blank: Blank): readonly Change[] => [
  {
    sqlite: `DROP TRIGGER ${table}_no_update`,
    pg: `DROP TRIGGER ${table}_append_only ON ${table}`,
  },
  {
    sqlite: `CREATE TRIGGER ${table}_no_update BEFORE UPDATE ON ${table} WHEN NOT (${isErasure(blank, "IS")})
      BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END`,
  },
  neverDeletedOnPostgres(table),
  {
    pg: `CREATE FUNCTION ${table}_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF ${isErasure(blank, "IS NOT DISTINCT FROM")} THEN RETURN NEW; END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
      END $$`,
  },
  {
    pg: `CREATE TRIGGER ${table}_erasure BEFORE UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${table}_erasure()`,
  },
];

/** Blanks the rows of `table` (`t`) about erased messages. `stands`: a row still has something to blank. */
export const eraseIn = (table: string, set: string, stands: string): Statement<Pick<Erasure, "message">> =>
  statement(
    only(columnsOf(Erasure), "message"),
    (input) => `UPDATE ${table} AS t SET ${set} FROM ${input} WHERE t.message = n.message AND ${stands}`,
  );
