/**
 * Edits the vectors, so that nobody edits ids or order by hand.
 *
 *     node conformance/tools/vectors.ts build     writes vectors/*.json from authoring/
 *     node conformance/tools/vectors.ts check     says whether they are as they should be; status 1 if not
 *     node conformance/tools/vectors.ts freeze    writes releases/<spec>.json from all vectors there are; refuses to change a frozen one
 *
 * - A new vector takes the next free number of its suite; one whose comment is known keeps its id.
 * - What an author left to be computed (commands and states of a history) is computed by two implementations that share no code, must
 *   be the same, and must be what the author said. Where any two of the three differ, nothing is written.
 */
import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { suites } from "../authoring/suites.ts";
import type { Draft, SuiteDraft } from "../authoring/draft.ts";
import type { Event as TableEvent } from "../clients/broken/hooks.ts";
import { runTable } from "../clients/broken/TableClient.ts";
import { runHistory } from "../clients/reference/run.ts";
import {
  drift,
  fingerprint,
  home,
  readRelease,
  readSuite,
  readSuites,
  readVectors,
  sorted,
  type Expectation,
  type Group,
  type Json,
  type JsonObject,
  type Release,
  type Suite,
  type Test,
} from "../runner/vectors.ts";

export const SPEC = "0.1.0";

interface Shown {
  readonly to?: string | null;
  readonly refusal?: string;
}

const saidOf = ({ to, refusal }: Shown): string => (refusal === undefined ? (to ?? "ok") : `!${refusal}`);

/** The two implementations' answer, if it is one answer and the author's. Throws with what differs. */
export const computed = (draft: Draft, steps: readonly string[]): Expectation => {
  const before = draft.given["before"] as unknown as readonly TableEvent[];
  const events = draft.input["events"] as unknown as readonly TableEvent[];
  const one = runHistory(before as never, events as never) as unknown as { readonly outcomes: readonly Shown[] };
  const other = runTable(() => ({}))({ before, events });
  const [a, b] = [sorted(one as unknown as Json), sorted(other as unknown as Json)];
  if (a !== b) throw new Error(`${draft.comment}: the implementations differ:\n${a}\n${b}`);
  one.outcomes.forEach((outcome, i) => {
    if (saidOf(outcome) !== steps[i])
      throw new Error(`${draft.comment}: event ${i + 1}: the author says ${steps[i]}, the programs ${saidOf(outcome)}`);
  });
  return { ok: JSON.parse(a) as Json };
};

const expectOf = (draft: Draft): Expectation =>
  draft.says.kind === "answer" ? draft.says.expect : computed(draft, draft.says.steps);

const existing = (suite: string): Suite | null => {
  const file = new URL(`vectors/${suite}.json`, home);
  return existsSync(file) ? readSuite(readFileSync(file, "utf8"), suite) : null;
};

/** The suite as it should be, ids kept and given. Throws where a frozen vector would be lost or changed. */
const built = (draft: SuiteDraft, release: Release | null): Suite => {
  const old = existing(draft.suite);
  const ids = new Map(old?.groups.flatMap(({ tests }) => tests.map(({ comment, id }) => [comment, id] as const)) ?? []);
  const taken = [...ids.values(), ...Object.keys(release?.vectors ?? {})].filter((id) =>
    id.startsWith(`${draft.suite}-`),
  );
  let last = Math.max(0, ...taken.map((id) => Number(id.slice(-4))));
  const groups = new Map<string, { readonly group: Omit<Group, "tests">; readonly tests: Test[] }>();
  const comments = new Set<string>();
  for (const one of draft.drafts) {
    const { comment, requirements, flags, features = [], level = "core", op, given, input, result } = one;
    if (comments.has(comment)) throw new Error(`${draft.suite}: two vectors say: ${comment}`);
    comments.add(comment);
    const id = ids.get(comment) ?? `${draft.suite}-${String(++last).padStart(4, "0")}`;
    const key = sorted({ level, op, given } as unknown as Json);
    const place = groups.get(key) ?? { group: { level, op, given }, tests: [] };
    groups.set(key, place);
    place.tests.push({ id, comment, requirements, flags, features, input, result, expect: expectOf(one) });
  }
  const ordered = [...groups.values()].map(({ group, tests }) => ({
    ...group,
    tests: tests.sort((a, b) => (a.id < b.id ? -1 : 1)),
  }));
  return {
    $schema: "../schema/vectors.schema.json",
    suite: draft.suite,
    spec: SPEC,
    description: draft.description,
    notes: draft.notes,
    groups: ordered.sort((a, b) => (a.tests[0]!.id < b.tests[0]!.id ? -1 : 1)),
  };
};

