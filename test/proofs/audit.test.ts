/** What Lean wrote is read constant by constant; axioms and what stands for them are refused, damage too. */
import { assert, describe, it } from "vitest";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { audit } from "../../proofs/check/audit.ts";
import { writeModule, type Written } from "./olean.ts";
import { withFiles } from "./project.ts";

const audited = (constants: readonly Written[], names?: readonly string[]) =>
  withFiles({}, (folder) => {
    writeModule(join(folder, "M"), constants, names);
    return audit(join(folder, "M"));
  });

const honest: readonly Written[] = [
  { name: "A.x", kind: "definition", uses: ["Nat.succ"] },
  { name: "A.b", kind: "theorem", uses: ["propext", "A.x"] },
  { name: "A.T", kind: "inductive" },
  { name: "A.x._unsafe_rec", kind: "definition", safety: 0, uses: ["A.x"] },
];

describe("the audit", () => {
  it("lists theorems, Lean's own axioms and the version", () => {
    assert.deepEqual(audited(honest), {
      version: "4.28.0-pre",
      theorems: ["A.b"],
      constants: 4,
      axioms: ["propext"],
      problems: [],
    });
  });

  it("refuses added axioms, opaque, unsafe and partial constants", () => {
    const problems = (one: Written) => audited([...honest, one]).problems.join();
    assert.match(problems({ name: "A.c", kind: "axiom" }), /A\.c is an added axiom/);
    assert.match(problems({ name: "A.c", kind: "opaque" }), /A\.c is an added opaque/);
    assert.match(problems({ name: "A.c", kind: "definition", safety: 0 }), /unsafe or partial/);
    assert.match(problems({ name: "A.c", kind: "definition", safety: 2 }), /unsafe or partial/);
  });

  it("refuses whatever rests on an unfinished or a believed proof, however deep", () => {
    for (const used of ["sorryAx", "Lean.ofReduceBool", "Lean.trustCompiler", "lcProof", "A.x._unsafe_rec"]) {
      const { problems } = audited([...honest, { name: "A.c", kind: "theorem", uses: ["Nat", used, "Nat.add"] }]);
      assert.deepEqual(problems, [`A.c rests on ${used}`]);
    }
  });

  it("does not read around damage", () => {
    assert.throws(() => audited(honest, ["A.x", "A.b", "A.T", "A.other"]), /list of names/);
    assert.throws(() => audited([{ name: "A.x", kind: "unheard of" }]));
    withFiles({}, (folder) => {
      const stem = join(folder, "M");
      writeModule(stem, honest);
      const bytes = readFileSync(`${stem}.olean.private`);
      writeFileSync(`${stem}.olean.private`, bytes.subarray(0, bytes.length - 64));
      assert.throws(() => audit(stem));
      rmSync(`${stem}.olean.private`);
      assert.throws(() => audit(stem), /missing/);
    });
  });
});
