/** What is put to the kernel: enough traces and samples, the same for the same seed, names as numbers that keep their order. */
import { assert, describe, it } from "vitest";
import { directed } from "../../proofs/check/directed.ts";
import { Numbering } from "../../proofs/check/literals.ts";
import { samplesOf, sampleTheorems } from "../../proofs/check/samples.ts";
import { least } from "../../proofs/check/replay.ts";
import { historiesOf, kindsOf, traceFiles, tracesOf } from "../../proofs/check/traces.ts";

const seed = 20_260_103;
const traces = tracesOf(seed);

describe("the replay", () => {
  it("has at least 300 traces and 3,000 events, and goes far", () => {
    assert.isAtLeast(traces.length, 300);
    assert.isAtLeast(
      traces.reduce((sum, { log }) => sum + log.length, 0),
      least.events,
    );
    const kinds = kindsOf(traces);
    for (const kind of [
      "submit: pending_approval",
      "submit: queued",
      "approve: queued",
      "approve: stale_digest",
      "revise: pending_approval",
      "dispatch: dispatching",
      "dispatch: pending_approval",
      "delivered: delivered",
      "lost: uncertain",
      "resolve: queued",
      "resolve: delivered",
      "cancel: not_permitted",
      "approve: window_closed",
      "dispatch: halted",
      "revoke: pending_approval",
      "set_mode: mode_raise",
      "revoke_reviewer: done",
    ]) {
      assert.isAbove(kinds.get(kind) ?? 0, 0, kind);
    }
  });

  it("begins with the directed histories, the same with any seed", () => {
    const all = historiesOf(seed, 1);
    assert.equal(all.length, directed().length + 1);
    assert.isTrue(directed().every((one, i) => all[i] === one));
    assert.isAbove(directed().length, 200);
  });

  it("is the same for the same seed and another for another", () => {
    const text = (n: number) => [...traceFiles(tracesOf(n), sampleTheorems(samplesOf(n)), n, 2).values()].join();
    assert.equal(text(seed), text(seed));
    assert.notEqual(text(seed), text(seed + 1));
  });

  it("puts every trace into one file, with its whole log", () => {
    const files = [...traceFiles(traces, [], seed, 2).values()];
    const theorems = files.flatMap((text) => text.match(/^theorem trace_\d+ /gm) ?? []);
    assert.equal(new Set(theorems).size, traces.length);
    const told = files.flatMap((text) => text.match(/^ {2}⟨\.(message|mailbox|tenant) .* s\d+⟩/gm) ?? []);
    assert.equal(
      told.length,
      traces.reduce((sum, { log }) => sum + log.length, 0),
    );
  });

  it("numbers names in their order, from 1, and the empty one 0", () => {
    const numbers = new Numbering(["b", "a", "", "c", "a"]);
    assert.deepEqual(
      ["", "a", "b", "c"].map((name) => numbers.of(name)),
      ["0", "1", "2", "3"],
    );
    assert.throws(() => numbers.of("d"), /without a number/);
  });

  it("samples scores, signed fields and contents", () => {
    const samples = samplesOf(seed);
    for (const sort of ["score", "fields", "content"])
      assert.isAtLeast(samples.filter((one) => one.sort === sort).length, 15);
    assert.isAbove(new Set(samples.map(({ claim }) => claim)).size, 150);
  });
});
