/**
 * `Fetch` over node:http and node:https.
 *
 * - An address is checked when the socket connects, on what the name resolved to, so a name that resolves to a public
 *   address first and to ours later gains nothing; redirects are checked like first requests.
 * - Every request has its own connection, closed at its end, its timeout or the caller's interruption.
 *
 * **Gotchas**
 * - A proxy is not used, whatever the environment sets: behind one, the address check would see the proxy.
 * @spec OV-111
 */
import { request as requestPlain, type IncomingMessage } from "node:http";
import { request as requestSecure } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { callbackify } from "node:util";
import { createGunzip } from "node:zlib";
import { Duration, Effect, Layer } from "effect";
import { Fetch, FetchError, fetchError, type FetchOptions, type FetchResponse } from "./Fetch.ts";
import { HostAddresses } from "./HostAddresses.ts";

const REDIRECTS = 3;

const reserved = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const) {
  reserved.addSubnet(net, bits, "ipv4");
}
const global6 = new BlockList();
global6.addSubnet("2000::", 3, "ipv6");
const reserved6 = new BlockList();
// Teredo, 6to4 and other special purposes carry other addresses inside.
for (const [net, bits] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const) {
  reserved6.addSubnet(net, bits, "ipv6");
}

/** May a server on this address be asked? IPv4 and IPv6 in their text forms; what is no address is not public. */
export const isPublicAddress = (address: string): boolean => {
  const family = isIP(address);
  if (family === 4) return !reserved.check(address, "ipv4");
  if (family !== 6 || address.includes("%")) return false;
  return global6.check(address, "ipv6") && !reserved6.check(address, "ipv6");
};

/** Refuses a name as soon as one of its addresses is not public. */
const allowedAddresses = async (
  addressesOf: HostAddresses["Service"],
  hostname: string,
  allowPrivate: boolean,
): Promise<readonly { readonly address: string; readonly family: number }[]> => {
  const addresses = await addressesOf(hostname);
  const forbidden = allowPrivate ? undefined : addresses.find((address) => !isPublicAddress(address));
  if (forbidden !== undefined || addresses.length === 0) {
    const message = forbidden === undefined ? "no address" : `${hostname} is at ${forbidden}`;
    throw Object.assign(new Error(message), { code: "ENOTALLOWED" });
  }
  return addresses.map((address) => ({ address, family: isIP(address) }));
};

const guardedLookup =
  (addressesOf: HostAddresses["Service"], allowPrivate: boolean): LookupFunction =>
  (hostname, { all }, callback) =>
    callbackify(() => allowedAddresses(addressesOf, hostname, allowPrivate))((error, found) => {
      if (error !== null) callback(error, "", 0);
      else if (all === true) callback(null, [...found]);
      else callback(null, found[0]!.address, found[0]!.family);
    });

/** What one request needs beside its address. */
interface Terms extends FetchOptions {
  readonly addressesOf: HostAddresses["Service"];
  /** What to send; without it the request is a GET. */
  readonly body?: string | Uint8Array;
  readonly signal: AbortSignal;
}

/** One request without redirects. Rejects with a `FetchError`. */
const once = (url: URL, options: Terms): Promise<FetchResponse> =>
  new Promise((done, fail) => {
    const error = (reason: FetchError["reason"], detail: string) => fail(fetchError(reason, url.href, detail));
    const isSecure = url.protocol === "https:";
    if (!isSecure && !(url.protocol === "http:" && options.allowPlain === true))
      return error("not_allowed", url.protocol);
    if (url.username !== "" || url.password !== "") return error("not_allowed", "credentials in the address");
    const literal = url.hostname.replace(/^\[|\]$/g, "");
    if (isIP(literal) !== 0 && options.allowPrivate !== true && !isPublicAddress(literal))
      return error("not_allowed", literal);

    const request = (isSecure ? requestSecure : requestPlain)(
      url,
      {
        agent: false,
        method: options.body === undefined ? "GET" : "POST",
        signal: options.signal,
        headers: { "accept-encoding": "gzip", "user-agent": "countersign", ...options.headers },
        lookup: guardedLookup(options.addressesOf, options.allowPrivate === true),
      },
      (response) =>
        readBody(response, options.maxBytes, error, (body) => {
          done({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(
              Object.entries(response.headers).map(([name, value]) => [
                name,
                Array.isArray(value) ? value.join(", ") : (value ?? ""),
              ]),
            ),
            body,
            isFramed:
              response.headers["content-length"] !== undefined ||
              /\bchunked\b/i.test(response.headers["transfer-encoding"] ?? ""),
            url: url.href,
          });
          request.destroy();
        }),
    );
    request.on("error", (cause: NodeJS.ErrnoException) =>
      cause.code === "ENOTALLOWED"
        ? error("not_allowed", cause.message)
        : error("unreachable", cause.code ?? cause.message),
    );
    request.end(options.body);
  });

