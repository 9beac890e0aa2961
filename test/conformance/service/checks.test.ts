/** The checks as data: ids, clauses and flags there are, what was released, and reports that say what a run showed. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { assert, describe, it } from "vitest";
import { exitStatus, markdownOf } from "../../../conformance/runner/report.ts";
import { notes } from "../../../conformance/service/check.ts";
import { allChecks } from "../../../conformance/service/checks.ts";
import { drift, knownIds, reportFrom } from "../../../conformance/service/report.ts";
import { strayCheck, type ServiceRun } from "../../../conformance/service/run.ts";

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

describe("the checks of the service level", () => {
  it("have ids of their own, words, clauses there are, and flags there are", () => {
    assert.strictEqual(new Set(knownIds).size, knownIds.length);
    const clauses = new Set(
      ["modes", "lifecycle", "decisions", "signing", "audit", "log"].flatMap((name) =>
        [...read(`spec/${name}.md`).matchAll(/^### (OV-\d+) /gm)].map((match) => match[1]!),
      ),
    );
    for (const { id, comment, requirements, flags } of [...allChecks, strayCheck]) {
      assert.match(id, /^service-[a-z]+-\d{4}$/);
      assert.isAbove(comment.length, 10, id);
      assert.isAbove(requirements.length, 0, id);
      assert.isAbove(flags.length, 0, id);
      for (const clause of requirements) assert.isTrue(clauses.has(clause), `${id}: ${clause} is no clause`);
      for (const flag of flags) assert.property(notes, flag, id);
    }
  });

  it("are those that were released, and one that is gone, or of other clauses, is told", () => {
    assert.deepStrictEqual(drift(), []);
    assert.lengthOf(drift([...allChecks]), 1);
    assert.lengthOf(drift([...allChecks, { ...strayCheck, requirements: ["OV-1"] }]), 1);
  });

  it("import nothing but Node and the runner's report", () => {
    const folder = fileURLToPath(new URL("../../../conformance/service/", import.meta.url));
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    assert.isAbove(files.length, 12);
    for (const name of files) {
      for (const [, from] of read(`conformance/service/${name}`).matchAll(/from "([^"]+)"/g)) {
        assert.match(from!, /^(node:|\.\/|\.\.\/(?!\.)|\.\.\/runner\/)/, `${name} imports ${from}`);
      }
    }
  });

  it("one failure is a no, and status 1; a listed one too, with status 0; a fault says nothing", () => {
    const result = (status: "pass" | "fail") => ({
      id: "service-modes-0008",
      level: "service" as const,
      comment: "c",
      requirements: ["OV-54"],
      flags: ["Bypass"],
      status,
      counted: true,
      context: status === "pass" ? null : "it left",
    });
    const run = (status: "pass" | "fail", fault: string | null = null): ServiceRun => ({
      client: { name: "x", version: "", features: [] },
      results: [result(status)],
      fault,
      notes,
    });
    const good = reportFrom(run("pass"), { name: "x" });
    assert.deepStrictEqual([good.conforms, exitStatus(good)], [true, 0]);
    const bad = reportFrom(run("fail"), { name: "x" });
    assert.deepStrictEqual([bad.conforms, exitStatus(bad)], [false, 1]);
    assert.include(markdownOf(bad), notes.Bypass.effect);
    const listed = reportFrom(run("fail"), { name: "x", xfail: new Map([["service-modes-0008", "known"]]) });
    assert.deepStrictEqual([listed.conforms, exitStatus(listed)], [false, 0]);
    const stale = reportFrom(run("pass"), { name: "x", xfail: new Map([["service-modes-0008", "known"]]) });
    assert.strictEqual(exitStatus(stale), 1);
    const broken = reportFrom(run("pass", "nobody there"), { name: "x" });
    assert.deepStrictEqual([broken.conforms, exitStatus(broken)], [false, 2]);
  });
});
