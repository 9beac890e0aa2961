/**
 * Whether a text is JSON that every reader understands alike: no member named twice in one object, no nesting without end. RFC 8259 leaves
 * both to the reader, and a reader that takes the first of two members sees another log than one that takes the last.
 *
 * **Gotchas**: it looks only for what `JSON.parse` lets pass; call it on a text that `JSON.parse` has taken.
 */

/** Deepest nesting. An entry has 5 levels. */
export const depthLimit = 32;

/** What is wrong with a text that is JSON, or `null`. */
export const ambiguityIn = (json: string): string | null => {
  // Of each open object the names seen in it; `null` for an open list.
  const open: (Set<string> | null)[] = [];
  // In an object, a string after `{` or `,` is a name.
  let named = false;
  for (let at = 0; at < json.length; at += 1) {
    switch (json[at]) {
      case "{":
      case "[":
        if (open.length === depthLimit) return `it is nested deeper than ${depthLimit} levels`;
        open.push(json[at] === "{" ? new Set() : null);
        named = json[at] === "{";
        break;
      case "}":
      case "]":
        open.pop();
        named = false;
        break;
      case ",":
        named = open.at(-1) instanceof Set;
        break;
      case '"': {
        const start = at;
        for (at += 1; json[at] !== '"'; at += 1) if (json[at] === "\\") at += 1;
        const names = open.at(-1);
        if (!named || !(names instanceof Set)) break;
        // One name may be written in several ways.
        const name = JSON.parse(json.slice(start, at + 1)) as string;
        if (names.has(name)) return `it names ${JSON.stringify(name.slice(0, 40))} twice in one object`;
        names.add(name);
        named = false;
        break;
      }
    }
  }
  return null;
};

/** `true` for a value that is not nested deeper than {@link depthLimit}, so that it can be walked through. */
export const isShallow = (value: unknown, depth = depthLimit): boolean =>
  typeof value !== "object" ||
  value === null ||
  (depth > 0 && Object.values(value).every((inner) => isShallow(inner, depth - 1)));

/** `true` when two values out of JSON are equal, whatever the order of their members. */
export const sameJson = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  }
  const [left, right] = [a as { [key: string]: unknown }, b as { [key: string]: unknown }];
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && sameJson(left[name], right[name]))
  );
};
