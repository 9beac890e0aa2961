/** The list of mutants that may survive: what is on it has a reason and is in the code, and what is wrong with it fails a run. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { assert, describe, it } from "vitest";
import { type Equivalent, judged, type Mutant, readEquivalents } from "./equivalent.ts";

const mutant = (original: string, killedBy: string | null): Mutant & { readonly killedBy: string | null } => ({
  file: "src/a.ts",
  line: 1,
  column: 1,
  source: "return a < b;",
  mutator: "EqualityOperator",
  original,
  replacement: "a <= b",
  killedBy,
});
const entry = (original: string): Equivalent => ({
  file: "src/a.ts",
  source: "return a < b;",
  original,
  replacement: "a <= b",
  reason: "a and b are never the same here, see above",
});
const everything = () => true;

describe("equivalent mutants", () => {
  it("each listed one is of a line that is in the file, and has a reason", () => {
    for (const { file, source, original } of readEquivalents()) {
      const path = fileURLToPath(new URL(`../../${file}`, import.meta.url));
      assert.isTrue(existsSync(path), file);
      const lines = readFileSync(path, "utf8")
        .split("\n")
        .map((line) => line.trim());
      assert.include(lines, source, `${file}: the line has changed; run npm run mutation and look again`);
      assert.include(source.length < original.length ? original : source, original.split("\n")[0]!, file);
    }
  });

  it("a survivor that is not listed is told, one that is listed is not", () => {
    const results = [mutant("a < b", null), mutant("a > b", null), mutant("a == b", "a test")];
    const { unlisted, listed, stale } = judged(results, [entry("a < b")], everything);
    assert.deepStrictEqual(
      unlisted.map(({ original }) => original),
      ["a > b"],
    );
    assert.deepStrictEqual(
      listed.map(({ original }) => original),
      ["a < b"],
    );
    assert.deepStrictEqual(stale, []);
  });

  it("an entry whose mutant is killed, or is no longer there, is stale", () => {
    const results = [mutant("a < b", "a test")];
    assert.lengthOf(judged(results, [entry("a < b"), entry("gone")], everything).stale, 2);
    assert.lengthOf(judged(results, [entry("a < b")], () => false).stale, 0);
  });

  it("an entry without a reason, or twice, stops the run", () => {
    assert.throws(() => readEquivalents(JSON.stringify([{ ...entry("a"), reason: "" }])), /say why/);
    assert.throws(() => readEquivalents(JSON.stringify([entry("a"), entry("a")])), /twice/);
  });
});
