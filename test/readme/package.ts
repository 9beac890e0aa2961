/** The package as `npm pack` makes it, built in a folder of its own, so that no test writes into the repository. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./markdown.ts";

/** A program on PATH, if it is there. */
export const onPath = (name: string): string | null =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file)) ?? null;

export const npm = onPath("npm") ?? "npm";

export interface Packed {
  readonly tarball: string;
  /** The paths of the files in it. */
  readonly files: readonly string[];
}

/** Compiles the package into `folder` and packs it there, as `npm pack` does after its `prepack`. */
export const pack = (folder: string): Packed => {
  for (const path of ["package.json", "README.md", "LICENSE", "spec", "conformance", "proofs/theorems.json"]) {
    cpSync(join(root, path), join(folder, path), { recursive: true });
  }
  const tsc = fileURLToPath(import.meta.resolve("typescript/package.json"));
  for (const [room, out] of [
    ["src", "dist"],
    ["conformance", "dist/conformance"],
  ] as const) {
    execFileSync(
      process.execPath,
      [join(dirname(tsc), "bin", "tsc"), "-p", join(root, room, "tsconfig.build.json"), "--outDir", join(folder, out)],
      { stdio: ["ignore", "inherit", "inherit"] },
    );
  }
  const listed = execFileSync(npm, ["pack", "--json", "--ignore-scripts", "--offline"], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [packed] = Object.values(
    JSON.parse(listed) as Record<string, { readonly filename: string; readonly files: readonly { path: string }[] }>,
  );
  return { tarball: join(folder, packed!.filename), files: packed!.files.map((file) => file.path) };
};
