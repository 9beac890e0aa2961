/**
 * `spec/transitions.json`, and the effective mode: all that the table client takes from the specification.
 */
import { readFileSync } from "node:fs";
import type { Facts, Mode, Row } from "./hooks.ts";

interface Table {
  readonly modes: readonly Mode[];
  readonly events: Readonly<
    Record<
      string,
      {
        readonly classes: readonly {
          readonly class: string;
          readonly when: Facts | Readonly<Record<string, readonly string[]>>;
        }[];
      }
    >
  >;
  readonly rows: readonly Row[];
  readonly set_mode: readonly {
    readonly mode: Mode;
    readonly role: string;
    readonly target: Mode;
    readonly next?: Mode;
    readonly refusal?: string;
  }[];
}

export const table = JSON.parse(
  readFileSync(new URL("../../../spec/transitions.json", import.meta.url), "utf8"),
) as Table;
const rows = new Map(table.rows.map((row) => [`${row.status} ${row.event} ${row.class}`, row]));
/** The row of `status event class`. */
export const rowFor = (key: string): Row => rows.get(key)!;
/** 0 for the strictest mode, and for what is no mode. */
export const rank = (mode: unknown): number => Math.max(0, table.modes.indexOf(mode as Mode));
/** The strictest of these; what is no mode counts as the strictest there is. */
export const strictest = (...modes: readonly unknown[]): Mode => table.modes[Math.min(...modes.map(rank))]!;

/** `requested` null: nothing was asked for. */
export const effectiveMode = (mailbox: unknown, requested: unknown, held: boolean, halted: boolean): Mode =>
  strictest(
    mailbox,
    requested === null ? "autonomous" : requested,
    held ? "gated_send" : "autonomous",
    halted ? "read_only" : "autonomous",
  );

/** The first class of the event that fits the facts. */
export const classOf = (type: string, facts: Facts): string =>
  table.events[type]!.classes.find(({ when }) =>
    Object.entries(when).every(([name, wanted]) =>
      Array.isArray(wanted) ? wanted.includes(facts[name] as string) : facts[name] === wanted,
    ),
  )!.class;
