/**
 * What of the AI Act (Regulation (EU) 2024/1689, as amended) can be looked up in a log, item by item, and what this log shows.
 *
 * - Items are put in our words, after digests of the Regulation as amended in 2026; a reader who relies on them reads the text.
 * - An item names what is in the log, in part or not at all, and never whether a duty is met: that is for people to judge.
 */
import { durationText, instantText } from "./Period.ts";
import type { Report } from "./Report.ts";

/** `shown`: the log has it. `part`: it has some of it. `absent`: not covered, the log cannot show it. */
export type Coverage = "shown" | "part" | "absent";

export interface Item {
  /** `14(4)(e)`. */
  readonly place: string;
  readonly asks: string;
  readonly coverage: Coverage;
  readonly evidence: string;
  /** The sections of the report with the numbers. */
  readonly sections: readonly SectionId[];
}

export interface Article {
  readonly number: number;
  readonly title: string;
  readonly applies: string;
  readonly items: readonly Item[];
}

export const sectionTitles = {
  log: "The log behind this report",
  modes: "Modes",
  decisions: "Decisions",
  overseers: "Overseers",
  messages: "Messages",
  stops: "Stops",
  disclosure: "Disclosure",
  incidents: "Incidents",
  retention: "Keeping and erasing",
} as const;
export type SectionId = keyof typeof sectionTitles;

/** `12,345`. */
export const numeral = (n: number): string => n.toString().replace(/\B(?=(?:\d{3})+$)/g, ",");

/** `1 stop`, `12,345 stops`. */
export const count = (n: number, one: string, many = `${one}s`): string => `${numeral(n)} ${n === 1 ? one : many}`;

/** `7 of 12 (58 %)`; of none: `0 of 0`. */
export const share = (part: number, whole: number): string =>
  whole === 0 ? "0 of 0" : `${numeral(part)} of ${numeral(whole)} (${percent(part, whole)})`;

/** Whole percents; never 100 while something is missing, never 0 while something is there. */
export const percent = (part: number, whole: number): string => {
  if (whole === 0) return "–";
  const rounded = Math.round((100 * part) / whole);
  if (rounded === 100 && part < whole) return "over 99\u00a0%";
  return rounded === 0 && part > 0 ? "under 1\u00a0%" : `${rounded}\u00a0%`;
};

const item = (
  place: string,
  asks: string,
  coverage: Coverage,
  evidence: string,
  ...sections: readonly SectionId[]
): Item => ({ place, asks, coverage, evidence, sections });

const highRisk = "from 2 December 2027 (Annex III), 2 August 2028 (Annex I); high-risk systems only";

const article12 = ({ custody, decisions, modes, incidents, deliveries }: Report): Article => ({
  number: 12,
  title: "Record-keeping",
  applies: highRisk,
  items: [
    item(
      "12(1)",
      "events are recorded automatically over the system's lifetime",
      custody.inPeriod > 0 ? "shown" : "absent",
      custody.inPeriod > 0
        ? `${count(custody.inPeriod, "entry", "entries")} in the period, ${count(custody.refused, "of them a refused attempt", "of them refused attempts")}; the log shown begins ${custody.firstAt === null ? "nowhere" : instantText(custody.firstAt)} with entry ${custody.firstIndex}.`
        : "The log shown has no entry in the period.",
      "log",
    ),
    item(
      "12(2)(a)",
      "situations that may present a risk, or a substantial modification, can be identified",
      "part",
      `${count(incidents.total, "incident")} listed, ${count(incidents.counts.held_by_risk, "message")} held because of a recipient, ${count(modes.raised + modes.lowered, "change")} of mode, ${count(modes.policyChanges, "change")} of policy. Changes of the agent or its model are not in the log.`,
      "incidents",
      "modes",
    ),
    item(
      "12(2)(b)",
      "post-market monitoring is possible",
      "part",
      `What became of ${count(deliveries.submitted, "submitted message")} is counted here, and what happened meanwhile. What recipients made of the messages is not in the log.`,
      "messages",
      "incidents",
    ),
    item(
      "12(2)(c)",
      "the operation can be monitored by the deployer",
      "shown",
      "Modes, decisions, stops and incidents over the period stand in the sections named.",
      "modes",
      "decisions",
      "stops",
      "incidents",
    ),
    item(
      "12(3)(a)",
      "start and end of each use (binding for remote biometric identification only; a template for others)",
      "part",
      "Every message has its submit, decisions, hand-overs and end, each with its second. Sessions of the agent itself are not in the log.",
      "messages",
    ),
    item(
      "12(3)(b)",
      "the reference data used",
      "absent",
      "Not covered: the log has the score of the recipient's domain, but not the versions of the lists behind it.",
    ),
    item(
      "12(3)(c)",
      "the input data",
      "absent",
      "Not covered: the log names each content by its digest; contents stand outside it, so that they can be erased.",
    ),
    item(
      "12(3)(d)",
      "who verified the results",
      decisions.overseers.length > 0 ? "shown" : "part",
      decisions.overseers.length > 0
        ? `${count(decisions.overseers.length, "person decided", "people decided")} or tried to; each decision names its person.`
        : "Nobody decided in the period; a decision would name its person.",
      "overseers",
    ),
  ],
});

