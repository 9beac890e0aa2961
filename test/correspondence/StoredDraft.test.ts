/** What an edit may take over: exactly what was given, or nothing. */
import { Result } from "effect";
import { assert, describe, it } from "vitest";
import { storedDraft } from "../../src/correspondence/StoredDraft.ts";
import { contentOf } from "../../src/oversight/agent/Content.ts";
import type { Draft } from "../../src/contracts/Oversight.ts";
import { draft } from "../support/submission.ts";

const origin = {
  mailbox: {
    id: "mbx_1",
    tenant: "t",
    address: "support@acme.example",
    agent: "agent-1",
    agentRef: null,
    displayName: "Support",
    oversightAddress: null,
    kid: "key_1",
    createdAt: 0,
  },
  messageId: "<m@acme.example>",
  date: 1_700_000_000,
  disclosure: "An agent wrote this.",
};

const stored = (change: Partial<Draft>) => {
  const content = Result.getOrThrow(contentOf(draft(change), origin));
  return storedDraft({ ...content.summary, risk: null, identityHeader: "" }, content.raw);
};

describe("a stored draft", () => {
  it.each<readonly [string, Partial<Draft>]>([
    ["a plain one", {}],
    [
      "display names",
      {
        to: ["Ann <ann@a.example>", '"Doe, Jane \\"JJ\\"" <jane@a.example>', "bob@b.example"],
        cc: ["C <c@c.example>"],
        replyTo: "R <r@r.example>",
      },
    ],
    [
      "many, folded",
      { to: Array.from({ length: 20 }, (_, i) => `Person Number ${i} <person.number.${i}@customer.example>`) },
    ],
    ["blind copies", { bcc: ["x@x.example"], to: [] }],
    ["an encoded subject and body", { subject: "Grüße 🎉", text: "Grüße\n\n-- \nZoë" }],
    ["a note", { note: "hurry" }],
  ])("gives back %s, so that composing it again gives the same bytes", (_, change) => {
    const given = draft(change);
    const { to, cc, bcc, replyTo, subject, text, attachments, headers, note } = stored(change);
    assert.isTrue(to !== null && cc !== null && replyTo !== undefined && attachments !== null && headers !== null);
    const again: Draft = {
      ...given,
      to: to!,
      cc: cc!,
      bcc,
      replyTo: replyTo!,
      subject,
      text,
      attachments: attachments!,
      headers: headers!,
      note,
    };
    const [first, second] = [contentOf(given, origin), contentOf(again, origin)].map((one) => Result.getOrThrow(one));
    assert.deepEqual(second, first);
  });

  it("gives back nothing it does not have as it was given", () => {
    assert.isNull(stored({ to: ["Zoë <zoe@a.example>"] }).to);
    assert.isNull(stored({ cc: ["Zoë <zoe@a.example>"] }).cc);
    assert.isUndefined(stored({ replyTo: "Zoë <zoe@a.example>" }).replyTo);
    assert.isNull(stored({ text: null, markdown: "**Hi**" }).text);
    assert.isNull(stored({ text: null, html: "<p>Hi</p>" }).text);
    assert.isNull(stored({ html: "<p>Hi</p>" }).text);
    assert.isNull(
      stored({ attachments: [{ name: "a", contentType: "text/plain", content: new Uint8Array([1]) }] }).attachments,
    );
    assert.isNull(stored({ headers: { "X-Ticket": "1" } }).headers);
  });
});
