/**
 * How long has the domain been registered? Asks the registry by RDAP, through the bootstrap registry of IANA.
 *
 * - The registrable domain is asked for, once for all hosts under it, and remembered: 24 h a date, 1 h that there is no
 *   such domain, 5 min a failure. The registry file is kept 24 h; when it cannot be refreshed, the old one serves on.
 * - A server that answers 429 or 503 is left alone for as long as it asks, an hour at most; meanwhile its domains are
 *   unknown, at once and without asking.
 *
 * **Gotchas**
 * - Registries learn from this whom the operator writes to: off unless configured.
 * - A domain under a private suffix was never registered with a registry; the age of its landlord shows nothing.
 */
import { Cache, Duration, Effect, Exit } from "effect";
import { nowSeconds } from "../../model/time.ts";
import { Fetch, type FetchOptions } from "../../net/Fetch.ts";
import { rdapAddress, readBootstrap, readRegistration, retryAfter, type RdapServers } from "./Rdap.ts";
import { failed, finding, type Finding, type RiskSource } from "../RiskSource.ts";
import { CACHE_SECONDS, WEIGHTS, type SignalName } from "../policy/Weights.ts";

export const IANA_BOOTSTRAP = "https://data.iana.org/rdap/dns.json";

export interface RegistrationOptions {
  /** Where the registry file is. Default: IANA's. */
  readonly bootstrap?: string;
  /** The registry itself, instead of fetching it: RFC 9224 text, from a file. */
  readonly registry?: string;
  /** One answer, in milliseconds. Default 1500. */
  readonly timeoutMillis?: number;
  /** Registries may be asked over plain HTTP. */
  readonly allowPlain?: boolean;
  /** For a registry on the operator's own network: the host that `bootstrap` names, or every host in a `registry` given as text. */
  readonly allowPrivate?: boolean;
  /** Domains remembered. */
  readonly capacity?: number;
}

const evidence = { source: "registration", version: "rfc9083" };
const DAY = 86_400;
const LONGEST_PAUSE = 3_600;
const ANSWER_BYTES = 256 * 1024;
const REGISTRY_BYTES = 4 * 1024 * 1024;
const BOOTSTRAP_TIMEOUT = 10_000;

type Answer =
  | { readonly kind: "registered"; readonly at: number; readonly isAgain: boolean }
  | { readonly kind: "undisclosed"; readonly why: string }
  | { readonly kind: "not_found" }
  | { readonly kind: "implausible"; readonly date: string }
  | { readonly kind: "failed"; readonly error: string };

interface Remembered {
  readonly answer: Answer;
  /** Seconds. */
  readonly askedAt: number;
  readonly keepFor: number;
}

const keepFor = ({ kind }: Answer): number => {
  if (kind === "failed") return CACHE_SECONDS.failure;
  return kind === "not_found" || kind === "implausible" ? CACHE_SECONDS.negative : CACHE_SECONDS.positive;
};

const nameForAge = (days: number): SignalName => {
  if (days < 7) return "registered_this_week";
  if (days < 30) return "newly_registered";
  if (days < 90) return "recently_registered";
  return days < 365 ? "young_registration" : "settled_registration";
};

/** Whole days, in words. */
const ago = (days: number): string => (days === 0 ? "today" : days === 1 ? "a day ago" : `${days} days ago`);

const findingOf = ({ answer, askedAt, keepFor: kept }: Remembered, now: number): Finding => {
  // What is left of the answer's time, so that no kept finding outlives the answer it rests on.
  const left = Math.max(0, askedAt + kept - now);
  if (answer.kind === "failed")
    return { ...failed(evidence.source, evidence.version, answer.error, askedAt), keepFor: left };
  const say = (name: SignalName, note: string): Finding => ({
    ...finding(name, { ...evidence, fetched_at: askedAt, note }),
    keepFor: Math.min(left, WEIGHTS[name].keepFor),
  });
  switch (answer.kind) {
    case "registered": {
      const days = Math.max(0, Math.floor((now - answer.at) / DAY));
      return say(nameForAge(days), `registered ${answer.isAgain ? "again " : ""}${ago(days)}`);
    }
    case "undisclosed":
      return say("registration_undisclosed", answer.why);
    case "not_found":
      return say("registration_not_found", "its registry does not know it");
    case "implausible":
      return say("registration_implausible", `its registry says ${answer.date}`);
  }
};