const article13 = ({ provenance, modes }: Report): Article => ({
  number: 13,
  title: "Transparency to deployers",
  applies: highRisk,
  items: [
    item(
      "13(3)(a)",
      "identity and contact of the provider",
      "absent",
      "Not covered: belongs in the instructions for use.",
    ),
    item(
      "13(3)(b)",
      "purpose, accuracy, robustness, foreseeable misuse, limits",
      "absent",
      "Not covered: belongs in the instructions for use.",
    ),
    item(
      "13(3)(d)",
      "the measures of human oversight",
      modes.total > 0 ? "part" : "absent",
      modes.total > 0
        ? `The measures in force (mode, number of approvals needed) are shown for ${count(modes.total, "mailbox", "mailboxes")}. How people are to interpret messages belongs in the instructions.`
        : "The log shown knows no mailbox.",
      "modes",
    ),
    item("13(3)(e)", "lifetime, maintenance, updates", "absent", "Not covered: belongs in the instructions for use."),
    item(
      "13(3)(f)",
      "how deployers collect, store and interpret the logs",
      "part",
      provenance.verification === "sound"
        ? "The log was exported and checked as shown; how it is kept beyond the store is the deployer's to describe."
        : "This report interprets the log; it was not found sound by a check, so it shows less than an export that is checked.",
      "log",
    ),
  ],
});

const waitedText = ({ decisions: { waited } }: Report): string =>
  waited.median === null || waited.p90 === null
    ? "no decision with a known wait"
    : `median ${durationText(waited.median)}, nine in ten within ${durationText(waited.p90)}`;

const article14 = (report: Report): Article => {
  const { decisions, deliveries, incidents, modes } = report;
  const decided = decisions.approvals + decisions.rejections;
  const stopSeconds = incidents.stops.reduce(
    (sum, { at, resumedAt }) =>
      sum + Math.max(0, Math.min(resumedAt ?? report.until, report.until) - Math.max(at, report.period.from)),
    0,
  );
  const pairs = modes.mailboxes.filter(({ quorum }) => quorum !== null && quorum > 1).length;
  return {
    number: 14,
    title: "Human oversight",
    applies: highRisk,
    items: [
      item(
        "14(4)(a)",
        "overseers can understand and monitor the operation, and notice anomalies",
        "part",
        `${count(incidents.total, "incident")} and ${count(
          incidents.refusals.reduce((sum, [, n]) => sum + n, 0),
          "refused attempt",
        )} are shown. Whether overseers looked is not in the log.`,
        "incidents",
      ),
      item(
        "14(4)(b)",
        "overseers stay aware of automation bias",
        decided === 0 ? "absent" : "part",
        decided === 0
          ? "Not covered: there was no decision in the period."
          : `Signs of it: ${share(decisions.approvals, decided)} decisions were approvals; time to decide: ${waitedText(report)}; ${count(decisions.hasty, "decision")} within 10 seconds of the beginning of the wait, ${count(decisions.inARow, "decision")} within 5 seconds of the same person's decision before. What people thought is not in the log.`,
        "decisions",
        "overseers",
      ),
      item(
        "14(4)(c)",
        "overseers interpret the output correctly",
        "absent",
        "Not covered: the log cannot show understanding.",
      ),
      item(
        "14(4)(d)",
        "overseers can decide not to use the output, override or reverse it",
        decisions.rejections + decisions.edits + deliveries.cancelledByOperator + deliveries.voidedApprovals > 0
          ? "shown"
          : "part",
        `${count(decisions.rejections, "rejection")}, ${count(decisions.edits, "edit")} by reviewers, ${count(deliveries.cancelledByOperator, "message")} cancelled by operators, ${count(deliveries.voidedApprovals, "approval")} voided. A message that has been delivered cannot be taken back.`,
        "decisions",
        "messages",
      ),
      item(
        "14(4)(e)",
        "overseers can stop the system, which comes to a halt in a safe state",
        incidents.stopsTotal > 0 ? "shown" : "part",
        incidents.stopsTotal > 0
          ? `${count(incidents.stopsTotal, "stop")}, ${durationText(stopSeconds)} in all; ${count(
              incidents.stops.reduce((sum, { handOvers }) => sum + handOvers, 0),
              "hand-over",
            )} begun while stopped.`
          : "The stop was not used in the period, so this log does not show it working. A drill would.",
        "stops",
      ),
      item(
        "14(5)",
        "two people verify (binding for remote biometric identification only)",
        pairs > 0 ? "shown" : "absent",
        pairs > 0
          ? `${count(pairs, "mailbox", "mailboxes")} needed more than one approval at the end of the period.`
          : "Not covered: no mailbox shown needed more than one approval.",
        "modes",
      ),
    ],
  };
};

const ageText = ({ custody, until }: Report): string =>
  custody.firstAt === null
    ? "The log shown has no entry."
    : `The oldest entry shown is ${durationText(Math.max(0, until - custody.firstAt))} old at the end of the period (183 days are six months); the program erases personal data beside entries, never entries.`;

