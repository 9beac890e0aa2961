/** `proofs/README.md` has an answer to every attack that a proof can defeat, and whatever it names is there. */
import { assert, describe, it } from "vitest";
import { existsSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import type { Manifest } from "../../proofs/check/manifest.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(join(repository, path), "utf8");
const { theorems } = JSON.parse(read("proofs/theorems.json")) as Manifest;

/** The attacks on an approval gate for which a theorem is asked. */
const asked = ["A1", "A6", "B1", "B2", "C1", "C5", "C6", "C7", "D1", "D2", "D5", "E1", "E3", "G1"];

type Row = readonly [attack: string, theorems: string, rest: string];

const rowsIn = (page: string): readonly Row[] => {
  const lines = page.split("\n");
  const first = lines.findIndex((line) => line.startsWith("| attack "));
  const table = lines.slice(first + 2, lines.indexOf("", first));
  return table.map(
    (line) =>
      line
        .split("|")
        .map((cell) => cell.trim())
        .slice(1, 4) as unknown as Row,
  );
};

/** What a row names that is not there, and what it leaves out. */
const objections = ([attack, named, rest]: Row): readonly string[] => {
  const problems: string[] = [];
  const links = (text: string) => [...text.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)].map(([, words, to]) => [words!, to!]);
  const proofs = links(named);
  if (proofs.length === 0) problems.push("names no theorem");
  for (const [name, to] of proofs) {
    const file = normalize(join("proofs", to!));
    if (!theorems.some((one) => one.name === `Countersign.${name}` && one.file === file))
      problems.push(`${name} is no theorem of ${file}`);
  }
  if (rest.length < 10) problems.push("does not say what is left open");
  for (const [title, to] of links(rest)) {
    const file = normalize(join("proofs", to!));
    if (!existsSync(join(repository, file)) || !read(file).includes(title!)) problems.push(`no "${title}" in ${file}`);
  }
  return problems.map((problem) => `${attack}: ${problem}`);
};

describe("the attacks", () => {
  const rows = rowsIn(read("proofs/README.md"));

  it("that a proof can defeat are all answered, once", () => {
    const numbers = rows.map(([attack]) => attack.split(" ")[0]!);
    assert.includeMembers(numbers, asked);
    assert.equal(new Set(numbers).size, numbers.length);
  });

  it("are answered by theorems and tests that are there", () => {
    assert.deepEqual(rows.flatMap(objections), []);
  });

  it("answered by what is not there are seen", () => {
    const row: Row = [
      "A1 x",
      "[no_gated_bypass](Thm/Lifecycle.lean)",
      "Tested: [OV-42](../test/e2e/tampering.test.ts)",
    ];
    assert.deepEqual(objections(row), []);
    assert.match(objections([row[0], row[1].replace("bypass", "bypasses"), row[2]]).join(), /no theorem/);
    assert.match(objections([row[0], row[1].replace("Lifecycle", "Modes"), row[2]]).join(), /no theorem/);
    assert.match(objections([row[0], row[1], row[2].replace("OV-42", "OV-9999")]).join(), /no "OV-9999"/);
    assert.match(objections([row[0], "", row[2]]).join(), /names no theorem/);
    assert.match(objections([row[0], row[1], ""]).join(), /left open/);
  });
});
