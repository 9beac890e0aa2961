/** What README.md claims of this repository is so: each claim has the words, clauses, theorems and tests that bear it. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { assert, describe, it } from "vitest";
import { linksOf, readText, root, tableOf, writtenOut } from "./markdown.ts";

const readme = writtenOut(readText("README.md"));

const documents = readdirSync(`${root}spec`)
  .filter((name) => name.endsWith(".md"))
  .map((name) => join("spec", name));

/** The evidence a clause declares, by its number. */
const evidence = new Map<string, string>();
for (const page of documents) {
  for (const match of readText(page).matchAll(/^### (OV-\d+) · [^\n]+\n([\s\S]*?)(?=^#|(?![\s\S]))/gm)) {
    const declared = /^Evidence: (.+?)\.?$/m.exec(match[2]!);
    if (declared !== null) evidence.set(match[1]!, declared[1]!);
  }
}

const { theorems } = JSON.parse(readText("proofs/theorems.json")) as {
  readonly theorems: readonly { readonly name: string; readonly file: string; readonly clauses: readonly string[] }[];
};

/** Why a claim may not be made, or nothing. */
const objections = ([claim = "", words = "", where = ""]: readonly string[]): readonly string[] => {
  const given = words.replaceAll("_", "").split(", ");
  const ids = [...where.matchAll(/\[(OV-\d+)\]\(spec\/TRACE\.md#(ov-\d+)\)/g)];
  const problems: string[] = [];
  for (const word of given) {
    if (!["proved", "checked exhaustively", "tested", "not covered"].includes(word))
      problems.push(`"${word}" is not a word we use`);
  }
  if (ids.length === 0) problems.push("it names no clause");
  for (const [, id, anchor] of ids) {
    const kinds = (evidence.get(id!) ?? "").split(/, | - /);
    if (id!.toLowerCase() !== anchor) problems.push(`${id} links to ${anchor}`);
    if (given.includes("checked exhaustively") && !kinds.includes("exhaustive"))
      problems.push(`${id} is not exhaustive`);
    if (given.includes("tested") && !kinds.includes("test")) problems.push(`${id} has no test`);
  }
  // Each theorem is named with its file, is pinned, and is of one of the claim's clauses; each clause has one or another word.
  const proofs = [...where.matchAll(/\[(\w+)\]\((proofs\/[^)]+)\)/g)];
  if (given.includes("proved") && proofs.length === 0) problems.push("it names no theorem");
  if (!given.includes("proved") && proofs.length > 0) problems.push("it names a theorem and is not called proved");
  for (const [, name, file] of proofs) {
    const pinned = theorems.find((theorem) => theorem.name === `Countersign.${name}` && theorem.file === file);
    if (pinned === undefined) problems.push(`${name} is no theorem of ${file}`);
    else if (!pinned.clauses.some((clause) => ids.some(([, id]) => id === clause))) {
      problems.push(`${name} is not about its clauses`);
    }
  }
  const tests = linksOf(where).filter((link) => link.startsWith("test/"));
  if (!given.includes("not covered") && tests.length === 0) problems.push("it names no test");
  if (given.includes("checked exhaustively") && !tests.includes("test/machine/exhaustive.test.ts")) {
    problems.push("it does not name the exhaustive test");
  }
  return problems.map((problem) => `${claim}: ${problem}`);
};

describe("the claims", () => {
  const claims = tableOf(readme, "claim");

  it("use the words we define, of clauses whose declared evidence bears them, and name tests that are there", () => {
    assert.isTrue(claims.length >= 6 && claims.length <= 10);
    assert.deepEqual(claims.flatMap(objections), []);
  });

  it("that say more than is shown are seen", () => {
    const refused = (word: string, clause: string, test: string) =>
      objections(["x", word, `[${clause}](spec/TRACE.md#${clause.toLowerCase()}) [x](${test})`]).length > 0;
    assert.isTrue(refused("_proved_", "OV-39", "test/machine/exhaustive.test.ts"));
    assert.isTrue(refused("_checked exhaustively_", "OV-36", "test/machine/exhaustive.test.ts"));
    assert.isTrue(refused("_checked exhaustively_", "OV-39", "test/e2e/killed.test.ts"));
    assert.isTrue(refused("_tested_", "OV-59", "test/e2e/killed.test.ts"));
    assert.isTrue(refused("_tested_", "OV-39", "spec/modes.md"));
    assert.isFalse(refused("_tested_", "OV-39", "test/e2e/killed.test.ts"));
    assert.isNotEmpty(objections(["x", "_tested_", "[OV-39](spec/TRACE.md#ov-40) [x](test/x.ts)"]));
    assert.isNotEmpty(objections(["x", "_tested_", "[OV-39] [x](test/x.ts)"]));
    const proved = (clause: string, theorem: string) =>
      objections(["x", "_proved_", `[${clause}](spec/TRACE.md#${clause.toLowerCase()}) ${theorem} [x](test/x.ts)`]);
    assert.isEmpty(proved("OV-39", "[no_gated_bypass](proofs/Thm/Lifecycle.lean)"));
    assert.isNotEmpty(proved("OV-39", "[no_self_approval](proofs/Thm/Decisions.lean)"));
    assert.isNotEmpty(proved("OV-39", "[no_gated_bypass](proofs/Thm/Modes.lean)"));
    assert.isNotEmpty(proved("OV-39", "[no_such](proofs/Thm/Lifecycle.lean)"));
  });
});
