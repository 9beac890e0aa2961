/**
 * What a proof file may not contain. Lean's kernel checks proofs; this checks that nothing goes around the kernel and that
 * nothing changes what the text of a statement means to its reader.
 *
 * - Around the kernel: unproved (`sorry`), assumed (`axiom`), believed (`native_decide`, `skipKernelTC`), replaced by other
 *   code (`implemented_by`, `extern`), or made by a program at compile time (`elab`, `macro`, `run_cmd`, `import Lean`).
 * - Around the reader: notations, interpolated strings, «quoted» names, names exported into other namespaces.
 * - Attributes and options are listed the other way round: what is not on the list is refused.
 *
 * **Gotchas**: a word is refused as a part of a name too, so no definition can be called `syntax`. Better than guessing.
 */
import type { Source } from "./sources.ts";
import { codeOf, type Token } from "./tokens.ts";

const reasons = {
  unproved: "sorry sorryAx admit stop lcProof lcAny lcUnreachable unsafeCast",
  assumed: "axiom axioms constant constants postulate opaque",
  "not checked by the kernel":
    "native_decide native nativeDecide bv_decide bv_check ofReduceBool ofReduceNat reduceBool reduceNat trustCompiler skipKernelTC debug",
  "other code in its place": "implemented_by extern csimp export unsafe partial unsafeIO unsafeBaseIO dbg_trace",
  "made by a program":
    "elab elab_rules macro macro_rules syntax declare_syntax_cat run_cmd run_meta run_elab run_tac by_elab initialize builtin_initialize meta Lean simproc dsimproc simproc_decl builtin_simproc register_simp_attr register_option register_builtin_option include_str deriving_handler Qq",
  "changes how a statement reads":
    "notation notation3 infix infixl infixr prefix postfix unif_hint prelude set_library_suggestions",
} as const;

const forbidden: ReadonlyMap<string, string> = new Map(
  Object.entries(reasons).flatMap(([reason, words]) => words.split(" ").map((word) => [word, reason] as const)),
);

const attributes: ReadonlySet<string> = new Set(
  "expose simp grind ext reducible irreducible inline elab_as_elim induction_eliminator cases_eliminator refl".split(
    " ",
  ),
);

const settings: ReadonlySet<string> = new Set([
  "autoImplicit",
  "relaxedAutoImplicit",
  "maxHeartbeats",
  "maxRecDepth",
  "synthInstance.maxHeartbeats",
  "synthInstance.maxSize",
  "exponentiation.threshold",
  "linter.unusedVariables",
  "linter.unusedSimpArgs",
]);

/** The name that starts at `at`, over as many tokens as it takes. */
const nameAt = (code: readonly Token[], at: number): string => {
  let name = "";
  let end = code[at]?.at ?? -1;
  for (let i = at; code[i] !== undefined && code[i]!.at === end; i += 1) {
    if (code[i]!.kind !== "word" && code[i]!.text !== ".") break;
    name += code[i]!.text;
    end += code[i]!.text.length;
  }
  return name;
};

const opens = new Set(["(", "[", "{", "⟨", "@["]);
const closes = new Set([")", "]", "}", "⟩"]);

/** First words of the attributes in the brackets that open at `at`. */
const attributesAt = (code: readonly Token[], at: number): readonly Token[] => {
  const found: Token[] = [];
  let depth = 0;
  let first = false;
  for (let i = at; i < code.length; i += 1) {
    const token = code[i]!;
    if (opens.has(token.text)) {
      depth += 1;
      if (depth === 1) first = true;
    } else if (closes.has(token.text)) {
      depth -= 1;
      if (depth === 0) return found;
    } else if (depth === 1 && token.text === ",") first = true;
    else if (first && !["local", "scoped", "-"].includes(token.text)) {
      found.push(token);
      first = false;
    }
  }
  return found;
};

const beforeDeclaration = new Set(["private", "protected", "public", "noncomputable", "]"]);

/** Everything wrong with one file, each with its place. */
export const lint = (source: Source): readonly string[] => {
  const code = codeOf(source.tokens);
  const problems: string[] = [];
  const object = ({ line, column }: { readonly line: number; readonly column?: number }, what: string) =>
    problems.push(`${source.path}:${line}${column === undefined ? "" : `:${column}`}: ${what}`);
  if (code[0]?.text !== "module") object({ line: 1 }, "must start with `module`");
  for (const { words, line } of source.imports) {
    if (words.includes("all")) object({ line }, "`import all` reaches behind what a module offers");
  }
  for (const [i, token] of code.entries()) {
    const { kind, text } = token;
    if (kind === "odd") object(token, `\`${text.slice(0, 20)}\` cannot be read safely here`);
    if (kind === "word" && forbidden.has(text)) object(token, `\`${text}\` is not allowed: ${forbidden.get(text)}`);
    if (text === "#" && /^[\p{L}_]/u.test(source.text.slice(token.at + 1, token.at + 3)) && code[i + 2]?.text !== "[") {
      object(token, `\`#${code[i + 1]?.text}\` is a command for trying things out`);
    }
    if (text === "@[" || (text === "attribute" && code[i + 1]?.text === "[")) {
      for (const one of attributesAt(code, text === "@[" ? i : i + 1)) {
        if (!attributes.has(one.text)) object(one, `the attribute \`${one.text}\` is not on the list of known ones`);
      }
    }
    if (text === "set_option") {
      const name = nameAt(code, i + 1);
      if (!settings.has(name)) object(token, `\`set_option ${name}\` is not on the list of known ones`);
    }
    if (text === "theorem" && token.column !== 1) {
      const before = code[i - 1];
      const modified = before !== undefined && before.line === token.line && beforeDeclaration.has(before.text);
      if (!modified) object(token, "a theorem starts at the beginning of a line");
    }
  }
  return problems;
};
