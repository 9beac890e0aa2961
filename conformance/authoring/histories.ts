/**
 * Histories in text files, one vector a block:
 *
 *     before waiting · gated_send               a beginning: a name, and what it begins with itself
 *       1000 ada submit D1
 *
 *     # OV-22 · ContentSwap · waiting · an approve of the content before the edit
 *       1005 ada revise D1 D2                   taken as given
 *       1010 ben approve D1 => !stale_digest    decided, and what must come of it
 *
 * A heading has the clauses, what a failure means (`notes.ts`), what is there before, and the vector's name. What is there before is `nothing`,
 * a mode with the options of its mailbox (`gated_send quorum=2`), or a beginning of that file or of `beginnings.txt`.
 *
 *     list decisions
 *       ben approve D1
 *       ben reject D1
 *     # …
 *       1100 [decisions but reject] => !wrong_status
 *
 * stands for a line for each of the list whose event (`reject`), or whose actor and event (`bob cancel`), is not left out.
 */
import { readFileSync } from "node:fs";
import { blocksIn, cells, reading, textsIn, Unreadable, type Block, type Line } from "./blocks.ts";
import type { Draft } from "./draft.ts";
import { eventIn } from "./event.ts";

type Beginnings = ReadonlyMap<string, readonly string[]>;

const modes = ["read_only", "gated_all", "gated_send", "monitored", "autonomous"];

/** A tenant and one mailbox; options as in a line: `quorum=2 window=100 age=50`. */
const mailbox = (words: string): readonly string[] => ["900 oda create_tenant", `900 oda create_mailbox ${words}`];

/** The events that lead to what a heading calls what is there before. Throws a `TypeError` where nothing is called so. */
export const begun = (words: string, known: Beginnings): readonly string[] => {
  if (modes.includes(words.split(" ")[0]!)) return mailbox(words);
  const events = words === "nothing" ? [] : known.get(words);
  if (events === undefined) throw new TypeError(`nothing begins with ${words || "an empty cell"}`);
  return events;
};

/** These beginnings with the one that a block `before …` adds. */
const withBeginning = (known: Beginnings, { head, body }: Block): Beginnings => {
  if (!head.text.startsWith("before ")) throw new Unreadable(head, "a beginning is a block `before`");
  const [name, from, ...rest] = cells(head.text.slice("before ".length));
  if (!/^\w+$/.test(name!) || from === undefined || rest.length > 0)
    throw new Unreadable(head, "a beginning has a name and what it begins with");
  if (known.has(name!)) throw new Unreadable(head, `there is a beginning ${name!} already`);
  for (const line of body) reading(line, eventIn);
  return new Map([...known, [name!, [...reading(head, () => begun(from, known)), ...body.map(({ text }) => text)]]]);
};

/** A heading's four cells: `# OV-16 OV-55 · StuckMessage · waiting · a cancel while it waits`. */
export const headingIn = (head: Line) => {
  const [clauses = "", flags = "", before, comment, ...rest] = cells(head.text.slice("# ".length));
  const requirements = clauses.split(" ");
  if (before === undefined || comment === undefined || rest.length > 0)
    throw new Unreadable(head, "a heading has clauses, flags, what is there before, and a name");
  if (!requirements.every((one) => /^OV-\d+$/.test(one))) throw new Unreadable(head, "clauses are written OV-12 OV-13");
  return { requirements, flags: flags.split(" "), before, comment };
};

/** The lines that `[list but …]` in a line stands for. */
const spread = (line: Line, lists: ReadonlyMap<string, readonly Line[]>): readonly Line[] => {
  const match = /\[(\w+)(?: but ([^\]]+))?\]/.exec(line.text);
  if (match === null) return [line];
  const [all, name, without = ""] = match;
  const list = lists.get(name!);
  if (list === undefined) throw new Unreadable(line, `there is no list ${name!}`);
  const left = without.split(/, ?/);
  return list
    .filter(({ text }) => {
      const [who, type] = text.split(" ");
      return !left.includes(type!) && !left.includes(`${who!} ${type!}`);
    })
    .map(({ text }) => ({ at: line.at, text: line.text.replace(all, text) }));
};

/** `1010 ben approve D1 => queued`: the event, and the status or mode it leads to, `ok` for what has neither, or `!` and the refusal. */
const decidedIn = (text: string) => {
  const [event, said, ...rest] = text.split(" => ");
  if (said === undefined || rest.length > 0)
    throw new TypeError("what follows a decided event is decided too, by one =>");
  return { event: eventIn(event!), said };
};

const vector = ({ head, body }: Block, beginnings: Beginnings, lists: ReadonlyMap<string, readonly Line[]>): Draft => {
  const { requirements, flags, before, comment } = headingIn(head);
  const lines = body.flatMap((line) => spread(line, lists));
  const first = lines.findIndex(({ text }) => text.includes(" => "));
  if (first < 0) throw new Unreadable(head, "nothing is decided in this history");
  const start = reading(head, () => begun(before, beginnings)).map(eventIn);
  const given = lines.slice(0, first).map((line) => reading(line, eventIn));
  const decided = lines.slice(first).map((line) => reading(line, decidedIn));
  const steps = decided.map(({ said }) => said);
  return {
    comment,
    requirements,
    flags,
    op: "run",
    given: { before: [...start, ...given] },
    input: { events: decided.map(({ event }) => event) },
    result: steps.at(-1)!.startsWith("!") ? "invalid" : "valid",
    says: { kind: "history", steps },
  };
};

/** The vectors of one text. Throws `Unreadable` for what is no block of a history. */
export const historiesIn = (text: string, name: string, shared: Beginnings = new Map()): readonly Draft[] => {
  let beginnings = shared;
  const lists = new Map<string, readonly Line[]>();
  const drafts: Draft[] = [];
  for (const block of blocksIn(text, name)) {
    const { head, body } = block;
    if (head.text.startsWith("before ")) beginnings = withBeginning(beginnings, block);
    else if (head.text.startsWith("list ")) lists.set(head.text.slice("list ".length), body);
    else if (head.text.startsWith("# ")) drafts.push(vector(block, beginnings, lists));
    else throw new Unreadable(head, "a block begins with before, list, for or #");
  }
  return drafts;
};

/** The beginnings of a file below `authoring/` that holds nothing else. */
export const beginningsIn = (name: string): Beginnings =>
  blocksIn(readFileSync(new URL(name, import.meta.url), "utf8"), name).reduce<Beginnings>(withBeginning, new Map());

/** The vectors of all files of a folder below `authoring/`. */
export const histories = (folder: string): readonly Draft[] => {
  const shared = beginningsIn("beginnings.txt");
  return textsIn(folder).flatMap(([name, text]) => historiesIn(text, name, shared));
};
