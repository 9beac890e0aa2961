/**
 * What earlier runs found, so that a run that was broken off goes on, and one after a small change is short.
 *
 * A killed mutant is taken over while its source file and the test file that killed it are the same; a survivor while its source file and
 * all tests are. As with every such memory, a change elsewhere that matters goes unseen: `--afresh` forgets everything.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** The mutant, by its file and what it changes where; a test that failed, or `null`. */
export interface Finding {
  readonly killedBy: string | null;
}

interface Kept extends Finding {
  /** Of the texts the finding rests on. */
  readonly hash: string;
}

export interface Memory {
  readonly recall: (mutant: string, sourceFile: string) => Finding | undefined;
  readonly keep: (mutant: string, sourceFile: string, finding: Finding) => void;
  readonly save: () => void;
}

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

/** `path`: where it is kept. `tests`: absolute paths of all test files. */
export const memoryAt = (path: string, tests: readonly string[], afresh: boolean): Memory => {
  const kept = new Map<string, Kept>();
  const texts = new Map<string, string>();
  const text = (file: string): string => {
    const known = texts.get(file) ?? read(file);
    texts.set(file, known);
    return known;
  };
  const hashOf = (sourceFile: string, { killedBy }: Finding): string => {
    // "<file>: <test>", the file from the top of the repository; a mutant that hangs is remembered with all tests.
    const file = tests.find((one) => killedBy !== null && one.endsWith(`/${killedBy.split(": ")[0]}`));
    const parts = [text(sourceFile), ...(file === undefined ? tests.map(text) : [text(file)])];
    const hash = createHash("sha256");
    for (const part of parts) hash.update(String(part.length)).update("\n").update(part);
    return hash.digest("hex");
  };
  if (!afresh) {
    try {
      for (const [mutant, finding] of JSON.parse(read(path) || "[]") as [string, Kept][]) kept.set(mutant, finding);
    } catch {
      // Unreadable is as good as forgotten.
    }
  }
  return {
    recall: (mutant, sourceFile) => {
      const known = kept.get(mutant);
      return known !== undefined && known.hash === hashOf(sourceFile, known) ? known : undefined;
    },
    keep: (mutant, sourceFile, finding) => void kept.set(mutant, { ...finding, hash: hashOf(sourceFile, finding) }),
    save: () => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(`${path}.new`, JSON.stringify([...kept]));
      renameSync(`${path}.new`, path);
    },
  };
};
