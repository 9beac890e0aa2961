/** Letters that cannot be sent, each for one thing in it. */

/** What must not get into one line of text. */
export const breaks: readonly (readonly [name: string, text: string])[] = [
  ["CR LF", "\r\n"],
  ["LF", "\n"],
  ["CR", "\r"],
  ["NUL", "\0"],
  ["NEL", "\u0085"],
  ["LINE SEPARATOR", "\u2028"],
  ["RIGHT-TO-LEFT OVERRIDE", "\u202e"],
];

interface Case {
  readonly name: string;
  readonly change: Record<string, unknown>;
  /** 422 when left out. */
  readonly status?: number;
  readonly field?: string;
}

export const file = (fields: Record<string, unknown>) => ({
  attachments: [{ name: "a.txt", content_type: "text/plain", content_base64: "aGk=", ...fields }],
});

/** Each change makes a letter that cannot be sent. */
export const letters: readonly Case[] = [
  // Characters that would start another line, or end a string.
  ...breaks.flatMap(([name, text]): readonly Case[] => [
    { name: `${name} in to`, change: { to: `carol@example.org${text}Bcc: eve@example.net` }, field: "to" },
    { name: `${name} in a list`, change: { to: ["carol@example.org", `dave@example.org${text}`] }, field: "to" },
    { name: `${name} in cc`, change: { cc: [`eve${text}@example.net`] }, field: "cc" },
    { name: `${name} in bcc`, change: { bcc: `eve@example${text}.net` }, field: "bcc" },
    { name: `${name} in reply_to`, change: { reply_to: `a@example.org${text}X-A: b` }, field: "reply_to" },
    {
      name: `${name} in a display name`,
      change: { to: `Carol${text}Bcc: eve@example.net <carol@example.org>` },
      field: "to",
    },
    { name: `${name} in a quoted display name`, change: { to: `"Ca${text}rol" <carol@example.org>` }, field: "to" },
    {
      name: `${name} in a header's name`,
      change: { headers: { [`X-A${text}Bcc`]: "eve@example.net" } },
      field: "headers",
    },
    {
      name: `${name} in a header's value`,
      change: { headers: { "X-A": `b${text}Bcc: eve@example.net` } },
      field: "headers",
    },
    { name: `${name} in the subject`, change: { subject: `Hi${text}Bcc: eve@example.net` }, field: "subject" },
    { name: `${name} in a file's name`, change: file({ name: `a${text}.txt` }), field: "attachments[0]" },
    {
      name: `${name} in a file's type`,
      change: file({ content_type: `text/plain${text}X-A: b` }),
      field: "attachments[0]",
    },
    {
      name: `${name} in the mailbox's name`,
      change: { mailbox: `support@acme.example${text}` },
      status: text === "\0" ? 422 : 404,
    },
  ]),
  { name: "NUL in the body", change: { body: "a\0b" }, field: "body" },
  { name: "NUL in the note", change: { note: "a\0b" }, field: "note" },
  { name: "half a surrogate pair in the note", change: { note: "a\ud800b", idempotency_key: "half" }, field: "note" },
  { name: "half a surrogate pair in the subject", change: { subject: "\udc00" }, field: "subject" },
  // Addresses that are not one mailbox.
  ...(
    [
      ["a list in one string", "carol@example.org, eve@example.net"],
      ["a list with semicolons", "carol@example.org; eve@example.net"],
      ["a group", "team: carol@example.org, eve@example.net;"],
      ["an empty group", "undisclosed-recipients:;"],
      ["a comment", "carol(eve@example.net)@example.org"],
      ["a quoted local part", '"carol@example.net"@example.org'],
      ["a source route", "@evil.example:carol@example.org"],
      ["a percent route", "carol%evil.example@example.org"],
      ["a bang path", "evil.example!carol@example.org"],
      ["a domain literal", "carol@[127.0.0.1]"],
      ["two @", "carol@example.org@example.net"],
      ["two addresses in brackets", "<carol@example.org><eve@example.net>"],
      ["no @", "carol"],
      ["nothing", ""],
      ["an ideographic full stop", "carol@evil。example。org\u3002"],
      ["an address that is too long", `${"a".repeat(65)}@example.org`],
      ["an address of a megabyte", `${"a".repeat(1024 * 1024)}@example.org`],
    ] as const
  ).map(([name, to]): Case => ({ name: `${name} as address`, change: { to }, field: "to" })),
  { name: "no recipient", change: { to: [] }, field: "to" },
  { name: "to left out", change: { to: undefined }, field: "to" },
  { name: "51 recipients", change: { to: Array.from({ length: 51 }, (_, i) => `r${i}@example.org`) }, field: "to" },
  {
    name: "51 recipients over three fields",
    change: {
      to: Array.from({ length: 17 }, (_, i) => `t${i}@example.org`),
      cc: Array.from({ length: 17 }, (_, i) => `c${i}@example.org`),
      bcc: Array.from({ length: 17 }, (_, i) => `b${i}@example.org`),
    },
    field: "to",
  },
  {
    name: "100,000 recipients",
    change: { to: Array.from({ length: 100_000 }, (_, i) => `r${i}@example.org`) },
    field: "to",
  },
  // Headers that are not the author's.
  ...(
    [
      "X-MultiMail-Agent-Identity",
      "x-multimail-identity",
      "X-AI-Generated",
      "DKIM-Signature",
      "ARC-Seal",
      "Received",
      "Return-Path",
      "Authentication-Results",
      "Bcc",
      "bcc ",
      "Sender",
      "From",
      "To",
      "Message-ID",
      "Date",
      "Reply-To",
      "Resent-To",
      "Auto-Submitted",
      "List-Unsubscribe",
      "Content-Type",
      "MIME-Version",
    ] as const
  ).map((name): Case => ({
    name: `the reserved header ${name}`,
    change: { headers: { [name]: "x" } },
    field: "headers",
  })),
  { name: "a header's name with a colon", change: { headers: { "X-A: b": "c" } }, field: "headers" },
  { name: "a header's name outside ASCII", change: { headers: { "X-Ä": "c" } }, field: "headers" },
  { name: "the same header twice", change: { headers: { "X-A": "b", "x-a": "c" } }, field: "headers" },
  { name: "a header's value that is no text", change: { headers: { "X-A": ["b"] } }, status: 400, field: "headers" },
  {
    name: "51 headers",
    change: { headers: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`X-${i}`, "b"])) },
    field: "headers",
  },
  // Modes and moments.
  { name: "an unknown mode", change: { oversight_mode: "trust_me" }, status: 400, field: "oversight_mode" },
  { name: "a mode by its prototype", change: { oversight_mode: "__proto__" }, status: 400, field: "oversight_mode" },
  { name: "a mode as a list", change: { oversight_mode: ["autonomous"] }, status: 400, field: "oversight_mode" },
  { name: "send_at in the past", change: { send_at: "2020-01-01T00:00:00Z" }, field: "send_at" },
  { name: "send_at more than a year ahead", change: { send_at: "2999-01-01T00:00:00Z" }, field: "send_at" },
  { name: "send_at on a day that is not", change: { send_at: "2027-02-30T00:00:00Z" }, field: "send_at" },
  { name: "send_at without a zone", change: { send_at: "2027-02-03T00:00:00" }, field: "send_at" },
  { name: "send_at in words", change: { send_at: "tomorrow" }, field: "send_at" },
  { name: "send_at as a number", change: { send_at: 1_900_000_000 }, status: 400, field: "send_at" },
  { name: "a gate after the schedule", change: { gate_timing: "schedule_first" }, field: "gate_timing" },
  // Content.
  { name: "no body", change: { body: undefined }, field: "body" },
  { name: "an empty body", change: { body: "" }, field: "body" },
  { name: "two bodies that differ", change: { text: "something else" }, field: "body" },
  { name: "no subject", change: { subject: undefined }, status: 400, field: "subject" },
  { name: "a subject that is a number", change: { subject: 7 }, status: 400, field: "subject" },
  { name: "a subject of 999 letters", change: { subject: "s".repeat(999) }, field: "subject" },
  { name: "HTML that swallows the disclosure", change: { body: undefined, html: "<p>hi</p><!-- " }, field: "html" },
  // Attachments come as bytes, from nowhere else.
  { name: "an attachment by path", change: file({ path: "/etc/passwd" }), field: "attachments[0].path" },
  { name: "an attachment by href", change: file({ href: "http://127.0.0.1:1/" }), field: "attachments[0].href" },
  { name: "an attachment by url", change: file({ url: "file:///etc/passwd" }), field: "attachments[0].url" },
  {
    name: "an attachment that is not base64",
    change: file({ content_base64: "not base64!" }),
    field: "attachments[0]",
  },
  { name: "base64 without its padding", change: file({ content_base64: "aGk" }), field: "attachments[0]" },
  { name: "base64 of the URL alphabet", change: file({ content_base64: "-_-_" }), field: "attachments[0]" },
  { name: "padding in the middle", change: file({ content_base64: "aGk=aGk=" }), field: "attachments[0]" },
  {
    name: "content as an object",
    change: file({ content_base64: { path: "/etc/passwd" } }),
    status: 400,
    field: "attachments[0]",
  },
  { name: "a file's name with a folder", change: file({ name: "../a.txt" }), field: "attachments[0]" },
  { name: "a file's name with a backslash", change: file({ name: "..\\a.txt" }), field: "attachments[0]" },
  {
    name: "a file's name that pretends to be encoded",
    change: file({ name: "=?utf-8?q?a?=" }),
    field: "attachments[0]",
  },
  { name: "no file name", change: file({ name: null }), field: "attachments[0]" },
  { name: "a message as attachment", change: file({ content_type: "message/rfc822" }), field: "attachments[0]" },
  {
    name: "101 attachments",
    change: { attachments: Array.from({ length: 101 }, () => file({}).attachments[0]) },
    field: "attachments",
  },
  { name: "attachments that are no list", change: { attachments: "a.txt" }, status: 400, field: "attachments" },
  // Mailboxes.
  { name: "an unknown mailbox", change: { mailbox: "nobody@acme.example" }, status: 404 },
  { name: "an unknown mailbox id", change: { mailbox: "mbx_01ARZ3NDEKTSV4RRFFQ69G5FAV" }, status: 404 },
  { name: "a mailbox of SQL", change: { mailbox: "' OR 1=1 --" }, status: 404 },
  { name: "two mailboxes", change: { mailbox_id: "mbx_01ARZ3NDEKTSV4RRFFQ69G5FAV" }, status: 404 },
  { name: "no mailbox", change: { mailbox: undefined }, field: "mailbox" },
  // Idempotency keys.
  { name: "an empty idempotency key", change: { idempotency_key: "" }, status: 400, field: "idempotency_key" },
  {
    name: "an idempotency key with a space",
    change: { idempotency_key: "a b" },
    status: 400,
    field: "idempotency_key",
  },
  {
    name: "an idempotency key of 256 letters",
    change: { idempotency_key: "k".repeat(256) },
    status: 400,
    field: "idempotency_key",
  },
];
