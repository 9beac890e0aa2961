/**
 * Is the domain on a DNS block list? One source for each zone, with the return codes of its operator (RFC 5782).
 *
 * - Only a listing code of the zone is a listing, and a code that its operator has not defined hides none beside it.
 *   A refusal (`127.255.255.254`: asked through a public resolver) or an address of somebody's search page makes the whole
 *   answer a failure, and so unknown.
 * - A zone that lists the name `invalid` lists everything, and fails until it does not. Checked hourly.
 * - Abused good domains (DBL .102 … .106, SURBL CR, URIBL grey) are a trace, not a listing.
 *
 * **Gotchas**
 * - The operators of the zones learn whom the operator writes to; and most ask for a contract above small volumes.
 * @spec OV-105 OV-106
 */
import { Cache, Duration, Effect, Exit } from "effect";
import { nowSeconds } from "../../model/time.ts";
import { DnsClient } from "../../dns/DnsClient.ts";
import { failed, finding, type Finding, type RiskSource } from "../RiskSource.ts";
import { CACHE_SECONDS, WEIGHTS, type SignalName } from "../policy/Weights.ts";

/** What one address in an answer means. */
export type Meaning =
  | { readonly kind: "listed"; readonly as: SignalName; /** Of what, in words. */ readonly what: string }
  /** The zone answers, but not about the domain. */
  | { readonly kind: "refused"; readonly why: string };

export interface DnsblZone {
  /** `a-z 0-9 _ -`: the signals' source is `dnsbl:<name>`. */
  readonly name: string;
  readonly zone: string;
  /** What an IPv4 address in its answers means; `null`: nothing that its operator has defined. */
  readonly meaningOf: (address: string) => Meaning | null;
}

const listed = (as: SignalName, what: string): Meaning => ({ kind: "listed", as, what });
const refused = (why: string): Meaning => ({ kind: "refused", why });

const SPAMHAUS_ERRORS: Readonly<Record<string, Meaning>> = {
  "127.255.255.252": refused("the zone's name is misspelt"),
  "127.255.255.254": refused("asked through a public resolver"),
  "127.255.255.255": refused("asked too often"),
};

const DBL_CODES: Readonly<Record<string, Meaning>> = {
  ...SPAMHAUS_ERRORS,
  "127.0.1.2": listed("block_listed_spam", "spam"),
  "127.0.1.4": listed("block_listed_threat", "phishing"),
  "127.0.1.5": listed("block_listed_threat", "malware"),
  "127.0.1.6": listed("block_listed_threat", "botnet control"),
  "127.0.1.102": listed("block_listed_abused", "abused for spam"),
  "127.0.1.103": listed("block_listed_abused", "abused as a redirector"),
  "127.0.1.104": listed("block_listed_abused", "abused for phishing"),
  "127.0.1.105": listed("block_listed_abused", "abused for malware"),
  "127.0.1.106": listed("block_listed_abused", "abused for botnet control"),
  "127.0.1.255": refused("it was asked for an address"),
};

/** Spamhaus Domain Block List. With a key of the Data Query Service its zone is `<key>.dbl.dq.spamhaus.net`. */
export const spamhausDbl = (zone = "dbl.spamhaus.org"): DnsblZone => ({
  name: "spamhaus_dbl",
  zone,
  meaningOf: (address) => DBL_CODES[address] ?? null,
});

/** Spamhaus Zero Reputation Domains: first seen less than a day ago; the code gives the hours. */
export const spamhausZrd = (zone: string): DnsblZone => ({
  name: "spamhaus_zrd",
  zone,
  meaningOf: (address) => {
    const hours = /^127\.0\.2\.(\d+)$/.exec(address)?.[1];
    return hours !== undefined && Number(hours) >= 2 && Number(hours) <= 24
      ? listed("newly_observed", `first seen within ${hours} h`)
      : (SPAMHAUS_ERRORS[address] ?? null);
  },
});

/** A zone whose last octet is a sum of bits; bit 1 means that the question was refused. */
const bits =
  (meanings: Readonly<Record<number, Meaning>>) =>
  (address: string): Meaning | null => {
    const sum = Number(/^127\.0\.0\.(\d+)$/.exec(address)?.[1] ?? Number.NaN);
    if (Number.isNaN(sum)) return null;
    if ((sum & 1) === 1) return refused("the question was refused");
    const set = Object.entries(meanings).filter(([bit]) => (sum & Number(bit)) !== 0);
    const heaviest = set
      .map(([, meaning]) => meaning)
      .filter((meaning) => meaning.kind === "listed")
      .toSorted((a, b) => WEIGHTS[b.as].weight - WEIGHTS[a.as].weight);
    const [first] = heaviest;
    return first === undefined ? null : listed(first.as, heaviest.map(({ what }) => what).join(", "));
  };

/** SURBL's combined list. */
export const surbl = (zone = "multi.surbl.org"): DnsblZone => ({
  name: "surbl",
  zone,
  meaningOf: bits({
    8: listed("block_listed_threat", "phishing"),
    16: listed("block_listed_threat", "malware"),
    64: listed("block_listed_spam", "spam"),
    128: listed("block_listed_abused", "cracked site"),
  }),
});

