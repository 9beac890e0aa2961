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

/** A new evaluation of everything at each call; within what one call returns, a module is evaluated once. */
export const freshModules = ({
  sources,
  given,
}: FreshModules): {
  readonly load: (path: string) => Promise<Namespace>;
  /** What is imported from now on is evaluated once more. */
  readonly reset: () => void;
} => {
  const modules = new Map<string, Promise<Module>>();

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
    const known = modules.get(name);
    if (known !== undefined) return known;
    const replaced = given[specifier];
    const made =
      path !== null
        ? load(path)
        : replaced !== undefined
          ? Promise.resolve(synthetic(specifier, replaced))
          : packageNamed(specifier).then((namespace) => synthetic(specifier, namespace));
    modules.set(name, made);
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
    reset: () => modules.clear(),
  };
};
