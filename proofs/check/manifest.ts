/**
 * `theorems.json`: what is claimed to be proved, pinned. Every headline theorem (each in `Thm/`, not private) with a hash of its
 * statement, its clauses, its plain sentence and its witness; and for each file a hash of its definitions, since a statement
 * means what its words mean.
 *
 * - A theorem that was deleted, renamed or restated, a witness that is gone, a definition that changed: each is refused until
 *   somebody runs with `--update`, and then stands in the diff.
 * - Every headline theorem needs a docstring that begins with its clauses (`OV-39: …`), and a witness.
 *
 * **Gotchas**: the hash is of the source text without comments and with single blanks, not of what Lean makes of it; so a
 * statement may not hide anything behind `:=` (`let`), nor take anything from a `variable`.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandsOf, definitionsOf, theoremsOf } from "./declarations.ts";
import { officialOnly, type Source } from "./sources.ts";

export interface TheoremEntry {
  readonly name: string;
  /** Clauses of `spec/` that it states; none for what the specification does not cover yet. */
  readonly clauses: readonly string[];
  readonly sentence: string;
  readonly file: string;
  /** `sha256:` of the statement's text. */
  readonly statement: string;
  /** Theorems that show it is not vacuous. */
  readonly witnesses: readonly string[];
}

export interface Manifest {
  readonly about: string;
  /** The version of Lean that `lean-toolchain` names. */
  readonly lean: string;
  /** `sha256:` over all files of the project. */
  readonly source: string;
  readonly theorems: readonly TheoremEntry[];
  /** `sha256:` of each witness's statement. */
  readonly witnesses: Readonly<Record<string, string>>;
  /** `sha256:` of each file's definitions. */
  readonly definitions: Readonly<Record<string, string>>;
}

const hash = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;

const isHeadline = ({ path }: Source): boolean => path.startsWith("Thm/");
const isWitness = ({ path }: Source): boolean => path === "Witness.lean" || path.startsWith("Witness/");
/** Generated, and compared with what it is generated from. */
const isGenerated = ({ path }: Source): boolean => path === "Table.lean";

const introduction = /^((?:OV-\d+)(?:, OV-\d+)*|No clause yet): (.+)$/s;
const hiding = new Set(["let", "have", "letI", "haveI", "show", "from"]);

/** What the sources claim now, and what is wrong with how they do. */
export const readClaims = (
  sources: ReadonlyMap<string, Source>,
  lean: string,
): { readonly manifest: Manifest; readonly problems: readonly string[] } => {
  const problems: string[] = [];
  const all = [...sources.values()].filter(({ name }) => name !== officialOnly);
  const witnesses = new Map<string, string>();
  for (const source of all.filter(isWitness)) {
    for (const { namespace, name, statement } of theoremsOf(source))
      witnesses.set(`${namespace}.${name}`, hash(statement));
  }
  const theorems: TheoremEntry[] = [];
  for (const source of all.filter(isHeadline)) {
    for (const { keyword, line } of commandsOf(source)) {
      if (keyword === "variable" || keyword === "universe")
        problems.push(`${source.path}:${line}: \`${keyword}\` would stand in statements unseen`);
    }
    for (const { namespace, name, statement, doc, modifiers, line } of theoremsOf(source)) {
      if (modifiers.includes("private")) continue;
      const full = `${namespace}.${name}`;
      const where = `${source.path}:${line}: ${name}`;
      const [, clauses, sentence] = introduction.exec(doc) ?? [];
      if (clauses === undefined)
        problems.push(
          `${where} has no docstring that begins with its clauses, as in \`OV-1: …\` (or \`No clause yet: …\`)`,
        );
      const hides = statement.split(" ").find((word) => hiding.has(word));
      if (hides !== undefined) problems.push(`${where}: \`${hides}\` could hide a part of the statement`);
      const own = [...witnesses.keys()].filter(
        (one) => one === `${full}_witness` || one.startsWith(`${full}_witness_`),
      );
      if (own.length === 0) problems.push(`${where} has no witness (a theorem ${name}_witness)`);
      theorems.push({
        name: full,
        clauses: clauses?.match(/OV-\d+/g) ?? [],
        sentence: sentence ?? "",
        file: `proofs/${source.path}`,
        statement: hash(statement),
        witnesses: own,
      });
    }
  }
  const twice = theorems.map(({ name }) => name).filter((name, i, names) => names.indexOf(name) !== i);
  for (const name of twice) problems.push(`${name} is there twice`);
  const definitions = all
    .filter((source) => !isGenerated(source))
    .map((source) => [source.path, definitionsOf(source)] as const)
    .filter(([, list]) => list.length > 0)
    .map(([path, list]) => [path, hash(list.join("\n"))] as const);
  const manifest: Manifest = {
    about: "Generated by `npm run proofs -- --update`; compared with the sources on every run.",
    lean,
    source: hash(all.map(({ path, text }) => `${path} ${hash(text)}`).join("\n")),
    theorems,
    witnesses: Object.fromEntries(witnesses),
    definitions: Object.fromEntries(definitions),
  };
  return { manifest, problems };
};

