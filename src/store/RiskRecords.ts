/**
 * What the store keeps about risk: the policies, what became of mail to a domain, and why messages came back to the reviewers.
 *
 * **Gotchas**: a policy is returned as JSON, which the risk room decodes; what does not decode there is the strictest policy.
 * The journal writes it, with the log entry of the change.
 */
import { Context, type Effect, Schema } from "effect";
import type { RiskPolicyRow } from "../model/records/operator.ts";
import type { StoreError } from "./Journal.ts";

const { Int, NullOr, optionalKey, String: Text, Struct } = Schema;

export interface HostContact {
  readonly delivered: number;
  readonly bounced: number;
  readonly lastHour: number;
  readonly lastMonth: number;
}

export interface Contacts {
  readonly hosts: ReadonlyMap<string, HostContact>;
  /** How often each bounced. */
  readonly bounces: ReadonlyMap<string, number>;
}

/** The entry with which a message came back, and what stands beside its leaf (`null` once erased). */
export const Returned = Struct({
  index: Int,
  at: Int,
  message: Text,
  personal: NullOr(
    Struct({
      /** The content it was about. */
      digest: optionalKey(Text),
      /** The verdict, as it is stored for people. */
      risk: optionalKey(Schema.Unknown),
      /** What had changed, when that sent it back. */
      risen: optionalKey(Schema.Unknown),
    }),
  ),
});
export type Returned = typeof Returned.Type;

type Answer<A> = Effect.Effect<A, StoreError>;

export class RiskRecords extends Context.Service<
  RiskRecords,
  {
    /** The newest version of the tenant's policy and, if one is named, of the mailbox's; none for what was never set. */
    readonly policies: (tenant: string, mailbox: string | null) => Answer<readonly RiskPolicyRow[]>;
    /**
     * A tenant's mail to these hosts: delivered and bounced ever, submitted in the hour before `now` and in the 30 days before that; and
     * which of these recipients (lower case) bounced in the last 90 days. `now` in seconds; the hours are whole ones. A host or recipient
     * that is not in the answer has no past.
     */
    readonly contacts: (question: {
      readonly tenant: string;
      readonly hosts: readonly string[];
      readonly recipients: readonly string[];
      readonly now: number;
    }) => Answer<Contacts>;
    /** Hosts that something was delivered to, and how many messages; latest first. */
    readonly correspondents: (
      tenant: string,
      limit: number,
    ) => Answer<readonly { readonly host: string; readonly delivered: number }[]>;
    /** Of each of these messages, the newest hand-over that was not granted because of what was known then. */
    readonly returned: (messages: readonly string[]) => Answer<readonly Returned[]>;
  }
>()("countersign/store/RiskRecords") {}

/** Of those, what was found about this content; `null` when it never came back, or that is erased. */
export const returnedRisk = (
  content: { readonly message: string; readonly digest: string },
  returned: readonly Returned[],
): { readonly risk: unknown; readonly risen: unknown; readonly at: number; readonly index: number } | null => {
  const entry = returned.find(({ message }) => message === content.message);
  const found = entry?.personal ?? null;
  return entry !== undefined && found !== null && found.digest === content.digest && found.risk !== undefined
    ? { risk: found.risk, risen: found.risen ?? null, at: entry.at, index: entry.index }
    : null;
};
