/** The CSV rendering, read back by a CSV reader that knows nothing of it. */
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { assert, describe, it } from "vitest";
import { csvColumns, csvHeader, csvRow, readCell, writeCell } from "../../src/siem/Csv.ts";
import { actorOf, type SiemLine } from "../../src/siem/SiemLine.ts";
import { hostileLine, hostileText } from "./hostile.ts";
import { ann, TenantLog } from "../support/tenantLog.ts";

/** The cells of a document with a header, as the reader gives them: RFC 4180, strictly. */
const cellsOf = (lines: readonly SiemLine[]): readonly (readonly string[])[] =>
  parse(csvHeader() + lines.map(csvRow).join(""), { record_delimiter: "\r\n", relax_quotes: false });

/** What a column must say, from the line and from nothing in `Csv.ts`. */
const said = (line: SiemLine, column: string): string => {
  if (column.startsWith("actor_")) {
    const actor = actorOf(line);
    return (
      { actor_role: actor.role, actor_principal: actor.principal, actor_credential: actor.credential }[column] ?? ""
    );
  }
  if (column === "approvers") return JSON.stringify(line.approvers);
  const value = line[column as keyof SiemLine];
  return value === null ? "" : String(value);
};

describe("CSV", () => {
  it("writes a line of a real log as one record", () => {
    const log = new TenantLog();
    log.tenantBegins();
    log.mailbox("mbx_1");
    log.submit("mbx_1", "msg_1");
    log.approve("mbx_1", "msg_1", 90, ann);
    const [header, ...rows] = cellsOf(log.lines);
    assert.deepEqual(header, csvColumns);
    assert.strictEqual(rows.length, 9);
    const approval = Object.fromEntries(csvColumns.map((name, i) => [name, rows[8]![i]]));
    assert.strictEqual(approval["timestamp"], "2026-10-01T00:01:30.000Z");
    assert.strictEqual(approval["actor_principal"], "ann");
    assert.strictEqual(approval["approver_id"], "ann");
    assert.strictEqual(approval["to_status"], "queued");
    assert.strictEqual(approval["domain_risk_score"], "0.012");
    assert.strictEqual(approval["leaf_hash"], log.lines[8]!.leaf_hash);
  });

  it("reads back to the same fields whatever stands in them", () => {
    fc.assert(
      fc.property(fc.array(hostileLine, { minLength: 1, maxLength: 3 }), (lines) => {
        const [header, ...rows] = cellsOf(lines);
        assert.deepEqual(header, csvColumns);
        assert.strictEqual(rows.length, lines.length);
        for (const [i, line] of lines.entries()) {
          assert.deepEqual(
            rows[i]!.map(readCell),
            csvColumns.map((column) => said(line, column).toWellFormed()),
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  it("lets no cell, and no part a program with another separator takes for one, begin like a formula", () => {
    const formula = /^\s*[=+\-@＝＋－＠]/;
    fc.assert(
      fc.property(hostileText, (text) => {
        const cell = writeCell(text);
        assert.notMatch(cell, formula);
        assert.notMatch(cell, /^[\t\r\n]/);
        for (const part of cell.split(/[,;|\t\r\n"]/)) assert.notMatch(part, formula);
        assert.strictEqual(readCell(cell), text.toWellFormed());
      }),
      { numRuns: 5000 },
    );
    assert.strictEqual(writeCell("=cmd|' /C calc'!A0"), "'=cmd|'' /C calc'!A0");
    assert.strictEqual(writeCell("\t=1"), "'\t'=1");
    assert.strictEqual(writeCell("a;@SUM(1)"), "a;'@SUM(1)");
    assert.strictEqual(writeCell("2026-10-01T00:00:00Z a-b=c"), "2026-10-01T00:00:00Z a-b=c");
  });

  it("takes time in proportion to the length", () => {
    for (const text of ["\t", " ", "=", "'", ' "', "=;"]) {
      // This thread's own time, for others may be at work.
      const before = process.threadCpuUsage();
      readCell(writeCell(text.repeat(200_000)));
      const { user, system } = process.threadCpuUsage(before);
      assert.isBelow((user + system) / 1000, 2000, JSON.stringify(text));
    }
  });
});
