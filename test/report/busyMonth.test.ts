/** The numbers of a report, against a slow recount of a large log. */
import { assert, describe, it } from "vitest";
import { busy } from "./histories.ts";
import { reportOn } from "./reportOn.ts";

const day = 86_400;

describe("a report on a busy month", () => {
  const log = busy();
  const { deliveries, decisions, incidents, custody, modes } = reportOn(log);
  const inside = log.lines.filter(({ timestamp }) => timestamp >= "2026-10-01" && timestamp < "2026-11-01");
  const accepted = inside.filter(({ outcome }) => outcome === "accepted");
  const number = (type: string) => accepted.filter((line) => line.type === type).length;

  it("counts as a slow recount of the export's lines counts", () => {
    assert.isAbove(inside.length, 900);
    assert.strictEqual(custody.inPeriod, inside.length);
    assert.strictEqual(custody.refused, inside.length - accepted.length);
    assert.strictEqual(deliveries.submitted, number("submit"));
    assert.strictEqual(decisions.approvals, number("approve"));
    assert.strictEqual(decisions.rejections, number("reject"));
    for (const ending of ["delivered", "failed", "rejected", "cancelled", "expired"] as const)
      assert.strictEqual(deliveries.endings[ending], accepted.filter(({ to_status }) => to_status === ending).length);
    assert.strictEqual(incidents.counts.uncertain, number("lost"));
    assert.strictEqual(incidents.counts.failed, number("failed"));
    assert.strictEqual(incidents.stopsTotal, number("halt"));
    assert.strictEqual(
      incidents.counts.self_approval,
      inside.filter(({ refusal }) => refusal === "self_decision").length,
    );
    const left = accepted.filter(({ type, to_status }) => type === "dispatch" && to_status === "dispatching");
    assert.strictEqual(
      deliveries.handOvers.reduce((sum, { approved, unapproved }) => sum + approved + unapproved, 0),
      left.length,
    );
    assert.strictEqual(
      deliveries.handOvers.reduce((sum, { approved }) => sum + approved, 0),
      left.filter(({ approvers }) => approvers.length > 0).length,
    );
    const refusals = inside.filter(({ outcome }) => outcome === "refused").length;
    assert.strictEqual(
      incidents.refusals.reduce((sum, [, n]) => sum + n, 0),
      refusals,
    );
  });

  it("measures the waits as a slow recount does", () => {
    const waits: number[] = [];
    const since = new Map<string, number>();
    for (const line of log.lines) {
      const at = Date.parse(line.timestamp) / 1000;
      if (line.outcome !== "accepted" || line.message_id === null) continue;
      if (line.type === "submit" && line.to_status === "pending_approval") since.set(line.message_id, at);
      if ((line.type === "approve" || line.type === "reject") && inside.includes(line))
        waits.push(at - since.get(line.message_id)!);
    }
    waits.sort((a, b) => a - b);
    const near = (found: number | null, q: number) => {
      const wanted = waits[Math.ceil(q * waits.length) - 1]!;
      assert.isTrue(found! <= wanted && found! >= wanted * 0.9995, `${found} for ${wanted}`);
    };
    assert.strictEqual(decisions.waited.count, waits.length);
    near(decisions.waited.median, 0.5);
    near(decisions.waited.p90, 0.9);
    assert.strictEqual(decisions.hasty, waits.filter((wait) => wait < 10).length);
  });

  it("gives every mailbox the whole period, in every step", () => {
    for (const { seconds } of modes.mailboxes)
      assert.strictEqual(
        Object.values(seconds).reduce((sum, it) => sum + it, 0),
        31 * day,
      );
    for (const step of modes.overTime)
      assert.strictEqual(
        Object.values(step).reduce((sum, it) => sum + it, 0),
        modes.total * day,
      );
  });
});
