/**
 * What refers to a clause of `spec/`, read from the places themselves: the documents, the sources, the tests' titles, test vectors.
 * Nothing is listed by hand. What the machines and the table say is in `transitions.ts`.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

export interface Clause {
  readonly id: string;
  readonly slug: string;
  /** The document, from the repository's root. */
  readonly document: string;
  readonly evidence: readonly string[];
}

export const filesUnder = (folder: string, ending: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesUnder(path, ending) : path.endsWith(ending) ? [path] : [];
    })
    .sort();

const pathIn = (repository: string, file: string): string => relative(repository, file).split(sep).join("/");

/** The clauses in force, by number. Retired ones have no slug and are left out. */
export const clausesOf = (repository: string): readonly Clause[] =>
  filesUnder(join(repository, "spec"), ".md")
    .filter((file) => !/(README|CHANGELOG|TRACE)\.md$/.test(file))
    .flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/^### (OV-\d+) · ([a-z0-9-]+)\n([\s\S]*?)(?=^#|(?![\s\S]))/gm)].map(
        ([, id, slug, body]) => {
          const evidence = /^Evidence: ([^\n]+?)\.?$/m.exec(body!)?.[1] ?? "none - not declared";
          return {
            id: id!,
            slug: slug!,
            document: pathIn(repository, file),
            evidence: evidence.startsWith("none") ? [evidence] : evidence.split(", "),
          };
        },
      ),
    )
    .sort((a, b) => Number(a.id.slice(3)) - Number(b.id.slice(3)));

export interface Place {
  readonly file: string;
  /** What is there: a test's title, a declaration's name. */
  readonly name: string;
}

/** Places by the clause they refer to. */
export type Places = ReadonlyMap<string, readonly Place[]>;

export const collected = (found: Iterable<readonly [string, Place]>): Places => {
  const places = new Map<string, Place[]>();
  for (const [clause, place] of found) {
    const list = places.get(clause) ?? [];
    if (!list.some((one) => one.file === place.file && one.name === place.name)) list.push(place);
    places.set(clause, list);
  }
  return places;
};

const idsIn = (text: string): readonly string[] => text.match(/\bOV-\d+\b/g) ?? [];

const titles = /\b(?:it|test|describe|inTurn)(?:\.\w+)*\(\s*(["'`])((?:(?!\1).)*)\1/gs;

/**
 * Tests by the clauses before the first colon of their titles. The titles of `test/machine/properties.test.ts` are made from the
 * theorems of `test/machine/theorems-*.ts`, and so read there.
 */
export const testsOf = (repository: string): Places => {
  const folder = join(repository, "test");
  const found: [string, Place][] = [];
  for (const file of filesUnder(folder, ".test.ts")) {
    const path = pathIn(repository, file);
    for (const [, , title] of readFileSync(file, "utf8").matchAll(titles)) {
      for (const id of idsIn(title!.split(/:|\$\{/)[0]!)) found.push([id, { file: path, name: title! }]);
    }
  }
  for (const file of filesUnder(join(folder, "machine"), ".ts").filter((one) => /theorems-\w+\.ts$/.test(one))) {
    for (const [, name, clause] of readFileSync(file, "utf8").matchAll(/\bname: "(\w+)",\s*clause: "(OV-\d+)"/g)) {
      found.push([clause!, { file: pathIn(repository, file), name: name! }]);
    }
  }
  return collected(found);
};

const declared =
  /^\s*(?:export )?(?:default )?(?:abstract )?(?:async )?(?:const|let|function|class|interface|type) (\w+)/;
const member = /^\s*(?:readonly |static |async )*(\w+)\??[:(]/;

/** What is declared next, counted from a line on; the file itself when nothing is. */
const nameAfter = (lines: readonly string[], from: number): string => {
  for (const line of lines.slice(from)) {
    const name = declared.exec(line)?.[1] ?? (/^\s*(\*|\/\/|\/\*)/.test(line) ? undefined : member.exec(line)?.[1]);
    if (name !== undefined) return name;
  }
  return "";
};

/** How many lines the comment takes that a file begins with; none when it begins with something else. */
const headOf = (lines: readonly string[]): number =>
  lines[0]?.startsWith("/**") === true ? lines.findIndex((line) => line.includes("*/")) + 1 : 0;

/** Declarations by the clauses that `@spec` names in the comment before them. */
export const codeOf = (repository: string): Places => {
  const found: [string, Place][] = [];
  for (const file of filesUnder(join(repository, "src"), ".ts")) {
    const lines = readFileSync(file, "utf8").split("\n");
    for (const [i, line] of lines.entries()) {
      const cited = /@spec ((?:OV-\d+[, ]*)+)/.exec(line)?.[1];
      if (cited === undefined) continue;
      // A comment behind code speaks of its own line, that at the head of a file of all of it.
      const before = line.slice(0, line.search(/\/\/|\/\*/));
      const behind = before.trim() !== "" && !/^\s*\*/.test(line);
      const own = i < headOf(lines) ? "" : behind ? nameAfter([before], 0) : nameAfter(lines, i + 1);
      for (const id of idsIn(cited)) found.push([id, { file: pathIn(repository, file), name: own }]);
    }
  }
  return collected(found);
};

/** Test vectors, for whoever implements the specification too, by the clauses that they name. */
export const vectorFilesOf = (repository: string): Places => {
  const folder = join(repository, "conformance");
  const files = existsSync(folder) ? filesUnder(folder, ".json") : [];
  return collected(
    files.flatMap((file) =>
      [...new Set(idsIn(readFileSync(file, "utf8")))].map((id): readonly [string, Place] => [
        id,
        { file: pathIn(repository, file), name: "" },
      ]),
    ),
  );
};
