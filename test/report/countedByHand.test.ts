/** The numbers of a report, against a log counted by hand. */
import { assert, describe, it } from "vitest";
import { articlesOf } from "../../src/report/articles.ts";
import { documentOf } from "../../src/report/Compose.ts";
import { htmlOf } from "../../src/report/Html.ts";
import { markdownOf } from "../../src/report/Markdown.ts";
import { ben, october } from "../support/tenantLog.ts";
import { counted } from "./histories.ts";
import { reportOn } from "./reportOn.ts";

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
