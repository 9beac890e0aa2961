/**
 * Getting a feed's document, and keeping a copy of the one in use, so that a restart does not begin with nothing.
 *
 * - A document comes from a file or by `Fetch`; compressed ones (`.gz`) are opened, with a bound on what comes out.
 * - A copy is two files, `<name>.feed` and `<name>.json`, each replaced by rename. The second names the digest of the
 *   first; where they do not agree, or the time is in the future, there is no copy.
 *
 * **Gotchas**
 * - The time of a file is when it was last written; that of a fetched document, when the server last confirmed it.
 */
import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { Effect, Schema } from "effect";
import type { Fetch, FetchResponse } from "../../net/Fetch.ts";

const inflate = promisify(gunzip);

export type FeedLocation =
  | { readonly file: string }
  | {
      readonly url: string;
      /** Such as `auth-key`; lower-case names. */
      readonly headers?: Readonly<Record<string, string>>;
      readonly allowPlain?: boolean;
      readonly allowPrivate?: boolean;
    };

/** What shows a server, or us, that nothing has changed. */
export interface Validators {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

export const NO_VALIDATORS: Validators = { etag: null, lastModified: null };

export type Got =
  | { readonly kind: "unchanged"; /** Of a file: when it was written, seconds. */ readonly writtenAt: number | null }
  | {
      readonly kind: "document";
      readonly text: string;
      readonly validators: Validators;
      readonly writtenAt: number | null;
      /** Its end is known to be its end. */
      readonly isFramed: boolean;
    }
  | { readonly kind: "failed"; readonly error: string };

const FETCH_MILLIS = 120_000;

const opened = async (body: Uint8Array, maxBytes: number): Promise<string> => {
  const isPacked = body[0] === 0x1f && body[1] === 0x8b;
  const bytes = isPacked ? await inflate(body, { maxOutputLength: maxBytes }) : body;
  return new TextDecoder().decode(bytes);
};

const why = (cause: unknown): string =>
  cause instanceof Error ? ("code" in cause && typeof cause.code === "string" ? cause.code : cause.message) : "failed";

const attempt = (run: () => Promise<Got>): Effect.Effect<Got> =>
  Effect.promise(() => run().catch((cause: unknown): Got => ({ kind: "failed", error: why(cause) })));

const fromFile = (file: string, maxBytes: number, before: Validators): Effect.Effect<Got> =>
  attempt(async () => {
    const first = await stat(file);
    if (first.size > maxBytes) return { kind: "failed", error: `too_large (over ${maxBytes} bytes)` };
    const mark = `${first.size}/${first.mtimeMs}/${first.ino}`;
    const writtenAt = Math.floor(first.mtimeMs / 1000);
    if (mark === before.etag) return { kind: "unchanged", writtenAt };
    const body = await readFile(file);
    const second = await stat(file);
    if (`${second.size}/${second.mtimeMs}/${second.ino}` !== mark || body.length !== second.size)
      return { kind: "failed", error: "changed while it was read" };
    const text = await opened(body, maxBytes);
    return { kind: "document", text, validators: { etag: mark, lastModified: null }, writtenAt, isFramed: true };
  });

const fromUrl = (
  { get }: Fetch["Service"],
  location: Extract<FeedLocation, { readonly url: string }>,
  maxBytes: number,
  before: Validators,
): Effect.Effect<Got> => {
  const headers = {
    ...location.headers,
    ...(before.etag === null ? {} : { "if-none-match": before.etag }),
    ...(before.lastModified === null ? {} : { "if-modified-since": before.lastModified }),
  };
  const { allowPlain = false, allowPrivate = false } = location;
  return get(location.url, { timeoutMillis: FETCH_MILLIS, maxBytes, headers, allowPlain, allowPrivate }).pipe(
    Effect.flatMap((response) => attempt(() => read(response, maxBytes, before))),
    Effect.catch((error) => Effect.succeed<Got>({ kind: "failed", error: `${error.reason} (${error.detail})` })),
  );
};

const read = async (
  { status, headers, body, isFramed }: FetchResponse,
  maxBytes: number,
  before: Validators,
): Promise<Got> => {
  // Without validators we asked for the whole; the answer "unchanged" then means nothing.
  if (status === 304 && (before.etag !== null || before.lastModified !== null))
    return { kind: "unchanged", writtenAt: null };
  if (status !== 200) return { kind: "failed", error: `status ${status}` };
  const validators = { etag: headers["etag"] ?? null, lastModified: headers["last-modified"] ?? null };
  return { kind: "document", text: await opened(body, maxBytes), validators, writtenAt: null, isFramed };
};

/** Gets the document, unless it is the one that `before` describes. Never fails: why not is in the answer. */
export const getFeed = (
  fetch: Fetch["Service"],
  location: FeedLocation,
  maxBytes: number,
  before: Validators,
): Effect.Effect<Got> =>
  "file" in location ? fromFile(location.file, maxBytes, before) : fromUrl(fetch, location, maxBytes, before);

export const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");

const About = Schema.Struct({
  format: Schema.String,
  /** Where it came from: a copy of another document is none. */
  place: Schema.String,
  sha256: Schema.String,
  etag: Schema.NullOr(Schema.String),
  lastModified: Schema.NullOr(Schema.String),
  /** Seconds. */
  fetchedAt: Schema.Int,
});
export type About = typeof About.Type;

export interface FeedCopy extends About {
  readonly text: string;
}

const decodeAbout = Schema.decodeUnknownSync(Schema.fromJsonString(About));

/** The copy of this feed, or `null` when there is none that can be relied on. */
export const loadCopy = (folder: string, name: string, now: number): Effect.Effect<FeedCopy | null> =>
  Effect.promise(async () => {
    try {
      const about = decodeAbout(await readFile(join(folder, `${name}.json`), "utf8"));
      const text = await readFile(join(folder, `${name}.feed`), "utf8");
      return digestOf(text) === about.sha256 && about.fetchedAt <= now ? { ...about, text } : null;
    } catch {
      return null;
    }
  });

const replace = async (path: string, content: string): Promise<void> => {
  const file = await open(`${path}.new`, "w", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
};

/** Keeps a copy. `text` is `null` when the one that is kept is still right. The answer: what went wrong, or `null`. */
export const saveCopy = (
  folder: string,
  name: string,
  about: About,
  text: string | null,
): Effect.Effect<string | null> =>
  Effect.promise(async () => {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      if (text !== null) await replace(join(folder, `${name}.feed`), text);
      await replace(join(folder, `${name}.json`), `${JSON.stringify(about)}\n`);
      return null;
    } catch (cause) {
      return why(cause);
    }
  });
