/**
 * The past of a tenant with a domain, as the risk room asks for it, out of what the store counts.
 *
 * **Gotchas**
 * - Counted are the hosts of the recipients and the registrable domain itself: what was sent to another host below it is not seen,
 *   which can only make a contact look newer than it is.
 * - `received` and `complaints` are 0: nothing here takes mail in.
 */
import { Effect, Layer } from "effect";
import { CorrespondenceHistory, CorrespondenceHistoryError } from "../risk/sources/History.ts";
import { RiskRecords } from "../store/riskRecords.ts";

const hostOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1).toLowerCase();

export const layerCorrespondenceHistory: Layer.Layer<CorrespondenceHistory, never, RiskRecords> = Layer.effect(
  CorrespondenceHistory,
  Effect.map(RiskRecords, (records) =>
    CorrespondenceHistory.of({
      about: ({ tenant, registrable, recipients, now }) =>
        records
          .contact({
            tenant,
            hosts: [...new Set([registrable, ...recipients.map(hostOf)])],
            recipients: recipients.map((recipient) => recipient.toLowerCase()),
            now,
          })
          .pipe(
            Effect.map(({ delivered, bounced, lastHour, lastMonth, bounces }) => ({
              domain: { delivered, received: 0, bounced, complaints: 0, lastHour, lastMonth },
              recipients: recipients.map((recipient) => ({
                recipient,
                bounced: bounces.get(recipient.toLowerCase()) ?? 0,
                complaints: 0,
              })),
            })),
            Effect.mapError(
              ({ reason, hint }) =>
                new CorrespondenceHistoryError({ reason: reason === "corrupt" ? "unreadable" : "unavailable", hint }),
            ),
          ),
    }),
  ),
);
