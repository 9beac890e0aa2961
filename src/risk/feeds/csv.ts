/**
 * Rows of a CSV document (RFC 4180): quoted fields may hold commas, quotes and line ends. Pure.
 *
 * **Gotchas**
 * - A line that begins with `#` outside quotes is a comment, as abuse.ch writes them; it goes into `comments`.
 * - A quote that is never closed means that the end is missing: `isWhole` is false.
 */

/** What is known of the document so far: filled while its rows are read. */
export interface CsvSoFar {
  readonly comments: string[];
  isWhole: boolean;
}

/** Its rows, one by one; blank lines are none. */
export function* readCsv(text: string, soFar: CsvSoFar): Generator<readonly string[]> {
  let at = 0;
  while (at < text.length) {
    if (text[at] === "#") {
      const end = endOfLine(text, at);
      soFar.comments.push(text.slice(at + 1, end).trim());
      at = end + 1;
      continue;
    }
    const row: string[] = [];
    for (;;) {
      if (text[at] === '"') {
        let value = "";
        for (at++; ;) {
          const quote = text.indexOf('"', at);
          if (quote === -1) {
            soFar.isWhole = false;
            return;
          }
          value += text.slice(at, quote);
          at = quote + 1;
          if (text[at] !== '"') break;
          value += '"';
          at++;
        }
        row.push(value);
        // What stands between the closing quote and the comma is no part of the value.
        while (at < text.length && text[at] !== "," && text[at] !== "\n") at++;
      } else {
        let end = at;
        while (end < text.length && text[end] !== "," && text[end] !== "\n") end++;
        row.push(text.slice(at, end).trim());
        at = end;
      }
      if (text[at] !== ",") break;
      at++;
    }
    at++;
    if (row.length > 1 || row[0] !== "") yield row;
  }
}

const endOfLine = (text: string, from: number): number => {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
};
