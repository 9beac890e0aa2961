/**
 * The risk of a message's recipients, judged at every step that could let it leave: at submit, at each edit, at each approval, and
 * again at dispatch. Feeds and lists change in between.
 *
 * - The mailbox's risk policy at that moment decides what is held or refused.
 * - At dispatch, the verdict is compared with the one reviewers last saw. If the risk has risen since, their approvals were of
 *   something else: the verdict is `blocked`, and the message returns to review with its approvals void (`spec/adr/0007`).
 */
import { Cache, Context, Effect, Exit, Layer, Result } from "effect";
import { nowSeconds } from "../../model/time.ts";
import { parseAddress } from "../../mail/address/Address.ts";
import { domainOf } from "../../mail/address/domainOf.ts";
import type { Verdict } from "../../model/Event.ts";
import type { SendLists } from "../../risk/policy/Lists.ts";
import { changeOf, hasRisen, type RiskChange, shownRisk } from "../../risk/policy/recheck.ts";
import { acquaintance } from "../../risk/lookalike/acquaintance.ts";
import { RiskAssessor } from "../../risk/RiskAssessor.ts";
import { demandOf } from "../../risk/policy/RiskPolicy.ts";
import { Records } from "../../store/Records.ts";
import { RiskPolicies } from "./RiskPolicies.ts";
import { OversightSettings } from "../../contracts/settings.ts";
import { lastShown } from "./returned.ts";
import type { JudgedRisk } from "./JudgedRisk.ts";
import { MailboxRow } from "../../model/records/account.ts";
import { ServiceError, fromStore } from "../../contracts/errors.ts";
import { ContentRow } from "../../model/records/message.ts";
import { RiskRecords } from "../../store/RiskRecords.ts";
import { coalesced } from "./coalesced.ts";

export interface Judged {
  /** For people. */
  readonly risk: JudgedRisk;
  /** For the machine. */
  readonly verdict: Verdict;
}

export interface Rejudged extends Judged {
  /** What has changed since people were shown it, when that sends it back to them. */
  readonly risen: RiskChange | null;
}

/** At dispatch, a network source's answer older than this is asked for again, seconds. */
export const FRESH_WITHIN = 300;

/** The sender; `null` where an operator asks about an address and there is none. */
type Sender =
  | Pick<MailboxRow, "id" | "tenant" | "address">
  | { readonly tenant: string; readonly id: null; readonly address: null };

export class Judgement extends Context.Service<
  Judgement,
  {
    readonly judge: (
      mailbox: Sender,
      recipients: readonly string[],
      replyTo: string | null,
    ) => Effect.Effect<Judged, ServiceError>;
    /** As `judge`, on fresh evidence, for a content that may have been approved. */
    readonly rejudge: (mailbox: Sender, content: Omit<ContentRow, "raw">) => Effect.Effect<Rejudged, ServiceError>;
  }
>()("countersign/oversight/Judgement") {}

/** Addresses come from stored, already parsed content; what no longer parses is assessed under its own words, as unknown. */
const parsed = (address: string) => {
  const read = parseAddress(address);
  return Result.isSuccess(read)
    ? { addrSpec: read.success.addrSpec, domain: read.success.domain }
    : { addrSpec: address, domain: domainOf(address) };
};

/** Correspondents that others must not look like: those written to last. */
const CORRESPONDENTS = 2_000;