/** One line a test, so that a change of one vector is a change of one line. */
const written = (suite: Suite): string => {
  const { groups, notes, ...head } = suite;
  const line = (value: unknown): string => JSON.stringify(value);
  const texts = groups.map(({ tests, ...group }) => {
    const fields = Object.entries(group).map(([name, value]) => `      ${line(name)}: ${line(value)}`);
    return `    {\n${fields.join(",\n")},\n      "tests": [\n${tests.map((test) => `        ${line(test)}`).join(",\n")}\n      ]\n    }`;
  });
  const heads = Object.entries(head).map(([name, value]) => `  ${line(name)}: ${line(value)}`);
  const noted = Object.entries(notes).map(([name, note]) => `    ${line(name)}: ${line(note)}`);
  return `{\n${heads.join(",\n")},\n  "notes": {\n${noted.join(",\n")}\n  },\n  "groups": [\n${texts.join(",\n")}\n  ]\n}\n`;
};

/** What a shape cannot say. */
const lint = (suite: Suite): readonly string[] =>
  suite.groups.flatMap(({ op, given, tests }) =>
    tests.flatMap((test) => {
      const wrong: string[] = [];
      const say = (condition: boolean, what: string) => condition && wrong.push(`${test.id} ${what}`);
      say(
        test.flags.some((flag) => suite.notes[flag] === undefined),
        "has a flag that no note explains",
      );
      say(
        Object.keys(given).some((name) => Object.hasOwn(test.input, name)),
        "gives one name in `given` and in `input`",
      );
      if (op === "run" && "ok" in test.expect) {
        const outcomes = (test.expect.ok as JsonObject)["outcomes"] as readonly Shown[];
        say(
          (outcomes.at(-1)?.refusal !== undefined) !== (test.result === "invalid"),
          "does not end as its result says",
        );
      } else if (op !== "run" && op !== "verify_signature")
        say("error" in test.expect && test.result !== "invalid", "is valid and expects an error");
      return wrong;
    }),
  );

/** The files as they should be, by name. */
export const vectorFiles = (): ReadonlyMap<string, string> => {
  const release = readRelease(SPEC);
  const all = suites.map((draft) => built(draft, release));
  const wrong = all.flatMap(lint);
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
  return new Map(all.map((suite) => [`vectors/${suite.suite}.json`, written(suite)]));
};

/** Files that are not as they should be. */
export const staleVectors = (): readonly string[] =>
  [...vectorFiles()]
    .filter(([name, text]) => {
      const file = new URL(name, home);
      return !existsSync(file) || readFileSync(file, "utf8") !== text;
    })
    .map(([name]) => name);

const freeze = (): void => {
  const set = readVectors();
  const old = readRelease(SPEC);
  const moved = old === null ? [] : drift(old, set.vectors);
  if (moved.length > 0)
    throw new Error(`${moved.join("\n")}\nA released vector stays as it is; write a new one beside it.`);
  const vectors = Object.fromEntries(set.vectors.map((vector) => [vector.id, fingerprint(vector)]));
  const release: Release = {
    release: SPEC,
    description: `The vectors that count for specification ${SPEC}. Written by conformance/tools/vectors.ts freeze; a hash never changes.`,
    vectors: { ...vectors },
  };
  writeFileSync(new URL(`releases/${SPEC}.json`, home), `${JSON.stringify(release, null, 2)}\n`);
  console.log(`${Object.keys(vectors).length} vectors are released with ${SPEC}`);
};

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [command] = process.argv.slice(2);
  if (command === "build") {
    for (const [name, text] of vectorFiles()) writeFileSync(new URL(name, home), text);
    for (const { suite, groups } of readSuites())
      console.log(`${suite}: ${groups.reduce((n, { tests }) => n + tests.length, 0)}`);
  } else if (command === "check") {
    const stale = staleVectors();
    for (const name of stale)
      console.error(
        `conformance/${name} is not what authoring/ says; node conformance/tools/vectors.ts build writes it`,
      );
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else if (command === "freeze") freeze();
  else {
    console.error("build, check or freeze");
    process.exitCode = 2;
  }
}
