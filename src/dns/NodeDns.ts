/**
 * `DnsClient` over node:dns.
 *
 * - One question has one budget, measured by `Clock`; at its end, or when the caller is interrupted, it is cancelled and its socket
 *   closed.
 * - A name that cannot be asked for (labels, length) is `bad_name` before any packet leaves.
 *
 * **Gotchas**
 * - Block lists refuse the big public resolvers; give `servers` of your own.
 */
import { Resolver } from "node:dns/promises";
import { Duration, Effect, Layer } from "effect";
import {
  answerOf,
  type DnsAnswer,
  DnsClient,
  type DnsError,
  dnsError,
  type DnsRecords,
  type MailExchanger,
  type RecordType,
} from "./DnsClient.ts";

/** One question, in milliseconds. */
export const QUESTION_BUDGET_MILLIS = 1_500;

/** The questions as node:dns answers them; a parameter, so that every answer can be staged. */
export interface Questions {
  readonly resolve4: (name: string) => Promise<readonly string[]>;
  readonly resolve6: (name: string) => Promise<readonly string[]>;
  readonly resolveMx: (name: string) => Promise<readonly MailExchanger[]>;
  readonly resolveTxt: (name: string) => Promise<readonly (readonly string[])[]>;
  readonly resolvePtr: (name: string) => Promise<readonly string[]>;
  readonly cancel: () => void;
}

const withoutDot = (name: string): string => name.replace(/\.$/, "");

const ASK: { readonly [T in RecordType]: (dns: Questions, name: string) => Promise<readonly DnsRecords[T][]> } = {
  A: (dns, name) => dns.resolve4(name),
  AAAA: (dns, name) => dns.resolve6(name),
  MX: async (dns, name) =>
    (await dns.resolveMx(name)).map(({ exchange, priority }) => ({ exchange: withoutDot(exchange), priority })),
  TXT: async (dns, name) => (await dns.resolveTxt(name)).map((parts) => parts.join("")),
  PTR: async (dns, name) => (await dns.resolvePtr(name)).map(withoutDot),
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

const codeOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string"
    ? cause.code
    : "UNKNOWN";

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;
const canBeAsked = (name: string): boolean => name.length <= 253 && name.split(".").every((label) => LABEL.test(label));

/** Separates "there is none" from "no answer"; only the second is an error. */
const asked = <A>(ask: () => Promise<readonly A[]>): Effect.Effect<DnsAnswer<A>, DnsError> =>
  Effect.tryPromise({ try: ask, catch: codeOf }).pipe(
    Effect.map(answerOf),
    Effect.catch((code): Effect.Effect<DnsAnswer<A>, DnsError> => {
      if (code === "ENODATA") return Effect.succeed({ kind: "none" });
      if (code === "ENOTFOUND") return Effect.succeed({ kind: "no_such_name" });
      return Effect.fail(dnsError(REASONS[code] ?? "unreadable", code));
    }),
    Effect.timeoutOrElse({
      duration: Duration.millis(QUESTION_BUDGET_MILLIS),
      orElse: () => Effect.fail(dnsError("timed_out", "BUDGET")),
    }),
  );

/** The client over what `open` makes, once for each question: cancelling one must not cancel another. */
export const dnsClientOver = (open: () => Questions) =>
  DnsClient.of({
    ask: <T extends RecordType>(type: T, name: string): Effect.Effect<DnsAnswer<DnsRecords[T]>, DnsError> =>
      canBeAsked(name)
        ? Effect.acquireUseRelease(
            Effect.sync(open),
            (dns) => asked<DnsRecords[T]>(() => ASK[type](dns, name)),
            (dns) => Effect.sync(() => dns.cancel()),
          )
        : Effect.fail(dnsError("bad_name", "EBADNAME")),
  });

/** Asks these servers (`address` or `address:port`), or the system's when none are given. */
export const makeDnsClient = (servers: readonly string[] = []) =>
  dnsClientOver(() => {
    const resolver = new Resolver({ timeout: 700, tries: 2 });
    if (servers.length > 0) resolver.setServers(servers);
    return resolver;
  });

export const layerNode = (servers: readonly string[] = []): Layer.Layer<DnsClient> =>
  Layer.sync(DnsClient, () => makeDnsClient(servers));