/** How two records of hashes differ, in words. */
const changes = (
  pinned: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
  what: (name: string) => string,
): readonly string[] => {
  const problems: string[] = [];
  for (const [name, digest] of Object.entries(pinned)) {
    if (now[name] === undefined) problems.push(`${what(name)} is gone`);
    else if (now[name] !== digest) problems.push(`${what(name)} is not what it was`);
  }
  for (const name of Object.keys(now)) if (pinned[name] === undefined) problems.push(`${what(name)} is not pinned yet`);
  return problems;
};

export const differences = (pinned: Manifest, now: Manifest): readonly string[] => {
  const statements = ({ theorems }: Manifest) => Object.fromEntries(theorems.map((one) => [one.name, one.statement]));
  const problems = [
    ...changes(statements(pinned), statements(now), (name) => `the statement of ${name}`),
    ...changes(pinned.witnesses, now.witnesses, (name) => `the witness ${name}`),
    ...changes(pinned.definitions, now.definitions, (path) => `what ${path} defines`),
  ];
  if (problems.length === 0 && JSON.stringify(pinned) !== JSON.stringify(now)) {
    problems.push("theorems.json is older than the sources (no statement, witness or definition changed)");
  }
  return problems;
};

/** The version in `lean-toolchain`. */
export const toolchainOf = (root: string): string => {
  const file = join(root, "lean-toolchain");
  return existsSync(file)
    ? readFileSync(file, "utf8")
        .trim()
        .replace(/^.*:v?/, "")
    : "";
};

/** As the repository formats JSON: a short list of texts stands on one line. */
const written = (manifest: Manifest): string =>
  JSON.stringify(manifest, null, 2).replace(
    /^(.*)\[\n((?:\s+"[^"\n]*",?\n)+)\s+\](,?)$/gm,
    (all, before: string, items: string, after: string) => {
      const line = `${before}[${items.trim().replace(/\n\s+/g, " ")}]${after}`;
      return line.length <= 120 ? line : all;
    },
  );

/** Compares the sources with what is pinned, or pins them. */
export const checkManifest = (
  root: string,
  sources: ReadonlyMap<string, Source>,
  update: boolean,
): readonly string[] => {
  const { manifest, problems } = readClaims(sources, toolchainOf(root));
  const file = join(root, "theorems.json");
  if (update) writeFileSync(file, `${written(manifest)}\n`);
  if (!existsSync(file)) return [...problems, "theorems.json is missing; `npm run proofs -- --update` writes it"];
  return [...problems, ...differences(JSON.parse(readFileSync(file, "utf8")) as Manifest, manifest)];
};

/** Headline theorems and witnesses that are in no module that Lean wrote, or are no theorems there. */
export const unwritten = ({ theorems, witnesses }: Manifest, written: ReadonlySet<string>): readonly string[] =>
  [...theorems.map(({ name }) => name), ...Object.keys(witnesses)]
    .filter((name) => !written.has(name))
    .map((name) => `${name} is claimed, and Lean wrote no theorem of this name`);
