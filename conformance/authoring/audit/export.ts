/** One export as a vector, and what is at hand to make one. */
import type { Json, JsonObject } from "../../runner/vectors.ts";
import { stated, type Draft } from "../draft.ts";
import { canonical, hex, leafHash, operatorPem, vkeys, type Leaf } from "./logbook.ts";

/** What a verifier finds: `sound`, `cannot_tell`, `unsound` where it is open what for, or the kinds of fault there are. */
export type Verdict = string;

export interface Circumstances {
  /** The keys of the log that the verifier has. */
  readonly keys?: readonly string[];
  /** The operators' keys it has. */
  readonly operators?: readonly string[];
  /** Checkpoints it kept from before. */
  readonly earlier?: readonly string[];
}

export const exportOf = (
  comment: string,
  requirements: string,
  flags: string,
  verdict: Verdict,
  file: string,
  { keys = vkeys, operators = [operatorPem], earlier = [] }: Circumstances = {},
): Draft => {
  const named = ["sound", "cannot_tell", "unsound"].includes(verdict);
  return stated({
    comment: `export: ${comment}`,
    requirements: requirements.split(" "),
    flags: flags.split(" "),
    level: "verifier",
    op: "verify_export",
    given: { keys, operator_keys: operators },
    input: { export: file, earlier },
    result: verdict === "sound" ? "valid" : "invalid",
    expect: {
      ok: {
        status: named ? verdict : "unsound",
        checks: named ? {} : Object.fromEntries(verdict.split(" ").map((kind) => [kind, "found"])),
      },
    },
  });
};

/** An export with one thing wrong that shows in the file, the tree or the checkpoint. */
export const faulty = (
  comment: string,
  requirements: string,
  kinds: string,
  file: string,
  circumstances: Circumstances = {},
): Draft => exportOf(comment, requirements, "TamperedLog", kinds, file, circumstances);

export const sound = (comment: string, requirements: string, file: string, circumstances: Circumstances = {}): Draft =>
  exportOf(comment, requirements, "ValidSignatureRefused", "sound", file, circumstances);

/** Lines as a file. */
export const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");

/** Lines of JSON with some members of one of them changed. */
export const withMembers = (
  lines: readonly string[],
  index: number,
  change: (line: JsonObject) => JsonObject,
): readonly string[] => lines.with(index, JSON.stringify(change(JSON.parse(lines[index]!) as JsonObject)));

/** The line of an entry that is not shown. */
export const withheld = (index: number, leaf: Leaf): string =>
  JSON.stringify({ leaf_index: index, leaf_hash: hex(leafHash(Buffer.from(canonical(leaf)))), withheld: true });

/** The object with the member at `path` (`evidence/agent`) set, or taken away where `value` is left out. */
export const into = (object: JsonObject, [name, ...rest]: readonly string[], value?: Json): JsonObject => {
  if (rest.length > 0) return { ...object, [name!]: into(object[name!] as JsonObject, rest, value) };
  if (value !== undefined) return { ...object, [name!]: value };
  const { [name!]: _, ...left } = object;
  return left;
};
