/** `spec/trace.json` and `spec/TRACE.md` are what the places themselves say; every link leads somewhere; no clause is left out. */
import { assert, describe, it } from "vitest";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { clausesOf } from "../../proofs/check/clauses.ts";
import type { Manifest } from "../../proofs/check/manifest.ts";
import { stale, traceOf } from "../../proofs/check/trace.ts";
import type { Trace } from "../../proofs/check/traced.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const json = (path: string): unknown => JSON.parse(readFileSync(`${repository}${path}`, "utf8"));
const manifest = json("proofs/theorems.json") as Manifest;
const trace = json("spec/trace.json") as Trace;

describe("the trace", () => {
  it("is what `node proofs/check/trace.ts --update` writes", async () => {
    assert.deepEqual(await stale(repository), []);
  });

  it("has every clause and every theorem", () => {
    assert.deepEqual(
      trace.clauses.map(({ id }) => id),
      clausesOf(repository).map(({ id }) => id),
    );
    const traced = [...trace.clauses.flatMap(({ theorems }) => theorems), ...trace.unclaimed].map(({ name }) => name);
    assert.deepEqual([...new Set(traced)].sort(), manifest.theorems.map(({ name }) => name).sort());
  });

  it("names files that are there, with the names in them", () => {
    for (const { id, theorems, transitions, code, tests } of trace.clauses) {
      for (const { file, name } of [...theorems, ...transitions, ...code, ...tests]) {
        assert.isTrue(existsSync(`${repository}${file}`), `${id}: ${file}`);
        if (transitions.some((one) => one.name === name) || name === "") continue;
        const text = readFileSync(`${repository}${file}`, "utf8").replaceAll(/\\(["'`])/g, "$1");
        assert.include(
          text,
          name
            .split(".")
            .at(-1)!
            .replaceAll(/\\(["'`])/g, "$1"),
          `${id}: ${file}`,
        );
      }
    }
  });

  it("tells of a clause that loses what it declares", () => {
    const without = (name: string): Manifest => ({
      ...manifest,
      theorems: manifest.theorems.filter((one) => !one.name.endsWith(name)),
    });
    const before = traceOf(repository, manifest);
    const after = traceOf(repository, without(".no_gated_bypass"));
    const theorems = (one: Trace) => one.clauses.find(({ id }) => id === "OV-39")!.theorems.map(({ name }) => name);
    assert.include(theorems(before), "Countersign.no_gated_bypass");
    assert.notInclude(theorems(after), "Countersign.no_gated_bypass");
    const unknown = { ...manifest.theorems[0]!, name: "Countersign.x", clauses: ["OV-9999"] };
    const more = traceOf(repository, { ...manifest, theorems: [...manifest.theorems, unknown] });
    assert.include(more.gaps.join(), "OV-9999 is named somewhere and is no clause");
  });
});
