/** The imports of the tree, as text: where each leads, and what the plan of the house says of it. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { walls } from "./walls.ts";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const src = join(root, "src");

export interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly names: string;
}

export const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesIn(path) : path.endsWith(".ts") ? [path] : [];
  });

export const importsOf = (file: string, text: string): readonly Import[] =>
  [
    ...text.matchAll(
      /^\s*(?:import|export)\s+(?:type\s+)?([^"';]*?)\s*from\s*"([^"]+)"|^\s*import\s*"([^"]+)"|import\("([^"]+)"\)/gm,
    ),
  ].map((match) => ({
    file,
    names: match[1] ?? "",
    specifier: (match[2] ?? match[3] ?? match[4])!,
  }));

export const roomOf = (path: string): string => relative(src, path).replace(/\.ts$/, "").split("/")[0]!;

/** Where an import leads, as a path below `src/` without its ending; `null` for a package. */
export const placeOf = (file: string, specifier: string): string | null =>
  specifier.startsWith(".") ? relative(src, resolve(dirname(file), specifier)).replace(/\.ts$/, "") : null;

export const importsIn = (files: readonly string[]): readonly Import[] =>
  files.flatMap((file) => importsOf(file, readFileSync(file, "utf8")));

/** `room → wall` for each permission of the plan that none of these imports uses. */
export const unusedPermissions = (
  imports: readonly Import[],
  plan: Readonly<Record<string, readonly string[]>> = walls,
) => {
  const used = (room: string, wall: string) =>
    imports.some(({ file, specifier }) => {
      const place = placeOf(file, specifier);
      return roomOf(file) === room && place !== null && (place === wall || place.startsWith(`${wall}/`));
    });
  return Object.entries(plan).flatMap(([room, allowed]) =>
    allowed.filter((wall) => !used(room, wall)).map((wall) => `${room} → ${wall}`),
  );
};
