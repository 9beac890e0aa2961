/**
 * A Lean file as a list of commands: each starts at the beginning of a line and goes on to the next that does.
 *
 * Attributes and docstrings belong to the command that follows. Lint sees to it that theorems do start a line.
 */
import type { Source } from "./sources.ts";
import type { Token } from "./tokens.ts";

export interface Command {
  /** The word that makes it what it is: `theorem`, `def`, `structure`, `namespace` … */
  readonly keyword: string;
  /** What stands between the quotes of its docstring, blanks joined; `""` when it has none. */
  readonly doc: string;
  readonly modifiers: readonly string[];
  /** Without comments, from the keyword on. */
  readonly tokens: readonly Token[];
  readonly line: number;
}

const modifierWords = new Set(["private", "protected", "public", "noncomputable", "local", "scoped"]);

/** Drops `@[…]` and modifiers from the front. */
const bare = (tokens: readonly Token[]): { readonly modifiers: string[]; readonly rest: readonly Token[] } => {
  const modifiers: string[] = [];
  let at = 0;
  for (;;) {
    const text = tokens[at]?.text;
    if (text === "@[") {
      let depth = 0;
      do {
        const one = tokens[at]?.text ?? "";
        if (one === "@[" || one === "[") depth += 1;
        if (one === "]") depth -= 1;
        at += 1;
      } while (depth > 0 && at < tokens.length);
    } else if (text !== undefined && modifierWords.has(text)) {
      modifiers.push(text);
      at += 1;
    } else return { modifiers, rest: tokens.slice(at) };
  }
};

const docText = (text: string): string => text.replace(/^\/--/, "").replace(/-\/$/, "").replace(/\s+/g, " ").trim();

export const commandsOf = (source: Source): readonly Command[] => {
  const commands: Command[] = [];
  let tokens: Token[] = [];
  let doc = "";
  let pendingDoc = "";
  const close = () => {
    const { modifiers, rest } = bare(tokens);
    const [first] = rest;
    // An attribute on a line of its own waits for what it belongs to.
    if (first === undefined) return;
    commands.push({ keyword: first.text, doc, modifiers, tokens: rest, line: first.line });
    tokens = [];
    doc = "";
  };
  for (const token of source.tokens) {
    if (token.kind === "comment") continue;
    if (token.column === 1) close();
    if (token.kind === "doc") {
      // Docstrings inside a command, of fields and constructors, are not its own.
      if (token.column === 1) pendingDoc = docText(token.text);
      continue;
    }
    if (tokens.length === 0) {
      doc = pendingDoc;
      pendingDoc = "";
    }
    tokens.push(token);
  }
  close();
  return commands;
};

/** A theorem's name as written, its statement, and the namespace it is in. */
export interface TheoremText {
  readonly name: string;
  readonly namespace: string;
  /** What is claimed, one blank between tokens and no comment. */
  readonly statement: string;
  /** From `theorem` to the end of the claim, as it stands in the file. */
  readonly written: string;
  readonly doc: string;
  readonly modifiers: readonly string[];
  readonly line: number;
}

const opening = new Set(["(", "[", "{", "⟨"]);
const closing = new Set([")", "]", "}", "⟩"]);

/** The name that stands after the keyword, with its dots. */
const nameOf = (tokens: readonly Token[]): readonly [string, number] => {
  let name = "";
  let at = 1;
  let end = tokens[1]?.at ?? -1;
  for (; tokens[at] !== undefined && tokens[at]!.at === end; at += 1) {
    const { kind, text } = tokens[at]!;
    if (kind !== "word" && text !== "." && kind !== "number") break;
    name += text;
    end += text.length;
  }
  return [name, at];
};

/** What is claimed: everything after the name and before the proof. */
const claimOf = (tokens: readonly Token[], from: number): readonly Token[] => {
  let depth = 0;
  const end = tokens.findIndex((token, place) => {
    if (place < from) return false;
    if (opening.has(token.text)) depth += 1;
    if (closing.has(token.text)) depth -= 1;
    return depth === 0 && (token.text === ":=" || token.text === "where");
  });
  return tokens.slice(from, end < 0 ? undefined : end);
};

/** The namespace at each command, from `namespace` and `end`. */
export const theoremsOf = (source: Source): readonly TheoremText[] => {
  const spaces: { readonly name: string; readonly real: boolean }[] = [];
  const theorems: TheoremText[] = [];
  for (const { keyword, tokens, doc, modifiers, line } of commandsOf(source)) {
    if (keyword === "namespace") spaces.push({ name: nameOf(tokens)[0], real: true });
    else if (keyword === "section") spaces.push({ name: nameOf(tokens)[0], real: false });
    else if (keyword === "end") {
      const wanted = nameOf(tokens)[0];
      while (spaces.length > 0 && spaces.pop()!.name !== wanted);
    } else if (keyword === "theorem") {
      const [name, at] = nameOf(tokens);
      const namespace = spaces
        .filter((space) => space.real)
        .map((space) => space.name)
        .join(".");
      const claim = claimOf(tokens, at);
      const last = claim.at(-1) ?? tokens[at - 1]!;
      theorems.push({
        name,
        namespace,
        statement: claim.map(({ text }) => text).join(" "),
        written: source.text.slice(tokens[0]!.at, last.at + last.text.length),
        doc,
        modifiers,
        line,
      });
    }
  }
  return theorems;
};

/** Everything that is no theorem, imports and the file's frame left out: what the words of statements mean. */
export const definitionsOf = (source: Source): readonly string[] =>
  commandsOf(source)
    .filter(({ keyword }) => !["theorem", "module", "import", "end", "namespace", "section"].includes(keyword))
    .map(({ modifiers, tokens }) => [...modifiers, ...tokens.map(({ text }) => text)].join(" "));
