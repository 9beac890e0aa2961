/**
 * Questions to DNS that sources of evidence ask: addresses and texts of a name. `MailExchangeResolver` asks its own.
 *
 * - That there is nothing is an answer; only no answer is a `DnsError`.
 * - One question has one budget, measured by `Clock`; at its end, or when the caller is interrupted, it is cancelled.
 *
 * **Gotchas**
 * - A resolver that answers for names that do not exist (some providers do) answers here too: the caller must know what
 *   answers can be true.
 * - Block lists refuse the big public resolvers; give `servers` of your own.
 */
import { Resolver } from "node:dns/promises";
import { Context, Duration, Effect, Layer, Schema } from "effect";

/** One question, in milliseconds. */
export const QUESTION_BUDGET_MILLIS = 1_500;

export type DnsAnswer =
  | { readonly kind: "records"; readonly records: readonly string[] }
  /** The name exists, with none of these. */
  | { readonly kind: "none" }
  | { readonly kind: "no_such_name" };

export class DnsError extends Schema.TaggedError<DnsError>()("DnsError", {
  reason: Schema.Literals(["timed_out", "server_failed", "refused", "bad_name", "unreadable"]),
  /** The resolver's own code, such as `ESERVFAIL`. */
  code: Schema.String,
  /** What to do next. */
  hint: Schema.String,
}) {}

const HINTS: Readonly<Record<DnsError["reason"], string>> = {
  timed_out: "DNS did not answer in time; it is asked again later. Check the resolver if this repeats.",
  server_failed: "The name servers in charge fail; decide without this signal.",
  refused: "The resolver refuses to answer; configure one that serves this machine.",
  bad_name: "The name is too long or malformed to be asked for; nothing can be known of it this way.",
  unreadable: "The answer makes no sense; check the resolver.",
};

const REASONS: Readonly<Record<string, DnsError["reason"]>> = {
  ETIMEOUT: "timed_out",
  ECANCELLED: "timed_out",
  ESERVFAIL: "server_failed",
  ECONNREFUSED: "server_failed",
  EREFUSED: "refused",
  EBADNAME: "bad_name",
  EBADQUERY: "bad_name",
};

export const dnsError = (reason: DnsError["reason"], code: string): DnsError =>
  new DnsError({ reason, code, hint: HINTS[reason] });

export class DnsClient extends Context.Service<
  DnsClient,
  {
    /** IPv4 addresses. */
    readonly addresses: (name: string) => Effect.Effect<DnsAnswer, DnsError>;
    /** TXT records, each joined to one string. */
    readonly texts: (name: string) => Effect.Effect<DnsAnswer, DnsError>;
  }
>()("countersign/risk/DnsClient") {}

const codeOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string"
    ? cause.code
    : "UNKNOWN";

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;
const canBeAsked = (name: string): boolean => name.length <= 253 && name.split(".").every((label) => LABEL.test(label));

/** One question with a resolver of its own: cancelling it must not cancel another's. */
const asked = (
  servers: readonly string[],
  name: string,
  ask: (resolver: Resolver) => Promise<readonly string[]>,
): Effect.Effect<DnsAnswer, DnsError> => {
  if (!canBeAsked(name)) return Effect.fail(dnsError("bad_name", "EBADNAME"));
  return Effect.acquireUseRelease(
    Effect.sync(() => {
      const resolver = new Resolver({ timeout: 700, tries: 2 });
      if (servers.length > 0) resolver.setServers(servers);
      return resolver;
    }),
    (resolver) =>
      Effect.tryPromise({ try: () => ask(resolver), catch: codeOf }).pipe(
        Effect.map((records): DnsAnswer => (records.length === 0 ? { kind: "none" } : { kind: "records", records })),
        Effect.catch((code): Effect.Effect<DnsAnswer, DnsError> => {
          if (code === "ENODATA") return Effect.succeed({ kind: "none" });
          if (code === "ENOTFOUND") return Effect.succeed({ kind: "no_such_name" });
          return Effect.fail(dnsError(REASONS[code] ?? "unreadable", code));
        }),
        Effect.timeoutOrElse({
          duration: Duration.millis(QUESTION_BUDGET_MILLIS),
          orElse: () => Effect.fail(dnsError("timed_out", "BUDGET")),
        }),
      ),
    (resolver) => Effect.sync(() => resolver.cancel()),
  );
};

/** Asks these servers (`address` or `address:port`), or the system's when none are given. */
export const makeDnsClient = (servers: readonly string[] = []) =>
  DnsClient.of({
    addresses: (name) => asked(servers, name, (resolver) => resolver.resolve4(name)),
    texts: (name) =>
      asked(servers, name, async (resolver) => (await resolver.resolveTxt(name)).map((parts) => parts.join(""))),
  });

export const layerNode = (servers: readonly string[] = []): Layer.Layer<DnsClient> =>
  Layer.sync(DnsClient, () => makeDnsClient(servers));
