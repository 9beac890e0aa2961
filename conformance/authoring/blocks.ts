/**
 * The form of the authors' text files. A line that is not indented begins a block, and the indented lines under it are its own; empty lines,
 * and lines that begin with `//`, are for people. Cells are parted by ` · `.
 *
 *     for status · before · taken           each row of the table fills in the blocks up to `end`
 *       queued · queued · dispatch, cancel
 *       refused · refused · none
 *     # OV-17 · WrongOrder · {before} · {status}: what it does not take is refused
 *       …
 *     end
 */
import { readdirSync, readFileSync } from "node:fs";

export interface Line {
  readonly text: string;
  /** `lifecycle/cancel.txt:7`, and the row of the table where one filled it in. */
  readonly at: string;
}

export interface Block {
  readonly head: Line;
  readonly body: readonly Line[];
}

/** A text file says something that cannot be read. The message names file and line. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
  constructor({ at, text }: Line, why: string) {
    super(`${at}: ${why}: ${text}`);
  }
}

/** What `read` makes of the line; what it throws becomes an `Unreadable` of that line. */
export const reading = <A>(line: Line, read: (text: string) => A): A => {
  try {
    return read(line.text);
  } catch (cause) {
    if (cause instanceof Unreadable) throw cause;
    throw new Unreadable(line, cause instanceof Error ? cause.message : String(cause));
  }
};

export const cells = (text: string): readonly string[] => text.split(" · ").map((cell) => cell.trim());

const rawBlocks = (text: string, name: string): readonly Block[] => {
  const blocks: { readonly head: Line; readonly body: Line[] }[] = [];
  for (const [i, raw] of text.split("\n").entries()) {
    const line = { text: raw.trim(), at: `${name}:${i + 1}` };
    if (line.text === "" || line.text.startsWith("//")) continue;
    const own = blocks.at(-1);
    if (!/^\s/.test(raw)) blocks.push({ head: line, body: [] });
    else if (own === undefined) throw new Unreadable(line, "an indented line stands under no head");
    else own.body.push(line);
  }
  return blocks;
};

/** The blocks that one row of a table makes of those between `for` and `end`. */
const filled = (templates: readonly Block[], names: readonly string[], row: Line): readonly Block[] => {
  const values = cells(row.text);
  if (values.length !== names.length)
    throw new Unreadable(row, `a row has ${names.length} cells, not ${values.length}`);
  const fill = ({ text, at }: Line): Line => ({
    at: `${at} (row ${row.at.slice(row.at.lastIndexOf(":") + 1)})`,
    text: text.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      if (!names.includes(name)) throw new Unreadable({ text, at }, `the table has no column ${name}`);
      return values[names.indexOf(name)]!;
    }),
  });
  return templates.map(({ head, body }) => ({ head: fill(head), body: body.map(fill) }));
};

/** The blocks of a text, tables filled in. `name` is what errors call it. */
export const blocksIn = (text: string, name: string): readonly Block[] => {
  const blocks: Block[] = [];
  let table: { readonly block: Block; readonly templates: Block[] } | null = null;
  for (const block of rawBlocks(text, name)) {
    const { head, body } = block;
    if (head.text.startsWith("for ")) {
      if (table !== null) throw new Unreadable(head, "a table within a table");
      table = { block, templates: [] };
    } else if (head.text === "end") {
      if (table === null || body.length > 0) throw new Unreadable(head, "`end` ends a table and has nothing under it");
      const names = cells(table.block.head.text.slice("for ".length));
      for (const row of table.block.body) blocks.push(...filled(table.templates, names, row));
      table = null;
    } else (table?.templates ?? blocks).push(block);
  }
  if (table !== null) throw new Unreadable(table.block.head, "this table has no `end`");
  return blocks;
};

/** The `.txt` files of a folder below `authoring/`, in the order of their names: what errors call them, and their text. */
export const textsIn = (folder: string): readonly (readonly [name: string, text: string])[] =>
  readdirSync(new URL(`${folder}/`, import.meta.url))
    .filter((name) => name.endsWith(".txt"))
    .sort()
    .map((name) => [`${folder}/${name}`, readFileSync(new URL(`${folder}/${name}`, import.meta.url), "utf8")]);
