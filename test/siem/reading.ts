/** A strict reader of CEF:0, written from the format's description and from nothing in `src/`. */

export interface CefRecord {
  readonly header: readonly string[];
  readonly extension: ReadonlyMap<string, string>;
}

/** Reads one record; throws at the first thing that CEF does not allow. */
export const readCef = (record: string): CefRecord => {
  if (/[\r\n\u0085\u2028\u2029]/.test(record)) throw new Error("a record is one line");
  const header: string[] = [];
  let field = "";
  let at = 0;
  while (header.length < 7) {
    const char = record[at++];
    if (char === undefined) throw new Error("the header has seven fields");
    if (char === "\\") {
      const escaped = record[at++];
      if (escaped !== "\\" && escaped !== "|") throw new Error(`the header escapes ${escaped}`);
      field += escaped;
    } else if (char === "|") {
      header.push(field);
      field = "";
    } else field += char;
  }
  if (header[0] !== "CEF:0") throw new Error("no CEF:0");
  if (!/^(\d|10)$/.test(header[6]!)) throw new Error("severity is 0 to 10");
  const extension = new Map<string, string>();
  // Where a key begins: at the start or after one blank; its `=` is the first that no `\` stands before.
  const starts = [...record.slice(at).matchAll(/(?:^| )([A-Za-z][A-Za-z0-9_]*)=/g)];
  const text = record.slice(at);
  if (starts.length === 0 || starts[0]!.index !== 0) throw new Error("the extension begins with a key");
  for (const [i, start] of starts.entries()) {
    const raw = text.slice(start.index + start[0].length, starts[i + 1]?.index);
    let value = "";
    for (let j = 0; j < raw.length; j++) {
      if (raw[j] === "=") throw new Error("a bare = in a value");
      if (raw[j] !== "\\") {
        value += raw[j];
        continue;
      }
      const escaped = raw[++j];
      if (escaped === "n") value += "\n";
      else if (escaped === "r") value += "\r";
      else if (escaped === "\\" || escaped === "=") value += escaped;
      else throw new Error(`the extension escapes ${escaped}`);
    }
    if (extension.has(start[1]!)) throw new Error(`${start[1]} twice`);
    extension.set(start[1]!, value);
  }
  return { header, extension };
};
