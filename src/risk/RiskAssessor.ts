/**
 * The verdict on a message: every domain it would reach, every source asked, the lists applied.
 *
 * - The unit is the domain as addressed (`mail.example.com`), of each recipient and of Reply-To, each once. Its score is
 *   the noisy-or of its signals (`score.ts`); the message's score is the highest of its domains', so one bad domain is
 *   not diluted by good ones; flags are the union.
 * - Never fails, and answers within `VERDICT_BUDGET_MILLIS` for the whole message: a source that has not answered by then
 *   is a signal with an `error` and the flag `unknown`. It works on, and the next caller finds its answer
 *   (`Inquiry.ts`).
 * - Local sources are asked for every message, so a list or feed that has changed counts at once.
 *
 * **Gotchas**
 * - `ownDomains`, `knownDomains`, `metDomains` and the lists may be long: pass the same arrays while their content is the same, and
 *   they are read once. Changing them is noticed.
 * - The deny list applies to Reply-To too, the allow list to recipients only.
 */
import { Context, Duration, Effect, Layer, type Scope } from "effect";
import { nowSeconds } from "../model/time.ts";
import { readDomain, type ReadDomain, type WatchedDomains } from "./ReadDomain.ts";
import { type InquiryOptions, makeInquiry, type Slot, type SourceStatus } from "./inquiry/Inquiry.ts";
import { denied, listed, NOT_LISTED, type Listed, type SendLists } from "./policy/Lists.ts";
import type { DnsClient } from "../dns/DnsClient.ts";
import { overridden, type RiskOverride } from "./policy/overrides.ts";
import { remembered } from "./inquiry/remembered.ts";
import type { Finding, RiskSource } from "./RiskSource.ts";
import { highest, score, weightOf } from "./policy/score.ts";
import { disposableList, type DisposableOverride } from "./sources/DisposableList.ts";
import { lookalike } from "./sources/Lookalike.ts";
import { makeMailExchange } from "./sources/MailExchange.ts";
import { publicSuffix } from "./sources/PublicSuffix.ts";
import { FLAGS, type DomainScore, type DomainSignal, type RiskVerdict } from "./RiskVerdict.ts";
import { watch } from "./lookalike/Watched.ts";

/** All that one message may take, in milliseconds. */
export const VERDICT_BUDGET_MILLIS = 800;

/** An address as the mail room parsed it. */
export interface AssessedAddress {
  /** `local@domain`. */
  readonly addrSpec: string;
  readonly domain: string;
}

export interface AssessmentInput {
  readonly recipients: readonly AssessedAddress[];
  readonly replyTo: AssessedAddress | null;
  /** The tenant's own domains; added to the configured ones. */
  readonly ownDomains: readonly string[];
  /** Domains of those the tenant already writes with. */
  readonly knownDomains: readonly string[];
  /** Of those it has hardly written to yet (`lookalike/acquaintance.ts`). */
  readonly metDomains?: readonly string[];
  readonly lists: SendLists;
  /** Whose correspondence it is; without it, sources about correspondence give no signal. */
  readonly mailbox?: { readonly tenant: string; readonly id: string };
  /** Names of sources that policy switches off. */
  readonly off?: ReadonlySet<string>;
  readonly overrides?: readonly RiskOverride[];
  /** Seconds: an older answer of a network source is asked for again, even if it may still be believed. */
  readonly freshWithin?: number;
}

export class RiskAssessor extends Context.Service<
  RiskAssessor,
  {
    /** What is known about where this message would go, now. */
    readonly assess: (input: AssessmentInput) => Effect.Effect<RiskVerdict>;
    /** The sources, and which of them are not asked at the moment because they keep failing. */
    readonly status: Effect.Effect<readonly SourceStatus[]>;
  }
>()("countersign/risk/RiskAssessor") {}

export interface RiskAssessorConfig extends InquiryOptions {
  /** The operator's own domains: never lookalikes, and what others must not look like. */
  readonly ownDomains: readonly string[];
  /** Default: `VERDICT_BUDGET_MILLIS`. */
  readonly budgetMillis?: number;
  /** Domains that the disposable list names and that this operator does not count as such. */
  readonly disposableOverrides?: readonly DisposableOverride[];
}

const NONE: ReadonlySet<string> = new Set();
const NO_DOMAINS: readonly string[] = [];

/** A finding without what is only ours, its weight as the score took it. */
const onWire = (domain: string, { flag: _flag, keepFor: _keepFor, ...signal }: Finding): DomainSignal => ({
  domain,
  ...signal,
  weight: weightOf(signal.weight),
});

const isWaiting = (slot: Slot): slot is Slot & { readonly wait: Effect.Effect<void> } =>
  slot.findings === null && slot.wait !== null;

