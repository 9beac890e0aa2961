/** On a Node that is too old the program says so before it loads anything that such a Node could not read. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { assert, describe, it } from "vitest";
import { main, scratch } from "./run.ts";

/** This Node, under the name of another. */
const under = (version: string, entry: string, ...line: readonly string[]) => {
  const preload = `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"${version}"}})`;
  const args = ["--import", preload, entry, ...line];
  return spawnSync(process.execPath, args, { encoding: "utf8", env: {}, timeout: 30_000 });
};

describe("the entry file", () => {
  const folder = scratch();
  const entry = join(folder, "src/cli/main.ts");
  mkdirSync(join(folder, "src/cli"), { recursive: true });
  cpSync(main, entry);
  cpSync(new URL("../../package.json", import.meta.url), join(folder, "package.json"));

  it("alone, with nothing of the program beside it, says which Node is needed and ends with 2", () => {
    for (const version of ["18.20.8", "23.11.1"]) {
      const { status, stdout, stderr } = under(version, entry, "verify", "none.eml");
      assert.deepEqual([status, stdout], [2, ""], version);
      assert.strictEqual(stderr, `countersign needs Node 24 or later; ${process.execPath} is ${version}.\n`);
    }
  });

  it("loads the program on a Node that can run it", () => {
    for (const version of ["24.0.0", "100.0.0"]) assert.match(under(version, entry).stderr, /run\.ts/, version);
    assert.strictEqual(under("24.0.0", main, "--version").status, 0);
  });

  it("imports only what every Node has, before it has looked", () => {
    const text = readFileSync(main, "utf8");
    const imported = [...text.matchAll(/^import .*? from "([^"]+)";$/gm)].map(([, specifier]) => specifier);
    assert.deepEqual(imported, ["node:fs"]);
    assert.deepEqual(text.match(/^export|^import "/gm), null);
  });
});
