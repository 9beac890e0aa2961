/**
 * Outgoing HTTP: bounded in time and size, and unable to be led to our own network. `NodeFetch.ts` has the implementation.
 *
 * - An answer of any status is an answer; only no answer, or half of one, is a `FetchError`.
 * - HTTPS and public addresses only, unless the request allows others, which is the operator's to configure.
 *
 * **Gotchas**
 * - `body` is decoded (`Content-Encoding: gzip`); a file that is itself compressed (`.gz`) is not.
 * - Without `isFramed`, the end of the body is where the connection ended: it may be half.
 */
import { Context, type Effect, Schema } from "effect";

export interface FetchOptions {
  /** All of it, redirects included, in milliseconds. */
  readonly timeoutMillis: number;
  /** Of the body, as sent and as decoded. */
  readonly maxBytes: number;
  /** Lower-case names. Sent to the first origin only: a redirect elsewhere does not get them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default 3. */
  readonly maxRedirects?: number;
  /** Allow `http:` from the first request on. A redirect never leaves HTTPS for it. */
  readonly allowPlain?: boolean;
  /** Allow addresses that are private, local or reserved; for the host asked, not for one it redirects to. */
  readonly allowPrivate?: boolean;
}

export interface FetchResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Its length was announced, or it came in chunks: its end is the end. */
  readonly isFramed: boolean;
  /** Where it came from in the end. */
  readonly url: string;
}

export const FetchErrorReason = Schema.Literals([
  "not_allowed",
  "timed_out",
  "unreachable",
  "too_large",
  "truncated",
  "undecodable",
  "redirected",
]);
export type FetchErrorReason = typeof FetchErrorReason.Type;

export class FetchError extends Schema.TaggedError<FetchError>()("FetchError", {
  reason: FetchErrorReason,
  url: Schema.String,
  /** What exactly: an errno, an address, a status. */
  detail: Schema.String,
  /** What to do next. */
  hint: Schema.String,
}) {}

const HINTS: Readonly<Record<FetchErrorReason, string>> = {
  not_allowed: "Only https and public addresses are asked; allow plain or private ones for this host if it is yours.",
  timed_out: "The server took too long; it is tried again later. Raise the timeout if this repeats.",
  unreachable: "No connection; check the address, the network and the certificate.",
  too_large: "The document is larger than this source allows; raise its limit if that is right.",
  truncated: "The document ended early and was not used; it is tried again later.",
  undecodable: "The document's encoding is broken or unknown; check what the server sends.",
  redirected: "Too many redirects, or one that cannot be followed; configure the final address.",
};

/** A `FetchError` with the hint for its reason. */
export const fetchError = (reason: FetchErrorReason, url: string, detail: string): FetchError =>
  new FetchError({ reason, url, detail, hint: HINTS[reason] });

export class Fetch extends Context.Service<
  Fetch,
  {
    readonly get: (url: string, options: FetchOptions) => Effect.Effect<FetchResponse, FetchError>;
    /** Sends `body` once. Follows no redirect (`redirected`): what is sent is for the host that was named. */
    readonly post: (
      url: string,
      body: string | Uint8Array,
      options: Omit<FetchOptions, "maxRedirects">,
    ) => Effect.Effect<FetchResponse, FetchError>;
  }
>()("countersign/net/Fetch") {}
