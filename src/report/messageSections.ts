/** The report's sections about messages, stops, disclosure, incidents and what is kept. */
import { count, numeral, share } from "./articles.ts";
import { chart, duration, section, table } from "./blocks.ts";
import { endings } from "./DeliveryTally.ts";
import { name, paragraph, type Section, type Tone } from "./Document.ts";
import { type IncidentKind, incidentKinds } from "./IncidentTally.ts";
import { listed } from "./ModeTally.ts";
import { durationText, instantText, stepText } from "./Period.ts";
import type { Report } from "./Report.ts";

const endingTones: Readonly<Record<(typeof endings)[number], Tone>> = {
  refused: "bad",
  rejected: "bad",
  cancelled: "idle",
  expired: "idle",
  delivered: "good",
  failed: "bad",
};

export const messagesSection = ({ deliveries }: Report): Section =>
  section(
    "messages",
    table(
      "At submit",
      ["Fact", "Number"],
      [1],
      [
        ["Submitted", numeral(deliveries.submitted)],
        ["Of them waiting for people", numeral(deliveries.held)],
        ["Of them free to leave at once or later", numeral(deliveries.left)],
        ["Of them refused", numeral(deliveries.submitted - deliveries.held - deliveries.left)],
      ],
    ),
    ...(endings.some((ending) => deliveries.endings[ending] > 0)
      ? [
          chart({
            kind: "bars",
            title: "How messages ended",
            describes: "How many messages ended in the period, in each way.",
            rows: endings.map((ending) => ({
              label: ending,
              value: deliveries.endings[ending],
              tone: endingTones[ending],
            })),
          }),
        ]
      : []),
    table(
      "How messages ended",
      ["Ending", "Messages"],
      [1],
      endings.map((ending) => [ending, numeral(deliveries.endings[ending])]),
    ),
    table(
      "Hand-overs begun, by the mode that counted and by whose leave",
      ["Mode", "With people's approval", "Without"],
      [1, 2],
      deliveries.handOvers.map(({ mode, approved, unapproved }) => [mode, numeral(approved), numeral(unapproved)]),
      "Nothing was handed over in the period.",
    ),
    ...(deliveries.bypasses.length === 0
      ? deliveries.handOvers.length === 0
        ? []
        : [paragraph("No hand-over began in a gated mode without an approval.")]
      : [
          {
            kind: "notice",
            tone: "bad",
            text: [
              `${count(deliveries.bypasses.length, "hand-over")} began in a gated mode without an approval: ${deliveries.bypasses.length === 1 ? "entry" : "entries"} ${deliveries.bypasses.slice(0, listed).join(", ")}. The rules forbid it.`,
            ],
          } as const,
        ]),
  );

export const stopsSection = ({ incidents, until, period }: Report): Section =>
  section(
    "stops",
    paragraph("While a tenant is stopped nothing is handed over. What had been handed over before may still end."),
    table(
      "Stops",
      ["From", "Entry", "Tenant", "By", "Until", "By", "Lasted", "Refused", "Hand-overs begun", "Ended meanwhile"],
      [1, 7, 8, 9],
      incidents.stops.map((it) => [
        instantText(it.at),
        numeral(it.index),
        name(it.tenant),
        name(it.by),
        it.resumedAt === null ? "on at the end" : instantText(it.resumedAt),
        name(it.resumedBy),
        durationText(Math.max(0, (it.resumedAt ?? until) - it.at)) + (it.at < period.from ? " (began before)" : ""),
        numeral(it.refused),
        numeral(it.handOvers),
        numeral(it.finished),
      ]),
      "There was no stop in the period.",
      incidents.stopsTotal,
    ),
  );

export const disclosureSection = ({ deliveries: { delivered } }: Report): Section => {
  const all = delivered.approved + delivered.unapproved;
  return section(
    "disclosure",
    table(
      "Delivered messages",
      ["Fact", "Messages"],
      [1],
      [
        ["Delivered", numeral(all)],
        ["With a disclosure in the text, as the log says", share(delivered.disclosed, all)],
        ["Without one, as the log says", share(delivered.undisclosed, all)],
        ["The log does not say", share(delivered.unsaid, all)],
        ["With the agent's signed statement in the header", share(delivered.signed, all)],
        ["On a person's approval", share(delivered.approved, all)],
        ["On the mode alone", share(delivered.unapproved, all)],
      ],
    ),
  );
};

export const incidentsSection = ({ incidents, deliveries, steps }: Report): Section =>
  section(
    "incidents",
    table(
      "Incidents and what was tried and refused",
      ["What", "Number"],
      [1],
      (Object.keys(incidentKinds) as readonly IncidentKind[]).map((kind) => [
        incidentKinds[kind],
        numeral(incidents.counts[kind]),
      ]),
    ),
    paragraph(
      `Uncertain deliveries resolved by people in the period: ${numeral(incidents.resolved)}. Uncertain at its end: ${numeral(incidents.stillUncertain)}. Copies ordered to oversight addresses: ${numeral(deliveries.copies)}.`,
    ),
    ...(incidents.total === 0
      ? []
      : [
          chart({
            kind: "columns",
            title: `Incidents, by ${steps.word}`,
            describes: "Each column is one step of the period: how many of the incidents listed below.",
            labels: incidents.overTime.map((_, step) => stepText(steps, step)),
            series: [{ title: "incidents", tone: "bad" }],
            values: incidents.overTime.map((value) => [value]),
            scale: "count",
          }),
        ]),
    table(
      "Incidents, in order; deferred deliveries, stale decisions and messages held by risk are only counted",
      ["When", "Entry", "What", "By", "About"],
      [1],
      incidents.list.map(({ at, index, kind, by, about }) => [
        instantText(at),
        numeral(index),
        incidentKinds[kind],
        name(by),
        name(about),
      ]),
      "There was none in the period.",
      incidents.total,
    ),
    table(
      "Refused events, by reason",
      ["Reason", "Number"],
      [1],
      incidents.refusals.map(([reason, n]) => [name(reason), numeral(n)]),
      "Nothing was refused in the period.",
    ),
  );

export const retentionSection = ({ custody, until }: Report): Section =>
  section(
    "retention",
    table(
      "Keeping and erasing",
      ["Fact", "Value"],
      [],
      [
        [
          "Age of the oldest entry read, at the end of the period",
          custody.firstAt === null ? "–" : duration(Math.max(0, until - custody.firstAt)),
        ],
        ["Messages whose personal data were erased by retention", numeral(custody.erasedByRetention)],
        ["Messages whose personal data were erased on request", numeral(custody.erasedOnRequest)],
        ["Legal holds placed", numeral(custody.holdsPlaced)],
        ["Legal holds released", numeral(custody.holdsReleased)],
        ["Legal holds standing at the end", numeral(custody.holdsStanding)],
        ["API keys made", numeral(custody.keysMade)],
        ["API keys revoked", numeral(custody.keysRevoked)],
      ],
    ),
    table(
      "How long personal data are kept after a message ended",
      ["Tenant", "Days", "Since", "Entry"],
      [1, 3],
      custody.retention
        .slice(0, listed)
        .map(({ tenant, days, at, index }) => [
          name(tenant),
          days === null ? "until someone asks" : numeral(days),
          instantText(at),
          numeral(index),
        ]),
      "The log shown sets no retention: personal data are kept until someone asks.",
      custody.retention.length,
    ),
  );
