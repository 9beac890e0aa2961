/**
 * Random traces against the theorems: every one holds on every trace, has something to say often, and the traces reach every
 * status and every event.
 *
 * The traces are made once, from a fixed seed (`TRACE_SEED` for another), and each theorem is asked of all of them; a failure
 * is searched again with shrinking.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MailboxEvent, MessageEvent, TenantEvent } from "../../src/model/Event.ts";
import { judge, type Theorem } from "./theorem.ts";
import { document, table } from "./table.ts";
import { deciding } from "./theorems-deciding.ts";
import { leaving } from "./theorems-leaving.ts";
import { plans } from "./plans.ts";
import { run } from "./traces.ts";

const theorems: readonly Theorem[] = [...leaving, ...deciding];
const seed = Number(process.env.TRACE_SEED ?? 20_260_101);
const traces = fc.sample(plans, { seed, numRuns: 1_200 }).map((plan) => run(plan));
const judgements = traces.map((trace) => judge(trace, theorems));

describe("random traces", () => {
  it("OV-1 one-door: there are enough of them, they are long, and they go everywhere", () => {
    const count = new Map<string, number>();
    const add = (name: string) => count.set(name, (count.get(name) ?? 0) + 1);
    for (const { log } of traces) {
      expect(log.length).toBeGreaterThanOrEqual(40);
      for (const { event, outcome } of log) {
        if (!outcome.accepted) add(`refused: ${outcome.refusal}`);
        else {
          add(`accepted: ${event.type}`);
          if ("message" in event) add(`reached: ${outcome.to}`);
        }
      }
    }
    const wanted = [
      ...table.statuses.filter((status) => status !== "new").map((status) => `reached: ${status}`),
      ...[MessageEvent, MailboxEvent, TenantEvent].flatMap(({ members }) =>
        members.map((member) => `accepted: ${member.fields.type.literal}`),
      ),
      ...table.refusals.map((refusal) => `refused: ${refusal}`),
    ];
    expect(wanted.filter((name) => (count.get(name) ?? 0) < 50)).toEqual([]);
    const entries = traces.reduce((sum, { log }) => sum + log.length, 0);
    const least = [...count]
      .filter(([name]) => wanted.includes(name))
      .sort((a, b) => a[1] - b[1])
      .slice(0, 4);
    console.info(
      `${traces.length} traces, ${entries} entries; rarest: ${least.map((pair) => pair.join(" ")).join(", ")}`,
    );
  });
});

describe("theorems", () => {
  for (const theorem of theorems) {
    it(`${theorem.clause} ${theorem.slug}: ${theorem.name}`, () => {
      if (judgements.some(({ violated }) => violated.has(theorem.name))) {
        fc.assert(
          fc.property(plans, (plan) => {
            const wrong = judge(run(plan), [theorem]).violated.get(theorem.name);
            if (wrong !== undefined) throw new Error(wrong);
          }),
          { seed, numRuns: 2_000 },
        );
        expect.fail(judgements.map(({ violated }) => violated.get(theorem.name)).find((wrong) => wrong !== undefined));
      }
      const applied = judgements.reduce((sum, one) => sum + (one.applied.get(theorem.name) ?? 0), 0);
      expect(applied, "how often it had something to say").toBeGreaterThanOrEqual(50);
    });
  }

  it("OV-1 one-door: every theorem is the slug of the clause it names", () => {
    const text = ["modes.md", "lifecycle.md", "decisions.md", "signing.md"].map(document).join("\n");
    for (const { clause, slug } of theorems) expect(text).toContain(`### ${clause} · ${slug}\n`);
  });
});
