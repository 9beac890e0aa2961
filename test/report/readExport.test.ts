/** Reading an export for a report, and what the report then says of the log behind it. */
import { Result } from "effect";
import { assert, describe, it } from "vitest";
import { documentOf } from "../../src/report/Compose.ts";
import { htmlOf } from "../../src/report/Html.ts";
import { type ReadExport, provenanceOf, readExport } from "../../src/report/readExport.ts";
import { type Report, Tally } from "../../src/report/Report.ts";
import { exported, inPieces, verify } from "../support/logExport.ts";
import { counted } from "./histories.ts";
import { octoberWhole } from "./reportOn.ts";

const { leaves } = counted();

const read = async (lines: readonly string[], piece?: number): Promise<readonly [ReadExport, Tally]> => {
  const tally = new Tally(octoberWhole);
  const found = await readExport(inPieces(lines.join(""), piece), tally);
  if (Result.isFailure(found)) throw new Error(found.failure);
  return [found.success, tally];
};

const reportOf = async (
  lines: readonly string[],
  verdict: Parameters<typeof provenanceOf>[3] = null,
): Promise<Report> => {
  const [found, tally] = await read(lines);
  return tally.report({ provenance: provenanceOf("x", null, found, verdict), generatedAt: null });
};

describe("an export, read for a report", () => {
  it("gives the same numbers however it is cut into pieces", async () => {
    const lines = await exported(leaves);
    const [, one] = await read(lines, 7);
    const [, other] = await read(lines, 1 << 20);
    const about = { provenance: provenanceOf("x", null, (await read(lines))[0], null), generatedAt: null };
    assert.deepEqual(one.report(about), other.report(about));
  });

  it("tells what the verdict was, in each case", async () => {
    const lines = await exported(leaves);
    const sound = provenanceOf("x", null, (await read(lines))[0], await verify(lines));
    assert.strictEqual(sound.verification, "sound");
    assert.match(
      sound.findings[0]!,
      /^32 entries are those of a tree of 32 with the root [0-9a-f]{64}, signed by acme\.example\/log\+/,
    );
    const untold = provenanceOf("x", null, (await read(lines))[0], await verify(lines, { keys: [] }));
    assert.strictEqual(untold.verification, "undecided");
    assert.match(untold.findings.join(), /No key of the log was given/);
    const changed = lines.map((line, i) => (i === 15 ? line.replaceAll("reject", "approve") : line));
    const unsound = await reportOf(changed, await verify(changed));
    assert.strictEqual(unsound.provenance.verification, "unsound");
    assert.match(unsound.provenance.findings.join("\n"), /^Entry 14: edited: /m);
    assert.include(htmlOf(documentOf(unsound)), "is NOT sound");
  });

  it("says what an export leaves out by its own word", async () => {
    const filtered = await exported(leaves, { filter: { mailbox: "mbx_2" }, lines: "matching" });
    const report = await reportOf(filtered, await verify(filtered));
    assert.strictEqual(report.provenance.verification, "sound");
    assert.include(report.provenance.findings, "The export shows the mailbox mbx_2 only.");
    assert.strictEqual(report.deliveries.submitted, 1);
    // From the mailbox's making, entry 7, to its hand-over's end, entry 26, 5 of 20 are shown.
    assert.deepEqual([report.custody.entries, report.custody.missing], [5, 15]);
    assert.isFalse(report.decisions.rosterWhole);
    const withheld = await reportOf(await exported(leaves, { filter: { mailbox: "mbx_2" } }));
    assert.deepEqual([withheld.custody.entries, withheld.custody.missing], [5, 27]);
  });

  it("goes on after a line that cannot be read, and says so, but not without end", async () => {
    const lines = [...(await exported(leaves))];
    lines[12] = "not JSON\n";
    const report = await reportOf(lines);
    assert.include(report.provenance.findings, "Line 13 cannot be read: it is not JSON.");
    assert.strictEqual(report.custody.entries, 30);
    const [many] = await read([lines[0]!, ...Array.from({ length: 500 }, () => "x\n")]);
    assert.strictEqual(many.problems.length, 20);
    assert.strictEqual(many.problems.at(-1), "481 more lines cannot be read.");
  });
});
