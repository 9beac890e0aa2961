/**
 * What the machines' transitions and the table's rows say of the clauses: a transition names its clauses in `meta.spec`, and a row
 * belongs to the clauses of the transition that answers for it. Rows of `set_mode` belong to those of `ModeMachine`, rows of
 * `effective_mode` to those that the function of that name cites.
 */
import type { MachineEvent } from "../../src/machine/OversightMachine.ts";
import { OversightMachine } from "../../src/machine/OversightMachine.ts";
import { ModeMachine } from "../../src/machine/ModeMachine.ts";
import { classify, eventTypes, rowKey, table, vectorsOf } from "../../test/machine/table.ts";
import { collected, type Place, type Places } from "./clauses.ts";

interface Definition {
  readonly meta?: { readonly spec?: readonly string[] };
}

const clausesIn = (definition: unknown): readonly string[] => (definition as Definition | undefined)?.meta?.spec ?? [];

export const files = {
  lifecycle: "src/machine/OversightMachine.ts",
  mode: "src/machine/ModeMachine.ts",
  facts: "src/machine/facts.ts",
  table: "spec/transitions.json",
} as const;

/** The state of a machine that stands for the machine itself: what no state takes. */
export const anyState = "any";

const transitionsIn = (file: string, place: string, on: object): readonly (readonly [string, Place])[] =>
  Object.entries(on as Record<string, readonly Definition[]>).flatMap(([event, list]) =>
    list.flatMap((definition) =>
      clausesIn(definition).map((clause) => [clause, { file, name: `${place} · ${event}` }] as const),
    ),
  );

/** The machines' transitions by the clauses they carry; each named by its state and event. */
export const transitionsOf = (): Places =>
  collected([
    ...transitionsIn(files.lifecycle, anyState, OversightMachine.root.on),
    ...Object.entries(OversightMachine.states).flatMap(([status, { on }]) =>
      transitionsIn(files.lifecycle, status, on),
    ),
    ...Object.entries(ModeMachine.states).flatMap(([mode, { on }]) => transitionsIn(files.mode, mode, on)),
  ]);

type SetModeRow = (typeof table.set_mode)[number];
type EffectiveModeRow = (typeof table.effective_mode)[number];

const setModeKey = ({ mode, role, target }: SetModeRow): string => `set_mode ${mode} ${role} ${target}`;
const effectiveModeKey = ({ mailbox, requested, held, halted }: EffectiveModeRow): string =>
  `effective_mode ${mailbox} ${requested ?? "none"}${held ? " held" : ""}${halted ? " halted" : ""}`;

/** The clauses of each row of the life of a message; several classes may share one transition. */
const lifecycleRows = function* (): Generator<readonly [clause: string, key: string]> {
  const rest = (name: string) => (name === "role" ? "system" : name === "outcome" ? "none" : false);
  for (const event of eventTypes) {
    for (const facts of vectorsOf(event, rest)) {
      const name = classify(event, facts);
      for (const status of table.statuses) {
        const snapshot = OversightMachine.resolveState({ value: status });
        const chosen = OversightMachine.getTransitionData(snapshot, { type: event, facts } as MachineEvent);
        for (const clause of clausesIn(chosen?.[0])) yield [clause, rowKey(status, event, name)];
      }
    }
  }
};

const setModeRows = function* (): Generator<readonly [clause: string, key: string]> {
  for (const row of table.set_mode) {
    const snapshot = ModeMachine.resolveState({ value: row.mode });
    const chosen = ModeMachine.getTransitionData(snapshot, { type: "set_mode", role: row.role, mode: row.target });
    for (const clause of clausesIn(chosen?.[0])) yield [clause, setModeKey(row)];
  }
};

/** Each row by its key, with its line in the JSON file: there every row has a line of its own. */
export const rowLines = (text: string): ReadonlyMap<string, number> => {
  const found = new Map<string, number>();
  for (const [i, line] of text.split("\n").entries()) {
    if (!/^ {4}\{.*\},?$/.test(line)) continue;
    const row = JSON.parse(line.replace(/,$/, "")) as Record<string, string>;
    const key =
      "status" in row
        ? rowKey(row.status!, row.event!, row.class!)
        : "target" in row
          ? setModeKey(row as unknown as SetModeRow)
          : effectiveModeKey(row as unknown as EffectiveModeRow);
    found.set(key, i + 1);
  }
  return found;
};

/** The table's rows by the clauses they belong to, in the table's order. @param code what cites clauses in the sources */
export const rowsOf = (code: Places): ReadonlyMap<string, readonly string[]> => {
  const rows = new Map<string, Set<string>>();
  const put = (clause: string, key: string) => rows.set(clause, (rows.get(clause) ?? new Set()).add(key));
  for (const [clause, key] of [...lifecycleRows(), ...setModeRows()]) put(clause, key);
  for (const [clause, places] of code) {
    if (!places.some(({ file, name }) => file === files.facts && name === "effectiveMode")) continue;
    for (const row of table.effective_mode) put(clause, effectiveModeKey(row));
  }
  const keys = [
    ...table.rows.map((row) => rowKey(row.status, row.event, row.class)),
    ...table.set_mode.map(setModeKey),
    ...table.effective_mode.map(effectiveModeKey),
  ];
  const order = new Map(keys.map((key, i) => [key, i]));
  return new Map(
    [...rows].map(([clause, own]) => [clause, [...own].sort((a, b) => order.get(a)! - order.get(b)!)] as const),
  );
};

const lineOf = (lines: readonly string[], wanted: RegExp, from = 0): number => {
  const found = lines.findIndex((line, i) => i >= from && wanted.test(line));
  if (found < 0) throw new Error(`no line like ${wanted.source} from line ${from + 1} on`);
  return found;
};

/**
 * The line of a machine's source where the transitions of a state and event are: their own list, or the list shared by several
 * states that stands at the head of the file.
 */
export const transitionLine = (text: string, name: string): number => {
  const lines = text.split("\n");
  const [state, event] = name.split(" · ") as [string, string];
  // All modes are left in the same way.
  if (event === "set_mode") return lineOf(lines, /^ +set_mode: \[/) + 1;
  const opened = state === anyState ? lineOf(lines, /^ {2}on: \{/) : lineOf(lines, new RegExp(`^ {4}${state}: \\{`));
  const at = lineOf(lines, new RegExp(`^ +${event}[:,]`), opened);
  const shared = /^ +(\w+),$|^ +\w+: (\w+),$/.exec(lines[at]!);
  const list = shared?.[1] ?? shared?.[2];
  return (list === undefined ? at : lineOf(lines, new RegExp(`^const ${list} =`))) + 1;
};
