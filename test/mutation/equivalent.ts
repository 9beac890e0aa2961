/**
 * The list of mutants that no test can kill because they do what the original does, and how a run is held against it.
 *
 * An entry names a mutant by what it changes, not by its line number: the text of the line, what of it is replaced, and by what.
 */
import { readFileSync } from "node:fs";

export interface Mutant {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** The whole line the mutant begins on, without blanks around it. */
  readonly source: string;
  readonly mutator: string;
  readonly original: string;
  readonly replacement: string;
}

export interface Equivalent {
  readonly file: string;
  readonly source: string;
  readonly original: string;
  readonly replacement: string;
  /** Why it does the same. */
  readonly reason: string;
}

/** Throws when an entry has no reason, or is there twice. */
export const readEquivalents = (
  text: string = readFileSync(new URL("./equivalent.json", import.meta.url), "utf8"),
): readonly Equivalent[] => {
  const entries = JSON.parse(text) as readonly Equivalent[];
  const seen = new Set<string>();
  for (const entry of entries) {
    if (typeof entry.reason !== "string" || entry.reason.trim().length < 15) {
      throw new Error(`equivalent.json: say why nothing can kill ${JSON.stringify(entry)}`);
    }
    const key = keyOf(entry);
    if (seen.has(key)) throw new Error(`equivalent.json has this twice: ${JSON.stringify(entry)}`);
    seen.add(key);
  }
  return entries;
};

const keyOf = ({ file, source, original, replacement }: Omit<Equivalent, "reason">): string =>
  JSON.stringify([file, source, original, replacement]);

/** `inScope`: entries of files that were not run are not looked at. */
export const judged = <M extends Mutant & { readonly killedBy: string | null }>(
  results: readonly M[],
  equivalents: readonly Equivalent[],
  inScope: (entry: Equivalent) => boolean,
): {
  /** Survived, and nothing says it may. */
  readonly unlisted: readonly M[];
  readonly listed: readonly M[];
  /** Entries that name no survivor: it is killed, or no longer there. */
  readonly stale: readonly Equivalent[];
} => {
  const survivors = results.filter(({ killedBy }) => killedBy === null);
  const known = new Set(equivalents.map(keyOf));
  const alive = new Set(survivors.map(keyOf));
  return {
    unlisted: survivors.filter((mutant) => !known.has(keyOf(mutant))),
    listed: survivors.filter((mutant) => known.has(keyOf(mutant))),
    stale: equivalents.filter((entry) => inScope(entry) && !alive.has(keyOf(entry))),
  };
};
