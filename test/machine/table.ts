/**
 * `spec/transitions.json` as a value, and the only reader of its `when` clauses. Shared by the tests of this folder.
 */
import { readFileSync } from "node:fs";
import type { Facts } from "../../src/machine/facts.ts";
import type { Role } from "../../src/model/Actor.ts";
import type { Command } from "../../src/model/Command.ts";
import type { MessageEventType } from "../../src/model/Event.ts";
import type { Mode } from "../../src/model/Mode.ts";
import type { Refusal } from "../../src/model/Refusal.ts";
import type { Status } from "../../src/model/State.ts";

export type FactName = keyof Facts;
type FactValue = string | boolean;

export interface EventClass {
  readonly class: string;
  readonly when: Readonly<Partial<Record<FactName, boolean | readonly string[]>>>;
}

export interface Row {
  readonly status: Status;
  readonly event: MessageEventType;
  readonly class: string;
  readonly next?: Status;
  readonly commands?: readonly Command[];
  readonly refusal?: Refusal;
}

export interface Table {
  readonly spec: string;
  readonly modes: readonly Mode[];
  readonly roles: readonly Role[];
  readonly statuses: readonly Status[];
  readonly commands: readonly Command[];
  readonly refusals: readonly Refusal[];
  readonly facts: Readonly<Record<FactName, { readonly values: readonly FactValue[]; readonly meaning: string }>>;
  readonly events: Readonly<
    Record<MessageEventType, { readonly facts: readonly FactName[]; readonly classes: readonly EventClass[] }>
  >;
  readonly rows: readonly Row[];
  readonly effective_mode: readonly {
    readonly mailbox: Mode;
    readonly requested: Mode | null;
    readonly held: boolean;
    readonly halted: boolean;
    readonly mode: Mode;
  }[];
  readonly set_mode: readonly {
    readonly mode: Mode;
    readonly role: Role;
    readonly target: Mode;
    readonly next?: Mode;
    readonly refusal?: Refusal;
  }[];
}

export const specFolder = new URL("../../spec/", import.meta.url);

export const table: Table = JSON.parse(readFileSync(new URL("transitions.json", specFolder), "utf8"));

/** The text of one document of the specification. */
export const document = (name: string): string => readFileSync(new URL(name, specFolder), "utf8");

export const eventTypes = Object.keys(table.events) as readonly MessageEventType[];
export const factNames = Object.keys(table.facts) as readonly FactName[];

/** The class of an event under these facts: the first whose `when` holds. */
export const classify = (event: MessageEventType, facts: Facts): string => {
  const found = table.events[event].classes.find(({ when }) =>
    Object.entries(when).every(([name, wanted]) => {
      const value = facts[name as FactName];
      return typeof wanted === "boolean" ? value === wanted : wanted.includes(String(value));
    }),
  );
  if (found === undefined) throw new Error(`no class of ${event} fits ${JSON.stringify(facts)}`);
  return found.class;
};

export const rowKey = (status: string, event: string, name: string): string => `${status} ${event} ${name}`;

/** Rows by status, event and class. */
export const rows: ReadonlyMap<string, Row> = new Map(
  table.rows.map((row) => [rowKey(row.status, row.event, row.class), row]),
);

/** Every assignment of values to the facts an event's classes name; whatever else there is comes from `rest`. */
export function* vectorsOf(event: MessageEventType, rest: (name: FactName) => FactValue): Generator<Facts> {
  const named = table.events[event].facts;
  const vector: Record<string, FactValue> = {};
  const assign = function* (index: number): Generator<Facts> {
    const name = named[index];
    if (name === undefined) {
      for (const other of factNames) if (!named.includes(other)) vector[other] = rest(other);
      yield { ...vector } as unknown as Facts;
      return;
    }
    for (const value of table.facts[name].values) {
      vector[name] = value;
      yield* assign(index + 1);
    }
  };
  yield* assign(0);
}
