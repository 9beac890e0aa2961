/** What the package carries beside its code: its version, and the list of theorems it was built with. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Effect } from "effect";

/** One folder up from `src/` and from `dist/` alike. */
const place = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** Of the package, as `package.json` has it. */
export const { version } = JSON.parse(readFileSync(place("package.json"), "utf8")) as { readonly version: string };

/** The package's own `proofs/theorems.json`. */
export const theoremsFile = place("proofs/theorems.json");

/** A list of theorems, the package's own if no file is named, as `decode` reads it. Fails when it is missing or damaged. */
export const readTheorems = <List>(decode: (json: unknown) => List, file: string = theoremsFile) =>
  Effect.tryPromise(async () => decode(JSON.parse(await readFile(file, "utf8"))));
