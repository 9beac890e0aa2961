/** What README.md says of this repository is so: its links, its claims, its picture, its tables, the commands it names. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { assert, describe, it } from "vitest";
import { settings } from "../../src/server/settings/settings.ts";
import { anchorsOf, blocksOf, inlineCode, linksOf, readText, root, tableOf } from "./markdown.ts";
import { settingsTable, tableIn } from "./settingsTable.ts";

const readme = readText("README.md");

const pages = [
  "proofs/README.md",
  "README.md",
  ...readdirSync(`${root}spec`, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("spec", name)),
];

/** The links of a page that lead nowhere. */
const dead = (page: string, markdown: string): readonly string[] =>
  linksOf(markdown).filter((link) => {
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? page : normalize(join(dirname(page), path));
    if (!existsSync(join(root, target))) return true;
    if (anchor === undefined) return false;
    const text = target === page ? markdown : readText(target);
    const line = /^L(\d+)$/.exec(anchor)?.[1];
    return line === undefined ? !anchorsOf(text).has(anchor) : text.split("\n").length < Number(line);
  });

describe("links", () => {
  for (const page of pages) it(`of ${page} lead somewhere`, () => assert.deepEqual(dead(page, readText(page)), []));

  it("that lead nowhere are seen", () => {
    const links = [
      "[a](none.md)",
      "[b](spec/modes.md#none)",
      "[c](#none)",
      "[d](spec/modes.md#ov-5--read-only-silences)",
      "[e](spec/transitions.json#L3)",
      "[f](spec/transitions.json#L99999)",
    ];
    assert.deepEqual(dead("README.md", links.join("\n")), [
      "none.md",
      "spec/modes.md#none",
      "#none",
      "spec/transitions.json#L99999",
    ]);
  });
});

/** The evidence a clause declares, by its number. */
const evidence = new Map<string, string>();
for (const page of pages) {
  for (const match of readText(page).matchAll(/^### (OV-\d+) · [^\n]+\n([\s\S]*?)(?=^#|(?![\s\S]))/gm)) {
    const declared = /^Evidence: (.+?)\.?$/m.exec(match[2]!);
    if (declared !== null) evidence.set(match[1]!, declared[1]!);
  }
}

const { theorems } = JSON.parse(readText("proofs/theorems.json")) as {
  readonly theorems: readonly { readonly name: string; readonly file: string; readonly clauses: readonly string[] }[];
};

/** Why a claim may not be made, or nothing. */
const objections = ([claim = "", words = "", clauses = "", where = ""]: readonly string[]): readonly string[] => {
  const said = words.replaceAll("_", "").split(", ");
  const ids = [...clauses.matchAll(/\[(OV-\d+)\]\([^)]*#(ov-\d+)-/g)];
  const problems: string[] = [];
  for (const word of said) {
    if (!["proved", "checked exhaustively", "tested", "not covered"].includes(word))
      problems.push(`"${word}" is not a word we use`);
  }
  if (ids.length === 0) problems.push("it names no clause");
  for (const [, id, anchor] of ids) {
    const kinds = (evidence.get(id!) ?? "").split(/, | - /);
    if (id!.toLowerCase() !== anchor) problems.push(`${id} links to ${anchor}`);
    if (said.includes("checked exhaustively") && !kinds.includes("exhaustive"))
      problems.push(`${id} is not exhaustive`);
    if (said.includes("tested") && !kinds.includes("test")) problems.push(`${id} has no test`);
  }
  // Each theorem is named with its file, is pinned, and is of one of the claim's clauses; each clause has one or another word.
  const proofs = [...where.matchAll(/\[(\w+)\]\((proofs\/[^)]+)\)/g)];
  if (said.includes("proved") && proofs.length === 0) problems.push("it names no theorem");
  if (!said.includes("proved") && proofs.length > 0) problems.push("it names a theorem and is not called proved");
  for (const [, name, file] of proofs) {
    const pinned = theorems.find((theorem) => theorem.name === `Countersign.${name}` && theorem.file === file);
    if (pinned === undefined) problems.push(`${name} is no theorem of ${file}`);
    else if (!pinned.clauses.some((clause) => ids.some(([, id]) => id === clause))) {
      problems.push(`${name} is not about its clauses`);
    }
  }
  const tests = linksOf(where).filter((link) => link.startsWith("test/"));
  if (!said.includes("not covered") && tests.length === 0) problems.push("it names no test");
  if (said.includes("checked exhaustively") && !tests.includes("test/machine/exhaustive.test.ts")) {
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
      objections(["x", word, `[${clause}](spec/x.md#${clause.toLowerCase()}--x)`, `[x](${test})`]).length > 0;
    assert.isTrue(refused("_proved_", "OV-39", "test/machine/exhaustive.test.ts"));
    assert.isTrue(refused("_checked exhaustively_", "OV-36", "test/machine/exhaustive.test.ts"));
    assert.isTrue(refused("_checked exhaustively_", "OV-39", "test/e2e/killed.test.ts"));
    assert.isTrue(refused("_tested_", "OV-59", "test/e2e/killed.test.ts"));
    assert.isTrue(refused("_tested_", "OV-39", "spec/modes.md"));
    assert.isFalse(refused("_tested_", "OV-39", "test/e2e/killed.test.ts"));
    const proved = (clause: string, theorem: string) =>
      objections(["x", "_proved_", `[${clause}](spec/x.md#${clause.toLowerCase()}--x)`, `${theorem}, [x](test/x.ts)`]);
    assert.isEmpty(proved("OV-39", "[no_gated_bypass](proofs/Thm/Lifecycle.lean)"));
    assert.isNotEmpty(proved("OV-39", "[no_self_approval](proofs/Thm/Decisions.lean)"));
    assert.isNotEmpty(proved("OV-39", "[no_gated_bypass](proofs/Thm/Modes.lean)"));
    assert.isNotEmpty(proved("OV-39", "[no_such](proofs/Thm/Lifecycle.lean)"));
  });
});

