/** Every block of README.md and the guides is run, in order, as a reader would, and prints what the page shows. See `walk.ts`. */
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { blocksOf, readText } from "./markdown.ts";
import { pages } from "./pages.ts";
import { complaints, walk } from "./walk.ts";

const blocksOfPages = pages.map((page) => blocksOf(readText(page)));

/** The output that a `text` block allows. */
const allowed = (text: string): RegExp => {
  const lines = text
    .split("\n")
    .map((line) =>
      line === "…" ? "(?:.*\n)*?" : `${line.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("…", ".*")} *\n`,
    );
  return new RegExp(`^${lines.join("")}$`);
};

let walked: Awaited<ReturnType<typeof walk>>;
beforeAll(async () => {
  walked = await walk(blocksOfPages);
  // It builds, packs and installs the package, and starts two servers.
}, 300_000);
afterAll(() => walked.done());

for (const [p, page] of pages.entries()) {
  const blocks = blocksOfPages[p]!;
  const walkedPage = () => walked.pages[p]!;

  describe(`the blocks of ${page}`, () => {
    it("are of kinds that are run or compared; each output follows a command, each program has a name", () => {
      for (const [i, { kind, text, line }] of blocks.entries()) {
        assert.include(["sh", "ts", "text", "mermaid"], kind, `line ${line}`);
        if (kind === "text") assert.strictEqual(blocks[i - 1]?.kind, "sh", `line ${line}: the output of what?`);
        if (kind === "ts") assert.match(text, /^\/\/ [a-z]+\.mts\n/, `line ${line}: save it as what?`);
      }
    });

    for (const [i, { kind, text, line, section }] of blocks.entries()) {
      if (kind === "sh") {
        it(`line ${line}, ${section}: ${text.split("\n")[0]}`, () => {
          assert.isTrue(
            walkedPage().blocks[i]!.ended,
            `it failed, or one before it did:\n${walkedPage().blocks[i]!.output}\n${walkedPage().errors}`,
          );
        });
      }
      if (kind === "text") {
        it(`line ${line}, ${section}: is what the block before it prints`, () => {
          assert.match(walkedPage().blocks[i - 1]!.output.replace(/\n?$/, "\n"), allowed(text), walkedPage().errors);
        });
      }
    }
  });
}

describe("the outputs", () => {
  it("that print something else are seen", () => {
    assert.match("a 1\nb\nc\n", allowed("a …\n…\nc"));
    assert.match("a 1\nc\n", allowed("a …\n…\nc"));
    assert.notMatch("a 1\nc\nd\n", allowed("a …\n…\nc"));
    assert.notMatch("a 1\nd\n", allowed("a …\nc"));
    assert.notMatch("", allowed("a"));
  });
});

describe("the package", () => {
  it("holds the program, the core with its types, the database's thread, the specification and nothing of ours", () => {
    assert.includeMembers(walked.shipped as string[], [
      "LICENSE",
      "README.md",
      "dist/cli/main.js",
      "dist/index.d.ts",
      "dist/index.js",
      "dist/store/sqlite/sqliteWorker.js",
      "conformance/README.md",
      "conformance/PROTOCOL.md",
      "conformance/clients/python/client.py",
      "conformance/releases/0.1.0.json",
      "conformance/vectors/lifecycle.json",
      "package.json",
      "proofs/theorems.json",
      "spec/README.md",
      "spec/transitions.json",
    ]);
    const strays = walked.shipped.filter(
      (path) =>
        !/^(dist\/[\w/.]+\.(js|d\.ts)|(spec|conformance)\/[\w/.-]+|proofs\/theorems\.json|LICENSE|README\.md|package\.json)$/.test(
          path,
        ),
    );
    assert.deepEqual(strays, []);
  });

  it("has types under which the programs of the pages are right", () => {
    assert.strictEqual(complaints(walked.project), "");
  });
});
