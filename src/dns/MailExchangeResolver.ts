/**
 * Where the mail of a domain goes, asked of DNS: MX, null MX, an address instead of an MX, or nowhere.
 *
 * - `layerNode` asks the system's resolvers; `layerOff` is for installations without DNS (no signal, and so neither
 *   clean nor unknown); `layerFixed` answers from a table, for tests and demonstrations.
 * - Fails with `MailExchangeError` when the question has no answer now. An answer that there is nothing is not a failure.
 *
 * **Gotchas**
 * - One budget of 1.5 s covers all questions about a domain, measured by `Clock`. When it ends, or the caller is
 *   interrupted, the questions are cancelled and their sockets closed.
 * - A null MX beside real ones breaks RFC 7505 § 3; the real ones count, as they do for senders.
 */
import { Resolver } from "node:dns/promises";
import { Context, Duration, Effect, Layer, Schema } from "effect";

/** All questions about one domain together, in milliseconds. */
export const LOOKUP_BUDGET_MILLIS = 1_500;

export type MailExchange =
  | { readonly kind: "exchanges"; readonly hosts: readonly string[] }
  /** RFC 7505: accepts no mail. */
  | { readonly kind: "null_mx" }
  /** RFC 5321 § 5.1: no MX, but an address record, which then counts as one. */
  | { readonly kind: "implicit" }
  /** The name exists, with neither. */
  | { readonly kind: "none" }
  | { readonly kind: "no_such_domain" }
  | { readonly kind: "not_configured" };

export const MailExchangeErrorReason = Schema.Literals(["timed_out", "server_failed", "refused", "unreadable"]);
export type MailExchangeErrorReason = typeof MailExchangeErrorReason.Type;

export class MailExchangeError extends Schema.TaggedError<MailExchangeError>()("MailExchangeError", {
  reason: MailExchangeErrorReason,
  /** The resolver's own code, such as `ESERVFAIL`. */
  code: Schema.String,
  /** What to do next. */
  hint: Schema.String,
}) {}

const HINTS: Readonly<Record<MailExchangeErrorReason, string>> = {
  timed_out: "DNS did not answer in time; it is asked again in five minutes. Check the resolver if this repeats.",
  server_failed: "The domain's name servers fail; look at the domain, or decide without this signal.",
  refused: "The resolver refuses to answer; configure one that serves this machine.",
  unreadable: "The answer makes no sense; check the resolver.",
};

/** Makes the error for a resolver's code. */
export const mailExchangeError = (reason: MailExchangeErrorReason, code: string): MailExchangeError =>
  new MailExchangeError({ reason, code, hint: HINTS[reason] });

export class MailExchangeResolver extends Context.Service<
  MailExchangeResolver,
  {
    /** Asks once, uncached. `host`: ASCII, as in the address. */
    readonly lookup: (host: string) => Effect.Effect<MailExchange, MailExchangeError>;
  }
>()("countersign/risk/MailExchangeResolver") {}

/** The three questions, as node:dns answers them; a parameter so that every answer can be tested. */
export interface Questions {
  readonly resolveMx: (host: string) => Promise<readonly { readonly exchange: string }[]>;
  readonly resolve4: (host: string) => Promise<readonly string[]>;
  readonly resolve6: (host: string) => Promise<readonly string[]>;
  readonly cancel: () => void;
}

type Answered<A> = { readonly records: readonly A[] } | { readonly none: "no_data" | "no_such_domain" };

/** Separates "there is none" from "nobody knows"; only the second is an error. */
const answered = <A>(ask: () => Promise<readonly A[]>): Effect.Effect<Answered<A>, MailExchangeError> =>
  Effect.tryPromise({ try: ask, catch: (cause) => cause }).pipe(
    Effect.map((records): Answered<A> => ({ records })),
    Effect.catch((cause): Effect.Effect<Answered<A>, MailExchangeError> => {
      const code = codeOf(cause);
      if (code === "ENODATA") return Effect.succeed({ none: "no_data" });
      if (code === "ENOTFOUND") return Effect.succeed({ none: "no_such_domain" });
      return Effect.fail(mailExchangeError(REASONS[code] ?? "unreadable", code));
    }),
  );

const REASONS: Readonly<Record<string, MailExchangeErrorReason>> = {
  ETIMEOUT: "timed_out",
  ECANCELLED: "timed_out",
  ESERVFAIL: "server_failed",
  ECONNREFUSED: "server_failed",
  EREFUSED: "refused",
};

const codeOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string"
    ? cause.code
    : "UNKNOWN";

const ask = Effect.fnUntraced(function* (
  host: string,
  dns: Questions,
): Effect.fn.Return<MailExchange, MailExchangeError> {
  const mx = yield* answered(() => dns.resolveMx(host));
  if ("none" in mx && mx.none === "no_such_domain") return { kind: "no_such_domain" };
  const exchanges = "records" in mx ? mx.records.map(({ exchange }) => exchange.replace(/\.$/, "")) : [];
  const hosts = exchanges.filter((exchange) => exchange !== "");
  if (hosts.length > 0) return { kind: "exchanges", hosts };
  if (exchanges.length > 0) return { kind: "null_mx" };

  // One address of either family will do, so the failure of one question does not matter when the other finds some.
  const families = yield* Effect.all(
    [answered(() => dns.resolve4(host)), answered(() => dns.resolve6(host))].map(Effect.result),
    { concurrency: 2 },
  );
  for (const family of families) {
    if (family._tag === "Success" && "records" in family.success && family.success.records.length > 0) {
      return { kind: "implicit" };
    }
  }
  for (const family of families) if (family._tag === "Failure") return yield* Effect.fail(family.failure);
  return { kind: "none" };
});

/** A lookup over such questions, within the budget. */
export const lookupWith =
  (open: () => Questions) =>
  (host: string): Effect.Effect<MailExchange, MailExchangeError> =>
    Effect.acquireUseRelease(
      Effect.sync(open),
      (dns) =>
        ask(host, dns).pipe(
          Effect.timeoutOrElse({
            duration: Duration.millis(LOOKUP_BUDGET_MILLIS),
            orElse: () => Effect.fail(mailExchangeError("timed_out", "BUDGET")),
          }),
        ),
      (dns) => Effect.sync(() => dns.cancel()),
    );

/** Asks the system's resolvers. A `Resolver` per lookup: cancelling one must not cancel another's questions. */
export const layerNode: Layer.Layer<MailExchangeResolver> = Layer.succeed(MailExchangeResolver, {
  lookup: lookupWith(() => new Resolver({ timeout: 700, tries: 2 })),
});

/** No DNS: the source gives no signal. */
export const layerOff: Layer.Layer<MailExchangeResolver> = Layer.succeed(MailExchangeResolver, {
  lookup: () => Effect.succeed({ kind: "not_configured" }),
});

/** Answers from a table of hosts; a host that is not in it does not exist. An error in the table is a failure. */
export const layerFixed = (
  table: Readonly<Record<string, MailExchange | MailExchangeError>>,
): Layer.Layer<MailExchangeResolver> => {
  const answers = new Map(Object.entries(table));
  return Layer.succeed(MailExchangeResolver, {
    lookup: (host) => {
      const answer = answers.get(host) ?? { kind: "no_such_domain" as const };
      return answer instanceof MailExchangeError ? Effect.fail(answer) : Effect.succeed(answer);
    },
  });
};
