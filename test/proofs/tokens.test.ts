/** Lean's text as tokens: what is comment, what is text, what is code, and what is refused as unreadable. */
import { assert, describe, it } from "vitest";
import { codeOf, tokensOf } from "../../proofs/check/tokens.ts";

const kinds = (source: string) => tokensOf(source).map(({ kind, text }) => `${kind} ${text}`);
const code = (source: string) => codeOf(tokensOf(source)).map(({ text }) => text);

describe("tokens of Lean", () => {
  it("nests block comments, and comes out of them where Lean does", () => {
    assert.deepEqual(code("a /- b /- c -/ d -/ e"), ["a", "e"]);
    assert.deepEqual(code("a /- -- -/ b"), ["a", "b"]);
    assert.deepEqual(code("a -- /- b\nc"), ["a", "c"]);
    assert.deepEqual(code('a "/-" b "-/" c'), ["a", '"/-"', "b", '"-/"', "c"]);
  });

  it("tells docstrings from comments", () => {
    assert.deepEqual(kinds("/-- doc -/ /- no -/ /-! no -/"), [
      "doc /-- doc -/",
      "comment /- no -/",
      "comment /-! no -/",
    ]);
  });

  it("knows text with quotes, raw text and characters, and primes that belong to names", () => {
    assert.deepEqual(kinds('"a\\"b" r#"c"d"# \'x\' h\' h\'\''), [
      'text "a\\"b"',
      'text r#"c"d"#',
      "text 'x'",
      "word h'",
      "word h''",
    ]);
  });

  it("gives each part of a name by itself, and its place", () => {
    assert.deepEqual(code("Lean.Elab.x₁ α fun λ"), ["Lean", ".", "Elab", ".", "x₁", "α", "fun", "λ"]);
    const [, second] = tokensOf("a\n  b");
    assert.deepEqual([second!.line, second!.column, second!.at], [2, 3, 4]);
  });

  it("calls odd what it cannot read safely", () => {
    for (const source of ["/- open", '"open', '"open\\"', "«sorry»", 's!"{sorry}"', 'r#"open"']) {
      assert.include(
        tokensOf(source).map(({ kind }) => kind),
        "odd",
        source,
      );
    }
  });
});
