/** The MIME tree of each kind of message, line by line, and what its boundaries are made of. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Attachment } from "../../../src/mail/compose/attachment.ts";
import { entityOf } from "../../../src/mail/compose/multipart.ts";

const files: readonly Attachment[] = [
  { name: "a.bin", contentType: "application/octet-stream", content: Uint8Array.of(1, 2, 3) },
  { name: "b.txt", contentType: "text/plain", content: Uint8Array.of(4) },
];
const fileHead = (type: string, name: string) =>
  `Content-Type: ${type}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n filename="${name}"\r\n`;
const heads = [fileHead("application/octet-stream", "a.bin"), fileHead("text/plain", "b.txt")];
const textHead = (subtype: string) =>
  `Content-Type: text/${subtype}; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n`;
const plain = `${textHead("plain")}\r\nx\r\n`;
const html = `${textHead("html")}\r\n<p>\r\n`;

/** Of the texts as they travel and of each attachment's length, head and octets. */
const mark = (texts: readonly string[], attachments: number): string => {
  const hash = createHash("sha256").update("countersign/boundary/v1");
  for (const text of texts) hash.update(text.replace("\r\n\r\n", "\r\n"));
  for (let i = 0; i < attachments; i++)
    hash.update(`${files[i]!.content.length} ${heads[i]}`).update(files[i]!.content);
  return hash.digest("hex").slice(0, 40);
};

describe("entityOf", () => {
  it("is one text as it is", () => {
    expect(entityOf("x\r\n", null, [])).toEqual({ headers: textHead("plain"), body: "x\r\n" });
    expect(entityOf(null, "<p>\r\n", [])).toEqual({ headers: textHead("html"), body: "<p>\r\n" });
  });

  it("is a text and its HTML side by side", () => {
    const m = mark([plain, html], 0);
    expect(entityOf("x\r\n", "<p>\r\n", [])).toEqual({
      headers: `Content-Type: multipart/alternative;\r\n boundary="=_alt_${m}"\r\n`,
      body: `--=_alt_${m}\r\n${plain}--=_alt_${m}\r\n${html}--=_alt_${m}--\r\n`,
    });
  });

  it("is a text and the attachments after it", () => {
    const m = mark([plain], 2);
    expect(entityOf("x\r\n", null, files)).toEqual({
      headers: `Content-Type: multipart/mixed;\r\n boundary="=_mix_${m}"\r\n`,
      body: `--=_mix_${m}\r\n${plain}--=_mix_${m}\r\n${heads[0]}\r\nAQID\r\n--=_mix_${m}\r\n${heads[1]}\r\nBA==\r\n--=_mix_${m}--\r\n`,
    });
  });

  it("is both texts in a tree of their own, and an attachment after it", () => {
    const m = mark([plain, html], 1);
    const texts =
      `Content-Type: multipart/alternative;\r\n boundary="=_alt_${m}"\r\n\r\n` +
      `--=_alt_${m}\r\n${plain}--=_alt_${m}\r\n${html}--=_alt_${m}--\r\n\r\n`;
    expect(entityOf("x\r\n", "<p>\r\n", files.slice(0, 1)).body).toBe(
      `--=_mix_${m}\r\n${texts}--=_mix_${m}\r\n${heads[0]}\r\nAQID\r\n--=_mix_${m}--\r\n`,
    );
  });

  it("a text in base64, which ends in no line break, gets one", () => {
    const { body } = entityOf("日本\r\n", "<p>\r\n", []);
    expect(body).toContain("Content-Transfer-Encoding: base64\r\n\r\n5pel5pysDQo=\r\n--=_alt_");
  });
});
