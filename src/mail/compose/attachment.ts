/**
 * Attachments: what a name and a media type must look like, and the header fields that carry them.
 *
 * **Gotchas**
 * - A name that is not short plain ASCII travels by RFC 2231 (`filename*=`), so no reader decodes it into another name.
 * - `multipart/*` and `message/*` are refused: RFC 2045 6.4 forbids base64 on them, and a reader would look inside.
 */
import { mailError, type MailError } from "../MailError.ts";
import { utf8 } from "../../bytes/octets.ts";
import { hasUnsafeCharacter } from "./ReservedHeaders.ts";

/** One file, its bytes resolved already: this room reads no path and no URL. */
export interface Attachment {
  /** File name without folders; 1 to 255 octets of UTF-8. */
  readonly name: string;
  /** `type/subtype`, optionally with `charset`, `format` or `method`, quoted or not, e.g. `text/csv; charset="utf-8"`. */
  readonly contentType: string;
  readonly content: Uint8Array;
}

const MAX_NAME_OCTETS = 255;
const MEDIA_TYPE =
  /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}(?: *; *(?:charset|format|method)=(?:[A-Za-z0-9!#$&^_.+-]{1,64}|"(?:[ !#-[\]-~]|\\[ -~]){1,64}")){0,3}$/i;
/** Parameters of a checked media type, without what is between them. */
const PARAMETER = /[a-z]+=(?:"(?:[^"\\]|\\.)*"|[^ ;"]+)/gi;
const COMPOSITE = /^(?:multipart|message)\//i;
const PLAIN_NAME = /^[ -~]{1,56}$/;
// Of one character: RFC 2231 attribute-char, without % * ' which it gives a meaning.
const ATTRIBUTE_CHAR = /[A-Za-z0-9!#$&+.^_`{|}~-]/;
const SEGMENT = 52;

/** The problem with one attachment, or null. `field` is e.g. `attachments[0]`. */
export const attachmentProblem = (attachment: Attachment, field: string): MailError | null => {
  const { name, contentType, content } = attachment;
  const bad = (part: string, message: string, hint: string): MailError =>
    mailError("bad_attachment", `${field}.${part}`, message, hint);
  if (typeof name !== "string" || name === "" || name !== name.trim() || name === "." || name === "..") {
    return bad("name", "The file name is empty, or begins or ends in a blank.", "Give a file name such as report.pdf.");
  }
  if (/[/\\]/.test(name))
    return bad("name", "The file name holds a path separator.", "Give the name without any folder.");
  if (hasUnsafeCharacter(name) || !name.isWellFormed()) {
    return bad("name", "The file name holds control characters or malformed text.", "Give a plain one-line name.");
  }
  // Some readers decode RFC 2047 words in any file name, and would show another name than the one that was checked.
  if (name.includes("=?"))
    return bad("name", 'The file name holds "=?", which marks encoded text.', "Choose another name.");
  if (utf8(name).length > MAX_NAME_OCTETS) {
    return bad("name", "The file name is too long.", `Use at most ${MAX_NAME_OCTETS} bytes of UTF-8.`);
  }
  if (typeof contentType !== "string" || !MEDIA_TYPE.test(contentType)) {
    return bad("contentType", "The content type is not a media type.", "Use type/subtype, such as application/pdf.");
  }
  if (COMPOSITE.test(contentType)) {
    return bad(
      "contentType",
      "Messages and multiparts cannot be attached as such.",
      "Attach it as application/octet-stream.",
    );
  }
  if (!(content instanceof Uint8Array))
    return bad("content", "The content is not bytes.", "Give the file's bytes, decoded from base64.");
  return null;
};

/** RFC 2231 4: the name percent-encoded in segments that split no octet. */
const extendedName = (name: string): string => {
  const segments: string[] = [];
  let current = "";
  for (const character of name) {
    let piece = character;
    if (!ATTRIBUTE_CHAR.test(character)) {
      piece = "";
      for (const byte of utf8(character)) piece += `%${byte < 16 ? "0" : ""}${byte.toString(16).toUpperCase()}`;
    }
    if (current.length + piece.length > SEGMENT) {
      segments.push(current);
      current = "";
    }
    current += piece;
  }
  segments.push(current);
  if (segments.length === 1) return `filename*=utf-8''${segments[0]}`;
  return segments.map((segment, i) => `filename*${i}*=${i === 0 ? "utf-8''" : ""}${segment}`).join(";\r\n ");
};

/** The part's header fields for a checked attachment, each ending in CRLF. */
export const attachmentHeaders = ({ name, contentType }: Attachment): string => {
  const plain = PLAIN_NAME.test(name) && !/["%]/.test(name);
  const type = contentType.split(";")[0]!.trim();
  const parameters = contentType.slice(contentType.split(";")[0]!.length).match(PARAMETER) ?? [];
  return (
    `Content-Type: ${[type.toLowerCase(), ...parameters].join(";\r\n ")}\r\n` +
    "Content-Transfer-Encoding: base64\r\n" +
    `Content-Disposition: attachment;\r\n ${plain ? `filename="${name}"` : extendedName(name)}\r\n`
  );
};