export const layerJudgement = Layer.effect(
  Judgement,
  Effect.gen(function* () {
    const assessor = yield* RiskAssessor;
    const records = yield* Records;
    const riskRecords = yield* RiskRecords;
    const policies = yield* RiskPolicies;
    const settings = yield* OversightSettings;
    const lists = new Map<string, SendLists>();

    const readLists = Effect.fnUntraced(function* (tenant: string): Effect.fn.Return<SendLists, ServiceError> {
      const entries = yield* records.lists(tenant).pipe(Effect.catch(fromStore));
      const of = (kind: "allow" | "block") =>
        entries.filter((entry) => entry.direction === "send" && entry.kind === kind).map((entry) => entry.entry);
      const fresh = { deny: of("block"), allow: of("allow") };
      const known = lists.get(tenant);
      const same =
        known !== undefined &&
        known.deny.join("\n") === fresh.deny.join("\n") &&
        known.allow.join("\n") === fresh.allow.join("\n");
      // The assessor recognises the arrays it has read before.
      if (same) return known;
      lists.set(tenant, fresh);
      return fresh;
    });
    const listsOf = coalesced((tenant) => tenant, readLists);

    /** Whom others must not look like: the tenant's own domains, and those it writes with. A minute old at most. */
    const watchedOf = yield* Cache.makeWith(
      Effect.fnUntraced(function* (tenant: string) {
        const mailboxes = yield* records.mailboxes(tenant).pipe(Effect.catch(fromStore));
        const correspondents = yield* riskRecords.correspondents(tenant, CORRESPONDENTS).pipe(Effect.catch(fromStore));
        const own = [...new Set(mailboxes.map(({ address }) => domainOf(address)))];
        const { known, met } = acquaintance(correspondents);
        return { own, known: [...new Set([...settings.knownDomains, ...known])], met };
      }),
      { capacity: 1_000, timeToLive: (exit) => (Exit.isSuccess(exit) ? "1 minute" : 0) },
    );

    const judge = Effect.fnUntraced(function* (
      mailbox: Sender,
      recipients: readonly string[],
      replyTo: string | null,
      freshWithin: number,
    ): Effect.fn.Return<Judged, ServiceError> {
      const [lists, { policy }, watched] = yield* Effect.all(
        [listsOf(mailbox.tenant), policies.of(mailbox.tenant, mailbox.id), Cache.get(watchedOf, mailbox.tenant)],
        { concurrency: "unbounded" },
      );
      const assessed = yield* assessor.assess({
        recipients: recipients.map(parsed),
        replyTo: replyTo === null ? null : parsed(replyTo),
        ownDomains: watched.own,
        knownDomains: watched.known,
        metDomains: watched.met,
        lists,
        ...(mailbox.id === null ? {} : { mailbox: { tenant: mailbox.tenant, id: mailbox.id } }),
        off: policy.sourcesOff,
        overrides: policy.overrides,
        freshWithin,
      });
      const { held, blocked, blockedBy } = demandOf(policy, assessed);
      const risk: JudgedRisk = {
        ...assessed,
        blocked,
        blockedBy,
        held,
        holdAbove: Number.isInteger(policy.holdAbove) ? policy.holdAbove : null,
        refuseAbove: policy.refuseAbove,
        assessedAt: yield* nowSeconds,
      };
      return { risk, verdict: { score: risk.score, held, blocked } };
    });

    const rejudge = Effect.fnUntraced(function* (mailbox: Sender, content: Omit<ContentRow, "raw">) {
      const judged = yield* judge(mailbox, content.recipients, content.summary.replyTo, FRESH_WITHIN);
      const { risk, verdict } = judged;
      // Seldom: what is not held needs no approval for its risk, and what is blocked returns to review anyway.
      if (!verdict.held || verdict.blocked) return { ...judged, risen: null };
      const found = yield* records.message(mailbox.tenant, content.message).pipe(Effect.catch(fromStore));
      // Unapproved, it is held by its verdict alone.
      if (found === null || found.state.approvals.length === 0) return { ...judged, risen: null };
      const returned = yield* riskRecords.returned([content.message]).pipe(Effect.catch(fromStore));
      const shown = shownRisk(lastShown(content, returned));
      if (!hasRisen(shown, risk)) return { ...judged, risen: null };
      return { risk, verdict: { ...verdict, blocked: true }, risen: changeOf(shown, risk) };
    });

    return Judgement.of({
      judge: (mailbox, recipients, replyTo) => judge(mailbox, recipients, replyTo, Infinity),
      rejudge,
    });
  }),
);
