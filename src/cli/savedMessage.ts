/**
 * A message from a file that a mail program saved: what it was in transport, or why that cannot be known.
 *
 * - Taken away: a byte order mark, an mbox line on top (`From ann@a.example Sat Nov …`), line ends added behind the last line.
 * - LF line ends are made CRLF again, as mail has them. What has both kinds further up is left as it is, and fails: two programs may see
 *   two messages in it.
 *
 * **Gotchas**: nothing here makes a forged message verify; every octet that a signature is over is compared after this.
 * @spec OV-172
 */
import { Result } from "effect";

export interface SavedMessage {
  readonly raw: Uint8Array;
  /** What was undone, a sentence each. */
  readonly notes: readonly string[];
}

/** Why a file is no message that can be read, and what to do. */
export interface NoMessage {
  readonly message: string;
  readonly hint: string;
}

/** What other kinds of file begin with, as binary strings. */
/* oxlint-disable no-control-regex */
const kinds: readonly (readonly [begins: RegExp, what: string, hint: string])[] = [
  [/^\x1f\x8b/, "compressed with gzip", "Unpack it first: gunzip -c FILE | countersign verify -"],
  [/^PK\x03\x04/, "a ZIP archive", "Unpack it, and give one message of it."],
  [/^BZh[1-9]1AY|^\xfd7zXZ\0|^\x28\xb5\x2f\xfd/, "compressed", "Unpack it first."],
  [/^(?:\xff\xfe|\xfe\xff)/, "text in UTF-16", "Save it as it was received: the original, not its text."],
  [
    /^(?:[\t\r\n -~]\0){4}|^(?:\0[\t\r\n -~]){4}/,
    "text in UTF-16",
    "Save it as it was received: the original, not its text.",
  ],
  [
    /^\xd0\xcf\x11\xe0/,
    "a message in Outlook's own form (.msg), which is not what was received",
    "Save it as .eml, or show its source and save that.",
  ],
  [/^%PDF-/, "a PDF", "Save the message itself, with all its headers."],
  [/^\s*<(?:!doctype|html)/i, "a web page", "Save the message's source, with all its headers."],
  [/^\s*[[{]/, "JSON", "Give the message's source itself, decoded."],
];

/* oxlint-enable no-control-regex */

const cannot = (message: string, hint: string): Result.Result<never, NoMessage> => Result.fail({ message, hint });

const octets = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

/** RFC 5322 2.2: how a header field begins. */
const FIELD = /^[!-9;-~]+[ \t]*:/;

export const savedMessage = (file: Uint8Array): Result.Result<SavedMessage, NoMessage> => {
  const notes: string[] = [];
  let text = Buffer.from(file.buffer, file.byteOffset, file.byteLength).toString("latin1");
  if (text.trim() === "") return cannot("it is empty", "Save the message again, with all its headers.");
  for (const [begins, what, hint] of kinds) if (begins.test(text)) return cannot(`it is ${what}`, hint);
  if (text.startsWith("\xef\xbb\xbf")) {
    text = text.slice(3);
    notes.push("The message was saved with a byte order mark on top: checked without it.");
  }
  if (!text.includes("\n")) {
    return text.includes("\r")
      ? cannot("its lines end in CR alone, as no mail's do", "Save it as it was received.")
      : cannot("it is one line", "Give the whole message, with all its headers.");
  }
  if (/^>?From /.test(text)) {
    if (/\n\r?\nFrom [^\r\n]*\r?\n[!-9;-~]+:/.test(text))
      return cannot("it is a mailbox of several messages", "Save the one message by itself.");
    text = text.slice(text.indexOf("\n") + 1);
    notes.push("The message was saved as an mbox: checked without the line on its top.");
  }
  if (!FIELD.test(text)) {
    const line = text
      .slice(0, Math.max(0, text.search(/\r?\n/)))
      .replaceAll(/[^ -~]/g, "?")
      .slice(0, 60);
    return cannot(
      `its first line is no header field${line === "" ? ": it is empty" : `: ${JSON.stringify(line)}`}`,
      "Take away what stands above the first header field, or save the message's source again.",
    );
  }
  let end = text.length;
  while (text[end - 1] === "\n" || text[end - 1] === "\r") end--;
  const [kept, tail] = [text.slice(0, end), text.slice(end)];
  if (!/(?<!\r)\n/.test(kept)) {
    // All CRLF. Line ends of another kind behind the last line were put there in saving.
    return Result.succeed({ raw: octets(/^(?:\r\n)*$/.test(tail) ? text : `${kept}\r\n`), notes });
  }
  if (kept.includes("\r")) {
    notes.push("The message has LF and CRLF line endings mixed: checked as it is.");
    return Result.succeed({ raw: octets(text), notes });
  }
  notes.push("The message was saved with LF line endings: checked with CRLF, as mail has.");
  return Result.succeed({ raw: octets(kept.replaceAll("\n", "\r\n") + tail.replaceAll(/\r?\n/g, "\r\n")), notes });
};
