/**
 * What the tenant's own past shows of the domain: never written with, mail that came back, complaints, and far more mail
 * than usual. Asks `CorrespondenceHistory`, which the store answers.
 *
 * - About correspondence, so never kept and never shared: what one tenant knows is no other's (`RiskSource.about`).
 * - A recipient that bounced or complained counts at once; the domain only when a fifth of its mail, of five or more,
 *   came back.
 * - Sudden: in the last hour ten messages or more, and over eight times the busiest hour's share of the last 30 days.
 *
 * **Gotchas**
 * - History clears no domain: a long correspondence is weight 0, like having none to speak against.
 * @spec OV-112
 */
import { Context, Effect, Schema } from "effect";
import { domainOf } from "../../mail/address/domainOf.ts";
import { nowSeconds } from "../../model/time.ts";
import { failed, finding, type Correspondence, type Finding, type RiskSource } from "../RiskSource.ts";

/** Counts of a tenant's mail to and from one registrable domain. All naturals. */
export interface DomainHistory {
  /** Messages that were delivered there, ever. */
  readonly delivered: number;
  /** Messages that came from there and were authentic, ever; 0 where inbound mail is not kept. */
  readonly received: number;
  /** Messages that came back for good, in the last 90 days. */
  readonly bounced: number;
  /** Complaints from there, in the last year. */
  readonly complaints: number;
  /** Submitted to the domain in the last hour, by the whole tenant, this message not counted. */
  readonly lastHour: number;
  /** Submitted to the domain in the 30 days before that hour. */
  readonly lastMonth: number;
}

/** Counts of a tenant's mail to one address. */
export interface RecipientHistory {
  /** `local@domain`, as asked. */
  readonly recipient: string;
  /** Came back for good, in the last 90 days. */
  readonly bounced: number;
  /** In the last year. */
  readonly complaints: number;
}

export class CorrespondenceHistoryError extends Schema.TaggedError<CorrespondenceHistoryError>()(
  "CorrespondenceHistoryError",
  {
    reason: Schema.Literals(["unavailable", "unreadable"]),
    /** What to do next. */
    hint: Schema.String,
  },
) {}

export class CorrespondenceHistory extends Context.Service<
  CorrespondenceHistory,
  {
    /** One tenant's past with these hosts of one registrable domain, and with these recipients at them, as of `now` (seconds). */
    readonly about: (question: {
      readonly tenant: string;
      readonly mailbox: string;
      /** Lower case, each once: the registrable domain (ASCII), and those of the recipients as addressed. */
      readonly hosts: readonly string[];
      readonly recipients: readonly string[];
      readonly now: number;
    }) => Effect.Effect<
      { readonly domain: DomainHistory; readonly recipients: readonly RecipientHistory[] },
      CorrespondenceHistoryError
    >;
  }
>()("countersign/risk/CorrespondenceHistory") {}

const evidence = { source: "history", version: "journal" };

/** From how many messages on a share of bounces means something. */
const ENOUGH = 5;
/** One in so many. */
const SHARE = 5;
/** Messages in an hour below which no volume is sudden. */
const HOURLY = 10;
/** How many times the usual. The usual hour: a 240th of the month's, for mail is sent on some days and hours only. */
const TIMES = 8;
const BUSY_HOURS = 240;

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/** What these counts show. Pure. */
export const judgeHistory = (
  domain: DomainHistory,
  recipients: readonly RecipientHistory[],
  now: number,
): readonly Finding[] => {
  const counts = [...Object.values(domain), ...recipients.flatMap(({ bounced, complaints }) => [bounced, complaints])];
  if (!counts.every(isCount)) return [failed(evidence.source, evidence.version, "counts that are none", now)];

  const at = { ...evidence, fetched_at: now };
  const found: Finding[] = [];
  const { delivered, received, bounced, complaints, lastHour, lastMonth } = domain;
  if (delivered === 0 && received === 0)
    found.push(finding("first_contact", { ...at, note: "never written with before" }));
  else {
    const note = `${delivered} delivered there, ${received} received from there`;
    found.push(finding("known_correspondent", { ...at, note }));
  }

  const returned = recipients.find((one) => one.bounced > 0);
  if (returned !== undefined)
    found.push(finding("past_bounces", { ...at, note: `mail to ${returned.recipient} came back before` }));
  else if (bounced + delivered >= ENOUGH && bounced * SHARE >= bounced + delivered)
    found.push(
      finding("past_bounces", { ...at, note: `${bounced} of ${bounced + delivered} messages there came back` }),
    );

  const complained = recipients.find((one) => one.complaints > 0);
  if (complained !== undefined)
    found.push(finding("past_complaints", { ...at, note: `${complained.recipient} complained before` }));
  else if (complaints > 0)
    found.push(finding("past_complaints", { ...at, note: `${complaints} complaints came from there` }));

  if (lastHour >= HOURLY && lastHour * BUSY_HOURS > lastMonth * TIMES)
    found.push(
      finding("sudden_volume", { ...at, note: `${lastHour} messages in an hour, ${lastMonth} in the month before` }),
    );
  return found;
};

/** The source, over the history in the context. */
export const makeHistory: Effect.Effect<RiskSource, never, CorrespondenceHistory> = Effect.map(
  CorrespondenceHistory,
  ({ about }): RiskSource => ({
    name: evidence.source,
    about: "correspondence",
    assess: ({ registrable }, correspondence?: Correspondence) => {
      if (correspondence === undefined || registrable === null) return Effect.succeed([]);
      const { tenant, mailbox, recipients } = correspondence;
      const hosts = [...new Set([registrable, ...recipients.map((one) => domainOf(one).toLowerCase())])];
      return Effect.flatMap(nowSeconds, (now) =>
        about({ tenant, mailbox, hosts, recipients, now }).pipe(
          Effect.map((past) => judgeHistory(past.domain, past.recipients, now)),
          Effect.catch((error) => Effect.succeed([failed(evidence.source, evidence.version, error.reason, now)])),
        ),
      );
    },
  }),
);
