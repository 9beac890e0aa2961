/** The report's sections about decisions and about the people who made them. */
import { numeral, percent, share } from "./articles.ts";
import { chart, drawn, duration, moment, section, table } from "./blocks.ts";
import { name, paragraph, type Section, type Series } from "./Document.ts";
import { classes } from "./Durations.ts";
import { listed } from "./ModeTally.ts";
import { instantText, stepText } from "./Period.ts";
import type { Report } from "./Report.ts";

const decisionTones: readonly Series[] = [
  { title: "approved", tone: "good" },
  { title: "rejected", tone: "bad" },
  { title: "edited", tone: "edit" },
  { title: "expired undecided", tone: "idle" },
];

export const decisionsSection = ({ decisions, steps, deliveries }: Report): Section => {
  const { waited } = decisions;
  const values = decisions.overTime.map(({ approved, rejected, edited, expired }) => [
    approved,
    rejected,
    edited,
    expired,
  ]);
  const some = values.some((row) => row.some((value) => value > 0));
  return section(
    "decisions",
    table(
      "Decisions",
      ["Fact", "Number"],
      [1],
      [
        ["Approvals by reviewers", numeral(decisions.approvals)],
        ["Rejections by reviewers", numeral(decisions.rejections)],
        ["Edits by reviewers", numeral(decisions.edits)],
        ["Messages that expired while they waited", numeral(decisions.expired)],
        ["Messages cancelled by operators", numeral(deliveries.cancelledByOperator)],
        ["Messages cancelled by agents", numeral(deliveries.cancelledByAgent)],
        ["Approvals voided because the reviewer was revoked", numeral(deliveries.voidedApprovals)],
        ["Messages waiting at the end of the period", numeral(decisions.waiting)],
        ["The oldest of them waits since", moment(decisions.oldestWaiting)],
      ],
    ),
    ...(some
      ? [
          chart({
            kind: "columns",
            title: `Decisions, by ${steps.word}`,
            describes:
              "Each column is one step of the period: how many approvals, rejections, edits by reviewers and expiries.",
            labels: values.map((_, step) => stepText(steps, step)),
            series: decisionTones,
            values,
            scale: "count",
          }),
          table(
            `Decisions, by ${steps.word}; steps without any are left out`,
            ["Beginning", "Approved", "Rejected", "Edited", "Expired"],
            [1, 2, 3, 4],
            values.flatMap((row, step) =>
              row.every((value) => value === 0) ? [] : [[stepText(steps, step), ...row.map(numeral)]],
            ),
          ),
        ]
      : []),
    paragraph(
      "Time to decide: from the moment a content began to wait until an approval or rejection of it. Above 68 minutes a quantile is exact to 0.05 %.",
    ),
    table(
      "Time to decide",
      ["Fact", "Value"],
      [],
      [
        ["Decisions with a known wait", numeral(waited.count)],
        ["Decisions on contents that waited before what was read begins", numeral(decisions.untimed)],
        ["Shortest", duration(waited.least)],
        ["Median", duration(waited.median)],
        ["Nine in ten within", duration(waited.p90)],
        ["Longest", duration(waited.most)],
        ["Within 10 seconds of the beginning of the wait", share(decisions.hasty, waited.count)],
        [
          "Within 5 seconds of the same person's decision before",
          share(decisions.inARow, decisions.approvals + decisions.rejections),
        ],
      ],
    ),
    ...(waited.count === 0
      ? []
      : [
          chart({
            kind: "bars",
            title: "Time to decide",
            describes: "How many decisions were made after waits of each length.",
            rows: classes.map(([, label], i) => ({
              label,
              value: waited.classes[i]!,
              tone: i === 0 ? "bad" : "plain",
            })),
          }),
          table(
            "Time to decide, by class",
            ["Wait", "Decisions", "Share"],
            [1, 2],
            classes.map(([, label], i) => [
              label,
              numeral(waited.classes[i]!),
              percent(waited.classes[i]!, waited.count),
            ]),
          ),
        ]),
  );
};

export const overseersSection = ({ decisions, custody }: Report): Section => {
  const tenants = custody.tenants.length > 1;
  const people = [...decisions.overseers].sort((a, b) => b.approvals + b.rejections - a.approvals - a.rejections);
  return section(
    "overseers",
    paragraph("A person is whoever holds the key; that two keys are two people is the operator's to see to."),
    ...(people.some(({ approvals, rejections }) => approvals + rejections > 0)
      ? [
          chart({
            kind: "bars",
            title: "Decisions by person",
            describes: `How many approvals and rejections each person made, the ${drawn} with the most at most.`,
            rows: people.slice(0, drawn).map(({ person, approvals, rejections }) => ({
              label: name(person),
              value: approvals + rejections,
              tone: "plain",
            })),
          }),
        ]
      : []),
    table(
      "Who decided, or tried to, in the period",
      [
        ...(tenants ? ["Tenant"] : []),
        "Person",
        "Approved",
        "Rejected",
        "Edited",
        "Resolved",
        "Refused",
        "Median wait",
        "Under 10 s",
        "In a row",
        "First",
        "Last",
        "Revoked",
      ],
      (tenants ? [2, 3, 4, 5, 6, 7, 8, 9] : [1, 2, 3, 4, 5, 6, 7, 8]).slice(),
      people
        .slice(0, listed)
        .map((it) => [
          ...(tenants ? [name(it.tenant)] : []),
          name(it.person),
          numeral(it.approvals),
          numeral(it.rejections),
          numeral(it.edits),
          numeral(it.resolutions),
          numeral(it.refused),
          duration(it.waited.median),
          numeral(it.hasty),
          numeral(it.inARow),
          instantText(it.first),
          instantText(it.last),
          it.revoked ? "yes" : "no",
        ]),
      "Nobody decided in the period, nor tried to.",
      people.length,
    ),
    table(
      "Keys to decide at the end of the period",
      [...(tenants ? ["Tenant"] : []), "Person", "Key", "Since"],
      [],
      decisions.roster
        .slice(0, listed)
        .map((it) => [...(tenants ? [name(it.tenant)] : []), name(it.person), name(it.key), instantText(it.since)]),
      "The log shown knows no key to decide.",
      decisions.roster.length,
    ),
    ...(decisions.rosterWhole
      ? []
      : [paragraph("The log was not read from its first entry, so there may be keys that are not listed.")]),
  );
};
