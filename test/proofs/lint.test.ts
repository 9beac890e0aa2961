/** What a proof file may not contain is refused wherever it stands, and nothing else is. */
import { assert, describe, it } from "vitest";
import { lint } from "../../proofs/check/lint.ts";
import { readSources } from "../../proofs/check/sources.ts";
import { fileURLToPath } from "node:url";
import { source } from "./project.ts";

const objections = (text: string) => lint(source(`module\n\n${text}\n`));

describe("the lint", () => {
  it("refuses what goes around the kernel, around the reader, or makes code at compile time", () => {
    for (const text of [
      "theorem x : False := by sorry",
      "theorem x : False := by admit",
      "theorem x : False := sorryAx _",
      "axiom x : False",
      "opaque x : Nat",
      "theorem x : 1 = 1 := by native_decide",
      "theorem x : 1 = 1 := by decide +native",
      "theorem x : 1 = 1 := of_decide_eq_true (Lean.ofReduceBool _ _ rfl)",
      "set_option debug.skipKernelTC true",
      "set_option Elab.async true",
      "@[implemented_by y] def x := 1",
      '@[extern "c"] def x := 1',
      "@[simp, csimp] theorem x : 1 = 1 := rfl",
      "attribute [local instance] x",
      "attribute [-simp, macro_inline] x",
      "unsafe def x := 1",
      "partial def x := x",
      'macro "x" : term => `(1)',
      'syntax "x" : term',
      'notation "x" => 1',
      'infixl:65 " + " => HAdd.hAdd',
      'elab "x" : term => pure default',
      "run_cmd pure ()",
      "initialize x : Nat ← pure 1",
      "meta def x := 1",
      "import all Init",
      "public meta import Init",
      "open Lean Elab",
      "#eval 1",
      "#print axioms x",
      "export Nat (add)",
      "def «sorry» := 1",
      'def x := s!"{1}"',
      "/- /- -/ -/ axiom x : False",
      "/-- a doc -/ axiom x : False",
      "def y := 1 theorem x : 1 = 1 := rfl",
    ]) {
      assert.isAbove(objections(text).length, 0, text);
    }
  });

  it("refuses a file that is no module", () => {
    assert.lengthOf(lint(source("theorem x : 1 = 1 := rfl\n")), 1);
  });

  it("lets words stand in comments and text, and as parts of longer words", () => {
    for (const text of [
      "-- sorry, no axiom here",
      "/- admit /- macro -/ elab -/",
      "/-- No axiom, no `sorry`, no partial function. -/\ntheorem x : 1 = 1 := rfl",
      'def x : String := "axiom sorry #eval"',
      "theorem sorry_less : 1 = 1 := rfl",
      "theorem x (axiomatic : True) : True := axiomatic",
      "@[simp, grind =] theorem x : 1 = 1 := rfl",
      "@[local simp] private theorem x : 1 = 1 := rfl",
      "attribute [local simp] x",
      "set_option maxHeartbeats 400000 in\ntheorem x : 1 = 1 := by decide +kernel",
      "@[expose] public noncomputable section",
      "def x := #[1, 2]",
    ]) {
      assert.deepEqual(objections(text), [], text);
    }
  });

  it("says where", () => {
    assert.match(objections("theorem x : 1 = 1 := by\n  sorry")[0]!, /^A\.lean:4:3: `sorry`/);
  });

  it("finds nothing in the proofs of this repository", () => {
    const sources = readSources(fileURLToPath(new URL("../../proofs", import.meta.url)));
    assert.isAbove(sources.size, 20);
    assert.deepEqual([...sources.values()].filter(({ name }) => name !== "Axioms").flatMap(lint), []);
  });
});
