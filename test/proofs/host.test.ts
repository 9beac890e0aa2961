/** The process that runs one Lean after another: nothing that a run writes is lost, or taken for what another one wrote. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { leansOf, type Leans } from "../../proofs/check/lean.ts";

/** Stands for Lean: says that all is well, writes both parts of the result, and then does what the file says. */
const program = `
const fs = require("node:fs");
const { argv } = process;
const out = argv[argv.indexOf("-o") + 1];
for (const ending of ["", ".private"]) fs.writeFileSync(out + ending, Buffer.alloc(100));
const error = JSON.stringify({ severity: "error", fileName: argv.at(-1), pos: { line: 1, column: 0 }, data: "wrong" });
const passedOver = "[DEBUG: " + "x".repeat(80);
fs.writeSync(1, "Reporting complete, hasErrors = false\\n");
new Function("fs", "error", "passedOver", fs.readFileSync(argv.at(-1), "utf8"))(fs, error, passedOver);
`;

let folder: string;
let leans: Leans;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "countersign-host-"));
  mkdirSync(join(folder, "library"));
  writeFileSync(join(folder, "lean.cjs"), program);
  writeFileSync(join(folder, "lean.wasm"), Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  leans = leansOf({
    program: join(folder, "lean.cjs"),
    wasm: join(folder, "lean.wasm"),
    library: join(folder, "library"),
    identity: "stands for Lean",
  });
});
afterEach(() => {
  leans.end();
  rmSync(folder, { recursive: true, force: true });
});

const check = (does: string) => {
  const file = join(folder, "File.lean");
  writeFileSync(file, does);
  return leans.checkFile(file, folder, join(folder, "File"), []);
};

const error = ["File.lean:1:1: error: wrong"];

it("reads an error behind more than an output takes at once, whichever way it is written", async () => {
  for (const does of [
    "for (let i = 0; i < 8000; i++) fs.writeSync(1, passedOver + '\\n'); fs.writeSync(1, error + '\\n')",
    "for (let i = 0; i < 8000; i++) console.log(passedOver); console.log(error)",
    "for (let i = 0; i < 8000; i++) console.error(passedOver); console.error(error); process.exit(0)",
  ]) {
    expect(await check(does)).toMatchObject({ ok: false, messages: error });
    // And nothing of it is left for the next one.
    expect(await check("")).toMatchObject({ ok: true, messages: [] });
  }
});

it("takes neither another status nor a thread that breaks for a file that was checked", async () => {
  expect(await check("process.exitCode = 1")).toMatchObject({ ok: false, messages: ["Lean ended with status 1"] });
  expect((await check("throw new Error('it broke')")).messages[0]).toBe("Error: it broke");
  expect((await check("Promise.reject(new Error('it broke'))")).ok).toBe(false);
  expect(await check("")).toMatchObject({ ok: true, messages: [] });
});
