/**
 * What an author writes down for one vector; `tools/vectors.ts` gives it its id and its place.
 *
 * - `comment` is the vector's name for its author: unique in a suite, and kept, since the id hangs on it.
 * - `says` is the author's own expectation, written before any program was asked. What programs answer is compared with it.
 */
import type { Note } from "../runner/report.ts";
import type { Expectation, JsonObject } from "../runner/vectors.ts";

export interface Draft {
  readonly comment: string;
  readonly requirements: readonly string[];
  readonly flags: readonly string[];
  readonly features?: readonly string[];
  readonly level?: "core" | "verifier";
  readonly op: string;
  readonly given: JsonObject;
  readonly input: JsonObject;
  readonly result: "valid" | "invalid";
  readonly says: Says;
}

export type Says =
  /** The whole answer. */
  | { readonly kind: "answer"; readonly expect: Expectation }
  /** For each event the status or mode it leads to, `ok` for what has neither, or `!` and the refusal; the rest is computed twice and compared. */
  | { readonly kind: "history"; readonly steps: readonly string[] };

export interface SuiteDraft {
  readonly suite: string;
  readonly description: string;
  readonly notes: Readonly<Record<string, Note>>;
  readonly drafts: readonly Draft[];
}

/** A vector whose whole answer its author states. */
export const stated = (
  draft: Omit<Draft, "says" | "result" | "given"> & {
    readonly given?: JsonObject;
    readonly result?: Draft["result"];
    readonly expect: Expectation;
  },
): Draft => {
  const { expect, ...rest } = draft;
  return { given: {}, result: "error" in expect ? "invalid" : "valid", ...rest, says: { kind: "answer", expect } };
};
