/**
 * Where the mail of a domain goes, asked of DNS: MX, null MX, an address instead of an MX, or nowhere.
 *
 * **Gotchas**
 * - One budget of 1.5 s covers all questions about a domain, measured by `Clock`. When it ends, or the caller is interrupted, the
 *   questions are cancelled.
 * - A null MX beside real ones breaks RFC 7505 § 3; the real ones count, as they do for senders.
 */
import { Duration, Effect } from "effect";
import { type DnsClient, type DnsError, dnsError } from "./DnsClient.ts";

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
  /** DNS is off. */
  | { readonly kind: "not_configured" };

const lookup = Effect.fnUntraced(function* (
  { ask }: DnsClient["Service"],
  host: string,
): Effect.fn.Return<MailExchange, DnsError> {
  const mx = yield* ask("MX", host);
  if (mx.kind === "no_such_name") return { kind: "no_such_domain" };
  if (mx.kind === "records") {
    const hosts = mx.records.map(({ exchange }) => exchange).filter((exchange) => exchange !== "");
    return hosts.length > 0 ? { kind: "exchanges", hosts } : { kind: "null_mx" };
  }
  // One address of either family will do, so the failure of one question does not matter when the other finds some.
  const families = yield* Effect.all([ask("A", host), ask("AAAA", host)].map(Effect.result), { concurrency: 2 });
  for (const family of families) {
    if (family._tag === "Success" && family.success.kind === "records") return { kind: "implicit" };
  }
  for (const family of families) if (family._tag === "Failure") return yield* Effect.fail(family.failure);
  return { kind: "none" };
});

/**
 * Asks where mail for `host` (ASCII, as in the address) goes; uncached. Fails with `DnsError` when the question has no answer now. That
 * there is nothing is an answer, and so is that DNS is off.
 */
export const mailExchangeOf = (dns: DnsClient["Service"], host: string): Effect.Effect<MailExchange, DnsError> =>
  lookup(dns, host).pipe(
    Effect.timeoutOrElse({
      duration: Duration.millis(LOOKUP_BUDGET_MILLIS),
      orElse: () => Effect.fail(dnsError("timed_out", "BUDGET")),
    }),
    Effect.catch((error): Effect.Effect<MailExchange, DnsError> =>
      error.reason === "off" ? Effect.succeed({ kind: "not_configured" }) : Effect.fail(error),
    ),
  );