/** URIBL's combined list. */
export const uribl = (zone = "multi.uribl.com"): DnsblZone => ({
  name: "uribl",
  zone,
  meaningOf: bits({
    2: listed("block_listed_spam", "spam"),
    4: listed("block_listed_abused", "bulk mail"),
    8: listed("block_listed_abused", "new and unproven"),
  }),
});

type Outcome =
  | { readonly kind: "clean" }
  | { readonly kind: "listed"; readonly as: SignalName; readonly what: string }
  | { readonly kind: "failed"; readonly error: string };

interface Remembered {
  readonly outcome: Outcome;
  /** Seconds. */
  readonly askedAt: number;
}

const keepFor = (outcome: Outcome): number =>
  outcome.kind === "failed" ? CACHE_SECONDS.failure : CACHE_SECONDS.negative;

/** What the addresses of an answer mean together. */
const judge = (meaningOf: DnsblZone["meaningOf"], addresses: readonly string[]): Outcome => {
  const listings: Extract<Meaning, { readonly kind: "listed" }>[] = [];
  let undefinedCode: string | null = null;
  for (const address of addresses) {
    const meaning = meaningOf(address);
    if (meaning?.kind === "refused") return { kind: "failed", error: `refused: ${meaning.why} (${address})` };
    if (meaning !== null) listings.push(meaning);
    // Another network's address is no answer of a list (RFC 5782 § 2.3), so nothing beside it is one.
    else if (!address.startsWith("127.")) return { kind: "failed", error: `no code of this list (${address})` };
    else undefinedCode ??= address;
  }
  const [first, ...rest] = listings.toSorted((a, b) => WEIGHTS[b.as].weight - WEIGHTS[a.as].weight);
  if (first === undefined)
    return {
      kind: "failed",
      error: undefinedCode === null ? "an empty answer" : `no code of this list (${undefinedCode})`,
    };
  return { kind: "listed", as: first.as, what: [first, ...rest].map(({ what }) => what).join(", ") };
};

/** The source for one zone, over the `DnsClient` in the context. */
export const makeDnsbl = Effect.fnUntraced(function* (
  { name, zone, meaningOf }: DnsblZone,
  capacity = 20_000,
): Effect.fn.Return<RiskSource, never, DnsClient> {
  const dns = yield* DnsClient;
  const source = `dnsbl:${name}`;
  const version = "rfc5782";

  const ask = (question: string): Effect.Effect<Outcome> =>
    dns.ask("A", `${question}.${zone}`).pipe(
      Effect.map((answer): Outcome => {
        if (answer.kind === "no_such_name") return { kind: "clean" };
        return answer.kind === "none"
          ? { kind: "failed", error: "a name without a code" }
          : judge(meaningOf, answer.records);
      }),
      Effect.catch((error) => Effect.succeed<Outcome>({ kind: "failed", error: `${error.reason} (${error.code})` })),
    );
  const remember = (lookup: (question: string) => Effect.Effect<Outcome>, size: number) =>
    Cache.makeWith(
      (question: string): Effect.Effect<Remembered> =>
        Effect.zipWith(lookup(question), nowSeconds, (outcome, askedAt) => ({ outcome, askedAt })),
      {
        capacity: size,
        timeToLive: (exit) => (Exit.isSuccess(exit) ? Duration.seconds(keepFor(exit.value.outcome)) : Duration.zero),
      },
    );

  // RFC 5782 § 5: a list of names never lists this one.
  const health = yield* remember(
    (question) =>
      Effect.map(ask(question), (outcome): Outcome =>
        outcome.kind === "listed" ? { kind: "failed", error: "it lists every name" } : outcome,
      ),
    1,
  );
  const cache = yield* remember(
    (domain) =>
      Effect.flatMap(Cache.get(health, "invalid"), ({ outcome }) =>
        outcome.kind === "failed" ? Effect.succeed(outcome) : ask(domain),
      ),
    capacity,
  );

  const findingOf = ({ outcome, askedAt }: Remembered, now: number): Finding => {
    // What is left of the answer's time, so that no kept finding outlives the answer it rests on.
    const left = Math.max(0, askedAt + keepFor(outcome) - now);
    if (outcome.kind === "failed") return { ...failed(source, version, outcome.error, askedAt), keepFor: left };
    const evidence = { source, version, fetched_at: askedAt };
    return outcome.kind === "clean"
      ? { ...finding("not_block_listed", evidence), keepFor: left }
      : { ...finding(outcome.as, { ...evidence, note: outcome.what }), keepFor: left };
  };

  return {
    name: source,
    reach: "network",
    assess: (domain) =>
      domain.registrable === null
        ? Effect.succeed([])
        : Effect.zipWith(Cache.get(cache, domain.registrable), nowSeconds, (answer, now) => [findingOf(answer, now)]),
  };
});
