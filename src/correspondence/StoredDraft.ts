/**
 * What of a stored content can be taken over into an edit that leaves parts out, and what cannot. Pure.
 *
 * An edit replaces the whole content. A part that is left out is kept only if the store still has it exactly as it was given;
 * otherwise it is `null` here and the editor must give it again. Nothing is ever lost in silence.
 *
 * **Gotchas**
 * - The store keeps the finished message, not the draft: an HTML or Markdown body has its disclosure in it already, so only the
 *   body of a plain-text message can be taken over, from the summary.
 * - Display names are in the message's own header fields; those written in encoded words are not taken over.
 */
import type { MessageSummary } from "../model/records/message.ts";

/** `null` = there is something, but not in a form that can be taken over. */
export interface StoredDraft {
  readonly to: readonly string[] | null;
  readonly cc: readonly string[] | null;
  readonly bcc: readonly string[];
  /** `undefined` = cannot be taken over; `null` = there is none. */
  readonly replyTo: string | null | undefined;
  readonly subject: string;
  readonly text: string | null;
  readonly attachments: readonly [] | null;
  readonly headers: Readonly<Record<string, never>> | null;
  readonly note: string | null;
}

/** Fields the system writes itself; any other is the author's own. */
const written = new Set([
  "from",
  "to",
  "cc",
  "reply-to",
  "subject",
  "date",
  "message-id",
  "in-reply-to",
  "references",
  "x-ai-generated",
  "auto-submitted",
  "mime-version",
  "content-type",
  "content-transfer-encoding",
  "content-disposition",
]);

/** Name (lower case) → unfolded value, up to the empty line. */
const headOf = (raw: Uint8Array): ReadonlyMap<string, string> => {
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const end = text.indexOf("\r\n\r\n");
  const head = text.toString("latin1", 0, end < 0 ? text.length : end).replace(/\r\n(?=[\t ])/g, "");
  const fields = new Map<string, string>();
  for (const line of head.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return fields;
};

/** Splits an address field at the commas outside quotes; `null` when a name is in encoded words. */
const splitAddresses = (value: string): readonly string[] | null => {
  if (value.includes("=?")) return null;
  const out: string[] = [];
  let current = "";
  let quoted = false;
  for (let i = 0; i < value.length; i += 1) {
    const char = value[i]!;
    if (char === "\\" && quoted) {
      current += char + (value[i + 1] ?? "");
      i += 1;
      continue;
    }
    if (char === '"') quoted = !quoted;
    if (char === "," && !quoted) {
      out.push(current.trim());
      current = "";
    } else current += char;
  }
  if (current.trim() !== "") out.push(current.trim());
  return out;
};

/** What To holds where every recipient is a blind copy (OV-168). */
const EMPTY_GROUP = /^[A-Za-z0-9 -]+: ?;$/;

/** The addresses of one field: from the header where it names more than the addresses alone. */
const kept = (field: string | undefined, addresses: readonly string[]): readonly string[] | null => {
  if (field === undefined) return addresses;
  const shown = EMPTY_GROUP.test(field) ? [] : splitAddresses(field);
  // INVARIANT: the header lists exactly what the summary lists; if not, neither is to be trusted.
  return shown !== null && shown.length === addresses.length ? shown : null;
};

/** Reads what can be taken over from a stored content. */
export const storedDraft = (summary: MessageSummary, raw: Uint8Array): StoredDraft => {
  const head = headOf(raw);
  const replyTo = summary.replyTo === null ? [] : kept(head.get("reply-to"), [summary.replyTo]);
  return {
    to: kept(head.get("to"), summary.to),
    cc: kept(head.get("cc"), summary.cc),
    bcc: summary.bcc,
    replyTo: replyTo === null ? undefined : (replyTo[0] ?? null),
    subject: summary.subject,
    text: /^text\/plain\b/i.test(head.get("content-type") ?? "") ? summary.text : null,
    attachments: summary.attachments.length === 0 ? [] : null,
    headers: [...head.keys()].every((name) => written.has(name)) ? {} : null,
    note: summary.note,
  };
};
