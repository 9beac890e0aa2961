/** `Table.lean` is `spec/transitions.json`, row for row, and a row that is wrong or missing goes into it as it is. */
import { assert, describe, it } from "vitest";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { checkTable, tableText, type TransitionTable } from "../../proofs/check/table.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const table = JSON.parse(readFileSync(`${repository}spec/transitions.json`, "utf8")) as TransitionTable;
const answers = (text: string) => text.match(/^ {4}\/- \w+ -\/ \.(moved|refused)/gm)!.length;

describe("Table.lean", () => {
  it("OV-1 one-door: is what spec/transitions.json says", () => {
    assert.deepEqual(checkTable(repository, false), []);
  });

  it("has an answer for every row, in the place of the row's class", () => {
    assert.equal(answers(tableText(table)), table.rows.length);
    const [first, second, ...rest] = table.rows;
    assert.equal(tableText({ ...table, rows: [second!, first!, ...rest] }), tableText(table));
  });

  it("shows a missing, a doubled and a changed row", () => {
    const [first, ...rest] = table.rows;
    assert.equal(answers(tableText({ ...table, rows: rest })), table.rows.length - 1);
    assert.equal(answers(tableText({ ...table, rows: [first!, first!, ...rest] })), table.rows.length + 1);
    const { refusal: _, ...bare } = first!;
    const wrong = { ...table, rows: [{ ...bare, next: "delivered", commands: [] }, ...rest] };
    assert.notEqual(tableText(wrong), tableText(table));
  });

  it("refuses a row of a class that is none", () => {
    const [first, ...rest] = table.rows;
    assert.throws(() => tableText({ ...table, rows: [{ ...first!, class: "nonsense" }, ...rest] }), /nonsense/);
  });
});
