/** Reading JSON that somebody else may have written: what is not there, or is something else, is nothing, and never an error. */
import type { Json } from "../../bytes/canonical.ts";

export type Members = { readonly [name: string]: Json };

/** An object's members; none of anything else. */
export const members = (value: unknown): Members =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Members) : {};

/** A string; `null` for anything else. */
export const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** The strings of a list; none of anything else. */
export const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((it) => typeof it === "string") : [];

/** The members of a leaf's text; none when it cannot be read, for nothing is made up in its place. */
export const leafMembers = (leaf: string): Members => {
  try {
    return members(JSON.parse(leaf));
  } catch {
    return {};
  }
};
