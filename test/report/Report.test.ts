/** The numbers of a report, against a log counted by hand and against a slow recount of a larger one. */
import { assert, describe, it } from "vitest";
import { articlesOf, percent } from "../../src/report/articles.ts";
import { documentOf } from "../../src/report/Compose.ts";
import { htmlOf } from "../../src/report/Html.ts";
import { markdownOf } from "../../src/report/Markdown.ts";
import { Tally } from "../../src/report/Report.ts";
import { system } from "../../src/model/Actor.ts";
import { agent, ann, ben, clean, digestOf, Logbook, october, olga } from "../siem/logbook.ts";
import { busy, counted } from "./histories.ts";
import { octoberWhole, reportOn } from "./told.ts";

const day = 86_400;

describe("a report on a log counted by hand", () => {
  const report = reportOn(counted());

  it("tells what was read", () => {
    const { custody } = report;
    assert.deepEqual(
      [custody.firstIndex, custody.lastIndex, custody.entries, custody.inPeriod, custody.accepted, custody.refused],
      [0, 30, 31, 23, 20, 3],
    );
    assert.deepEqual([custody.missing, custody.outOfOrder, custody.afterPeriod], [0, 0, 1]);
    assert.deepEqual([custody.firstAt, custody.lastAt], [october - day, october + 183_715]);
    assert.deepEqual(custody.byType[0], ["submit", 5, 0]);
    assert.deepEqual([custody.keysMade, custody.keysRevoked], [0, 1]);
    assert.deepEqual(custody.tenants, ["acme"]);
  });

  it("tells the modes over time", () => {
    const { modes } = report;
    const [first, second] = [...modes.mailboxes].sort((a, b) => (a.mailbox < b.mailbox ? -1 : 1));
    assert.deepEqual(
      [first!.atStart, first!.atEnd, first!.changes, first!.submitted],
      ["gated_send", "monitored", 1, 4],
    );
    assert.deepEqual(first!.segments, [
      { mode: "gated_send", from: october, to: october + 183_715 },
      { mode: "monitored", from: october + 183_715, to: october + 31 * day },
    ]);
    assert.deepEqual([second!.atStart, second!.atEnd, second!.seconds.monitored], ["monitored", "monitored", 31 * day]);
    assert.deepEqual([modes.raised, modes.lowered, modes.total], [1, 0, 2]);
    assert.deepEqual(
      modes.changes.map(({ index, mailbox, from, to, principal }) => [index, mailbox, from, to, principal]),
      [[29, "mbx_1", "gated_send", "monitored", "olga"]],
    );
    assert.strictEqual(modes.overTime.length, 31);
    assert.deepEqual([modes.overTime[0]!.gated_send, modes.overTime[0]!.monitored], [day, day]);
    assert.deepEqual(
      [modes.overTime[2]!.gated_send, modes.overTime[2]!.monitored],
      [183_715 - 2 * day, 2 * day - (183_715 - 2 * day)],
    );
    assert.deepEqual([modes.overTime[30]!.gated_send, modes.overTime[30]!.monitored], [0, 2 * day]);
  });

  it("tells the decisions, the waits and the people", () => {
    const { decisions } = report;
    assert.deepEqual([decisions.approvals, decisions.rejections, decisions.edits, decisions.expired], [2, 1, 0, 1]);
    const { count, least, median, p90, most } = decisions.waited;
    assert.deepEqual([count, least, median, p90, most], [3, 4, 5, 90, 90]);
    assert.deepEqual(decisions.waited.classes, [2, 0, 1, 0, 0, 0, 0, 0]);
    assert.deepEqual([decisions.hasty, decisions.inARow, decisions.untimed], [2, 1, 0]);
    assert.deepEqual(
      decisions.overseers.map((it) => [it.person, it.approvals, it.rejections, it.refused, it.waited.median]),
      [
        ["ann", 1, 0, 0, 90],
        ["ben", 1, 1, 0, 4],
        ["crm", 0, 0, 1, null],
      ],
    );
    assert.deepEqual(
      decisions.roster.map(({ person }) => person),
      ["ann", "crm"],
    );
    assert.isTrue(decisions.rosterWhole);
    assert.deepEqual([decisions.waiting, decisions.oldestWaiting], [0, null]);
    assert.deepEqual(decisions.overTime[0], { approved: 2, rejected: 1, edited: 0, expired: 0 });
    assert.deepEqual(decisions.overTime[1], { approved: 0, rejected: 0, edited: 0, expired: 1 });
  });

  it("tells what became of messages, and by whose leave they left", () => {
    const { deliveries } = report;
    assert.deepEqual([deliveries.submitted, deliveries.held, deliveries.left], [5, 4, 1]);
    assert.deepEqual(deliveries.endings, {
      refused: 0,
      rejected: 1,
      cancelled: 0,
      expired: 1,
      delivered: 3,
      failed: 0,
    });
    assert.deepEqual(deliveries.handOvers, [
      { mode: "gated_send", approved: 2, unapproved: 0 },
      { mode: "monitored", approved: 0, unapproved: 1 },
    ]);
    assert.deepEqual(deliveries.bypasses, []);
    assert.strictEqual(deliveries.copies, 1);
    const { approved, unapproved, signed, disclosed, undisclosed, unsaid } = deliveries.delivered;
    assert.deepEqual([approved, unapproved, disclosed, undisclosed, unsaid], [2, 1, 0, 0, 3]);
    assert.isAtMost(signed, 3);
  });

  it("tells the stop and the incidents", () => {
    const { incidents } = report;
    assert.deepEqual(incidents.stops, [
      {
        tenant: "acme",
        index: 22,
        at: october + 7303,
        by: "olga",
        resumedAt: october + 10_913,
        resumedBy: "olga",
        refused: 1,
        handOvers: 0,
        finished: 0,
      },
    ]);
    assert.deepEqual(
      incidents.list.map(({ index, kind, by, about }) => [index, kind, by, about]),
      [
        [17, "uncertain", "system", "msg_3"],
        [20, "self_approval", "crm", "msg_4"],
        [28, "mode_raise", "crm", "mbx_1"],
        [30, "key_revoked", "olga", ben.credential],
      ],
    );
    assert.deepEqual([incidents.total, incidents.resolved, incidents.stillUncertain], [4, 1, 0]);
    assert.deepEqual(incidents.refusals, [
      ["halted", 1],
      ["mode_raise", 1],
      ["self_decision", 1],
    ]);
  });

  it("puts it beside every article, in words that claim nothing", () => {
    const articles = articlesOf(report);
    assert.deepEqual(
      articles.map(({ number }) => number),
      [12, 13, 14, 19, 26, 50],
    );
    const items = articles.flatMap(({ items }) => items);
    assert.strictEqual(new Set(items.map(({ place }) => place)).size, items.length);
    const said = (place: string) => items.find((it) => it.place === place)!;
    assert.strictEqual(said("12(1)").coverage, "shown");
    assert.include(said("14(4)(b)").evidence, "2 of 3 (67\u00a0%) decisions were approvals");
    assert.include(said("14(4)(b)").evidence, "median 5 s, nine in ten within 1 min 30 s");
    assert.include(said("14(4)(d)").evidence, "1 rejection, 0 edits by reviewers");
    assert.include(said("14(4)(e)").evidence, "1 stop, 1 h in all; 0 hand-overs begun while stopped.");
    assert.include(said("26(2)").evidence, "2 people with a key to decide");
    assert.include(said("50(1)").evidence, "the log does not say which of 3 delivered messages");
    assert.include(said("50(4)").evidence, "2 of 3 (67\u00a0%) delivered messages rested on a person's approval");
    for (const { coverage, evidence } of items) {
      assert.isAbove(evidence.length, 20);
      assert.notMatch(evidence, /complian|conform|fulfil|satisf|meets the/i);
      if (coverage === "absent") assert.match(evidence, /^(Not covered|The log shown)/);
    }
    for (const text of [htmlOf(documentOf(report)), markdownOf(documentOf(report))]) {
      assert.include(text, "It is no legal advice");
      assert.include(text, "was NOT checked");
    }
  });

  it("gives the same octets for the same input", () => {
    const again = reportOn(counted());
    // Keys and signatures of two such logs differ; nothing of them is shown but whether they are there.
    assert.strictEqual(htmlOf(documentOf(again)), htmlOf(documentOf(report)));
    assert.strictEqual(markdownOf(documentOf(again)), markdownOf(documentOf(report)));
  });
});

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
    const log = new Logbook(october - 10 * day);
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
    const log = new Logbook();
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
    const log = new Logbook();
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
    const log = new Logbook();
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
