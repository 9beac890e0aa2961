/**
 * The last layer: what Lean wrote, not what the source says. It would find what the lint did not foresee.
 *
 * Refused: any axiom (every module of the project counts, so the only ones left are those of Lean's own library), any opaque or
 * unsafe constant, and any use of a constant that stands for an unfinished, believed or compiled proof.
 *
 * **Gotchas**: Lean's own library is trusted to rest on its three axioms: the package has no proofs of it to look into.
 */
import { Olean } from "./olean.ts";

/** Each proves anything, or lets something other than the kernel say what is true. */
const refused: ReadonlySet<string> = new Set([
  "sorryAx",
  "Lean.ofReduceBool",
  "Lean.ofReduceNat",
  "Lean.reduceBool",
  "Lean.reduceNat",
  "Lean.trustCompiler",
  "lcProof",
  "lcAny",
  "lcUnreachable",
  "unsafeCast",
]);

/** Lean's own, used by most proofs. */
export const ownAxioms: readonly string[] = ["propext", "Classical.choice", "Quot.sound"];

/** Beside a recursive definition Lean makes one for its compiler, marked unsafe. No proof may name it. */
const compiled = "._unsafe_rec";

export interface Audit {
  readonly version: string;
  readonly theorems: readonly string[];
  readonly constants: number;
  /** Those of Lean's axioms that the module names directly. */
  readonly axioms: readonly string[];
  readonly problems: readonly string[];
}

/** @param stem path of what was written, without `.olean` */
export const audit = (stem: string): Audit => {
  const olean = new Olean(stem);
  const problems: string[] = [];
  const axioms = new Set<string>();
  const seen = new Set<number>();
  for (const { name, kind, safe, expressions } of olean.constants) {
    if (kind === "axiom" || kind === "opaque" || kind === "quotient") problems.push(`${name} is an added ${kind}`);
    if (!safe) {
      if (!name.endsWith(compiled)) problems.push(`${name} is unsafe or partial`);
      continue;
    }
    for (const expression of expressions) {
      for (const used of olean.constantsIn(expression, seen)) {
        if (refused.has(used) || used.endsWith(compiled)) problems.push(`${name} rests on ${used}`);
        if (ownAxioms.includes(used)) axioms.add(used);
      }
    }
  }
  return {
    version: olean.version,
    theorems: olean.constants.filter(({ kind }) => kind === "theorem").map(({ name }) => name),
    constants: olean.constants.length,
    axioms: [...axioms].sort(),
    problems,
  };
};
