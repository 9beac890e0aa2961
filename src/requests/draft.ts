/**
 * From a request's words to a draft: aliases resolved, base64 decoded, moments read. `Oversight` decides what the draft may hold.
 *
 * **Gotchas**: two names for one thing may both be given only if they agree.
 */
import { Effect } from "effect";
import type { Draft } from "../contracts/Oversight.ts";
import type { Mode } from "../model/Mode.ts";
import { attachmentOf, type AttachmentWords } from "./attachment.ts";
import { sendAtOf } from "./moment.ts";
import { oneOf, refuse, type Given, type RequestError } from "./RequestError.ts";

/** A message as clients spell it. */
export interface DraftWords {
  readonly to?: Given<string | readonly string[]>;
  readonly cc?: Given<string | readonly string[]>;
  readonly bcc?: Given<string | readonly string[]>;
  readonly reply_to?: Given<string>;
  readonly subject?: Given<string>;
  readonly body?: Given<string>;
  readonly text?: Given<string>;
  readonly html?: Given<string>;
  readonly markdown?: Given<string>;
  readonly attachments?: Given<readonly AttachmentWords[]>;
  readonly headers?: Given<Readonly<Record<string, string>>>;
  readonly send_at?: Given<string>;
  readonly oversight_mode?: Given<Mode>;
  readonly note?: Given<string>;
  readonly gate_timing?: Given<string>;
}

const listOf = (given: Given<string | readonly string[]>): readonly string[] | null =>
  given === undefined || given === null ? null : typeof given === "string" ? [given] : given;

/** The parts that a request gives; `null` = not given. */
const partsOf = Effect.fnUntraced(function* (body: DraftWords) {
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
export const draftOf = Effect.fnUntraced(function* (body: DraftWords) {
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

/** Parts of a stored content that an edit may leave out; `null` (for `replyTo` `undefined`): must be given again. */
export interface KeptDraft {
  readonly to: readonly string[] | null;
  readonly cc: readonly string[] | null;
  readonly bcc: readonly string[];
  readonly replyTo: string | null | undefined;
  readonly subject: string;
  readonly text: string | null;
  readonly attachments: Draft["attachments"] | null;
  readonly headers: Draft["headers"] | null;
  readonly note: string | null;
}

/** What of the stored message an edit may keep, and when it was to leave and in which mode. */
export interface Kept {
  readonly draft: KeptDraft;
  /** Seconds; `null` = at once, or the moment has passed. */
  readonly sendAt: number | null;
  readonly mode: Draft["mode"];
}

const giveAgain = (field: string, what: string): RequestError =>
  refuse(
    field,
    `The message's ${what} cannot be taken over from what is stored, so this edit would lose it.`,
    `Give ${field} again, together with what you change.`,
    "incomplete_edit",
  );

/** An edit: what it leaves out stays as it is, and what could not stay must be given. `null` means the same as leaving out. */
export const revisionOf = Effect.fnUntraced(function* (body: DraftWords, kept: Kept) {
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
