/** Names and media types of attachments: what is refused and in which words, and how a name travels. */
import { describe, expect, it } from "vitest";
import { attachmentHeaders, attachmentProblem, type Attachment } from "../../../src/mail/compose/attachment.ts";
import { Result } from "effect";
import { refusalOf } from "../drafts.ts";

const file: Attachment = { name: "a.bin", contentType: "application/octet-stream", content: new Uint8Array(1) };
const a = (n: number): string => "a".repeat(n);

const refused = (change: Record<string, unknown>) => {
  const problem = attachmentProblem({ ...file, ...change } as unknown as Attachment, "attachments[3]");
  return problem === null ? null : refusalOf(Result.fail(problem));
};
const blank = [
  "The file name is empty, or begins or ends in a blank.",
  "Give a file name such as report.pdf.",
] as const;
const folder = ["The file name holds a path separator.", "Give the name without any folder."] as const;
const control = ["The file name holds control characters or malformed text.", "Give a plain one-line name."] as const;
const encoded = ['The file name holds "=?", which marks encoded text.', "Choose another name."] as const;
const long = ["The file name is too long.", "Use at most 255 bytes of UTF-8."] as const;
const noType = ["The content type is not a media type.", "Use type/subtype, such as application/pdf."] as const;
const composite = [
  "Messages and multiparts cannot be attached as such.",
  "Attach it as application/octet-stream.",
] as const;

describe("an attachment", () => {
  it.each<[unknown, readonly [string, string]]>([
    [7, blank],
    [undefined, blank],
    ["", blank],
    [" a", blank],
    ["a ", blank],
    [".", blank],
    ["..", blank],
    ["/a", folder],
    ["a/", folder],
    ["..\\a", folder],
    ["a\0b", control],
    ["a\nb", control],
    ["a\u202eb", control],
    ["a\ud800", control],
    ["=?utf-8?q?a?=", encoded],
    ["a=?", encoded],
    [a(256), long],
    ["ü".repeat(128), long],
  ])("with the name %j is refused", (name, [message, hint]) => {
    expect(refused({ name })).toEqual(["bad_attachment", "attachments[3].name", message, hint]);
  });
  it.each(["a", "...", ".a", "a.", "a b", "ä=", "a?b", a(255), `${"ü".repeat(127)}a`])(
    "with the name %j is taken",
    (name) => {
      expect(refused({ name })).toBeNull();
    },
  );

  const parameter = "; charset=utf-8";
  it.each<[unknown, readonly [string, string]]>([
    [7, noType],
    ["", noType],
    ["text", noType],
    ["text/", noType],
    ["/plain", noType],
    ["text/plain/x", noType],
    ["text plain", noType],
    [" text/plain", noType],
    ["\u0000text/plain", noType],
    ["text/plain ", noType],
    ["text/plain\r\nX: y", noType],
    ["-text/plain", noType],
    ["text/-plain", noType],
    ["te xt/plain", noType],
    ["text/pla in", noType],
    ["text/plain;", noType],
    ["text/plain; ", noType],
    ["text/plain; charset", noType],
    ["text/plain; charset=", noType],
    ['text/plain; charset="utf-8', noType],
    ['text/plain; charset=utf-8"', noType],
    ['text/plain; charset=""', noType],
    ['text/plain; charset="a"b', noType],
    ['text/plain; charset="a\\"', noType],
    ['text/plain; charset="ü"', noType],
    ['text/plain; charset="a\r\nX: y"', noType],
    ['text/plain; name="x"', noType],
    [`text/plain; charset="${a(65)}"`, noType],
    ["text/plain; charset=utf 8", noType],
    ["text/plain; name=x", noType],
    ["text/plain; charsets=x", noType],
    ["text/plain charset=utf-8", noType],
    [`text/plain${parameter.repeat(4)}`, noType],
    [`text/plain; charset=${a(65)}`, noType],
    [`${a(65)}/plain`, noType],
    [`text/${a(128)}`, noType],
    ["multipart/mixed", composite],
    ["Message/rfc822", composite],
  ])("with the media type %j is refused", (contentType, [message, hint]) => {
    expect(refused({ contentType })).toEqual(["bad_attachment", "attachments[3].contentType", message, hint]);
  });
  it.each([
    "a/b",
    "TEXT/Plain",
    "0/9",
    "a!#$&^_.+-9/b!#$&^_.+-9",
    "x-multipart/mixed",
    "text/multipart",
    "text/message",
    "text/plain;charset=utf-8",
    "text/plain  ;  charset=utf-8",
    "text/calendar; method=REQUEST; charset=utf-8; format=flowed",
    "text/plain; CHARSET=a!#$&^_.+-9",
    `text/plain${parameter.repeat(3)}`,
    `text/plain; charset=${a(64)}`,
    'text/plain; charset="utf-8"',
    'text/plain;charset="a;b \\" c"; format=flowed',
    `text/plain; charset="${a(64)}"`,
    `${a(64)}/plain`,
    `text/${a(127)}`,
  ])("with the media type %j is taken", (contentType) => {
    expect(refused({ contentType })).toBeNull();
  });

  it("whose content is no bytes is refused", () => {
    for (const content of [undefined, "a", [1], new ArrayBuffer(1)])
      expect(refused({ content })).toEqual([
        "bad_attachment",
        "attachments[3].content",
        "The content is not bytes.",
        "Give the file's bytes, decoded from base64.",
      ]);
  });
});

describe("attachmentHeaders", () => {
  const headers = (name: string, contentType = "a/b"): string => attachmentHeaders({ ...file, name, contentType });
  it.each([
    ["a b.pdf", 'filename="a b.pdf"'],
    [a(56), `filename="${a(56)}"`],
    [a(57), `filename*0*=utf-8''${a(52)};\r\n filename*1*=${a(5)}`],
    ['a"b', "filename*=utf-8''a%22b"],
    ["a%b", "filename*=utf-8''a%25b"],
    ["üa", "filename*=utf-8''%C3%BCa"],
    ["aü", "filename*=utf-8''a%C3%BC"],
    ["\u0001", "filename*=utf-8''%01"],
    ["ü \u0010'*()|~x", "filename*=utf-8''%C3%BC%20%10%27%2A%28%29|~x"],
    [`${a(50)}😀é`, `filename*0*=utf-8''${a(50)};\r\n filename*1*=%F0%9F%98%80%C3%A9`],
    [`${a(46)}é`, `filename*=utf-8''${a(46)}%C3%A9`],
    [
      "é".repeat(18),
      `filename*0*=utf-8''${"%C3%A9".repeat(8)};\r\n filename*1*=${"%C3%A9".repeat(8)};\r\n filename*2*=${"%C3%A9".repeat(2)}`,
    ],
  ])("writes the name %j", (name, wanted) => {
    expect(headers(name)).toBe(
      `Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n ${wanted}\r\n`,
    );
  });
  it("writes the type in lower case and each parameter, as it is, on a line of its own", () => {
    expect(headers("a", 'Text/Plain;charset="a;b \\" c";format=flowed').split("\r\nContent-T")[0]).toBe(
      'Content-Type: text/plain;\r\n charset="a;b \\" c";\r\n format=flowed',
    );
    expect(headers("a", "TEXT/Calendar  ;method=REQUEST ; Charset=UTF-8").split("\r\nContent-T")[0]).toBe(
      "Content-Type: text/calendar;\r\n method=REQUEST;\r\n Charset=UTF-8",
    );
  });
});
