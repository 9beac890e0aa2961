/**
 * What the recipients of a message are worth trusting with, asked at every step that could let it leave: at submit, at
 * each edit, at each approval, and again at dispatch. Feeds and lists move in between.
 */
import { Context, Deferred, Effect, Layer, Result } from "effect";
import { parseAddress } from "../mail/Address.ts";
import type { Verdict } from "../model/Event.ts";
import { OversightError } from "../Oversight.ts";
import type { SendLists } from "../risk/Lists.ts";
import { RiskAssessor } from "../risk/RiskAssessor.ts";
import { isHeld, type RiskVerdict } from "../risk/Verdict.ts";
import type { MailboxRow } from "../store/Journal.ts";
import { Records } from "../store/Records.ts";
import { fromStore } from "./errors.ts";
import { OversightSettings } from "./settings.ts";

export interface Judged {
  /** For people. */
  readonly risk: RiskVerdict;
  /** For the machine. */
  readonly verdict: Verdict;
}

export class Judgement extends Context.Service<
  Judgement,
  {
    readonly judge: (
      mailbox: Pick<MailboxRow, "tenant" | "address">,
      recipients: readonly string[],
      replyTo: string | null,
    ) => Effect.Effect<Judged, OversightError>;
  }
>()("countersign/oversight/Judgement") {}

const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1);

/** Addresses come from stored, already parsed content; what no longer parses is assessed under its own words, as unknown. */
const assessed = (address: string) => {
  const parsed = parseAddress(address);
  return Result.isSuccess(parsed)
    ? { addrSpec: parsed.success.addrSpec, domain: parsed.success.domain }
    : { addrSpec: address, domain: domainOf(address) };
};

export const layerJudgement = Layer.effect(
  Judgement,
  Effect.gen(function* () {
    const assessor = yield* RiskAssessor;
    const records = yield* Records;
    const settings = yield* OversightSettings;
    const scope = yield* Effect.scope;
    const lists = new Map<string, SendLists>();
    const ownDomains = new Map<string, readonly string[]>();

    const readLists = Effect.fnUntraced(function* (tenant: string) {
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

    /** Reads that have been asked for and not begun: whoever comes before one begins may share it, and is never told old news. */
    const gathering = new Map<string, Deferred.Deferred<SendLists, OversightError>>();
    const listsOf = Effect.fnUntraced(function* (tenant: string) {
      const shared = gathering.get(tenant);
      if (shared !== undefined) return yield* Deferred.await(shared);
      const answer = yield* Deferred.make<SendLists, OversightError>();
      gathering.set(tenant, answer);
      // In a fiber of its own: whoever asked first may be gone before the answer comes, the others wait on.
      yield* Effect.yieldNow.pipe(
        Effect.andThen(Effect.sync(() => gathering.delete(tenant))),
        Effect.andThen(Deferred.into(readLists(tenant), answer)),
        Effect.forkIn(scope),
      );
      return yield* Deferred.await(answer);
    });

    const ownDomainsOf = (address: string): readonly string[] => {
      const domain = domainOf(address);
      let own = ownDomains.get(domain);
      if (own === undefined) {
        own = [domain];
        ownDomains.set(domain, own);
      }
      return own;
    };

    return Judgement.of({
      judge: (mailbox, recipients, replyTo) =>
        Effect.gen(function* () {
          const risk = yield* assessor.assess({
            recipients: recipients.map(assessed),
            replyTo: replyTo === null ? null : assessed(replyTo),
            ownDomains: ownDomainsOf(mailbox.address),
            knownDomains: settings.knownDomains,
            lists: yield* listsOf(mailbox.tenant),
          });
          const held = isHeld(risk, settings.holdAbove, settings.holdUnknown);
          return { risk, verdict: { score: risk.score, held, blocked: risk.blocked } };
        }),
    });
  }),
);
