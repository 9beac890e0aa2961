/**
 * Lean's text as tokens, as far as a check of the source needs them: what is a comment, what is text, what is a word.
 *
 * - Comments nest (`/- /- -/ -/`) and a dash pair ends with its line; a docstring is told apart from other comments.
 * - A word is one part of a name: `Lean.Elab` is `Lean`, `.`, `Elab`, so that a forbidden part is seen wherever it stands.
 *
 * **Gotchas**: where this reader could be led to take code for text, it must not be polite. An interpolated string (which has
 * code in it) and a name in «…» come back as `odd`, which no file may contain; so does text that does not end.
 */

export type Kind = "word" | "number" | "symbol" | "text" | "doc" | "comment" | "odd";

export interface Token {
  readonly kind: Kind;
  readonly text: string;
  /** Offset of its first character. */
  readonly at: number;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

const wordStart = /[\p{L}_]/u;
const wordPart = /[\p{L}\p{N}_'!?₀-₉ₐ-ₜᵢ-ᵪ]/u;
/** Letters that are notation and no part of a name. */
const notLetters = new Set(["λ", "Π", "Σ"]);
const symbols = [":=", "=>", "->", "<-", "::", "..", "←", "→", "@["];

/** Where a block comment that starts at `from` ends; the length of the text when it does not. */
const endOfComment = (source: string, from: number): number => {
  let depth = 0;
  for (let at = from; at < source.length;) {
    if (source.startsWith("/-", at)) {
      depth += 1;
      at += 2;
    } else if (source.startsWith("-/", at)) {
      depth -= 1;
      at += 2;
      if (depth === 0) return at;
    } else at += 1;
  }
  return -1;
};

/** Where the string that starts at `from` with a quote ends, or -1. */
const endOfString = (source: string, from: number): number => {
  for (let at = from + 1; at < source.length; at += 1) {
    if (source[at] === "\\") at += 1;
    else if (source[at] === '"') return at + 1;
  }
  return -1;
};

const endOfWord = (source: string, from: number): number => {
  let at = from;
  for (const letter of source.slice(from)) {
    if (!wordPart.test(letter) || notLetters.has(letter)) break;
    at += letter.length;
  }
  return at;
};

const rawString = /r(#*)"/y;
const interpolated = /[a-zA-Z]+!"/y;
const character = /'(?:\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)|[^\\'\n])'/uy;
const numeral = /\d[\w.]*/y;

const matched = (pattern: RegExp, source: string, at: number): string | undefined => {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
};

/** What stands at `at`: its kind and where it ends. */
const read = (source: string, at: number): readonly [Kind, number] => {
  const rest = source.length;
  const block = source.startsWith("/-", at);
  if (block) {
    const end = endOfComment(source, at);
    const doc = source.startsWith("/--", at) && !source.startsWith("/--/", at);
    return end < 0 ? ["odd", rest] : [doc ? "doc" : "comment", end];
  }
  if (source.startsWith("--", at)) {
    const end = source.indexOf("\n", at);
    return ["comment", end < 0 ? rest : end];
  }
  const letter = String.fromCodePoint(source.codePointAt(at)!);
  if (letter === '"') {
    const end = endOfString(source, at);
    return end < 0 ? ["odd", rest] : ["text", end];
  }
  const raw = matched(rawString, source, at);
  if (raw !== undefined) {
    const close = `"${"#".repeat(raw.length - 2)}`;
    const end = source.indexOf(close, at + raw.length);
    return end < 0 ? ["odd", rest] : ["text", end + close.length];
  }
  if (letter === "«" || letter === "»") return ["odd", at + 1];
  const mixed = matched(interpolated, source, at);
  if (mixed !== undefined) return ["odd", at + mixed.length];
  if (wordStart.test(letter) && !notLetters.has(letter)) return ["word", endOfWord(source, at)];
  const digits = matched(numeral, source, at);
  if (digits !== undefined) return ["number", at + digits.length];
  const quoted = matched(character, source, at);
  if (quoted !== undefined) return ["text", at + quoted.length];
  const symbol = symbols.find((one) => source.startsWith(one, at)) ?? letter;
  return ["symbol", at + symbol.length];
};

/** All tokens of a text, comments among them, blanks left out. */
export const tokensOf = (source: string): readonly Token[] => {
  const tokens: Token[] = [];
  let line = 1;
  let lineStart = 0;
  for (let at = 0; at < source.length;) {
    const char = source[at]!;
    if (char === "\n") {
      line += 1;
      lineStart = at + 1;
      at += 1;
      continue;
    }
    if (/\s/.test(char)) {
      at += 1;
      continue;
    }
    const [kind, end] = read(source, at);
    const text = source.slice(at, end);
    tokens.push({ kind, text, at, line, column: at - lineStart + 1 });
    for (let i = 0; i < text.length; i += 1) {
      if (text[i] !== "\n") continue;
      line += 1;
      lineStart = at + i + 1;
    }
    at = end;
  }
  return tokens;
};

/** Without comments and docstrings: what Lean acts on. */
export const codeOf = (tokens: readonly Token[]): readonly Token[] =>
  tokens.filter(({ kind }) => kind !== "comment" && kind !== "doc");