/** The assessor over these sources. What it does in the background ends with the scope. */
export const makeRiskAssessor = Effect.fnUntraced(function* (
  config: RiskAssessorConfig,
  sources: readonly RiskSource[],
): Effect.fn.Return<RiskAssessor["Service"], never, Scope.Scope> {
  const inquiry = yield* makeInquiry(sources, config);
  const budget = config.budgetMillis ?? VERDICT_BUDGET_MILLIS;
  const ownOf = remembered((own) => [...config.ownDomains, ...own]);
  const watchedOf = remembering();

  const assess = Effect.fnUntraced(function* (input: AssessmentInput): Effect.fn.Return<RiskVerdict> {
    const now = yield* nowSeconds;
    const watched = watchedOf(ownOf(input.ownDomains), input.knownDomains, input.metDomains ?? NO_DOMAINS);
    const asked = [...domainsOf(input)].map(([domain, recipients]) => ({
      domain,
      slots: inquiry.slotsFor(
        { ...domain, watched },
        {
          now,
          freshWithin: input.freshWithin ?? Infinity,
          off: input.off ?? NONE,
          correspondence:
            input.mailbox === undefined
              ? undefined
              : { tenant: input.mailbox.tenant, mailbox: input.mailbox.id, recipients },
        },
      ),
    }));
    const waiting = asked.flatMap(({ slots }) => slots.filter(isWaiting));
    if (waiting.length > 0) {
      yield* Effect.forEach(waiting, ({ wait }) => wait, { concurrency: "unbounded", discard: true }).pipe(
        Effect.timeoutOption(Duration.millis(budget)),
      );
    }

    const signals: DomainSignal[] = [];
    const domains = asked.map(({ domain, slots }): DomainScore => {
      const found = slots.flatMap((slot) => slot.findings ?? slot.late(now, `no answer within ${budget} ms`));
      const findings = overridden(found, domain, input.overrides ?? [], now);
      for (const one of findings) signals.push(onWire(domain.host, one));
      return {
        domain: domain.host,
        unicode: domain.unicode,
        score: score(findings.map(({ weight }) => weight)),
        flags: FLAGS.filter((flag) => findings.some((one) => one.flag === flag)),
      };
    });
    const { blocked, by } = blocking(input);
    const flags = FLAGS.filter((flag) => domains.some((each) => each.flags.includes(flag)));
    return {
      score: highest(domains.map((each) => each.score)),
      flags,
      signals,
      domains,
      blocked,
      blockedBy: by,
      unknown: flags.includes("unknown"),
    };
  });

  return RiskAssessor.of({
    assess,
    status: Effect.map(nowSeconds, inquiry.status),
  });
});

/** Each domain once, with the recipients at it. Two spellings of one name are one domain. */
const domainsOf = ({ recipients, replyTo }: AssessmentInput): ReadonlyMap<ReadDomain, readonly string[]> => {
  const byHost = new Map<string, { readonly domain: ReadDomain; readonly at: string[] }>();
  const at = (name: string): string[] => {
    const domain = readDomain(name);
    const there = byHost.get(domain.host) ?? { domain, at: [] };
    byHost.set(domain.host, there);
    return there.at;
  };
  for (const { addrSpec, domain } of recipients) at(domain).push(addrSpec);
  if (replyTo !== null) at(replyTo.domain);
  return new Map([...byHost.values()].map((one) => [one.domain, one.at]));
};

/** The first address that a list blocks: recipients by both lists, Reply-To by the deny list. */
const blocking = ({ recipients, replyTo, lists }: AssessmentInput): Listed => {
  for (const { addrSpec, domain } of recipients) {
    const found = listed(addrSpec, domain, lists);
    if (found.blocked) return found;
  }
  return replyTo === null ? NOT_LISTED : denied(replyTo.addrSpec, replyTo.domain, lists.deny);
};

/** Indexes kept for lists that come as new arrays each time. */
const INDEXES = 64;

/** `watch`, done once for the same content: first by the arrays themselves, then by their content. */
const remembering = () => {
  const byContent = new Map<string, WatchedDomains>();
  const byArrays = remembered((own) =>
    remembered((known) =>
      remembered((met) => {
        const content = JSON.stringify([own, known, met]);
        const there = byContent.get(content);
        const watched = there ?? watch(own, known, met);
        byContent.delete(content);
        byContent.set(content, watched);
        for (const oldest of byContent.keys()) {
          if (byContent.size <= INDEXES) break;
          byContent.delete(oldest);
        }
        return watched;
      }),
    ),
  );
  return (own: readonly string[], known: readonly string[], met: readonly string[]): WatchedDomains =>
    byArrays(own)(known)(met);
};

/** The assessor over given sources. */
export const layerSources = (config: RiskAssessorConfig, sources: readonly RiskSource[]): Layer.Layer<RiskAssessor> =>
  Layer.effect(RiskAssessor, makeRiskAssessor(config, sources));

/** The assessor with what needs no configuration: public suffix, disposable list, lookalike, mail exchange. */
export const layer = (config: RiskAssessorConfig): Layer.Layer<RiskAssessor, never, DnsClient> =>
  Layer.effect(
    RiskAssessor,
    Effect.flatMap(makeMailExchange(), (mailExchange) =>
      makeRiskAssessor(config, [
        publicSuffix,
        disposableList({ overrides: config.disposableOverrides ?? [] }),
        lookalike,
        mailExchange,
      ]),
    ),
  );
