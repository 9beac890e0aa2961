/** The report's sections, in order; here those about the log and about modes. */
import { numeral, percent } from "./articles.ts";
import { chart, drawn, moment, section, table } from "./blocks.ts";
import { decisionsSection, overseersSection } from "./decisionSections.ts";
import { type Block, name, paragraph, passage, type Section, type Series } from "./Document.ts";
import {
  disclosureSection,
  incidentsSection,
  messagesSection,
  retentionSection,
  stopsSection,
} from "./messageSections.ts";
import { type KnownMode, knownModes } from "./ModeTally.ts";
import { instantText, stepText } from "./Period.ts";
import type { Report } from "./Report.ts";

const modeSeries: readonly Series[] = knownModes.map((mode) => ({ title: mode, tone: mode }));

const verifications = {
  sound: ["good", "The log behind this report was checked before anything was counted, and found sound."],
  unsound: [
    "bad",
    "The log behind this report was checked, and is NOT sound. The numbers below may be false; see what was found.",
  ],
  undecided: [
    "bad",
    "The check of the log behind this report could not be completed, so nobody can say whether it is whole and unchanged.",
  ],
  unchecked: [
    "plain",
    "The log behind this report was NOT checked: nobody can say from this report whether it is whole and unchanged.",
  ],
} as const;

/** The first thing a reader must know. */
export const verificationNotice = ({ provenance }: Report): Block => {
  const [tone, text] = verifications[provenance.verification];
  return { kind: "notice", tone, text: [text] };
};

const logSection = (report: Report): Section => {
  const { provenance, custody } = report;
  return section(
    "log",
    verificationNotice(report),
    ...provenance.findings.map((finding) => paragraph(passage(finding))),
    table(
      "What was read",
      ["Fact", "Value"],
      [],
      [
        ["Read from", name(provenance.source)],
        ["Its SHA-256", name(provenance.sha256)],
        ["The log's name", name(provenance.origin)],
        ["Tenant", report.tenant === null ? "all" : name(report.tenant)],
        ["Entries read, up to the end of the period", numeral(custody.entries)],
        ["Entries in the period", numeral(custody.inPeriod)],
        ["Of them refused", numeral(custody.refused)],
        [
          "First and last entry read",
          custody.firstIndex === null ? "–" : `${custody.firstIndex} and ${custody.lastIndex}`,
        ],
        ["Their moments", custody.firstAt === null ? "–" : `${moment(custody.firstAt)} and ${moment(custody.lastAt)}`],
        ["Entries in between that are not shown", numeral(custody.missing)],
        ["Entries out of order", numeral(custody.outOfOrder)],
        ["Entries after the period", numeral(custody.afterPeriod)],
      ],
    ),
    ...(custody.firstIndex !== null && (custody.firstIndex > 0 || custody.missing > 0)
      ? [
          paragraph(
            "Not all entries of the log were read. Modes, stops, waits and keys that began in an entry that was not read are unknown here, and counted as such.",
          ),
        ]
      : []),
    table(
      "Entries in the period, by type",
      ["Type", "Accepted", "Refused"],
      [1, 2],
      custody.byType.map(([type, accepted, refused]) => [name(type), numeral(accepted), numeral(refused)]),
      "There was no entry in the period.",
    ),
  );
};

const modesSection = (report: Report): Section => {
  const { modes, steps, until, period } = report;
  const length = (seconds: Readonly<Record<KnownMode, number>>): number =>
    knownModes.reduce((sum, mode) => sum + seconds[mode], 0);
  return section(
    "modes",
    paragraph(
      "The mode of a mailbox says what an agent may send alone: read_only nothing; gated_all and gated_send nothing without a person's approval; monitored anything, with a copy to people; autonomous anything.",
    ),
    ...(modes.overTime.some((seconds) => length(seconds) > 0)
      ? [
          chart({
            kind: "columns",
            title: `Time of all mailboxes in each mode, by ${steps.word}`,
            describes: "Each column is one step of the period, divided by the time that mailboxes spent in each mode.",
            labels: modes.overTime.map((_, step) => stepText(steps, step)),
            series: modeSeries,
            values: modes.overTime.map((seconds) => knownModes.map((mode) => seconds[mode])),
            scale: "share",
          }),
          chart({
            kind: "strips",
            title: "Mode of each mailbox over the period",
            describes: `Each strip is a mailbox, the ${drawn} with the most messages at most; its parts are the modes it was in.`,
            from: period.from,
            to: period.to,
            series: modeSeries,
            rows: modes.mailboxes.slice(0, drawn).map(({ mailbox, segments }) => ({
              label: name(mailbox),
              segments: segments.map(({ mode, ...span }) => ({ ...span, tone: mode })),
            })),
          }),
        ]
      : []),
    table(
      `Mailboxes, and the share of the period each spent in a mode${until < period.to ? `, up to ${instantText(until)}` : ""}`,
      ["Mailbox", "Agent", "Submitted", "Approvals needed", "At the start", "At the end", "Changes", "Time in modes"],
      [2, 3, 6],
      modes.mailboxes.map((it) => [
        name(it.mailbox),
        name(it.agent),
        numeral(it.submitted),
        it.quorum === null ? "unknown" : numeral(it.quorum),
        it.atStart ?? "–",
        it.atEnd,
        numeral(it.changes),
        knownModes
          .filter((mode) => it.seconds[mode] > 0)
          .map((mode) => `${mode} ${percent(it.seconds[mode], length(it.seconds))}`)
          .join(", "),
      ]),
      "The log shown knows no mailbox.",
      modes.total,
    ),
    table(
      `Changes of mode: ${numeral(modes.raised)} to more autonomy, ${numeral(modes.lowered)} to less`,
      ["When", "Entry", "Mailbox", "From", "To", "By", "As"],
      [1],
      modes.changes.map(({ at, index, mailbox, from, to, principal, role }) => [
        instantText(at),
        numeral(index),
        name(mailbox),
        from,
        to,
        name(principal),
        name(role),
      ]),
      "No mode was changed in the period.",
      Math.max(modes.raised + modes.lowered, modes.changes.length),
    ),
  );
};

/** All sections, in order. */
export const sectionsOf = (report: Report): readonly Section[] => [
  logSection(report),
  modesSection(report),
  decisionsSection(report),
  overseersSection(report),
  messagesSection(report),
  stopsSection(report),
  disclosureSection(report),
  incidentsSection(report),
  retentionSection(report),
];
