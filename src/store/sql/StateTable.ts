/**
 * A table of records with a state: what stays with the record for life, the state as JSON, and what queries search it for.
 *
 * - A record is inserted when the batch brings its row, else updated where its version is still the one that the batch read.
 */
import { Schema } from "effect";
import { both, type Columns, columnsOf, type RecordSchema } from "./Column.ts";
import { type Steps, type Table, tableOf } from "./Table.ts";
import { insertInto, type Statement, statement, write, type Write } from "./Write.ts";

interface Versioned {
  readonly id: string;
  readonly version: number;
}

/** What a batch makes of the records of one table. */
export interface Changes<Row, State> {
  /** The last state of each changed record. */
  readonly states: readonly State[];
  /** Of the new ones among them. */
  readonly rows: readonly Row[];
  /** Of the others, the state that was read. */
  readonly loaded: ReadonlyMap<string, State>;
  /** When a record changed, seconds. */
  readonly at: (id: string) => number;
}

export interface StateTable<Row, State> extends Table<Row & { readonly state: State }> {
  /** Every column there is. */
  readonly written: Columns<never>;
  /** Each row of `updates` must find its record, at the version that was read. */
  readonly writes: (changes: Changes<Row, State>) => { readonly inserts: Write; readonly updates: Write };
}

interface Searched<State, Found> {
  readonly record: RecordSchema<Found>;
  /** `at`: when the state came to be, seconds. */
  readonly of: (state: State, at: number) => Found;
}

const nothing: Searched<unknown, object> = { record: Schema.Struct({}), of: () => ({}) };

/** `searched`: columns beside the state, worked out from it at each write. */
export const stateTable = <Row extends { readonly id: string }, State extends Versioned, Found extends object = object>(
  name: string,
  definition: {
    readonly row: RecordSchema<Row>;
    readonly state: Schema.ConstraintDecoder<State>;
    readonly searched?: Searched<State, Found>;
    readonly steps: Steps;
  },
): StateTable<Row, State> => {
  interface Current {
    readonly version: number;
    readonly state: State;
  }
  type New = Row & Current;
  type Known = Current & { readonly id: string; readonly was: number };

  const searched: Searched<State, object> = definition.searched ?? nothing;
  const row = columnsOf(definition.row);
  const state: Columns<{ readonly state: State }> = columnsOf(Schema.Struct({ state: definition.state }));
  const current = both(both(state, columnsOf(Schema.Struct({ version: Schema.Int }))), columnsOf(searched.record));
  const written = both(row, current);
  const insert: Statement<New> = insertInto({ name, columns: written });
  const update: Statement<Known> = statement(
    both(columnsOf(Schema.Struct({ id: Schema.String, was: Schema.Int })), current),
    (input) =>
      `UPDATE ${name} AS t SET ${current.map((column) => `${column.name} = n.${column.name}`).join(", ")} FROM ${input}
        WHERE t.id = n.id AND t.version = n.was`,
  );

  return {
    ...tableOf(name, both(row, state), definition.steps),
    written,
    writes: ({ states, rows, loaded, at }) => {
      const newRows = new Map(rows.map((newRow) => [newRow.id, newRow]));
      const inserts: New[] = [];
      const updates: Known[] = [];
      for (const last of new Map(states.map((one) => [one.id, one])).values()) {
        const { id, version } = last;
        const now: Current = { ...searched.of(last, at(id)), version, state: last };
        const newRow = newRows.get(id);
        if (newRow === undefined) updates.push({ ...now, id, was: loaded.get(id)?.version ?? version - 1 });
        else inserts.push({ ...newRow, ...now });
      }
      return { inserts: write(insert, inserts), updates: write(update, updates) };
    },
  };
};
