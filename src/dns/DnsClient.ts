/**
 * One question to DNS, and its answer: addresses, mail exchangers, texts, and the names of an address.
 *
 * - That there is nothing is an answer (`none`, `no_such_name`); only no answer is a `DnsError`.
 * - `NodeDns.ts` asks name servers; `layerOff` is for installations without DNS; `layerFixed` answers from a table, for tests and
 *   demonstrations.
 *
 * **Gotchas**
 * - A resolver that answers for names that do not exist (some providers do) answers here too: the caller must know what answers can be
 *   true.
 */
import { Context, Effect, Layer, Schema } from "effect";

export interface MailExchanger {
  /** Host name without a dot at its end; "" is the root, which stands for "no mail" (RFC 7505). */
  readonly exchange: string;
  /** 0 to 65535, least first. */
  readonly priority: number;
}

/** What one record of each type holds. */
export interface DnsRecords {
  /** An IPv4 address in dotted form. */
  readonly A: string;
  /** An IPv6 address in its text form. */
  readonly AAAA: string;
  readonly MX: MailExchanger;
  /** The parts of one record, joined. */
  readonly TXT: string;
  /** A host name; asked under the `reverseName` of an address. */
  readonly PTR: string;
}
export type RecordType = keyof DnsRecords;

export type DnsAnswer<A> =
  /** At least one. */
  | { readonly kind: "records"; readonly records: readonly A[] }
  /** The name exists, with none of these. */
  | { readonly kind: "none" }
  | { readonly kind: "no_such_name" };

export class DnsError extends Schema.TaggedError<DnsError>()("DnsError", {
  reason: Schema.Literals(["timed_out", "server_failed", "refused", "bad_name", "unreadable", "off"]),
  /** The resolver's own code, such as `ESERVFAIL`; `BUDGET` when the time was up, `OFF` when DNS is not asked at all. */
  code: Schema.String,
  /** What to do next. */
  hint: Schema.String,
}) {}

const HINTS: Readonly<Record<DnsError["reason"], string>> = {
  timed_out: "DNS did not answer in time; it is asked again later. Check the resolver if this repeats.",
  server_failed: "The name servers in charge fail; look at the domain, or decide without this signal.",
  refused: "The resolver refuses to answer; configure one that serves this machine.",
  bad_name: "The name is too long or malformed to be asked for; nothing can be known of it this way.",
  unreadable: "The answer makes no sense; check the resolver.",
  off: "This installation asks DNS nothing; turn DNS on if this is to be known.",
};

/** A `DnsError` with the hint for its reason. */
export const dnsError = (reason: DnsError["reason"], code: string): DnsError =>
  new DnsError({ reason, code, hint: HINTS[reason] });

export class DnsClient extends Context.Service<
  DnsClient,
  {
    /** Asks once, uncached. `name`: ASCII, no dot at its end; underscores may stand in it. */
    readonly ask: <T extends RecordType>(type: T, name: string) => Effect.Effect<DnsAnswer<DnsRecords[T]>, DnsError>;
  }
>()("countersign/dns/DnsClient") {}

/** Some records, or that there are none. */
export const answerOf = <A>(records: readonly A[]): DnsAnswer<A> =>
  records.length === 0 ? { kind: "none" } : { kind: "records", records };

/** No DNS: every question fails with the reason `off`. */
export const layerOff: Layer.Layer<DnsClient> = Layer.succeed(DnsClient, {
  ask: () => Effect.fail(dnsError("off", "OFF")),
});

/** The records of one name in a table; a type that is not in it has none. */
export type FixedRecords = { readonly [T in RecordType]?: readonly DnsRecords[T][] | DnsError };

/** Answers from a table of names; a name that is not in it does not exist. An error in the table is a failure. */
export const layerFixed = (table: Readonly<Record<string, FixedRecords>>): Layer.Layer<DnsClient> => {
  const names = new Map(Object.entries(table));
  return Layer.succeed(DnsClient, {
    ask: <T extends RecordType>(type: T, name: string): Effect.Effect<DnsAnswer<DnsRecords[T]>, DnsError> => {
      const at = names.get(name);
      if (at === undefined) return Effect.succeed({ kind: "no_such_name" });
      const found: readonly DnsRecords[T][] | DnsError = at[type] ?? [];
      return found instanceof DnsError ? Effect.fail(found) : Effect.succeed(answerOf(found));
    },
  });
};
