/**
 * The MIME tree of a message: one text, text and HTML side by side, and attachments after them.
 *
 * **Gotchas**
 * - Boundaries are derived from the content by SHA-256, so the same draft gives the same bytes, and a text cannot contain its own
 *   boundary without breaking the hash. They contain `=_`, which neither quoted-printable nor base64 produces.
 */
import { attachmentHeaders, type Attachment } from "./attachment.ts";
import { toHex, utf8 } from "../../bytes/octets.ts";
import { createSha256 } from "../../bytes/sha256.ts";
import { base64Lines, encodeText } from "./transferEncoding.ts";

/** An entity: header fields, each with its CRLF, and the encoded body. */
export interface Entity {
  readonly headers: string;
  readonly body: string;
}

/** A text entity from canonical lines. */
export const textEntity = (subtype: "plain" | "html", lines: string): Entity => {
  const { encoding, body } = encodeText(lines);
  return {
    headers: `Content-Type: text/${subtype}; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n`,
    body,
  };
};

const join = (subtype: "alternative" | "mixed", boundary: string, parts: readonly Entity[]): Entity => {
  let body = "";
  // RFC 2046 5.1.1 gives the CRLF before a delimiter to the delimiter. A text's last line break is shared with it, as is usual: an extra
  // one would show as an empty line in readers that keep it. A part that is a tree itself shows none, and has its own: programs that read
  // and write a message (Python's) put one there, and the body would be another.
  for (const { headers, body: content } of parts) {
    const shares = content.endsWith("\r\n") && !headers.startsWith("Content-Type: multipart/");
    body += `--${boundary}\r\n${headers}\r\n${content}${shares ? "" : "\r\n"}`;
  }
  return {
    headers: `Content-Type: multipart/${subtype};\r\n boundary="${boundary}"\r\n`,
    body: `${body}--${boundary}--\r\n`,
  };
};

/** The whole tree. At least one of `text` and `html` (canonical lines) is given; attachments are checked. */
export const entityOf = (text: string | null, html: string | null, attachments: readonly Attachment[]): Entity => {
  const texts: Entity[] = [];
  if (text !== null) texts.push(textEntity("plain", text));
  if (html !== null) texts.push(textEntity("html", html));
  if (texts.length === 1 && attachments.length === 0) return texts[0]!;

  const hash = createSha256();
  hash.update(utf8("countersign/boundary/v1"));
  for (const part of texts) hash.update(utf8(part.headers + part.body));
  const heads = attachments.map(attachmentHeaders);
  attachments.forEach((attachment, i) => {
    hash.update(utf8(`${attachment.content.length} ${heads[i]}`));
    hash.update(attachment.content);
  });
  const mark = toHex(hash.digest()).slice(0, 40);
  const body = texts.length === 1 ? texts[0]! : join("alternative", `=_alt_${mark}`, texts);
  if (attachments.length === 0) return body;
  const files = attachments.map((attachment, i) => ({ headers: heads[i]!, body: base64Lines(attachment.content) }));
  return join("mixed", `=_mix_${mark}`, [body, ...files]);
};
