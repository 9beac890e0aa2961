/**
 * The list of failures that an implementer knows of, next to the client: one line each, an exact id, two blanks or more are not
 * needed, a `#`, and why. A listed failure still means that the client does not conform; an entry that passes is stale.
 */

/** Thrown for a list that cannot be used. */
export class UnusableList extends Error {}

/** Reads a list. Throws {@link UnusableList} for an id that is no vector, an entry without a reason, or one given twice. */
export const readList = (text: string, known: ReadonlySet<string>): ReadonlyMap<string, string> => {
  const listed = new Map<string, string>();
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#.*)?$/.test(line)) continue;
    const match = /^\s*(\S+)\s+#\s*(\S.*?)\s*$/.exec(line);
    if (match === null) throw new UnusableList(`line ${at + 1} is not: <vector id>  # <reason>`);
    const [, id, reason] = match as unknown as [string, string, string];
    if (!known.has(id)) throw new UnusableList(`line ${at + 1}: there is no vector ${id}`);
    if (listed.has(id)) throw new UnusableList(`line ${at + 1}: ${id} is listed before`);
    listed.set(id, reason);
  }
  return listed;
};
