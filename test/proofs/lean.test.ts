/** What Lean says is read closely, and its library is unpacked as it was packed. */
import { assert, describe, it } from "vitest";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import { extract } from "../../proofs/check/archive.ts";
import { keysOf } from "../../proofs/check/build.ts";
import { hasLake } from "../../proofs/check/lake.ts";
import { leansOf, readOutput, type Leans } from "../../proofs/check/lean.ts";
import { inOrder } from "../../proofs/check/sources.ts";
import { project, withFiles } from "./project.ts";

describe("what Lean says", () => {
  it("is messages, narration and an end; anything else is a stray", () => {
    const message = {
      severity: "error",
      fileName: "/p/Thm/A.lean",
      pos: { line: 3, column: 4 },
      data: "no\n",
    };
    const text = [
      "[DEBUG:IMPORT] Init",
      "  - /some/place",
      JSON.stringify(message),
      "Stack overflow",
      "[DEBUG:N] Reporting complete, hasErrors = false",
    ].join("\n");
    assert.deepEqual(readOutput(text, "/p"), {
      messages: ["Thm/A.lean:3:5: error: no"],
      strays: ["Stack overflow"],
      finished: true,
    });
  });

  it("is no end when there were errors, or none was reported", () => {
    assert.isFalse(readOutput("[DEBUG:N] Reporting complete, hasErrors = true", "/").finished);
    assert.isFalse(readOutput("", "/").finished);
  });
});

/** Programs in Lean's place, run as Lean is: what they say, write and end with is what is judged. */
describe("a run", () => {
  const good = `say("[DEBUG:N] Reporting complete, hasErrors = false"); write(".olean"); write(".olean.private");`;
  const message = JSON.stringify({ severity: "error", fileName: "A.lean", pos: { line: 1, column: 0 }, data: "no" });
  /** What became of a program that does `first` when it is run for the first time and `then` after that. */
  const judged = async (first: string, then = first) => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-run-"));
    let leans: Leans | undefined;
    try {
      writeFileSync(join(folder, "A.lean"), "module\n");
      writeFileSync(
        join(folder, "program.cjs"),
        `const fs = require("node:fs");
         const out = process.argv[process.argv.indexOf("-o") + 1].replace(/\\.olean$/, "");
         const say = console.log;
         const write = (ending, size = 100) => fs.writeFileSync(out + ending, Buffer.alloc(size));
         fs.appendFileSync(__dirname + "/runs", ".");
         if (fs.readFileSync(__dirname + "/runs").length === 1) { ${first} } else { ${then} }`,
      );
      writeFileSync(join(folder, "empty.wasm"), Buffer.from("0061736d01000000", "hex"));
      const [program, wasm] = [join(folder, "program.cjs"), join(folder, "empty.wasm")];
      leans = leansOf({ program, wasm, library: folder, identity: "none" });
      const { ok, messages } = await leans.checkFile(join(folder, "A.lean"), folder, join(folder, "out/A"), []);
      return { ok, messages, runs: readFileSync(join(folder, "runs")).length };
    } finally {
      leans?.end();
      rmSync(folder, { recursive: true, force: true });
    }
  };

  it("is accepted when it ended well, said so and nothing else, and wrote both halves", async () => {
    assert.deepEqual(await judged(good), { ok: true, messages: [], runs: 1 });
    for (const missing of [/say\([^)]*\);/, /write\("\.olean"\);/, /write\("\.olean\.private"\);/]) {
      assert.isFalse((await judged(good.replace(missing, ""))).ok, String(missing));
    }
    assert.isFalse((await judged(good.replace('".olean"', '".olean", 5'))).ok);
    assert.isFalse((await judged(`${good} process.exit(1)`)).ok);
    assert.isFalse((await judged(`${good} say("Stack overflow")`)).ok);
  });

  it("that said and wrote nothing is asked again, once, and the second answer counts", async () => {
    assert.deepEqual(await judged("", good), { ok: true, messages: [], runs: 2 });
    const refused = await judged("", `say(${JSON.stringify(message)}); process.exitCode = 1;`);
    assert.deepEqual([refused.ok, refused.runs], [false, 2]);
    assert.include(refused.messages.join(), "A.lean:1:1: error: no");
    const silent = await judged("");
    assert.deepEqual([silent.ok, silent.runs], [false, 2]);
    assert.include(silent.messages.join(), "twice");
  });

  it("that refused in any way is never asked again", async () => {
    for (const refusal of [
      `say(${JSON.stringify(message)});`,
      "process.exit(1)",
      'say("Stack overflow")',
      'say("[DEBUG:N] Reporting complete, hasErrors = false")',
      'write(".olean")',
      'write(".olean.private", 3)',
      'process.kill(process.pid, "SIGKILL")',
    ]) {
      const { ok, runs } = await judged(refusal, good);
      assert.deepEqual([ok, runs], [false, 1], refusal);
    }
  });
});

