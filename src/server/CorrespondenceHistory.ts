/**
 * The past of a tenant with a domain, as the risk room asks for it, out of what the store counts. Questions that come together are asked
 * together: one statement for all messages that are judged at a moment.
 *
 * **Gotchas**
 * - Counted are the hosts of the recipients and the registrable domain itself: what was sent to another host below it is not seen,
 *   which can only make a contact look newer than it is.
 * - `received` and `complaints` are 0: nothing here takes mail in.
 */
import { Deferred, Effect, Layer } from "effect";
import { CorrespondenceHistory, CorrespondenceHistoryError } from "../risk/sources/History.ts";
import type { StoreError } from "../store/Journal.ts";
import { type Contacts, RiskRecords } from "../store/riskRecords.ts";

const hostOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1).toLowerCase();

/** Questions of one tenant that wait for the next statement. */
interface Gathering {
  readonly hosts: Set<string>;
  readonly recipients: Set<string>;
  readonly answer: Deferred.Deferred<Contacts, StoreError>;
}

/** Names in one statement; what comes after them waits for the next. */
const MOST = 2_000;

export const layerCorrespondenceHistory: Layer.Layer<CorrespondenceHistory, never, RiskRecords> = Layer.effect(
  CorrespondenceHistory,
  Effect.gen(function* () {
    const records = yield* RiskRecords;
    const scope = yield* Effect.scope;
    const gathering = new Map<string, Gathering>();

    const begin = Effect.fnUntraced(function* (tenant: string, now: number) {
      const made: Gathering = { hosts: new Set(), recipients: new Set(), answer: Deferred.makeUnsafe() };
      gathering.set(tenant, made);
      // In a fiber of its own: whoever asked first may be gone before the answer comes, the others wait on.
      yield* Effect.yieldNow.pipe(
        Effect.andThen(
          Effect.suspend(() => {
            if (gathering.get(tenant) === made) gathering.delete(tenant);
            return records.contacts({ tenant, hosts: [...made.hosts], recipients: [...made.recipients], now });
          }),
        ),
        Deferred.into(made.answer),
        Effect.forkIn(scope),
      );
      return made;
    });

    return CorrespondenceHistory.of({
      about: ({ tenant, registrable, recipients, now }) =>
        Effect.gen(function* () {
          const hosts = new Set([registrable, ...recipients.map(hostOf)]);
          const folded = recipients.map((recipient) => recipient.toLowerCase());
          const there = gathering.get(tenant);
          const gathered =
            there !== undefined && there.hosts.size + there.recipients.size < MOST ? there : yield* begin(tenant, now);
          for (const host of hosts) gathered.hosts.add(host);
          for (const recipient of folded) gathered.recipients.add(recipient);
          const contacts = yield* Deferred.await(gathered.answer);
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
