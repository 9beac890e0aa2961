/** Lean projects made of texts, in memory, for tests of what reads texts. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readSources, type Source } from "../../proofs/check/sources.ts";

/** Runs on a folder with these files in it, and removes it. */
export const withFiles = <A>(files: Readonly<Record<string, string>>, run: (folder: string) => A): A => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-project-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

export const project = (files: Readonly<Record<string, string>>): ReadonlyMap<string, Source> =>
  withFiles(files, readSources);

/** One file of a project. */
export const source = (text: string, name = "A.lean"): Source =>
  project({ [name]: text }).get(name.replace(/\.lean$/, "").replaceAll("/", "."))!;
