/** Files, names, imports and their order; what the root does not reach. */
import { assert, describe, it } from "vitest";
import { inOrder, strays } from "../../proofs/check/sources.ts";
import { project } from "./project.ts";

const files = {
  "Root.lean":
    "module\n\npublic import Model.A\nimport Thm.B -- and so on\n/- import Ghost -/\n\ntheorem x : 1 = 1 := rfl\n",
  "Model/A.lean": "module\n",
  "Thm/B.lean": "module\n\npublic import Model.A\npublic import Init.Data.List\n",
};

describe("sources", () => {
  it("have names, imports without what is in comments, and an order", () => {
    const sources = project(files);
    assert.deepEqual([...sources.keys()], ["Model.A", "Root", "Thm.B"]);
    assert.deepEqual(
      sources.get("Root")!.imports.map(({ module }) => module),
      ["Model.A", "Thm.B"],
    );
    assert.deepEqual(
      inOrder(sources).map(({ name }) => name),
      ["Model.A", "Thm.B", "Root"],
    );
  });

  it("are all reached from the root", () => {
    assert.deepEqual(strays(project(files), "Root"), []);
  });

  it("that are not reached, or not there, are told", () => {
    assert.deepEqual(strays(project({ ...files, "Thm/C.lean": "module\npublic import Root\n" }), "Root"), [
      "Thm/C.lean: is imported by nothing that Root imports",
    ]);
    const { "Model/A.lean": _, ...rest } = files;
    assert.deepEqual(strays(project(rest), "Root"), [
      "Root.lean:3: imports Model.A, which is not there",
      "Thm/B.lean:3: imports Model.A, which is not there",
    ]);
    assert.match(strays(project({ "Root.lean": "module\nimport Lean\n" }), "Root")[0]!, /imports Lean/);
  });

  it("leave out the file that only the official toolchain can read", () => {
    assert.deepEqual(strays(project({ ...files, "Axioms.lean": "import Lean\n" }), "Root"), []);
    assert.notInclude(
      inOrder(project({ ...files, "Axioms.lean": "import Lean\n" })).map(({ name }) => name),
      "Axioms",
    );
  });

  it("that import each other are refused", () => {
    assert.throws(() => inOrder(project({ "A.lean": "module\nimport B\n", "B.lean": "module\nimport A\n" })), /circle/);
  });
});