const keepingItem = (place: string, who: string, report: Report): Item =>
  item(
    place,
    `${who} keeps the logs for six months at least`,
    report.custody.firstAt === null ? "absent" : "part",
    `${ageText(report)} ${count(report.custody.missing, "entry", "entries")} of the range shown ${report.custody.missing === 1 ? "is" : "are"} not in what was read. Where else the log is kept, and for how long, the log cannot say.`,
    "log",
    "retention",
  );

const article19 = (report: Report): Article => ({
  number: 19,
  title: "Automatically generated logs (providers)",
  applies: highRisk,
  items: [keepingItem("19(1)", "the provider", report)],
});

const article26 = (report: Report): Article => {
  const { decisions, incidents } = report;
  return {
    number: 26,
    title: "Duties of deployers",
    applies: highRisk,
    items: [
      item("26(1)", "use according to the instructions", "absent", "Not covered: the instructions are not in the log."),
      item(
        "26(2)",
        "oversight is assigned to people with competence, training and authority",
        decisions.roster.length > 0 || decisions.overseers.length > 0 ? "part" : "absent",
        decisions.roster.length > 0 || decisions.overseers.length > 0
          ? `Named: ${count(new Set(decisions.roster.map(({ tenant, person }) => JSON.stringify([tenant, person]))).size, "person", "people")} with a key to decide at the end of the period, ${count(decisions.overseers.length, "person", "people")} who decided or tried to. Competence and training are not in the log.`
          : "Not covered: the log shown names no overseer.",
        "overseers",
      ),
      item(
        "26(5)",
        "the operation is monitored; it is suspended, and provider and authorities informed, where there is a risk",
        "part",
        `${count(incidents.stopsTotal, "stop")} and ${count(incidents.total, "incident")} are shown. Who was informed is not in the log.`,
        "stops",
        "incidents",
      ),
      keepingItem("26(6)", "the deployer", report),
      item("26(7)", "workers and their representatives are told", "absent", "Not covered: outside the log."),
      item(
        "26(9)",
        "input for the data protection impact assessment",
        "part",
        "What is kept, for how long, and what was erased is shown. The assessment itself is outside the log.",
        "retention",
      ),
      item(
        "26(11)",
        "people about whom decisions are made are told",
        "absent",
        "Not covered: the log does not know what a message decides about whom.",
        "disclosure",
      ),
    ],
  };
};

const article50 = ({ deliveries: { delivered } }: Report): Article => {
  const all = delivered.approved + delivered.unapproved;
  const recorded = delivered.disclosed + delivered.undisclosed;
  return {
    number: 50,
    title: "Transparency to the people written to",
    applies: "since 2 August 2026",
    items: [
      item(
        "50(1)",
        "people are told that they deal with an AI, and on whose behalf",
        recorded === 0 ? "absent" : recorded === all ? "shown" : "part",
        all === 0
          ? "Not covered: nothing was delivered in the period."
          : recorded === 0
            ? `Not covered: the log does not say which of ${count(all, "delivered message")} carried a disclosure. It is in the approved bytes, which the digest names.`
            : `${share(delivered.disclosed, all)} delivered messages carried a disclosure, ${count(delivered.undisclosed, "message")} carried none, of ${count(delivered.unsaid, "message")} the log does not say. Its wording is not in the log.`,
        "disclosure",
      ),
      item(
        "50(2)",
        "generated text is marked so that machines can tell (the provider of the model)",
        all === 0 ? "absent" : "part",
        all === 0
          ? "Not covered: nothing was delivered in the period."
          : `${share(delivered.signed, all)} delivered messages carried the agent's signed statement in their header, a marking beside that of the model's provider. The text's own marking is not in the log.`,
        "disclosure",
      ),
      item(
        "50(4)",
        "review by people: that someone could have looked does not lift the duty",
        all === 0 ? "absent" : "shown",
        all === 0
          ? "Not covered: nothing was delivered in the period."
          : `${share(delivered.approved, all)} delivered messages rested on a person's approval of exactly their content, ${count(delivered.unapproved, "message")} on the mode alone.`,
        "messages",
        "disclosure",
      ),
    ],
  };
};

/** The articles with their items, in order. */
export const articlesOf = (report: Report): readonly Article[] => [
  article12(report),
  article13(report),
  article14(report),
  article19(report),
  article26(report),
  article50(report),
];

export const coverageWords: Readonly<Record<Coverage, string>> = {
  shown: "in this log",
  part: "in part",
  absent: "not covered",
};

/** What stands at the top of every report. */
export const disclaimer =
  "This report counts what one log of Countersign records about one period and puts it beside articles of the AI Act. It is no legal advice, no statement of conformity and no assessment of whether a duty applies or is met.";
export const amended =
  "Articles are those of Regulation (EU) 2024/1689 as amended by Regulation (EU) 2026/1744, put in our own words after third-party digests; dates and wording should be checked against the Official Journal before anyone relies on them.";
