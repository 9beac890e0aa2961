/** The map of the house in `change.md`, and the smaller one in README.md: every room, once, on the storey where its imports put it. */
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { assert, describe, it } from "vitest";
import { filesIn, src } from "../architecture/imports.ts";
import { walls } from "../architecture/walls.ts";
import { readText, root, tableOf } from "./markdown.ts";

interface Storey {
  readonly name: string;
  readonly rooms: readonly string[];
}

/** A line in bold begins a storey; any other names a room. */
const storeysOf = (rows: readonly (readonly string[])[]): readonly Storey[] => {
  const storeys: { name: string; rooms: string[] }[] = [];
  for (const [first = ""] of rows) {
    const name = /^\*\*(.+)\*\*$/.exec(first)?.[1];
    const room = /^`src\/(\w+)(?:\.ts)?`$/.exec(first)?.[1];
    if (name !== undefined) storeys.push({ name: name.toLowerCase(), rooms: [] });
    else if (room !== undefined) storeys.at(-1)?.rooms.push(room);
  }
  return storeys;
};

const storeys = storeysOf(tableOf(readText("spec/guide/change.md"), "room"));
const order = (room: string): number => storeys.findIndex(({ rooms }) => rooms.includes(room));

/** Permissions to import from a storey further down the list. */
const downwards = (plan: Readonly<Record<string, readonly string[]>>): readonly string[] =>
  Object.entries(plan).flatMap(([room, permitted]) =>
    permitted.flatMap((place) => {
      const [other = ""] = place.split("/");
      return order(other) > order(room) ? [`${room} → ${place}`] : [];
    }),
  );

describe("the rooms in change.md", () => {
  it("are those of test/architecture/walls.ts, each once: add a line for a new room", () => {
    assert.sameMembers(
      storeys.flatMap(({ rooms }) => rooms),
      Object.keys(walls),
    );
    for (const room of Object.keys(walls)) {
      assert.isTrue(existsSync(join(root, "src", room)) || existsSync(join(root, "src", `${room}.ts`)), room);
    }
  });

  it("import from no storey below their own in the list", () => {
    assert.deepEqual(downwards(walls), []);
    assert.deepEqual(downwards({ model: ["store"], store: ["model", "contracts/errors"] }), ["model → store"]);
  });
});

describe("the storeys in README.md", () => {
  it("are those of change.md", () => {
    const short = tableOf(readText("README.md"), "storey").map(([name, rooms = ""]) => ({
      name,
      rooms: [...rooms.matchAll(/`(?:src\/)?(\w+)(?:\.ts)?`/g)].map((match) => match[1]!),
    }));
    assert.deepEqual(
      short.map(({ name, rooms }) => [name, rooms.toSorted()]),
      storeys.map(({ name, rooms }) => [name, rooms.toSorted()]),
    );
  });
});

describe("the places in README.md", () => {
  const files = filesIn(src).map((file) => ({ path: `src/${relative(src, file)}`, text: readFileSync(file, "utf8") }));
  const holding = (pattern: RegExp): readonly string[] =>
    files.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
  const place = (question: string): string =>
    tableOf(readText("README.md"), "where").find(([where]) => where === question)?.[1] ?? "";

  it("hold what they are named for, and no other file does", () => {
    const only: readonly (readonly [question: string, pattern: RegExp])[] = [
      ["SMTP is spoken", /MAIL FROM/],
      ["a table is written", /`CREATE TABLE (?!IF)/],
      ["a message's status may change", /\bpending_approval: \{/],
      ["it is decided who may see a message", /Context\.Service<\s*Reach\b/],
      ["the reason of a 403 is worded", /\bself_decision: "Who/],
    ];
    for (const [question, pattern] of only) {
      const found = holding(pattern);
      assert.isNotEmpty(found, question);
      for (const file of found) {
        const named = [...place(question).matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
        assert.isTrue(
          named.some((name) => file.startsWith(name)),
          `${question}: ${file} is not named`,
        );
      }
    }
  });
});
