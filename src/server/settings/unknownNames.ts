/** Variables that look like settings and are none. A name that is written wrong would leave its default in force without a word. */
import type { Environment } from "./Setting.ts";

const PREFIX = "COUNTERSIGN_";

const wordOf = (name: string): string => name.toUpperCase().replace(PREFIX, "");

/** How many characters are inserted, left out, exchanged, or swapped with their neighbour (optimal string alignment). */
const distance = (a: string, b: string): number => {
  let [before, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same, swapped ? before[j - 2]! + 1 : Infinity));
    }
    [before, last] = [last, row];
  }
  return last[b.length]!;
};

/** How much must be changed to make one word of the other. A part that is left out at the end is one change. */
const changes = (a: string, b: string): number => {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return long.startsWith(`${short}_`) ? long.slice(short.length).split("_").length - 1 : distance(a, b);
};

/** The known name that is nearest, the prefix left aside; `null` when half of it or more would have to change. */
const nearest = (name: string, known: readonly string[]): string | null => {
  const word = wordOf(name);
  const best = known
    .map((one) => ({ one, length: wordOf(one).length, cost: changes(word, wordOf(one)) }))
    .reduce((least, it) => (it.cost < least.cost ? it : least));
  return best.cost * 2 < Math.max(word.length, best.length) ? best.one : null;
};

/** A sentence for each variable that begins like a setting and is not among `known`. */
export const unknownNames = (env: Environment, known: readonly string[]): readonly string[] =>
  Object.keys(env)
    .filter((name) => name.toUpperCase().startsWith(PREFIX) && env[name] !== undefined && !known.includes(name))
    .map((name) => {
      const near = nearest(name.slice(0, 100), known);
      return `${name} is no setting of this version${near === null ? ". Remove it." : `: did you mean ${near}?`}`;
    });
