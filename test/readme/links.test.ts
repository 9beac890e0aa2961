/** Where README.md, the guides and the specification send their reader is there: links, paths, and a first screen that fits. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { assert, describe, it } from "vitest";
import { modes } from "../../src/model/Mode.ts";
import { anchorsOf, blocksOf, inlineCode, linksOf, readText, root, tableOf } from "./markdown.ts";
import { guidesThere, pages } from "./pages.ts";

const linking = [
  "README.md",
  "proofs/README.md",
  "findings/README.md",
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
  for (const page of linking) it(`of ${page} lead somewhere`, () => assert.deepEqual(dead(page, readText(page)), []));

  it("that lead nowhere are seen", () => {
    const links = [
      "[a](none.md)",
      "[b](spec/modes.md#none)",
      "[c](#none)",
      "[d](spec/modes.md#ov-5--read-only-silences)",
      "[e](spec/transitions.json#L3)",
      "[f](spec/transitions.json#L99999)",
      "[g] [h]",
      "[g]: no.md",
      "[h]: README.md",
    ];
    assert.deepEqual(dead("README.md", links.join("\n")), [
      "none.md",
      "spec/modes.md#none",
      "#none",
      "spec/transitions.json#L99999",
      "no.md",
    ]);
  });
});

/** Paths of this repository that are named in code style or in a command, from its root. */
const pathsNamed = (markdown: string): readonly string[] =>
  [...inlineCode(markdown), ...blocksOf(markdown).flatMap(({ kind, text }) => (kind === "sh" ? [text] : []))].flatMap(
    (code) => code.match(/(?<![\w./-])(?:src|test|spec|proofs|conformance|findings)\/[\w./-]*/g) ?? [],
  );

const gone = (markdown: string): readonly string[] =>
  pathsNamed(markdown).filter((path) => !existsSync(join(root, path)));

describe("paths", () => {
  for (const page of [...pages, "findings/README.md"]) {
    it(`that ${page} names are there`, () => assert.deepEqual(gone(readText(page)), []));
  }

  it("that are not there are seen", () => {
    const text = "`src/model/Mode.ts` `src/model/none.ts`\n\n```sh\nnode test/none.ts ../agent/test/none.ts\n```\n";
    assert.deepEqual(gone(text), ["src/model/none.ts", "test/none.ts"]);
    assert.isAbove(pages.flatMap((page) => pathsNamed(readText(page))).length, 40);
  });
});

describe("README.md", () => {
  const readme = readText("README.md");
  const size = (text: string): number => Buffer.byteLength(text);

  it("has at most 12,000 bytes, and 3 KB before its first heading", () => {
    assert.isAtMost(size(readme), 12_000);
    const [firstScreen = ""] = readme.split("\n## ");
    assert.isAtMost(size(firstScreen), 3_000);
    assert.include(firstScreen, "npm ci && npm run demo");
    assert.include(firstScreen, "**What it is not.**");
  });

  it("has the five modes, and no other, before its first heading", () => {
    const [firstScreen = ""] = readme.split("\n## ");
    assert.deepEqual(
      tableOf(firstScreen, "mode").map(([mode]) => mode),
      modes.map((mode) => `\`${mode}\``),
    );
  });

  it("leads to every guide, and every guide is walked", () => {
    assert.sameMembers([...guidesThere()], pages.slice(1));
    assert.includeMembers([...linksOf(readme)], pages.slice(1));
  });
});
