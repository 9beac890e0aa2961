/**
 * The suite itself: its vectors are what their authors wrote and what was released, they reach the table, and every broken client is
 * caught by exactly the vectors it names.
 */
import { describe, expect, it } from "vitest";
import { historiesIn } from "../../conformance/authoring/histories.ts";
import { faults } from "../../conformance/clients/broken/faults.ts";
import { table } from "../../conformance/clients/broken/table.ts";
import { runTable } from "../../conformance/clients/broken/TableClient.ts";
import { answer } from "../../conformance/clients/reference/answer.ts";
import { mismatch } from "../../conformance/runner/compare.ts";
import { drift, fingerprint, readRelease, readVectors, type Vector } from "../../conformance/runner/vectors.ts";
import { caughtAsNamed, caughtNow, failedBy, objections } from "../../conformance/tools/faults.ts";
import { computed, SPEC, staleVectors } from "../../conformance/tools/vectors.ts";
import { clausesOf } from "../../proofs/check/clauses.ts";

const repository = new URL("../../", import.meta.url).pathname;
const set = readVectors();
const release = readRelease(SPEC);
const histories = set.vectors.filter(({ op }) => op === "run");

describe("the vectors", () => {
  it("are what their authors wrote", () => {
    expect(staleVectors()).toEqual([]);
  });

  it("are those that were released, and a change of any part of one is seen", () => {
    expect(release).not.toBeNull();
    expect(drift(release!, set.vectors)).toEqual([]);
    const [first, ...rest] = set.vectors as [Vector, ...Vector[]];
    const changes: readonly Partial<Vector>[] = [
      { result: first.result === "valid" ? "invalid" : "valid" },
      { expect: { error: "nonsense" } },
      { input: {} },
      { given: { more: 1 } },
      { features: ["more"] },
      { op: "score" },
      { level: "verifier" },
    ];
    for (const change of changes) {
      const changed: Vector = { ...first, ...change };
      if (fingerprint(changed) === fingerprint(first)) expect(change).toEqual({ level: first.level });
      else expect(drift(release!, [changed, ...rest])).toEqual([`${first.id} is not what was released with ${SPEC}`]);
    }
    expect(drift(release!, rest)).toEqual([`${first.id} was released with ${SPEC} and is gone`]);
    expect(drift(release!, [...set.vectors, { ...first, id: "modes-9999" }])).toEqual([]);
  });

  it("are refused by their tool when a program and the author differ", () => {
    const draft = historiesIn("# OV-10 · GateBypass · gated_send · x\n  1000 ada submit D1 => queued\n", "x.txt")[0]!;
    expect(() => computed(draft, ["queued"])).toThrow("the author says queued, the programs pending_approval");
    expect(computed(draft, ["pending_approval"])).toHaveProperty("ok");
  });

  it("cite clauses that are in force; each clause that declares vectors has some, and a fault that they catch", () => {
    const clauses = clausesOf(repository);
    const known = new Set(clauses.map(({ id }) => id));
    for (const { id, requirements } of set.vectors) for (const one of requirements) expect(known, id).toContain(one);
    const covered = new Set(set.vectors.flatMap(({ requirements }) => requirements));
    const violated = new Set(faults.flatMap(({ violates }) => violates));
    const declared = clauses.filter(({ evidence }) => evidence.includes("vectors")).map(({ id }) => id);
    expect(declared.length).toBeGreaterThan(40);
    expect(declared.filter((id) => !covered.has(id))).toEqual([]);
    expect([...covered].filter((id) => !declared.includes(id))).toEqual([]);
    expect(declared.filter((id) => !violated.has(id))).toEqual([]);
  });

  it("reach every row of the table that says more than wrong_status, but three that need an author of nothing", () => {
    const seen = new Set<string>();
    for (const { given, input } of histories)
      runTable(
        () => ({}),
        (key) => seen.add(key),
      )({ ...given, ...input } as never);
    const left = table.rows.filter(({ status, event, class: name }) => !seen.has(`${status} ${event} ${name}`));
    expect(
      left.filter(({ refusal }) => refusal !== "wrong_status").map((row) => `${row.status} ${row.event} ${row.class}`),
    ).toEqual(["new revise not_own", "new revise other_owner", "new cancel not_own"]);
    expect(seen.size).toBeGreaterThanOrEqual(770);
  });
});

describe("the clients", () => {
  it("the reference gives every expected answer", async () => {
    const wrong: string[] = [];
    for (const vector of set.vectors) {
      const found = mismatch(vector.expect, (await answer(vector)) as never);
      if (found !== null) wrong.push(`${vector.id}: ${found}`);
    }
    expect(wrong).toEqual([]);
  }, 180_000);

  it("the client that faults are built on conforms without one", async () => {
    const sound = {
      name: "none",
      violates: [],
      attack: null,
      operations: { run: (it: never) => ({ ok: runTable(() => ({}))(it) }) },
    };
    expect(await failedBy(sound, set.vectors)).toEqual([]);
  });

  it("each broken one is caught by exactly the vectors it names, and by one of every clause it violates", async () => {
    expect(faults.length).toBeGreaterThan(400);
    expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
    const now = await caughtNow();
    expect(now).toEqual(caughtAsNamed());
    expect(objections(now)).toEqual([]);
  }, 300_000);

  it("a fault that nothing catches would be seen", () => {
    expect(objections({ ...caughtAsNamed(), "no-copy": [] })).toEqual(["no-copy is caught by nothing"]);
    const elsewhere = objections({ ...caughtAsNamed(), "no-copy": ["scoring-0001"] });
    expect(elsewhere).toEqual(["no-copy violates OV-7, and no vector of OV-7 catches it"]);
  });
});
