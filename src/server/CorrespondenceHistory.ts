/**
 * The past of a tenant with a domain, as the risk room asks for it, out of what the store counts. Questions that come together are asked
 * together: one statement for all messages that are judged at a moment.
 *
 * **Gotchas**
 * - Counted are the hosts of the recipients and the registrable domain itself: what was sent to another host below it is not seen,
 *   which can only make a contact look newer than it is.
 * - `received` and `complaints` are 0: nothing here takes mail in.
 */
import { Effect, Exit, Layer, Request, RequestResolver } from "effect";
import { CorrespondenceHistory, CorrespondenceHistoryError } from "../risk/sources/History.ts";
import type { StoreError } from "../store/Journal.ts";
import { type Contacts, RiskRecords } from "../store/RiskRecords.ts";

/** Names in one statement; what comes after them waits for the next. */
const MOST = 2_000;

interface Names {
  readonly tenant: string;
  readonly hosts: readonly string[];
  /** Lower case. */
  readonly recipients: readonly string[];
  /** Seconds. */
  readonly now: number;
}
class AskContacts extends Request.Class<Names, Contacts, StoreError> {}

const isFull = (entries: ReadonlySet<Request.Entry<AskContacts>>): boolean => {
  let names = 0;
  for (const { request } of entries) names += request.hosts.length + request.recipients.length;
  return names >= MOST;
};

const distinct = (names: readonly (readonly string[])[]): readonly string[] => [...new Set(names.flat())];

/** One statement for all questions of a tenant that come before it starts, as of the first of them. */
const contactsOf = (records: RiskRecords["Service"]): RequestResolver.RequestResolver<AskContacts> =>
  RequestResolver.makeWith<AskContacts>({
    batchKey: ({ request }) => request.tenant,
    delay: Effect.yieldNow,
    collectWhile: (entries) => !isFull(entries),
    runAll: (entries) => {
      const asked = entries.map(({ request }) => request);
      const { tenant, now } = entries[0].request;
      const hosts = distinct(asked.map((one) => one.hosts));
      const recipients = distinct(asked.map((one) => one.recipients));
      return Effect.map(records.contacts({ tenant, hosts, recipients, now }), (contacts) => {
        for (const entry of entries) entry.completeUnsafe(Exit.succeed(contacts));
      });
    },
  });

export const layerCorrespondenceHistory: Layer.Layer<CorrespondenceHistory, never, RiskRecords> = Layer.effect(
  CorrespondenceHistory,
  Effect.gen(function* () {
    const resolver = contactsOf(yield* RiskRecords);
    return CorrespondenceHistory.of({
      about: ({ tenant, hosts, recipients, now }) =>
        Effect.gen(function* () {
          const folded = recipients.map((recipient) => recipient.toLowerCase());
          const question = new AskContacts({ tenant, hosts, recipients: folded, now });
          const contacts = yield* Effect.request(question, resolver);
          const domain = { delivered: 0, received: 0, bounced: 0, complaints: 0, lastHour: 0, lastMonth: 0 };
          for (const host of hosts) {
            const one = contacts.hosts.get(host);
            if (one === undefined) continue;
            domain.delivered += one.delivered;
            domain.bounced += one.bounced;
            domain.lastHour += one.lastHour;
            domain.lastMonth += one.lastMonth;
          }
          return {
            domain,
            recipients: recipients.map((recipient, i) => ({
              recipient,
              bounced: contacts.bounces.get(folded[i]!) ?? 0,
              complaints: 0,
            })),
          };
        }).pipe(
          Effect.mapError(
            ({ reason, hint }) =>
              new CorrespondenceHistoryError({ reason: reason === "corrupt" ? "unreadable" : "unavailable", hint }),
          ),
        ),
    });
  }),
);
