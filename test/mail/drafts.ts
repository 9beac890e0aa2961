/**
 * Drafts for the tests of this room: one plain one, and generators for messages that are valid by construction.
 */
import { Result } from "effect";
import fc from "fast-check";
import { parseAddress, type Address } from "../../src/mail/address/Address.ts";
import { compose, type Composed, type Draft } from "../../src/mail/compose/Compose.ts";
import type { MailError } from "../../src/mail/MailError.ts";

export const address = (text: string): Address => Result.getOrThrow(parseAddress(text));
export const composed = (draft: Draft): Composed => Result.getOrThrow(compose(draft));
export const textOf = (raw: Uint8Array): string => Buffer.from(raw).toString("latin1");

export type Refusal = readonly [reason: string, field: string, message: string, hint: string];

/** A failure as a row of a table, or null. */
export const refusalOf = (result: Result.Result<unknown, MailError>): Refusal | null => {
  if (Result.isSuccess(result)) return null;
  const { reason, field, message, hint } = result.failure;
  return [reason, field, message, hint];
};

export const plainDraft: Draft = {
  from: address("Ann Agent <ann@agents.example>"),
  to: [address("bob@recipient.example")],
  cc: [],
  bcc: [],
  subject: "Quarterly numbers",
  text: "Dear Bob,\n\nhere they are.\n",
  attachments: [],
  headers: {},
  messageId: "<01J8ZK@agents.example>",
  date: 1_794_830_400,
};

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/).filter((s) => s.slice(2, 4) !== "--");
const domain = fc
  .tuple(fc.array(label, { minLength: 1, maxLength: 3 }), fc.constantFrom("example", "test", "de", "bücher.example"))
  .map(([labels, top]) => [...labels, top].join("."));
const local = fc.stringMatching(/^[A-Za-z0-9+_'-]{1,12}(\.[A-Za-z0-9+_-]{1,8})?$/);

// oxlint-disable-next-line no-control-regex
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;
/** One line of any well-formed text, controls removed. */
export const lineOfText = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .oneof(
      fc.string({ unit: "grapheme", maxLength: Math.floor(maxLength / 8) }),
      fc.string({ maxLength }),
      fc.constantFrom(
        "=?utf-8?q?spoof?=",
        "a  b",
        " x ",
        "Grüße aus Köln",
        "会議の議事録".repeat(8),
        "x".repeat(Math.min(maxLength, 300)),
      ),
    )
    .map((s) => s.replace(unsafe, "").slice(0, maxLength))
    .filter((s) => s.isWellFormed());

export const mailbox: fc.Arbitrary<Address> = fc
  .tuple(local, domain, fc.option(lineOfText(60), { nil: null }))
  .map(([l, d, name]) => ({
    ...address(`${l}@${d}`),
    name: name === null ? null : name.replace(/\s+/g, " ").trim() || null,
  }));

/** Texts that reach all three transfer encodings. Form feeds and other controls are refused by `compose`, so they are left out. */
export const bodyText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.string({ maxLength: 100 }),
      fc.string({ unit: "grapheme", maxLength: 60 }),
      fc.constantFrom(
        "",
        ".",
        "From here on",
        "ends in blank ",
        "tab\t",
        "x".repeat(2000),
        "=3D",
        "--=_mix_",
        "日本語のテキスト",
      ),
    ),
    { minLength: 1, maxLength: 8 },
  )
  // oxlint-disable-next-line no-control-regex
  .map((lines) => `x${lines.join("\n").replace(/[\u0000-\u0008\u000b-\u001f\u007f\u0085\u2028\u2029\ufeff]/g, "")}`)
  .filter((s) => s.isWellFormed());

const fileName = lineOfText(80)
  .map((s) => s.replace(/[/\\]/g, "").replaceAll("=?", "").trim())
  .filter((s) => s !== "" && s !== "." && s !== ".." && Buffer.byteLength(s) <= 255);

export const draft: fc.Arbitrary<Draft> = fc
  .record({
    from: mailbox,
    to: fc.array(mailbox, { minLength: 1, maxLength: 6 }),
    cc: fc.array(mailbox, { maxLength: 3 }),
    bcc: fc.array(mailbox, { maxLength: 3 }),
    subject: lineOfText(400),
    text: fc.option(bodyText, { nil: undefined }),
    html: fc.option(
      bodyText.map((s) => `<p>${s.replaceAll("<", "&lt;")}</p>`),
      { nil: undefined },
    ),
    attachments: fc.array(
      fc.record({
        name: fileName,
        contentType: fc.constantFrom("application/pdf", "text/csv; charset=utf-8", "image/png"),
        content: fc.uint8Array({ maxLength: 400 }),
      }),
      { maxLength: 3 },
    ),
    headers: fc.dictionary(fc.stringMatching(/^X-T-[A-Za-z0-9]{1,20}$/), lineOfText(300), { maxKeys: 3 }),
    references: fc.array(
      fc.stringMatching(/^[a-z0-9.]{1,200}$/).map((s) => `<${s}@id.example>`),
      { maxLength: 12 },
    ),
    date: fc.integer({ min: 0, max: 4_000_000_000 }),
    disclosure: fc.constantFrom(null, "Written by an AI agent <of Example & Co>."),
  })
  .filter((d) => new Set(Object.keys(d.headers).map((k) => k.toLowerCase())).size === Object.keys(d.headers).length)
  .map(({ text, html, ...rest }) => ({
    ...rest,
    messageId: "<fixed@agents.example>",
    ...(text === undefined && html === undefined ? { text: "x" } : {}),
    ...(text === undefined ? {} : { text }),
    ...(html === undefined ? {} : { html }),
  }));