describe("a process", () => {
  it("checks one file after another, and nothing of one run is there for the next", async () => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-host-"));
    const program = join(folder, "program.cjs");
    writeFileSync(join(folder, "empty.wasm"), Buffer.from("0061736d01000000", "hex"));
    // Says what an earlier run left behind, with the process it is in; the words of the end are tried, too.
    writeFileSync(
      program,
      `console.log("left " + globalThis.left + " " + process.env.LEFT + " " + process.pid);
       console.log("[end 0 0 0 0]");
       globalThis.left = process.env.LEFT = "something";`,
    );
    const leans = leansOf({ program, wasm: join(folder, "empty.wasm"), library: folder, identity: "none" });
    try {
      const told: string[] = [];
      for (const name of ["A", "B"]) {
        const { ok, messages } = await leans.checkFile(join(folder, `${name}.lean`), folder, join(folder, name), []);
        assert.isFalse(ok);
        told.push(messages.join("\n"));
      }
      assert.match(told[0]!, /left undefined undefined \d+\n\[end 0 0 0 0\]\nLean ended with status 0 and wrote no/);
      assert.equal(told[1], told[0]);
    } finally {
      leans.end();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("an archive", () => {
  const entry = (name: string, content: string, kind = "0"): Buffer => {
    const header = Buffer.alloc(512);
    header.write(name, 0, "latin1");
    header.write(content.length.toString(8).padStart(11, "0"), 124, "latin1");
    header.write(kind, 156, "latin1");
    header.fill(" ", 148, 156);
    const sum = header.reduce((all, byte) => all + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
    body.write(content, 0, "latin1");
    return Buffer.concat([header, body]);
  };
  const end = Buffer.alloc(1024);
  const unpacked = async (...pieces: readonly Buffer[]): Promise<Record<string, string>> => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-archive-"));
    try {
      const out = join(folder, "out");
      writeFileSync(join(folder, "a.tar.gz"), gzipSync(Buffer.concat(pieces)));
      await extract(join(folder, "a.tar.gz"), out, (name) => !name.includes("no"));
      return Object.fromEntries(
        readdirSync(out, { recursive: true, withFileTypes: true })
          .filter((one) => one.isFile())
          .map((one) => [one.name, readFileSync(join(one.parentPath, one.name), "latin1")]),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };

  it("gives the files wanted, whole", async () => {
    const long = "x".repeat(1300);
    const packed = [entry("./d/", "", "5"), entry("./d/a", long), entry("./no", "n"), entry("b", ""), end];
    assert.deepEqual(await unpacked(...packed), { a: long, b: "" });
  });

  it("with a name that leads out, a hidden name or damage is refused", async () => {
    const refused = async (entries: readonly Buffer[], why: RegExp) => {
      let said = "";
      await unpacked(...entries).catch((cause: unknown) => (said = String(cause)));
      assert.match(said, why);
    };
    await refused([entry("../a", "x"), end], /leads out/);
    await refused([entry("p", "20 path=somewhere\n", "x"), entry("a", "x"), end], /extended header/);
    const damaged = entry("a", "x");
    damaged[0] = 98;
    await refused([damaged, end], /checksum/);
    await refused([entry("a", "x").subarray(0, 600)], /ends in the middle/);
  });
});

describe("keys", () => {
  const lean = { program: "", wasm: "", library: "", identity: "one" };
  const files = { "A.lean": "module\n", "B.lean": "module\nimport A\n", "C.lean": "module\n" };
  const keys = (change: Readonly<Record<string, string>> = {}, identity = "one") =>
    keysOf({ ...lean, identity }, inOrder(project({ ...files, ...change })));

  it("change with the text, the imports, and Lean itself, and with nothing else", () => {
    const before = keys();
    assert.deepEqual(keys(), before);
    const after = keys({ "A.lean": "module\n-- more\n" });
    assert.notEqual(after.get("A"), before.get("A"));
    assert.notEqual(after.get("B"), before.get("B"));
    assert.equal(after.get("C"), before.get("C"));
    for (const [name, key] of keys({}, "other")) assert.notEqual(key, before.get(name));
  });
});

describe("an official toolchain", () => {
  it("is there when `lake` is on the PATH and can be run", () => {
    withFiles({ lake: "" }, (folder) => assert.isFalse(hasLake(`/nowhere:${folder}`)));
    assert.isFalse(hasLake(""));
  });
});
