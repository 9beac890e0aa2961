/**
 * The reader of exports as a holder of the log's keys would write them: what it makes of a text, and that what it cannot read is named by
 * file and line.
 */
import { describe, expect, it } from "vitest";
import { attacksIn } from "../../conformance/authoring/audit/attacks.ts";

const head = "# OV-62 OV-70 · QuorumForged · approved · x";
const read = (body: string) => attacksIn(`${head}\n${body}\n`, "a.txt");
const leavesIn = (body: string): any[] =>
  (read(body)[0]!.input["export"] as string)
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => JSON.parse(JSON.parse(line).leaf));

describe("an attack in a text file", () => {
  it("changes the leaf of the one entry that it names, and says what is found", () => {
    const [draft] = read('  dispatch: evidence/approvers = ["ben","ben"]; mode = null; -personal => evidence_changed');
    expect(draft).toMatchObject({
      comment: "export: x",
      requirements: ["OV-62", "OV-70"],
      flags: ["QuorumForged"],
      level: "verifier",
      result: "invalid",
      says: { expect: { ok: { status: "unsound", checks: { evidence_changed: "found" } } } },
    });
    const before = leavesIn("  => sound");
    const after = leavesIn(
      '  dispatch: evidence/approvers = ["ben","ben"]; mode = null; -personal => evidence_changed',
    );
    const place = before.findIndex(({ type }) => type === "dispatch");
    const { personal: _, ...left } = before[place];
    expect(after).toEqual(
      before.with(place, { ...left, mode: null, evidence: { ...left.evidence, approvers: ["ben", "ben"] } }),
    );
  });

  it("adds events and takes one away", () => {
    const types = leavesIn("  1020 ben halt as=operator\n  without approve D1\n  => credential").map(
      ({ type }) => type,
    );
    expect(types.slice(-4)).toEqual(["submit", "dispatch", "delivered", "halt"]);
  });

  it("says that an export is sound, or unsound for an open reason", () => {
    expect(read("  => sound")[0]).toMatchObject({ result: "valid", says: { expect: { ok: { status: "sound" } } } });
    expect(read("  => unsound")[0]!.says).toMatchObject({ expect: { ok: { status: "unsound", checks: {} } } });
  });

  it.each([
    ["  approve D9: mode = null => edited", "a.txt:2: 0 entries, not one, are of an event approve D9"],
    ["  sys create_tenant: mode = null\n  1 oda create_tenant t=t3", "a.txt:1: the last line does not say"],
    ["  dispatch: mode null => edited", "a.txt:2: a member is set by path = JSON"],
    ["  dispatch: mode = none => edited", "a.txt:2: "],
    ["  without approve D9\n  => edited", "a.txt:2: 0 entries, not one"],
    ["  1020 ben halts => edited", "a.txt:2: there is no event halts"],
    ["  dispatch\n  => edited", "a.txt:2: a line is an event, without an event, or a change of a leaf"],
    ["  => edited\n  dispatch: mode = null", "a.txt:3: nothing follows what the verifier finds"],
  ])("is refused by file and line: %s", (body, message) => {
    expect(() => read(body)).toThrow(message);
  });

  it("begins with a log there is, and stands under a heading", () => {
    expect(() => attacksIn(`${head.replace("approved", "lost")}\n  => sound\n`, "a.txt")).toThrow(
      "a.txt:1: nothing begins",
    );
    expect(() => attacksIn("before a · nothing\n", "a.txt")).toThrow("a.txt:1: a block begins with # or for");
  });
});
