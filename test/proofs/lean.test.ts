/** What Lean says is read closely, and its library is unpacked as it was packed. */
import { assert, describe, it } from "vitest";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import { extract } from "../../proofs/check/archive.ts";
import { keysOf } from "../../proofs/check/build.ts";
import { hasLake } from "../../proofs/check/lake.ts";
import { readOutput } from "../../proofs/check/lean.ts";
import { inOrder } from "../../proofs/check/sources.ts";
import { project, withFiles } from "./project.ts";

describe("what Lean says", () => {
  it("is messages, narration, an end and a peak; anything else is a stray", () => {
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
      "[peak 2048000]",
    ].join("\n");
    assert.deepEqual(readOutput(text, "/p"), {
      messages: ["Thm/A.lean:3:5: error: no"],
      strays: ["Stack overflow"],
      finished: true,
      peak: 2000,
    });
  });

  it("is no end when there were errors, or none was reported", () => {
    assert.isFalse(readOutput("[DEBUG:N] Reporting complete, hasErrors = true", "/").finished);
    assert.isFalse(readOutput("", "/").finished);
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
  const lean = { program: "", library: "", identity: "one" };
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
