/** The word that somebody probably meant: the closest of those there are, if one is close. */

/** How many letters apart a word may be from what was meant: a third of it, and at least one. */
const tolerance = (word: string): number => Math.max(1, Math.floor(word.length / 3));

/** Letters to put in, take out, replace or swap with their neighbour, to come from one word to the other (optimal string alignment). */
const apart = (a: string, b: string): number => {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const next = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let least = Math.min(last[column]! + 1, next[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        least = Math.min(least, beforeLast[column - 2]! + 1);
      next.push(least);
    }
    [beforeLast, last] = [last, next];
  }
  return last[b.length]!;
};

/** Longer words are not compared: they are no misspellings, and the comparison takes the product of both lengths. */
const longest = 128;

/** At most `count` of the known words, the closest first, without regard to case; none when none is close. */
export const nearest = (word: string, known: readonly string[], count = 1): readonly string[] =>
  word.length > longest
    ? []
    : [...new Set(known)]
        .filter((one) => Math.abs(one.length - word.length) <= tolerance(word))
        .map((one) => ({ one, distance: apart(word.toLowerCase(), one.toLowerCase()) }))
        .filter(({ distance }) => distance <= tolerance(word))
        .sort((a, b) => a.distance - b.distance || (a.one < b.one ? -1 : 1))
        .slice(0, count)
        .map(({ one }) => one);
