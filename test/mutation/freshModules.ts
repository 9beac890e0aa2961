/**
 * A program's own modules, evaluated anew as often as wanted in one process; packages are shared between the times.
 *
 * - `freshModules({ sources, given }).load(path)` imports a file of the repository and all that it imports, none of it used before.
 * - `sources`: texts to be taken instead of what the disk has, by absolute path. `given`: modules by specifier, instead of packages.
 *
 * **Gotchas**: needs `--experimental-vm-modules`. What a package keeps in its own variables outlives the evaluation.
 */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Module, SourceTextModule, SyntheticModule } from "node:vm";

export interface FreshModules {
  readonly sources: ReadonlyMap<string, string>;
  readonly given: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Whether what is in this file, and imports none of `sources`, may be evaluated once for all times. */
  readonly mayBeShared: (path: string) => boolean;
}

type Namespace = Readonly<Record<string, unknown>>;

const scripts = new Map<string, string>();
const packages = new Map<string, Promise<Namespace>>();

const packageNamed = (specifier: string): Promise<Namespace> => {
  const known = packages.get(specifier) ?? (import(specifier) as Promise<Namespace>);
  packages.set(specifier, known);
  return known;
};

/** The file as JavaScript. What comes from the disk is not changed while we run, so it is stripped once. */
const scriptOf = (path: string, sources: ReadonlyMap<string, string>): string => {
  const known = scripts.get(path);
  if (known !== undefined) return known;
  const script = stripTypeScriptTypes(sources.get(path) ?? readFileSync(path, "utf8"));
  scripts.set(path, script);
  return script;
};

const imported =
  /^\s*(?:import|export)\b[^"';]*?\bfrom\s*"(\.[^"]+)"|^\s*import\s*"(\.[^"]+)"|\bimport\("(\.[^"]+)"\)/gm;

const apart = new Map<string, boolean>();

/** Whether the file, and all that it imports, has nothing to do with `sources`. */
const standsApart = (path: string, modules: FreshModules, seen: ReadonlySet<string> = new Set()): boolean => {
  const known = apart.get(path);
  if (known !== undefined) return known;
  if (modules.sources.has(path) || !modules.mayBeShared(path)) return false;
  const inner = new Set([...seen, path]);
  const result = [...scriptOf(path, modules.sources).matchAll(imported)]
    .map((match) => resolve(dirname(path), (match[1] ?? match[2] ?? match[3])!))
    .every((next) => seen.has(next) || standsApart(next, modules, inner));
  apart.set(path, result);
  return result;
};

const sharedModules = new Map<string, Promise<Module>>();

/** A new evaluation of everything at each call; within what one call returns, a module is evaluated once. */
export const freshModules = (
  options: FreshModules,
): {
  readonly load: (path: string) => Promise<Namespace>;
  /** What is imported from now on is evaluated once more. */
  readonly reset: () => void;
} => {
  const { sources, given } = options;
  const modules = new Map<string, Promise<Module>>();
  let sharing = true;

  const synthetic = (identifier: string, namespace: Namespace): Module => {
    const names = Object.keys(namespace);
    return new SyntheticModule(
      "default" in namespace ? names : [...names, "default"],
      function (this: SyntheticModule) {
        for (const name of names) this.setExport(name, namespace[name]);
      },
      { identifier },
    );
  };

  const find = (specifier: string, from: string): Promise<Module> => {
    const path = specifier.startsWith(".")
      ? resolve(dirname(from), specifier)
      : specifier.startsWith("file:")
        ? new URL(specifier).pathname
        : null;
    const name = path ?? specifier;
    const home = sharing && path !== null && standsApart(path, options) ? sharedModules : modules;
    const known = home.get(name);
    if (known !== undefined) return known;
    const replaced = given[specifier];
    const made =
      path !== null
        ? load(path)
        : replaced !== undefined
          ? Promise.resolve(synthetic(specifier, replaced))
          : packageNamed(specifier).then((namespace) => synthetic(specifier, namespace));
    home.set(name, made);
    return made;
  };

  const linked = async (module: Module): Promise<Module> => {
    if (module.status === "unlinked") await module.link((specifier, from) => find(specifier, from.identifier));
    if (module.status === "linked") await module.evaluate();
    if (module.status === "errored") throw module.error;
    return module;
  };

  const load = async (path: string): Promise<Module> =>
    new SourceTextModule(scriptOf(path, sources), {
      identifier: path,
      initializeImportMeta: (meta) => {
        meta.url = pathToFileURL(path).href;
      },
      importModuleDynamically: async (specifier, from) => linked(await find(specifier, (from as Module).identifier)),
    });

  return {
    load: async (path) => (await linked(await find(pathToFileURL(path).href, path))).namespace as Namespace,
    reset: () => {
      modules.clear();
      sharing = false;
    },
  };
};
