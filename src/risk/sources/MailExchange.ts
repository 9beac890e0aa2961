/**
 * Can the domain receive mail at all? Asks DNS, remembers the answer, and never asks twice at once.
 *
 * - Remembered by host: 24 h when mail has somewhere to go, 1 h when it has not, 5 min after a failure; at most
 *   `capacity` hosts, the least recently asked leaving first.
 * - A failure is `source_failed`, never a clean answer. DNS that is off gives no signal.
 *
 * **Gotchas**
 * - Asked for the host as addressed, not its registrable domain: that is where the message would go. Reserved names
 *   (`.test`, `.example`, `localhost`) are asked too; a resolver knows what a private network calls its hosts.
 */
import { Cache, Duration, Effect, Exit } from "effect";
import { nowSeconds } from "../../model/time.ts";
import { DnsClient, type DnsError } from "../../dns/DnsClient.ts";
import { type MailExchange, mailExchangeOf } from "../../dns/MailExchange.ts";
import { failed, finding, type Finding, type RiskSource } from "../RiskSource.ts";
import { CACHE_SECONDS, WEIGHTS, type SignalName } from "../policy/Weights.ts";

const evidence = { source: "mail_exchange", version: "rfc5321+rfc7505" };

/** Hosts remembered. */
export const MAIL_EXCHANGE_CAPACITY = 20_000;

interface Remembered {
  readonly answer: MailExchange | DnsError;
  /** Seconds since the epoch. */
  readonly askedAt: number;
}

const NAMES: Readonly<Record<Exclude<MailExchange["kind"], "not_configured">, SignalName>> = {
  exchanges: "mail_exchange",
  implicit: "implicit_mail_exchange",
  null_mx: "null_mail_exchange",
  none: "no_mail_exchange",
  no_such_domain: "no_such_domain",
};

/** Seconds for which an answer is remembered. */
const keepFor = (answer: Remembered["answer"]): number => {
  if ("_tag" in answer) return CACHE_SECONDS.failure;
  return answer.kind === "not_configured" ? 0 : WEIGHTS[NAMES[answer.kind]].keepFor;
};

const signals = ({ answer, askedAt }: Remembered, now: number): readonly Finding[] => {
  // What is left of the answer's time, so that no kept finding outlives the answer it rests on.
  const left = Math.max(0, askedAt + keepFor(answer) - now);
  if ("_tag" in answer) {
    const error = `${answer.reason} (${answer.code})`;
    return [{ ...failed(evidence.source, evidence.version, error, askedAt), keepFor: left }];
  }
  if (answer.kind === "not_configured") return [];
  return [{ ...finding(NAMES[answer.kind], { ...evidence, fetched_at: askedAt }), keepFor: left }];
};

/** The source, over the `DnsClient` in the context. */
export const makeMailExchange = Effect.fnUntraced(function* (
  capacity: number = MAIL_EXCHANGE_CAPACITY,
): Effect.fn.Return<RiskSource, never, DnsClient> {
  const dns = yield* DnsClient;
  const cache = yield* Cache.makeWith(
    (host: string): Effect.Effect<Remembered> =>
      Effect.zipWith(
        Effect.catch(mailExchangeOf(dns, host), (error) => Effect.succeed(error)),
        nowSeconds,
        (answer, askedAt) => ({ answer, askedAt }),
      ),
    {
      capacity,
      // A defect of the resolver is not remembered; the assessor turns it into a failed source.
      timeToLive: (exit) => (Exit.isSuccess(exit) ? Duration.seconds(keepFor(exit.value.answer)) : Duration.zero),
    },
  );
  return {
    name: evidence.source,
    reach: "network",
    assess: (domain) =>
      domain.kind === "address_literal" || domain.kind === "unreadable"
        ? Effect.succeed([])
        : Effect.zipWith(Cache.get(cache, domain.host), nowSeconds, signals),
  };
});
