/**
 * The Lean files of a project: their module names, what they import, and in which order they can be checked.
 *
 * **Gotchas**: `Axioms.lean` is for the official toolchain alone (the WebAssembly build cannot run the command in it) and
 * is not a module of the library. Every other file must be reached from the root, or it is checked by nobody.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { codeOf, tokensOf, type Token } from "./tokens.ts";

/** The module that imports all others. */
export const rootModule = "Countersign";
/** Compiled by `lake` only. */
export const officialOnly = "Axioms";

export interface Import {
  readonly module: string;
  /** Words before the name, such as `public`, `meta`, `all`. */
  readonly words: readonly string[];
  readonly line: number;
}

export interface Source {
  readonly name: string;
  /** The folder of its project, absolute. */
  readonly root: string;
  /** Absolute. */
  readonly file: string;
  /** Relative to the project, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly imports: readonly Import[];
}

const importsOf = (tokens: readonly Token[]): readonly Import[] => {
  const code = codeOf(tokens);
  const imports: Import[] = [];
  const modifiers = new Set(["public", "meta", "private", "all"]);
  let at = code[0]?.text === "module" ? 1 : 0;
  if (code[at]?.text === "prelude") at += 1;
  for (;;) {
    const words: string[] = [];
    while (modifiers.has(code[at]?.text ?? "")) words.push(code[at++]!.text);
    const keyword = code[at];
    if (keyword?.text !== "import") return imports;
    at += 1;
    while (modifiers.has(code[at]?.text ?? "")) words.push(code[at++]!.text);
    let module = "";
    // A name goes on as long as nothing comes between its parts.
    for (let end = -1; code[at] !== undefined && (end < 0 || code[at]!.at === end); at += 1) {
      module += code[at]!.text;
      end = code[at]!.at + code[at]!.text.length;
    }
    imports.push({ module, words, line: keyword.line });
  }
};

export const sourceOf = (folder: string, file: string): Source => {
  const text = readFileSync(file, "utf8");
  const path = relative(folder, file).split(sep).join("/");
  const tokens = tokensOf(text);
  const name = path.replace(/\.lean$/, "").replaceAll("/", ".");
  return { name, root: folder, file, path, text, tokens, imports: importsOf(tokens) };
};

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith(".")) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path);
    return entry.name.endsWith(".lean") ? [path] : [];
  });

/** Every Lean file under a folder, by module name. */
export const readSources = (folder: string): ReadonlyMap<string, Source> =>
  new Map(
    filesIn(folder)
      .map((file) => sourceOf(folder, file))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((source) => [source.name, source]),
  );

/** Files that the root does not reach, and imports of what is not there. */
export const strays = (sources: ReadonlyMap<string, Source>, root = rootModule): readonly string[] => {
  const reached = new Set<string>();
  const problems: string[] = [];
  const visit = (name: string, from: string) => {
    const source = sources.get(name);
    if (source === undefined) {
      if (name !== "Init" && !name.startsWith("Init.")) problems.push(`${from}: imports ${name}, which is not there`);
      return;
    }
    if (reached.has(name)) return;
    reached.add(name);
    for (const { module, line } of source.imports) visit(module, `${source.path}:${line}`);
  };
  visit(root, "proofs");
  for (const { name, path } of sources.values()) {
    if (!reached.has(name) && name !== officialOnly)
      problems.push(`${path}: is imported by nothing that ${root} imports`);
  }
  return problems;
};

/** Modules in an order in which each comes after what it imports. Throws when imports go in a circle. */
export const inOrder = (sources: ReadonlyMap<string, Source>): readonly Source[] => {
  const order: Source[] = [];
  const state = new Map<string, "open" | "done">();
  const visit = (source: Source, path: readonly string[]) => {
    if (state.get(source.name) === "done") return;
    if (state.get(source.name) === "open")
      throw new Error(`Imports go in a circle: ${[...path, source.name].join(" → ")}`);
    state.set(source.name, "open");
    for (const { module } of source.imports) {
      const next = sources.get(module);
      if (next !== undefined) visit(next, [...path, source.name]);
    }
    state.set(source.name, "done");
    order.push(source);
  };
  for (const source of sources.values()) if (source.name !== officialOnly) visit(source, []);
  return order;
};
