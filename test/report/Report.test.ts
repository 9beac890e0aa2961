/** A report where something is missing, rare or wrong: an empty period, what began before it, a false log, entries not read. */
import { assert, describe, it } from "vitest";
import { articlesOf, percent } from "../../src/report/articles.ts";
import { documentOf } from "../../src/report/Compose.ts";
import { htmlOf } from "../../src/report/Html.ts";
import { markdownOf } from "../../src/report/Markdown.ts";
import { Tally } from "../../src/report/Report.ts";
import { system } from "../../src/model/Actor.ts";
import { agent, ann, ben, clean, digestOf, TenantLog, october, olga } from "../support/tenantLog.ts";
import { counted } from "./histories.ts";
import { octoberWhole, reportOn } from "./reportOn.ts";

const day = 86_400;

describe("a report", () => {
  it("says of an empty period that there is nothing, and that this shows nothing", () => {
    const log = counted();
    const report = reportOn(log, { from: october - 400 * day, to: october - 300 * day });
    assert.strictEqual(report.custody.entries, 0);
    assert.strictEqual(report.custody.afterPeriod, log.lines.length);
    const html = htmlOf(documentOf(report));
    for (const said of [
      "There was no entry in the period.",
      "No mode was changed in the period.",
      "There was no stop in the period.",
      "Nobody decided in the period, nor tried to.",
      "Nothing was handed over in the period.",
    ])
      assert.include(html, said);
    assert.notInclude(html, "NaN");
    assert.notInclude(html, "Infinity");
    const coverage = articlesOf(report).flatMap(({ items }) => items.map((it) => [it.place, it.coverage] as const));
    assert.deepEqual(
      coverage
        .filter(([place]) => ["12(1)", "14(4)(b)", "19(1)", "50(1)", "50(2)", "50(4)"].includes(place))
        .map(([, it]) => it),
      ["absent", "absent", "absent", "absent", "absent", "absent"],
    );
    const nothing = reportOn({ leaves: [] });
    assert.include(htmlOf(documentOf(nothing)), "There was no entry in the period.");
    assert.include(markdownOf(documentOf(nothing)), "There was no entry in the period.");
  });

  it("carries what began before the period into it", () => {
    const log = new TenantLog(october - 10 * day);
    log.tenantBegins();
    log.mailbox("mbx_1");
    log.happens(0, olga, { type: "halt" });
    log.submit("mbx_1", "msg_1", 9 * day);
    log.happens(2 * day, olga, { type: "resume" });
    log.submit("mbx_1", "msg_2", 0);
    log.approve("mbx_1", "msg_2", 7);
    const { modes, incidents, decisions } = reportOn(log);
    assert.strictEqual(modes.mailboxes[0]!.atStart, "gated_send");
    assert.deepEqual(
      incidents.stops.map(({ at, resumedAt }) => [at, resumedAt]),
      [[october - 10 * day, october + day]],
    );
    assert.deepEqual([decisions.waited.count, decisions.waited.median], [1, 7]);
  });

  it("tells a stop and an uncertain delivery that last to the end", () => {
    const log = new TenantLog();
    log.tenantBegins();
    log.mailbox("mbx_1", "autonomous");
    log.submit("mbx_1", "msg_1");
    log.dispatch("mbx_1", "msg_1");
    log.happens(5, olga, { type: "halt" });
    log.outcome("lost", "mbx_1", "msg_1");
    const { incidents } = reportOn(log, { from: october, to: october + day });
    assert.deepEqual(
      [incidents.stillUncertain, incidents.stops[0]!.resumedAt, incidents.stops[0]!.finished],
      [1, null, 1],
    );
  });

  it("counts edits by reviewers, cancels by each, voided approvals and two-person mailboxes", () => {
    const log = new TenantLog();
    log.tenantBegins();
    log.mailbox("mbx_1");
    log.happens(0, olga, {
      type: "set_policy",
      mailbox: "mbx_1",
      policy: { quorum: 2, decisionWindow: 86_400, approvalMaxAge: 3_600 },
    });
    log.submit("mbx_1", "msg_1");
    log.approve("mbx_1", "msg_1", 20);
    log.happens(0, olga, { type: "revoke", mailbox: "mbx_1", message: "msg_1", reviewer: "ann", verdict: clean });
    log.happens(0, olga, { type: "revoke_reviewer", reviewer: "ann" });
    const edit = {
      type: "revise" as const,
      mailbox: "mbx_1",
      message: "msg_1",
      requestedMode: null,
      sendAt: 0,
      verdict: clean,
    };
    log.happens(30, ben, { ...edit, base: digestOf("msg_1"), digest: digestOf("edited") });
    // The wait begins anew with the new content.
    log.approve("mbx_1", "msg_1", 11, ben, "edited");
    log.approve("mbx_1", "msg_1", 0, ann, "edited");
    log.happens(1, olga, { type: "cancel", mailbox: "mbx_1", message: "msg_1" });
    log.submit("mbx_1", "msg_2");
    log.happens(1, agent, { type: "cancel", mailbox: "mbx_1", message: "msg_2" });
    const report = reportOn(log);
    const { decisions, deliveries, incidents } = report;
    assert.deepEqual([decisions.edits, decisions.approvals], [1, 2]);
    assert.deepEqual([decisions.waited.least, decisions.waited.most], [11, 20]);
    assert.deepEqual(
      [deliveries.cancelledByOperator, deliveries.cancelledByAgent, deliveries.voidedApprovals],
      [1, 1, 1],
    );
    assert.deepEqual([incidents.counts.reviewer_revoked, incidents.counts.revoked_reviewer_tried], [1, 1]);
    assert.isTrue(decisions.overseers.find(({ person }) => person === "ann")!.revoked);
    const two = articlesOf(report)
      .flatMap(({ items }) => items)
      .find(({ place }) => place === "14(5)")!;
    assert.strictEqual(two.coverage, "shown");
  });

  it("counts keeping, holds and erasure", () => {
    const log = new TenantLog();
    log.tenantBegins();
    log.happens(0, olga, { type: "set_retention", days: 183 });
    log.happens(0, olga, { type: "legal_hold", hold: "hold_1" });
    log.happens(0, olga, { type: "legal_hold", hold: "hold_2" });
    log.happens(0, olga, { type: "release_hold", hold: "hold_1" });
    log.happens(0, system, { type: "erase", cause: "retention", messages: ["msg_1", "msg_2"] });
    log.happens(0, olga, { type: "erase", cause: "request", messages: ["msg_3"] });
    const { custody } = reportOn(log);
    assert.deepEqual([custody.holdsPlaced, custody.holdsReleased, custody.holdsStanding], [2, 1, 1]);
    assert.deepEqual([custody.erasedByRetention, custody.erasedOnRequest], [2, 1]);
    assert.deepEqual(custody.retention, [{ tenant: "acme", days: 183, at: october, index: 6 }]);
  });

  it("tells a hand-over without an approval in a gated mode, which only a false log can hold", () => {
    const log = counted();
    const leaves = [...log.leaves];
    const leaf = JSON.parse(leaves[10]!);
    assert.strictEqual(leaf.type, "dispatch");
    leaf.evidence.approvers = [];
    leaves[10] = JSON.stringify(leaf);
    const report = reportOn({ leaves });
    assert.deepEqual(report.deliveries.bypasses, [10]);
    assert.include(htmlOf(documentOf(report)), "1 hand-over began in a gated mode without an approval: entry 10.");
  });

  it("tells a message that came back because the risk had risen", () => {
    const leaves = [...counted().leaves];
    const leaf = JSON.parse(leaves[10]!);
    leaf.evidence.risk_rose = { shown: 100, found: 9000, hold_above: 7000, signals: 1 };
    leaf.to = "pending_approval";
    leaves[10] = JSON.stringify(leaf);
    const { incidents, deliveries } = reportOn({ leaves });
    assert.strictEqual(incidents.counts.returned_by_risk, 1);
    assert.deepEqual(deliveries.handOvers[0], { mode: "gated_send", approved: 1, unapproved: 0 });
  });

  it("counts disclosures where the log says of them", () => {
    const leaves = counted().leaves.map((text) => {
      const leaf = JSON.parse(text);
      if (leaf.message === "msg_1") leaf.evidence.disclosure = digestOf("I am an AI");
      if (leaf.message === "msg_5") leaf.evidence.disclosure = null;
      return JSON.stringify(leaf);
    });
    const report = reportOn({ leaves });
    const { disclosed, undisclosed, unsaid } = report.deliveries.delivered;
    assert.deepEqual([disclosed, undisclosed, unsaid], [1, 1, 1]);
    const [item] = articlesOf(report).find(({ number }) => number === 50)!.items;
    assert.strictEqual(item!.coverage, "part");
    assert.include(
      item!.evidence,
      "1 of 3 (33\u00a0%) delivered messages carried a disclosure, 1 message carried none",
    );
  });

  it("says what is missing, out of order or unreadable, and what is not known because of it", () => {
    const { leaves } = counted();
    const tally = new Tally(octoberWhole);
    tally.withheld(8);
    tally.take(9, leaves[9]!);
    tally.take(12, leaves[12]!);
    tally.take(11, leaves[11]!);
    tally.take(13, "{}");
    tally.take(29, leaves[29]!);
    const provenance = { source: "x", sha256: null, origin: null, verification: "unchecked", findings: [] } as const;
    const report = tally.report({ provenance, generatedAt: null });
    assert.deepEqual([report.custody.missing, report.custody.outOfOrder], [1 + 2 + 15, 1]);
    assert.strictEqual(report.incidents.counts.unreadable, 1);
    assert.strictEqual(report.decisions.untimed, 1);
    assert.isFalse(report.decisions.rosterWhole);
    // What it was before is said by the change itself.
    assert.strictEqual(report.modes.mailboxes[0]!.atStart, "gated_send");
    const html = htmlOf(documentOf(report));
    assert.include(html, "Not all entries of the log were read.");
    assert.include(html, "there may be keys that are not listed");
  });

  it("takes any text for a leaf", () => {
    const tally = new Tally(octoberWhole);
    for (const [i, leaf] of ["", "null", "[]", '"x"', "{", '{"at":1e99}', '{"__proto__":{"at":1}}', "\u0000"].entries())
      tally.take(i, leaf);
    tally.take(2 ** 52, "{}");
    const provenance = { source: "x", sha256: null, origin: null, verification: "unchecked", findings: [] } as const;
    const report = tally.report({ provenance, generatedAt: null });
    assert.strictEqual(report.custody.entries, 0);
    assert.include(htmlOf(documentOf(report)), "There was no entry in the period.");
  });

  it("counts one tenant, if asked", () => {
    const { leaves } = counted();
    const tally = new Tally(octoberWhole, "other");
    for (const [index, leaf] of leaves.entries()) tally.take(index, leaf);
    const provenance = { source: "x", sha256: null, origin: null, verification: "unchecked", findings: [] } as const;
    const { custody } = tally.report({ provenance, generatedAt: null });
    assert.deepEqual([custody.entries, custody.missing], [0, 0]);
  });

  it("does not count what had not happened yet when it was made", () => {
    const report = reportOn(counted(), octoberWhole, {}, october + 10 * day);
    assert.strictEqual(
      report.modes.mailboxes[0]!.seconds.gated_send + report.modes.mailboxes[0]!.seconds.monitored,
      10 * day,
    );
    assert.include(htmlOf(documentOf(report)), "the period is not over");
  });

  it("rounds no share to all or nothing that is not", () => {
    assert.deepEqual(
      [percent(0, 10), percent(1, 1000), percent(999, 1000), percent(1000, 1000), percent(1, 3), percent(0, 0)],
      ["0\u00a0%", "under 1\u00a0%", "over 99\u00a0%", "100\u00a0%", "33\u00a0%", "–"],
    );
  });
});