describe("the picture", () => {
  interface Row {
    readonly status: string;
    readonly event: string;
    readonly next?: string;
  }
  const { rows } = JSON.parse(readText("spec/transitions.json")) as { readonly rows: readonly Row[] };
  const drawn = blocksOf(readme)
    .find(({ kind }) => kind === "mermaid")!
    .text.split("\n")
    .slice(1)
    .map((line) => line.trim());
  const ways = new Set(
    rows.flatMap(({ status, event, next }) =>
      next === undefined || next === status ? [] : [`${status} --> ${next}: ${event}`],
    ),
  );

  it("shows every way of the table but those it says it leaves out, and no other", () => {
    const leftOut = /: (reject|cancel|expire|revise)$/;
    assert.deepEqual(drawn.toSorted(), [...ways].filter((way) => !leftOut.test(way)).toSorted());
  });
});

describe("what the page names is there", () => {
  const { scripts } = JSON.parse(readText("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
  const codes = [...inlineCode(readme), ...blocksOf(readme).flatMap(({ kind, text }) => (kind === "sh" ? [text] : []))];

  it("the settings, with their defaults and meanings, all of them and no other", () => {
    assert.strictEqual(tableIn(readme), settingsTable(), "run: node test/readme/settingsTable.ts --update");
    const known = new Set<string>(Object.values(settings).map(({ name }) => name));
    // A prefix is no name.
    const named = codes.flatMap((code) => code.match(/\bCOUNTERSIGN_[A-Z_]*[A-Z]/g) ?? []);
    assert.deepEqual(
      named.filter((name) => !known.has(name)),
      [],
    );
  });

  it("npm's scripts", () => {
    const named = codes.flatMap((code) =>
      [...code.matchAll(/\bnpm (?:run (?:-s )?([\w:]+)|(test|start)\b)/g)].map((match) => match[1] ?? match[2]!),
    );
    assert.includeMembers(named, ["check", "test", "start", "demo"]);
    assert.deepEqual(
      named.filter((name) => scripts[name] === undefined),
      [],
    );
  });

  it("commands of the command line", () => {
    const named = codes.flatMap((code) =>
      [...code.matchAll(/(?:^|npx |^countersign )(?:countersign )([a-z]+)/gm)].map((match) => match[1]!),
    );
    assert.isAbove(named.length, 3);
    assert.deepEqual(
      named.filter(
        (name) =>
          !["serve", "demo", "verify", "keys", "proofs", "audit", "export", "report", "conformance", "risk"].includes(
            name,
          ),
      ),
      [],
    );
  });
});