/** The source, over the `Fetch` in the context. */
export const makeRegistration = Effect.fnUntraced(function* (
  options: RegistrationOptions = {},
): Effect.fn.Return<RiskSource, never, Fetch> {
  const { get } = yield* Fetch;
  const bootstrap = options.bootstrap ?? IANA_BOOTSTRAP;
  const hostOf = (url: string): string | null => (URL.canParse(url) ? new URL(url).hostname : null);
  // What a fetched file names, somebody else may have written: only the host the operator named itself may be its own.
  const isNamedByOperator = (url: string): boolean =>
    options.registry !== undefined || hostOf(url) === hostOf(bootstrap);
  const bounds = (url: string, timeoutMillis: number, maxBytes: number): FetchOptions => ({
    timeoutMillis,
    maxBytes,
    allowPlain: options.allowPlain === true,
    allowPrivate: options.allowPrivate === true && isNamedByOperator(url),
  });
  const timeout = options.timeoutMillis ?? 1_500;

  let kept: RdapServers | null = options.registry === undefined ? null : readBootstrap(options.registry);
  const fetchServers = Effect.map(
    Effect.result(get(bootstrap, bounds(bootstrap, BOOTSTRAP_TIMEOUT, REGISTRY_BYTES))),
    (result): { readonly servers: RdapServers | null; readonly isFresh: boolean; readonly error: string } => {
      const isOk = result._tag === "Success" && result.success.status === 200;
      const servers = isOk ? readBootstrap(new TextDecoder().decode(result.success.body)) : null;
      if (servers !== null) kept = servers;
      const error =
        result._tag === "Failure"
          ? `registry file ${result.failure.reason}`
          : isOk
            ? "registry file unreadable"
            : `registry file: status ${result.success.status}`;
      return { servers: kept, isFresh: servers !== null, error };
    },
  );
  const registry = yield* Cache.makeWith(
    () =>
      options.registry === undefined
        ? fetchServers
        : Effect.succeed({ servers: kept, isFresh: true, error: "registry file unreadable" }),
    {
      capacity: 1,
      timeToLive: (exit) =>
        Duration.seconds(Exit.isSuccess(exit) && exit.value.isFresh ? CACHE_SECONDS.positive : CACHE_SECONDS.failure),
    },
  );

  /** Server → seconds before which it wants no question. */
  const pausedUntil = new Map<string, number>();

  const ask = Effect.fnUntraced(function* (domain: string): Effect.fn.Return<Answer> {
    const { servers, error } = yield* Cache.get(registry, "dns");
    if (servers === null) return { kind: "failed", error };
    const address = rdapAddress(servers, domain);
    if (address === null) return { kind: "undisclosed", why: "its suffix has no registration service" };
    const server = new URL(address).host;
    const now = yield* nowSeconds;
    const pause = (pausedUntil.get(server) ?? 0) - now;
    if (pause > 0) return { kind: "failed", error: `rate_limited: asked to wait ${pause} s` };

    const result = yield* Effect.result(
      get(address, {
        ...bounds(address, timeout, ANSWER_BYTES),
        headers: { accept: "application/rdap+json, application/json" },
      }),
    );
    if (result._tag === "Failure")
      return { kind: "failed", error: `${result.failure.reason} (${result.failure.detail})` };
    const { status, headers, body } = result.success;
    if (status === 404) return { kind: "not_found" };
    if (status === 429 || status === 503) {
      const wait = Math.min(LONGEST_PAUSE, retryAfter(headers["retry-after"], now) ?? CACHE_SECONDS.failure);
      pausedUntil.set(server, now + wait);
      return { kind: "failed", error: `rate_limited: asked to wait ${wait} s` };
    }
    if (status !== 200) return { kind: "failed", error: `status ${status}` };
    const registration = readRegistration(new TextDecoder().decode(body), domain, now);
    if (registration.kind === "unreadable") return { kind: "failed", error: `unreadable (${registration.why})` };
    return registration.kind === "undisclosed"
      ? { kind: "undisclosed", why: "its registry publishes no date" }
      : registration;
  });

  const cache = yield* Cache.makeWith(
    (domain: string): Effect.Effect<Remembered> =>
      Effect.zipWith(ask(domain), nowSeconds, (answer, askedAt) => ({ answer, askedAt, keepFor: keepFor(answer) })),
    {
      capacity: options.capacity ?? 20_000,
      timeToLive: (exit) => (Exit.isSuccess(exit) ? Duration.seconds(exit.value.keepFor) : Duration.zero),
    },
  );

  return {
    name: evidence.source,
    reach: "network",
    assess: (domain) => {
      if (domain.registrable === null || domain.suffix === null) return Effect.succeed([]);
      if (domain.isPrivate) {
        const note = `rented under ${domain.suffix}, not registered`;
        return Effect.succeed([finding("registration_undisclosed", { ...evidence, note })]);
      }
      return Effect.zipWith(Cache.get(cache, domain.registrable), nowSeconds, (answer, now) => [
        findingOf(answer, now),
      ]);
    },
  };
});
