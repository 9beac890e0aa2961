/**
 * Plain words: comments, specification and guides name the caller, the reply, the entry. They do without the words
 * of `prose.ts`. Strings are read by users and quotations are of others, so neither is looked at.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { assert, describe, it } from "vitest";
import { filesIn, root, src } from "./imports.ts";
import { commentsOf, faultsOf, proseOf, words } from "./prose.ts";

/** What must stay: the line has this text, for this reason. One that no line needs fails the test. */
const exempt: readonly { readonly file: string; readonly text: string; readonly reason: string }[] = [
  {
    file: "spec/audit.md",
    text: "## What a verifier says",
    reason: "a heading of the specification, which others link to",
  },
  {
    file: "spec/adr/0007-risk-recheck.md",
    text: "# 7. A message whose risk rose since its approval goes back",
    reason: "the title of a decision that was taken, by which it is cited",
  },
];

const pages = [
  ...["spec", "spec/guide", "spec/adr"].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".md") && name !== "TRACE.md")
      .map((name) => `${folder}/${name}`),
  ),
  "README.md",
  "findings/README.md",
];

const faultsIn = (files: readonly string[], proseIn: (text: string) => string) =>
  files.flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    const lines = text.split("\n");
    return faultsOf(proseIn(text)).map((fault) => ({ file, text: lines[fault.line - 1]!, ...fault }));
  });

const faults = [
  ...faultsIn(
    filesIn(src).map((file) => relative(root, file)),
    commentsOf,
  ),
  ...faultsIn(pages, proseOf),
];

const isExempt = (one: (typeof exempt)[number], fault: (typeof faults)[number]) =>
  one.file === fault.file && fault.text.includes(one.text);

describe("plain words", () => {
  it("are all that comments, specification and guides have", () => {
    const found = faults
      .filter((fault) => !exempt.some((one) => isExempt(one, fault)))
      .map(({ file, line, word, instead }) => `${file}:${line}: "${word}"; write: ${instead}`);
    assert.deepEqual(found, []);
  });

  it("have no exemption that nothing needs", () => {
    assert.deepEqual(
      exempt.filter((one) => !faults.some((fault) => isExempt(one, fault))),
      [],
    );
  });

  it("are asked of comments, and not of strings, templates or regular expressions", () => {
    const program = [
      'const a = "nobody // says";',
      "const b = `told ${c /* nobody */ + `said ${{ d: 1 }}`} // says`; // whoever",
      "const e = /\\/[/*]nobody/.test(a) ? 4 / 2 : 1 / 1; // told",
      "/**",
      ' * It `says` what "nobody" would, and goes',
      " * back to the queue, Anew.",
      " */",
      "const f = 'it\\'s said'; // let go",
    ].join("\n");
    assert.deepEqual(
      faultsOf(commentsOf(program)).map(({ line, word }) => [line, word]),
      [
        [2, "nobody"],
        [2, "whoever"],
        [3, "told"],
        [5, "goes back"],
        [6, "anew"],
        [8, "let go"],
      ],
    );
  });

  it("are asked of pages, and not of their code, quotations and clause slugs", () => {
    const page = [
      "The log says so, and nobody",
      'reads `nobody` or "told',
      'you".',
      "",
      "```sh",
      "echo says",
      "```",
      "> whoever",
      "",
      "### OV-73 · unchecked-is-said",
      "| told |",
    ].join("\n");
    assert.deepEqual(
      faultsOf(proseOf(page)).map(({ line, word }) => [line, word]),
      [
        [1, "says"],
        [1, "nobody"],
        [11, "told"],
      ],
    );
  });

  it("are there for every word that is not", () => {
    for (const [word, instead] of words) assert.deepEqual(faultsOf(`It ${word}.`), [{ line: 1, word, instead }]);
  });
});
