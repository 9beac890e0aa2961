/** `countersign proofs` lists what is pinned, and says how to check it. */
import { assert, describe, it } from "vitest";
import { Schema } from "effect";
import { readFileSync } from "node:fs";
import { ProofList, proofLines } from "../../src/cli/proofs.ts";

const read = () =>
  Schema.decodeUnknownSync(ProofList)(
    JSON.parse(readFileSync(new URL("../../proofs/theorems.json", import.meta.url), "utf8")),
  );

describe("countersign proofs", () => {
  it("reads what `npm run proofs` pins, and leaves out the pins of definitions", () => {
    const list = read();
    assert.isAtLeast(list.theorems.length, 28);
    assert.hasAllKeys(list, ["lean", "source", "theorems"]);
  });

  it("says of each theorem its name, clauses, sentence, file and statement", () => {
    const list = read();
    const text = proofLines(list).join("\n");
    assert.include(text, `source ${list.source}`);
    assert.include(text, "npm run proofs");
    for (const { name, clauses, sentence, file, statement } of list.theorems) {
      for (const part of [name, clauses.join(", "), sentence, file, statement]) assert.include(text, part);
    }
  });
});
