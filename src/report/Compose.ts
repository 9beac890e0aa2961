/** The report as a document: what it is and is not, whether the log was checked, the articles, then the numbers. */
import {
  amended,
  type Article,
  articlesOf,
  coverageWords,
  disclaimer,
  numeral,
  sectionTitles,
  share,
} from "./articles.ts";
import { type Block, type Document, paragraph, type Section } from "./Document.ts";
import { durationText, instantText } from "./Period.ts";
import type { Report } from "./Report.ts";
import { sectionsOf, verificationNotice } from "./sections.ts";

const articleSection = ({ number, title, applies, items }: Article): Section => {
  const named = [...new Set(items.flatMap(({ sections }) => sections))];
  return {
    id: `article-${number}`,
    title: `Article ${number}: ${title}`,
    level: 3,
    blocks: [
      paragraph(`Applies: ${applies}.`),
      {
        kind: "table",
        caption: `Article ${number}: what can be looked up`,
        head: ["Item", "What it asks for", "Coverage", "What this log says"],
        numbers: [],
        rows: items.map((it) => [it.place, it.asks, coverageWords[it.coverage], it.evidence]),
        empty: "",
      },
      ...(named.length === 0
        ? []
        : [
            {
              kind: "links",
              before: "The numbers:",
              to: named.map((id) => [id, sectionTitles[id]] as const),
            } as const,
          ]),
    ],
  };
};

const factsOf = (report: Report): Block => {
  const { deliveries, decisions, incidents } = report;
  const { delivered } = deliveries;
  const median = decisions.waited.median;
  return {
    kind: "facts",
    facts: [
      ["messages submitted", numeral(deliveries.submitted)],
      ["delivered", numeral(delivered.approved + delivered.unapproved)],
      ["of them on a person's approval", share(delivered.approved, delivered.approved + delivered.unapproved)],
      ["approvals", numeral(decisions.approvals)],
      ["rejections and edits", numeral(decisions.rejections + decisions.edits)],
      ["median time to decide", median === null ? "–" : durationText(median)],
      ["stops", numeral(incidents.stopsTotal)],
      ["incidents", numeral(incidents.total)],
    ],
  };
};

export const documentOf = (report: Report): Document => {
  const { period, generatedAt } = report;
  return {
    title: `Oversight report, ${instantText(period.from)} to ${instantText(period.to)}`,
    lead: [
      paragraph(disclaimer),
      paragraph(
        `The period begins with its first moment and ends before its last, in UTC.${generatedAt === null ? "" : ` Made ${instantText(generatedAt)}.`}${report.until < period.to ? " It was made before the period's end, so the period is not over." : ""}`,
      ),
      verificationNotice(report),
      factsOf(report),
    ],
    sections: [
      {
        id: "articles",
        title: "The log beside the AI Act",
        level: 2,
        blocks: [
          paragraph(amended),
          paragraph(
            `“${coverageWords.shown}”: the log records it. “${coverageWords.part}”: the log records some of it. “${coverageWords.absent}”: the log cannot say. None of them says that a duty is met.`,
          ),
        ],
      },
      ...articlesOf(report).map(articleSection),
      ...sectionsOf(report),
    ],
  };
};
