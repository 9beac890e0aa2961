/**
 * Verifiers of exports that overlook one thing each: the one a certain attack counts on. Each is right about every export in which that thing
 * does not happen.
 */
import { operations, type Answer } from "../../reference/answer.ts";
import { inOperation, type Fault } from "../fault.ts";

// What an export holds is looked at without a type: it may be anything.
// oxlint-disable-next-line typescript/no-explicit-any
export type Members = any;

export interface Export {
  readonly header: Members;
  readonly lines: readonly Members[];
  readonly leaves: readonly Members[];
}

const parsed = (text: string): Members => {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
};

const exportIn = (text: string): Export => {
  const [header, ...lines] = text.split("\n").filter((line) => line !== "");
  const entries = lines.map(parsed);
  return { header: parsed(header ?? ""), lines: entries, leaves: entries.map(({ leaf }) => parsed(leaf ?? "{}")) };
};

/** In an export that `happens` is true of, faults of this kind are not found. */
export const overlooks = (
  name: string,
  violates: string,
  attack: string | null,
  kind: string,
  happens: (it: Export) => boolean,
): Fault =>
  inOperation(name, violates, attack, "verify_export", operations, {
    answer: (answer, it): Answer => {
      if (!("ok" in answer)) return answer;
      const { status, checks } = answer.ok as {
        readonly status: string;
        readonly checks: Readonly<Record<string, string>>;
      };
      if (checks[kind] === undefined || !happens(exportIn(it["export"] as string))) return answer;
      const { [kind]: _, ...left } = checks;
      return { ok: { status: Object.keys(left).length === 0 ? "sound" : status, checks: left } };
    },
  });

/** Exports that `happens` is true of, and that are sound, are not believed. */
export const disbelieves = (name: string, violates: string, kind: string, happens: (it: Export) => boolean): Fault =>
  inOperation(name, violates, null, "verify_export", operations, {
    answer: (answer, it): Answer =>
      "ok" in answer &&
      (answer.ok as { readonly status: string }).status === "sound" &&
      happens(exportIn(it["export"] as string))
        ? { ok: { status: "unsound", checks: { [kind]: "found" } } }
        : answer,
  });

/** Some leaf is like that. */
export const some =
  (is: (leaf: Members, all: readonly Members[]) => boolean) =>
  ({ leaves }: Export): boolean =>
    leaves.some((leaf) => is(leaf, leaves));
/** An object that has one of these members. */
export const has = (value: Members, ...names: readonly string[]): boolean =>
  names.some((name) => typeof value === "object" && value !== null && Object.hasOwn(value, name));
/** An object that has other members than these. */
export const more = (value: Members, ...names: readonly string[]): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).some((name) => !names.includes(name));
