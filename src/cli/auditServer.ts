/**
 * What an auditor fetches from a server: the keys it publishes, and an export.
 *
 * **Gotchas**: keys from the server that gives the log show only that the log agrees with itself: its operator could have made both for
 * this one auditor. They are trusted on first use, and each command that takes them reports it.
 */
import { Effect, Schema } from "effect";
import { type Exit, quit, reasonOf } from "./exit.ts";

const LogKeys = Schema.Struct({ origin: Schema.String, keys: Schema.Array(Schema.Struct({ vkey: Schema.String })) });
const OperatorKeys = Schema.Struct({ keys: Schema.Array(Schema.Unknown) });
const decodeLogKeys = Schema.decodeUnknownSync(LogKeys);
const decodeOperatorKeys = Schema.decodeUnknownSync(OperatorKeys);

export interface PublishedKeys {
  /** The log's name. */
  readonly origin: string;
  /** The log's keys, as `--key` reads them. */
  readonly log: readonly string[];
  /** The operator's identity keys as a JWK set, as `--operator-key` reads a file of it. */
  readonly operator: string;
}

const wordsOf = (cause: unknown): string =>
  cause instanceof Error && cause.cause instanceof Error ? reasonOf(cause.cause) : reasonOf(cause);

const addressOf = (url: string): Effect.Effect<URL, Exit> => {
  const server = URL.parse(url);
  return server !== null && /^https?:$/.test(server.protocol)
    ? Effect.succeed(server)
    : quit(2, `--url ${url} is no http: or https: URL, such as https://mail.example.com.`);
};

const ask = (url: string, path: string, headers: Readonly<Record<string, string>> = {}) =>
  Effect.flatMap(addressOf(url), (server) =>
    Effect.tryPromise(() => fetch(new URL(path, server), { headers, redirect: "error" })).pipe(
      Effect.catch(({ cause }) => quit(2, `${server.origin} cannot be reached: ${wordsOf(cause)}`)),
    ),
  );

const jsonAt = Effect.fnUntraced(function* <A>(url: string, path: string, decode: (json: unknown) => A) {
  const response = yield* ask(url, path);
  return yield* Effect.tryPromise(async () => {
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    return decode(await response.json());
  }).pipe(
    Effect.catch(({ cause }) =>
      quit(
        2,
        `${new URL(path, url).href} gives no keys: ${reasonOf(cause)}`,
        "  Is this the address of a Countersign server?",
      ),
    ),
  );
});

/** The keys that the server publishes. Ends with 2 where it cannot be asked. */
export const publishedKeys = Effect.fnUntraced(function* (url: string) {
  const log = yield* jsonAt(url, "/v1/log/keys", decodeLogKeys);
  const operator = yield* jsonAt(url, "/.well-known/jwks.json", decodeOperatorKeys);
  const keys: PublishedKeys = {
    origin: log.origin,
    log: log.keys.map(({ vkey }) => vkey),
    operator: JSON.stringify(operator, null, 2),
  };
  return keys;
});

/** The export of what this API key may see. Ends with 1 where it is refused, with 2 where the server cannot be asked. */
export const exportAt = Effect.fnUntraced(function* (url: string, apiKey: string) {
  const response = yield* ask(url, "/v1/audit-log/export?format=jsonl", { authorization: `Bearer ${apiKey}` });
  if (!response.ok || response.body === null) {
    return yield* quit(
      response.status < 500 ? 1 : 2,
      `${new URL(url).origin} gives no export: it answered ${response.status}.`,
      "  The key needs the scope oversight or admin.",
    );
  }
  return response.body as AsyncIterable<Uint8Array>;
});

/** What is trusted where keys come from the server itself, a sentence a line. */
export const trustedFrom = (url: string, what: string): readonly string[] => [
  `${what}, as ${new URL(url).origin} gives them now: trusted on first use, because the server itself says so.`,
  "Hold them against what the operator gave you by another way, and keep them: from then on --key and --operator-key need no server.",
  ...(new URL(url).protocol === "http:"
    ? ["They came over http: without TLS, so anyone on the way could have put others in their place."]
    : []),
];
