/**
 * `Table.lean` from `spec/transitions.json`: the same rows, in the same order, as Lean data.
 *
 * Nothing is worked out here, only spelled otherwise. A wrong, missing or doubled row reaches Lean as it is, and the kernel
 * refuses the theorems of `Thm/Table.lean`; a `Table.lean` that is not the text made here is refused by comparison.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { camel, dotted, listed, optional, wrapped } from "./words.ts";

interface Row {
  readonly status: string;
  readonly event: string;
  readonly class: string;
  readonly next?: string;
  readonly commands?: readonly string[];
  readonly refusal?: string;
}

type When = Readonly<Record<string, boolean | readonly string[]>>;

export interface TransitionTable {
  readonly statuses: readonly string[];
  readonly events: Readonly<
    Record<
      string,
      {
        readonly facts: readonly string[];
        readonly classes: readonly { readonly class: string; readonly when: When }[];
      }
    >
  >;
  readonly rows: readonly Row[];
  readonly effective_mode: readonly {
    readonly mailbox: string;
    readonly requested: string | null;
    readonly held: boolean;
    readonly halted: boolean;
    readonly mode: string;
  }[];
  readonly set_mode: readonly {
    readonly mode: string;
    readonly role: string;
    readonly target: string;
    readonly next?: string;
    readonly refusal?: string;
  }[];
}

const answer = ({ refusal, next, commands }: Row): string => {
  if (next === undefined) return `.refused ${dotted(refusal!)}`;
  const moved = `.moved ${dotted(next)} ${listed((commands ?? []).map(dotted))}`;
  return `${moved} ${refusal === undefined ? "none" : `(some ${dotted(refusal)})`}`;
};

const condition = ([name, wanted]: readonly [string, boolean | readonly string[]]): string =>
  typeof wanted === "boolean" ? `.flag ${dotted(name)} ${wanted}` : `${dotted(name)} ${listed(wanted.map(dotted))}`;

/** Rows that stand together in the JSON and speak of one status and event, each with what it answers. */
const blocksOf = (rows: readonly Row[]): readonly (readonly Row[])[] => {
  const blocks: Row[][] = [];
  for (const row of rows) {
    const last = blocks.at(-1);
    if (last !== undefined && last[0]!.status === row.status && last[0]!.event === row.event) last.push(row);
    else blocks.push([row]);
  }
  return blocks;
};

/** Lean tells an event's classes by their places, so an answer goes to the place of the class that its row names. */
const placesOf = (table: TransitionTable, event: string) => {
  const names = (table.events[event]?.classes ?? []).map((one) => one.class);
  return (name: string): number => {
    if (!names.includes(name))
      throw new Error(`spec/transitions.json has a row of ${event} for no class of it: ${name}`);
    return names.indexOf(name);
  };
};

/** The text of `Table.lean`. */
export const tableText = (table: TransitionTable): string => {
  const forms = Object.entries(table.events).map(([event, { facts, classes }]) => {
    const conditions = classes.map(
      ({ class: name, when }) => `    /- ${name} -/ ${listed(Object.entries(when).map(condition))}`,
    );
    return `  ⟨${dotted(event)}, ${listed(facts.map(dotted))}, [\n${conditions.join(",\n")}]⟩`;
  });
  const blocks = blocksOf(table.rows);
  const statuses = [...new Set(table.rows.map(({ status }) => status))];
  const name = (status: string) => camel(`blocks_${status}`);
  const perStatus = statuses.map((status) => {
    const texts = blocks
      .filter(([first]) => first!.status === status)
      .map((rows) => {
        const places = placesOf(table, rows[0]!.event);
        const answers = rows
          .map((row) => ({ row, place: places(row.class) }))
          .sort((a, b) => a.place - b.place)
          .map(({ row }) => `    /- ${row.class} -/ ${answer(row)}`);
        return `  ⟨${dotted(status)}, ${dotted(rows[0]!.event)}, [\n${answers.join(",\n")}]⟩`;
      });
    return `def ${name(status)} : List Block := [\n${texts.join(",\n")}]`;
  });
  const modes = table.effective_mode.map(
    ({ mailbox, requested, held, halted, mode }) =>
      `⟨${dotted(mailbox)}, ${optional(requested, dotted)}, ${held}, ${halted}, ${dotted(mode)}⟩`,
  );
  const setModes = table.set_mode.map(({ mode, role, target, next, refusal }) => {
    const said = refusal === undefined ? `.go ${dotted(next!)}` : `.refuse ${dotted(refusal)}`;
    return `⟨${dotted(mode)}, ${dotted(role)}, ${dotted(target)}, ${said}⟩`;
  });
  return `module

public import Model.TableForm

/-! # The table of \`spec/transitions.json\`

Generated from it by \`proofs/check/table.ts\`; do not edit. ${table.rows.length} rows, in its order; a row's class is the comment
before its answer. -/

@[expose] public noncomputable section

namespace Countersign

def forms : List EventForm := [
${forms.join(",\n")}]

${perStatus.join("\n\n")}

def blocks : List Block :=
${wrapped(statuses.map(name)).replaceAll(",", " ++")}

def effectiveModes : List ModeRow := [
${wrapped(modes)}]

def setModes : List SetModeRow := [
${wrapped(setModes)}]

def table : Table where
  forms := forms
  blocks := blocks
  modes := effectiveModes
  setModes := setModes

end Countersign
`;
};

/** The table's text in a repository, as it should be. */
export const expectedTable = (repository: string): string =>
  tableText(JSON.parse(readFileSync(join(repository, "spec/transitions.json"), "utf8")) as TransitionTable);

/** What is wrong with `Table.lean`, or writes it anew. */
export const checkTable = (repository: string, update: boolean): readonly string[] => {
  const file = join(repository, "proofs/Table.lean");
  const expected = expectedTable(repository);
  if (update) writeFileSync(file, expected);
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return ["Table.lean is missing; `npm run proofs -- --update` writes it"];
  }
  return text === expected
    ? []
    : ["Table.lean is not what spec/transitions.json says; `npm run proofs -- --update` writes it anew"];
};
