/**
 * Wire words as the Lean model writes them: the same words in camel case.
 */

export const camel = (word: string): string =>
  word.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** A constructor whose type Lean knows from the place: `.gatedSend`. */
export const dotted = (word: string): string => `.${camel(word)}`;

export const listed = (items: readonly string[]): string => `[${items.join(", ")}]`;

/** `none`, or `some` of what `write` makes of it. */
export const optional = <A>(value: A | null, write: (value: A) => string): string =>
  value === null ? "none" : `some ${write(value)}`;

/** Puts items on lines of at most `width` characters, indented. */
export const wrapped = (items: readonly string[], indent = "  ", width = 110): string => {
  const lines: string[] = [];
  let line = indent;
  for (const [i, item] of items.entries()) {
    const piece = i === items.length - 1 ? item : `${item},`;
    if (line.length > indent.length && line.length + piece.length + 1 > width) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${piece} `;
  }
  lines.push(line.trimEnd());
  return lines.join("\n");
};
