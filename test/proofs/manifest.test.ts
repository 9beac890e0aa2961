/** The pinned list of theorems: whatever is deleted, renamed, weakened or hidden is refused. */
import { assert, describe, it } from "vitest";
import { definitionsOf, theoremsOf } from "../../proofs/check/declarations.ts";
import { differences, readClaims, unwritten } from "../../proofs/check/manifest.ts";
import { project, source } from "./project.ts";

const model = "module\n\nnamespace N\n\ndef small (n : Nat) : Prop := n < 3\n\nend N\n";
const thm = `module

public import Model.A

namespace N

/-- OV-1, OV-2: Two is
small. -/
@[simp] theorem two_small : small 2 := by
  decide

private theorem aside : 1 = 1 := rfl

end N
`;
const witness = "module\n\nnamespace N\n\ntheorem two_small_witness : ¬ small 3 := by decide\n\nend N\n";

const claims = (change: Readonly<Record<string, string>> = {}) =>
  readClaims(project({ "Model/A.lean": model, "Thm/B.lean": thm, "Witness.lean": witness, ...change }), "4.28.0");

const pinned = claims().manifest;
const objections = (change: Readonly<Record<string, string>>) => {
  const { manifest, problems } = claims(change);
  return [...problems, ...differences(pinned, manifest)];
};

describe("what is claimed", () => {
  it("has name, clauses, sentence, file, statement and witness", () => {
    assert.deepEqual(claims().problems, []);
    assert.lengthOf(pinned.theorems, 1);
    const { statement, ...rest } = pinned.theorems[0]!;
    assert.deepEqual(rest, {
      name: "N.two_small",
      clauses: ["OV-1", "OV-2"],
      sentence: "Two is small.",
      file: "proofs/Thm/B.lean",
      witnesses: ["N.two_small_witness"],
    });
    assert.match(statement, /^sha256:[0-9a-f]{64}$/);
  });

  it("stays what it is when only comments, blanks or proofs change", () => {
    const changed = thm.replace("small 2 := by\n  decide", "small\n    2 := /- sic -/ by unfold small; decide");
    const { manifest, problems } = claims({ "Thm/B.lean": changed });
    assert.deepEqual(problems, []);
    assert.equal(manifest.theorems[0]!.statement, pinned.theorems[0]!.statement);
    assert.deepEqual(differences(pinned, manifest), [
      "theorems.json is older than the sources (no statement, witness or definition changed)",
    ]);
  });

  it("may not be deleted, renamed, weakened or added unpinned", () => {
    assert.match(objections({ "Thm/B.lean": thm.replace(/\/--[\s\S]*decide\n/, "") }).join(), /two_small is gone/);
    assert.match(objections({ "Thm/B.lean": thm.replace("two_small", "three_small") }).join(), /two_small is gone/);
    assert.match(objections({ "Thm/B.lean": thm.replace("small 2", "small 2 ∨ True") }).join(), /not what it was/);
    assert.match(objections({ "Thm/B.lean": thm.replace(" : small 2", " (h : False) : small 2") }).join(), /not what/);
    assert.match(objections({ "Thm/B.lean": thm.replace("private ", "/-- OV-3: So. -/\n") }).join(), /not pinned yet/);
  });

  it("means what it meant: definitions and witnesses are pinned too", () => {
    assert.match(objections({ "Model/A.lean": model.replace("n < 3", "n < 9") }).join(), /what Model\/A.lean defines/);
    assert.match(objections({ "Witness.lean": witness.replace("¬ small 3", "True") }).join(), /witness .* not what/);
    assert.match(objections({ "Witness.lean": witness.replace("_witness", "_seen") }).join(), /has no witness/);
    assert.match(
      objections({ "Thm/B.lean": thm.replace("@[simp]", "attribute [simp] x\n") }).join(),
      /what Thm\/B.lean/,
    );
  });

  it("hides nothing", () => {
    assert.match(objections({ "Thm/B.lean": thm.replace(": small 2", ": let n := 2; small n") }).join(), /hide/);
    assert.match(
      objections({ "Thm/B.lean": thm.replace("/-- OV-1", "variable (h : False)\n\n/-- OV-1") }).join(),
      /unseen/,
    );
    assert.match(objections({ "Thm/B.lean": thm.replace("OV-1, OV-2: ", "") }).join(), /docstring/);
  });

  it("is written by Lean", () => {
    assert.deepEqual(unwritten(pinned, new Set(["N.two_small", "N.two_small_witness"])), []);
    assert.lengthOf(unwritten(pinned, new Set(["N.two_small_witness"])), 1);
  });
});

describe("declarations", () => {
  it("end a statement at its proof, not at a default within brackets", () => {
    const text = "module\ntheorem x (h : a = b := by simp) {n : Nat} : P (f := 1) n := by exact y\n";
    assert.deepEqual(
      theoremsOf(source(text)).map(({ name, statement }) => [name, statement]),
      [["x", "( h : a = b := by simp ) { n : Nat } : P ( f := 1 ) n"]],
    );
  });

  it("know the namespace", () => {
    const text = "module\nnamespace A\nnamespace B.C\ntheorem x : p := q\nend B.C\ntheorem y : p := q\nend A\n";
    assert.deepEqual(
      theoremsOf(source(text)).map(({ namespace, name }) => `${namespace}.${name}`),
      ["A.B.C.x", "A.y"],
    );
  });

  it("have every definition in them, and no theorem", () => {
    const text =
      "module\nopen Nat\ndef x := 1\nstructure S where\n  a : Nat\ntheorem y : p := q\ninstance : Inhabited S := ⟨1⟩\n";
    assert.deepEqual(definitionsOf(source(text)), [
      "open Nat",
      "def x := 1",
      "structure S where a : Nat",
      "instance : Inhabited S := ⟨ 1 ⟩",
    ]);
  });
});