type Fails = (reason: FetchError["reason"], detail: string) => void;

const readBody = (response: IncomingMessage, maxBytes: number, fail: Fails, done: (body: Uint8Array) => void): void => {
  const encoding = (response.headers["content-encoding"] ?? "identity").toLowerCase();
  if (!["identity", "gzip", "x-gzip"].includes(encoding)) {
    response.destroy();
    return fail("undecodable", encoding);
  }
  const isEncoded = encoding !== "identity" && response.statusCode !== 304;
  const decoded = isEncoded ? response.pipe(createGunzip()) : response;
  const end = (reason: FetchError["reason"], detail: string): void => {
    fail(reason, detail);
    response.destroy();
    decoded.destroy();
  };
  let received = 0;
  let length = 0;
  const parts: Buffer[] = [];
  response.on("data", (part: Buffer) => {
    received += part.length;
    if (received > maxBytes) end("too_large", `over ${maxBytes} bytes`);
  });
  decoded.on("data", (part: Buffer) => {
    length += part.length;
    if (length > maxBytes) end("too_large", `over ${maxBytes} bytes when decoded`);
    else parts.push(part);
  });
  response.on("error", (cause: NodeJS.ErrnoException) => end("truncated", cause.code ?? cause.message));
  response.on("close", () => {
    if (!response.complete) end("truncated", `after ${received} bytes`);
  });
  if (isEncoded) decoded.on("error", (cause: NodeJS.ErrnoException) => end("undecodable", cause.code ?? cause.message));
  decoded.on("end", () => (response.complete ? done(Buffer.concat(parts)) : end("truncated", `${received} bytes`)));
};

const withoutHeaders = ({ headers: _headers, ...rest }: Terms): Terms => rest;

/** Where a `Location` leads, or why it is not followed. */
export const redirectTarget = (from: URL, location: string): URL | string => {
  if (!URL.canParse(location, from.href)) return "to no address";
  const next = new URL(location, from);
  return from.protocol === "https:" && next.protocol !== "https:" ? `from https to ${next.protocol}` : next;
};

const follow = async (start: string, terms: Terms): Promise<FetchResponse> => {
  const left = terms.body === undefined ? (terms.maxRedirects ?? REDIRECTS) : 0;
  if (!URL.canParse(start)) throw fetchError("not_allowed", start, "no address");
  let url = new URL(start);
  let under = terms;
  for (let hop = 0; ; hop++) {
    const response = await once(url, under);
    const { location } = response.headers;
    if (![301, 302, 303, 307, 308].includes(response.status) || location === undefined) return response;
    if (hop >= left) throw fetchError("redirected", start, `more than ${left} redirects`);
    const next = redirectTarget(url, location);
    if (typeof next === "string") throw fetchError("redirected", start, next);
    if (next.origin !== url.origin) under = withoutHeaders(under);
    // What the operator allowed, it allowed for the host it named.
    if (next.hostname !== url.hostname) under = { ...under, allowPrivate: false };
    url = next;
  }
};

/** A `Fetch` over Node's own client. */
export const makeNodeFetch = (addressesOf: HostAddresses["Service"]) => {
  const bounded = (url: string, options: FetchOptions, body?: string | Uint8Array) =>
    Effect.tryPromise({
      try: (signal) => follow(url, { ...options, addressesOf, signal, ...(body === undefined ? {} : { body }) }),
      catch: (cause) => (cause instanceof FetchError ? cause : fetchError("unreachable", url, String(cause))),
    }).pipe(
      Effect.timeoutOrElse({
        duration: Duration.millis(options.timeoutMillis),
        orElse: () => Effect.fail(fetchError("timed_out", url, `after ${options.timeoutMillis} ms`)),
      }),
    );
  return Fetch.of({
    get: (url, options) => bounded(url, options),
    post: (url, body, options) => bounded(url, options, body),
  });
};

export const layerNode: Layer.Layer<Fetch, never, HostAddresses> = Layer.effect(
  Fetch,
  Effect.map(HostAddresses, makeNodeFetch),
);
