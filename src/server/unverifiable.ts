/** What an operator must hear at start of mail that no recipient could verify. */
import { Effect } from "effect";
import { domainOf } from "../mail/address/domainOf.ts";
import { domainWarning, mailboxWarnings } from "../oversight/operator/mailboxWarnings.ts";
import { Records } from "../store/Records.ts";
import type { InstallationSettings } from "./settings/ServerSettings.ts";
import { settings } from "./settings/settings.ts";

/** Mailboxes that are named one by one. */
const named = 3;

/** A sentence each: of the operator's domain, and of mailboxes outside it. */
export const unverifiable = Effect.fnUntraced(function* ({ operatorDomain }: InstallationSettings) {
  const local = domainWarning(operatorDomain);
  const outside = yield* (yield* Records).addressesOutside(operatorDomain);
  return [
    ...(local === null ? [] : [`${local} ${settings.operatorDomain.name} sets it.`]),
    ...outside
      .slice(0, named)
      .flatMap((address) => mailboxWarnings(address, domainOf(address), operatorDomain).slice(0, 1)),
    ...(outside.length > named ? [`So it is with ${outside.length - named} more mailboxes.`] : []),
  ];
});
