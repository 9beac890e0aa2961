/**
 * From a request's body to a draft: aliases resolved, base64 decoded, moments read. What the draft may say is `Oversight`'s
 * business.
 *
 * **Gotchas**: two names for one thing may both be given only if they agree.
 */
import { Effect } from "effect";
import type { Draft } from "../contracts/Oversight.ts";
import type { StoredDraft } from "../correspondence/StoredDraft.ts";
import type { AttachmentGiven, ReviseRequest, SendRequest } from "../rest/api/EmailsApi.ts";
import { Problem } from "../http/Problem.ts";

type Body = typeof SendRequest.Type | typeof ReviseRequest.Type;
type Given<A> = A | null | undefined;

const refuse = (field: string, error: string, hint: string, code = "invalid"): Problem =>
  new Problem({ status: 422, code, error, hint, field });

/** The one value two names were given; fails when they differ. */
export const oneOf = (
  ...named: readonly (readonly [name: string, value: Given<string>])[]
): Effect.Effect<string | null, Problem> => {
  const given = named.filter((pair): pair is readonly [string, string] => pair[1] !== undefined && pair[1] !== null);
  const [first, ...rest] = given;
  if (first === undefined) return Effect.succeed(null);
  const other = rest.find(([, value]) => value !== first[1]);
  return other === undefined
    ? Effect.succeed(first[1])
    : Effect.fail(refuse(other[0], `${first[0]} and ${other[0]} say different things.`, `Give only one of them.`));
};

const listOf = (given: Given<string | readonly string[]>): readonly string[] | null =>
  given === undefined || given === null ? null : typeof given === "string" ? [given] : given;

/** Standard base64, padded; line breaks are allowed, as `base64` tools write them. */
const decodeBase64 = (text: string): Uint8Array | null => {
  const plain = /\s/.test(text) ? text.replace(/\s+/g, "") : text;
  if (plain.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(plain)) return null;
  const bytes = Buffer.from(plain, "base64");
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

const attachmentOf = Effect.fnUntraced(function* (given: typeof AttachmentGiven.Type, field: string) {
  for (const name of ["path", "href", "url"] as const) {
    if (given[name] !== undefined && given[name] !== null) {
      return yield* refuse(
        `${field}.${name}`,
        "Attachments are base64 only: nothing is read from a path or URL.",
        "Send the bytes as content_base64.",
      );
    }
  }
  const name = yield* oneOf([`${field}.name`, given.name], [`${field}.filename`, given.filename]);
  const content = yield* oneOf([`${field}.content_base64`, given.content_base64], [`${field}.content`, given.content]);
  if (name === null) return yield* refuse(`${field}.name`, "An attachment needs a name.", "Give name.");
  if (content === null) {
    return yield* refuse(`${field}.content_base64`, "An attachment needs its bytes.", "Send them as content_base64.");
  }
  const bytes = decodeBase64(content);
  if (bytes === null) {
    return yield* refuse(
      `${field}.content_base64`,
      "The attachment's content is not base64.",
      "Encode it in standard base64 (RFC 4648 § 4) with its padding.",
    );
  }
  return { name, contentType: given.content_type ?? "application/octet-stream", content: bytes };
});

const INSTANT = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?Z$/;

/** RFC 3339 in UTC → seconds, rounded up; `null` for anything else, days that do not exist included. */
export const secondsOf = (text: string): number | null => {
  const match = INSTANT.exec(text);
  const millis = match === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(millis) || new Date(millis).toISOString().slice(0, 10) !== match?.[1]
    ? null
    : Math.ceil(millis / 1000);
};

/** `null` when there is none. */
const sendAtOf = (given: Given<string>): Effect.Effect<number | null, Problem> => {
  if (given === undefined || given === null) return Effect.succeed(null);
  const seconds = secondsOf(given);
  return seconds === null
    ? Effect.fail(refuse("send_at", "send_at is not a moment in UTC.", "Write it like 2026-01-31T09:00:00Z."))
    : Effect.succeed(seconds);
};

/** What a request says of each part; `null` = not said. */
const partsOf = Effect.fnUntraced(function* (body: Body) {
  if (body.gate_timing !== undefined && body.gate_timing !== null && body.gate_timing !== "gate_first") {
    return yield* refuse(
      "gate_timing",
      "A message is always decided on before it is scheduled.",
      "Use gate_first, or leave it out.",
    );
  }
  const attachments =
    body.attachments === undefined || body.attachments === null
      ? null
      : yield* Effect.forEach(body.attachments, (one, i) => attachmentOf(one, `attachments[${i}]`));
  return {
    to: listOf(body.to),
    cc: listOf(body.cc),
    bcc: listOf(body.bcc),
    replyTo: body.reply_to ?? null,
    subject: body.subject ?? null,
    text: yield* oneOf(["text", body.text], ["body", body.body]),
    html: body.html ?? null,
    markdown: body.markdown ?? null,
    attachments,
    headers: body.headers ?? null,
    sendAt: yield* sendAtOf(body.send_at),
    mode: body.oversight_mode ?? null,
    note: body.note ?? null,
  };
});

/** A new message. */
export const draftOf = Effect.fnUntraced(function* (body: Body) {
  const parts = yield* partsOf(body);
  const draft: Draft = {
    ...parts,
    to: parts.to ?? [],
    cc: parts.cc ?? [],
    bcc: parts.bcc ?? [],
    subject: parts.subject ?? "",
    attachments: parts.attachments ?? [],
    headers: parts.headers ?? {},
  };
  return draft;
});

/** What of the stored message an edit may keep, and when it was to leave and in which mode. */
export interface Kept {
  readonly draft: StoredDraft;
  /** Seconds; `null` = at once, or the moment has passed. */
  readonly sendAt: number | null;
  readonly mode: Draft["mode"];
}

const giveAgain = (field: string, what: string): Problem =>
  refuse(
    field,
    `The message's ${what} cannot be taken over from what is stored, so this edit would lose it.`,
    `Give ${field} again, together with what you change.`,
    "incomplete_edit",
  );

/** An edit: what it leaves out stays as it is, and what could not stay must be given. `null` says the same as leaving out. */
export const revisionOf = Effect.fnUntraced(function* (body: Body, kept: Kept) {
  const parts = yield* partsOf(body);
  const { draft: stored } = kept;
  const bodyGiven = parts.text !== null || parts.html !== null || parts.markdown !== null;
  const to = parts.to ?? stored.to;
  const cc = parts.cc ?? stored.cc;
  const replyTo = parts.replyTo ?? stored.replyTo;
  const attachments = parts.attachments ?? stored.attachments;
  const headers = parts.headers ?? stored.headers;
  if (to === null) return yield* giveAgain("to", "recipients");
  if (cc === null) return yield* giveAgain("cc", "copy recipients");
  if (replyTo === undefined) return yield* giveAgain("reply_to", "reply address");
  if (attachments === null) return yield* giveAgain("attachments", "attachments");
  if (!bodyGiven && stored.text === null) return yield* giveAgain("body", "formatted body");
  if (headers === null) return yield* giveAgain("headers", "own header fields");
  const draft: Draft = {
    to,
    cc,
    bcc: parts.bcc ?? stored.bcc,
    replyTo,
    subject: parts.subject ?? stored.subject,
    text: bodyGiven ? parts.text : stored.text,
    html: parts.html,
    markdown: parts.markdown,
    attachments,
    headers,
    sendAt: parts.sendAt ?? kept.sendAt,
    mode: parts.mode ?? kept.mode,
    note: parts.note ?? stored.note,
  };
  return draft;
});
