/** One gated message through the REST face, in the seeds' words and in the other dialect's, on a real door and store. */
import { verify } from "node:crypto";
import { afterAll, assert, beforeAll, beforeEach, describe, it } from "vitest";
import { parsePendingId } from "../../src/model/PendingId.ts";
import { furnish } from "../support/people.ts";
import { isError, startRest, type RestServer } from "../support/rest.ts";
import { operatorKey } from "../support/credentials.ts";

let served: RestServer;
let keys: Awaited<ReturnType<typeof furnish>>;
let stop: () => Promise<void>;

beforeAll(async () => {
  served = await startRest();
  keys = await furnish(served);
  stop = await served.deliver();
});
afterAll(async () => {
  await stop();
  await served.close();
});

const address = "support@acme.example";
const letter = (change: object = {}) => ({
  mailbox: address,
  to: "carol@customer.example",
  subject: "Your support ticket has been resolved",
  body: "Hi, we've resolved ticket #4821.",
  ...change,
});
const submit = async (change: object = {}) => {
  const sent = await served.call("POST", "/v1/send", { key: keys.agent, body: letter(change) });
  assert.strictEqual(sent.status, 202, sent.text);
  return sent.body;
};
const decide = (key: string, body: object) => served.call("POST", "/v1/oversight/decide", { key, body });

describe("send", () => {
  it("answers what the seeds print, and the statement in it verifies as they verify it", async () => {
    const sent = await submit({ oversight_mode: "gated_send" });
    assert.deepInclude(sent, {
      status: "pending_approval",
      message: "Message queued for human approval before delivery.",
      oversight_mode: "gated_send",
      send_at: null,
    });
    assert.strictEqual(parsePendingId(sent.pending_id)?.message, sent.id);
    // No DNS is asked here, so the domain is unknown rather than clean.
    assert.deepEqual(sent.domain_flags, ["unknown"]);
    assert.isTrue(sent.domain_risk_score >= 0 && sent.domain_risk_score <= 1);
    assert.match(sent.digest, /^sha256:[0-9a-f]{64}$/);
    const fields = Object.fromEntries(
      (sent.identity_header as string).split(";").map((part) => {
        const [name, ...value] = part.trim().split("=");
        return [name, value.join("=")];
      }),
    );
    assert.strictEqual(fields["kid"], keys.mailbox.agent_identity_key_id);
    const key = await served.call("GET", `/v1/identity/keys/${fields["kid"]}`, { key: null });
    assert.strictEqual(key.status, 200);
    assert.match(key.headers.get("cache-control") ?? "", /max-age/);
    assert.deepEqual(Object.keys(key.body).sort(), [
      "agent",
      "kid",
      "mailbox",
      "operator",
      "public_key_pem",
      "status",
      "valid_from",
      "valid_to",
    ]);
    const said = Buffer.from(`${fields["agent"]}:${fields["ts"]}`);
    assert.isTrue(verify("sha256", said, key.body.public_key_pem, Buffer.from(fields["sig"]!, "base64")));
  });

  it("takes the mailbox by id or address, in the path or the body, lists or strings, and every kind of body", async () => {
    const { id } = keys.mailbox;
    for (const [path, body] of [
      ["/v1/send", letter({ mailbox: undefined, mailbox_id: id })],
      ["/v1/send", letter({ mailbox_id: id })],
      [`/v1/mailboxes/${id}/send`, letter({ mailbox: undefined })],
      [
        `/v1/mailboxes/${encodeURIComponent(address)}/send`,
        letter({ to: ["a@b.example", "Bob <bob@b.example>"], cc: "c@b.example" }),
      ],
      ["/v1/send", letter({ body: undefined, markdown: "**Hi**", bcc: [], reply_to: null })],
      [
        "/v1/send",
        letter({ body: undefined, html: "<p>Hi</p>", attachments: [{ filename: "a.txt", content: "aGk=\n" }] }),
      ],
    ] as const) {
      const sent = await served.call("POST", path, { key: keys.agent, body });
      assert.strictEqual(sent.status, 202, sent.text);
      assert.strictEqual(sent.body.mailbox_id, id);
    }
    const unclear = await served.call("POST", "/v1/send", {
      key: keys.agent,
      body: letter({ mailbox_id: "mbx_other" }),
    });
    assert.strictEqual(unclear.status, 404);
  });

  it("answers a repeated request again, and refuses its key for another", async () => {
    const headers = { "idempotency-key": "k-1" };
    const first = await served.call("POST", "/v1/send", { key: keys.agent, body: letter(), headers });
    const again = await served.call("POST", "/v1/send", { key: keys.agent, body: letter({ idempotency_key: "k-1" }) });
    assert.deepEqual([first.status, again.status], [202, 200]);
    assert.deepEqual(again.body, { ...first.body, idempotent: true });
    const other = await served.call("POST", "/v1/send", {
      key: keys.agent,
      body: letter({ subject: "Other" }),
      headers,
    });
    assert.deepEqual([other.status, other.body.code], [409, "conflict"]);
  });

  it("is refused with the way out while the mailbox is read_only or the tenant is halted", async () => {
    const box = (
      await served.call("POST", "/v1/mailboxes", {
        body: { address: "quiet@acme.example", agent_id: "agent-1", oversight_mode: "read_only" },
      })
    ).body;
    const refused = await served.call("POST", "/v1/send", { key: keys.agent, body: letter({ mailbox: box.id }) });
    assert.strictEqual(refused.status, 403);
    assert.isTrue(isError(refused));
    assert.deepInclude(refused.body, { code: "read_only", status: "refused" });
    assert.match(refused.body.error, /PATCH \/v1\/mailboxes\/\{id\} with oversight_mode/);
    assert.match(refused.body.id, /^msg_/);
    assert.strictEqual((await served.call("POST", "/v1/halt")).body.halted, true);
    assert.strictEqual((await served.call("POST", "/v1/halt")).status, 200);
    const halted = await served.call("POST", "/v1/send", { key: keys.agent, body: letter() });
    assert.deepEqual([halted.status, halted.body.code], [403, "halted"]);
    assert.match(halted.body.error, /resume/);
    assert.strictEqual((await served.call("POST", "/v1/resume")).body.halted, false);
  });

  it("is refused while a list blocks the recipient", async () => {
    const added = await served.call("POST", "/v1/lists/send/block", {
      body: { entry: "*@Blocked.example", reason: "spam" },
    });
    assert.deepEqual([added.status, added.body.entry], [201, "blocked.example"]);
    assert.strictEqual(
      (await served.call("POST", "/v1/lists/send/block", { body: { entry: "blocked.example" } })).status,
      409,
    );
    assert.strictEqual(
      (await served.call("POST", "/v1/lists/send/block", { key: keys.agent, body: { entry: "a.example" } })).status,
      403,
    );
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const blocked = await served.call("POST", "/v1/send", {
      key: keys.agent,
      body: letter({ to: "x@mail.blocked.example" }),
    });
    assert.deepEqual([blocked.status, blocked.body.code, blocked.body.status], [403, "recipient_blocked", "refused"]);
    assert.strictEqual((await served.call("GET", "/v1/lists/send/block", { key: keys.agent })).body.entries.length, 1);
    assert.strictEqual((await served.call("DELETE", "/v1/lists/send/block/blocked.example")).status, 200);
    assert.strictEqual((await served.call("DELETE", "/v1/lists/send/block/blocked.example")).status, 404);
  });
});

describe("the queue and a decision", () => {
  it("shows what a reviewer needs, under three names, a page at a time", async () => {
    const sent = await submit({ note: "please hurry" });
    const page = await served.call("GET", `/v1/oversight/pending?mailbox=${address}&limit=1`, { key: keys.alice });
    assert.strictEqual(page.status, 200, page.text);
    const { emails, pending, messages, cursor } = page.body;
    assert.deepEqual(emails, pending);
    assert.deepEqual(emails, messages);
    assert.deepInclude(emails[0], {
      id: sent.id,
      pending_id: sent.pending_id,
      direction: "outbound",
      mailbox: address,
      to: ["carol@customer.example"],
      subject: "Your support ticket has been resolved",
      body_markdown: "Hi, we've resolved ticket #4821.",
      body_truncated: false,
      agent_id: "agent-1",
      identity_signature_valid: true,
      digest: sent.digest,
      status: "pending_approval",
      approvals: 0,
      quorum: 1,
      note: "please hurry",
    });
    const next = await served.call("GET", `/v1/oversight/pending?limit=1&cursor=${cursor}`, { key: keys.alice });
    assert.notStrictEqual(next.body.emails[0].id, sent.id);
  });

  it("cuts a long body in the list, says so, and has all of it under the message's id", async () => {
    const body = `${"Long ".repeat(4000)}end`;
    const sent = await submit({ body });
    const page = await served.call("GET", "/v1/oversight/pending?limit=1", { key: keys.alice });
    const [email] = page.body.emails;
    assert.deepInclude(email, { id: sent.id, body_truncated: true, digest: sent.digest });
    assert.isBelow(email.body.length, body.length);
    const whole = await served.call("GET", `/v1/emails/${sent.id}`, { key: keys.alice });
    assert.isFalse(whole.body.body_truncated);
    assert.include(whole.body.body.replaceAll(/\s+/g, " "), body);
  });

  it("refuses a field that it does not know: a misspelt send_at would send at once", async () => {
    const answer = await served.call("POST", "/v1/send", {
      key: keys.agent,
      body: letter({ sendAt: "2030-01-01T00:00:00Z" }),
    });
    assert.strictEqual(answer.status, 400, answer.text);
    assert.deepInclude(answer.body, { code: "invalid_request", field: "sendAt" });
  });

  it("approves in the seeds' words, and answers delivered", async () => {
    const sent = await submit();
    const made = await decide(keys.alice, {
      pending_id: sent.pending_id,
      decision: "approve",
      reviewer_id: "human-ops-mallory",
    });
    assert.strictEqual(made.status, 200, made.text);
    assert.deepInclude(made.body, { status: "delivered", reviewer: "alice", id: sent.id, approvals: 1, quorum: 1 });
    assert.match(made.body.audit_ref, /^acme\.example\/log\/\d+$/);
    const seen = await served.call("GET", `/v1/emails/${sent.id}`, { key: keys.agent });
    assert.deepInclude(seen.body, { status: "delivered", markdown: "Hi, we've resolved ticket #4821." });
    assert.deepEqual(
      seen.body.decisions.map(({ decision, by }: any) => [decision, by]),
      [["approve", "alice"]],
    );
  });

  it("refuses the author, a late second, and a key without the scope; and says who was first", async () => {
    const sent = await submit();
    const own = await decide(keys.agent, { email_id: sent.id, action: "approve" });
    assert.deepEqual([own.status, own.body.code], [403, "forbidden"]);
    const operator = await decide(operatorKey, { email_id: sent.id, action: "approve" });
    assert.strictEqual(operator.status, 403);
    const made = await decide(keys.alice, { email_id: sent.id, action: "reject", reason: "no" });
    assert.deepEqual([made.status, made.body.status], [200, "rejected"]);
    const late = await decide(keys.bob, { email_id: sent.id, action: "approve" });
    assert.strictEqual(late.status, 409);
    assert.isTrue(isError(late));
    assert.strictEqual(late.body.code, "already_decided");
    assert.deepInclude(late.body.winner, { decision: "reject", by: "alice", status: "rejected" });
  });

  it("lets one of many concurrent decisions win", async () => {
    const sent = await submit();
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, i) =>
        decide(i % 2 ? keys.alice : keys.bob, { pending_id: sent.pending_id, decision: i % 3 ? "approve" : "reject" }),
      ),
    );
    assert.strictEqual(answers.filter(({ status }) => status === 200).length, 1);
    for (const lost of answers.filter(({ status }) => status !== 200))
      assert.isTrue(lost.status === 409 && isError(lost), lost.text);
  });

  it("answers queued when nobody hands over in time", async () => {
    await stop();
    const sent = await submit();
    const made = await decide(keys.alice, { pending_id: sent.pending_id, decision: "approve" });
    assert.deepEqual([made.status, made.body.status], [200, "queued"]);
    stop = await served.deliver();
  });

  it("refuses two different messages in one decision", async () => {
    const [a, b] = [await submit(), await submit()];
    const made = await decide(keys.alice, { pending_id: a.pending_id, email_id: b.id, decision: "approve" });
    assert.strictEqual(made.status, 422);
    assert.strictEqual(
      (await decide(keys.alice, { pending_id: a.pending_id, email_id: a.id, decision: "reject" })).status,
      200,
    );
  });
});

describe("an edit", () => {
  let sent: any;
  beforeEach(async () => {
    sent = await submit({ to: ["Carol Customer <carol@customer.example>"], note: "first" });
  });
  const path = () => `/v1/mailboxes/${keys.mailbox.id}/emails/${sent.id}`;

  it("keeps what it leaves out, names the new content, and voids decisions on the old one", async () => {
    const edited = await served.call("PATCH", path(), {
      key: keys.agent,
      body: { subject: "New subject", base_digest: sent.digest },
    });
    assert.strictEqual(edited.status, 202, edited.text);
    assert.strictEqual(edited.body.pending_id, `${sent.pending_id}_r2`);
    assert.notStrictEqual(edited.body.digest, sent.digest);
    const raw = await served.call("GET", `${path()}/raw`, { key: keys.alice });
    assert.strictEqual(raw.headers.get("content-type"), "message/rfc822");
    assert.match(raw.text, /^To: Carol Customer <carol@customer\.example>\r\n/m);
    assert.match(raw.text, /^Subject: New subject\r\n/m);
    assert.include(raw.text, "Hi, we've resolved ticket #4821.");
    assert.strictEqual(raw.text.match(/written by an AI agent/g)?.length, 1);

    const stale = await decide(keys.alice, { pending_id: sent.pending_id, decision: "approve" });
    assert.deepEqual([stale.status, stale.body.code], [409, "stale_digest"]);
    assert.deepInclude(stale.body, { digest: edited.body.digest, pending_id: edited.body.pending_id, revision: 2 });
    assert.strictEqual(
      (await decide(keys.alice, { email_id: sent.id, digest: sent.digest, decision: "approve" })).status,
      409,
    );
    assert.strictEqual((await decide(keys.alice, { email_id: sent.id, decision: "approve" })).status, 422);
    const seen = await decide(keys.alice, { email_id: sent.id, digest: edited.body.digest, decision: "approve" });
    assert.strictEqual(seen.body.status, "delivered");
  });

  it("starts from the content it names", async () => {
    const first = await served.call("PATCH", path(), { key: keys.agent, body: { body: "One" } });
    assert.strictEqual(first.status, 202);
    const lost = await served.call("PATCH", path(), {
      key: keys.agent,
      body: { body: "Two", base_digest: sent.digest },
    });
    assert.deepEqual([lost.status, lost.body.code, lost.body.digest], [409, "stale_digest", first.body.digest]);
  });

  it("moves a message in time", async () => {
    const moved = await served.call("PATCH", `${path()}/schedule`, {
      key: keys.agent,
      body: { send_at: new Date(Date.now() + 3600_000).toISOString() },
    });
    assert.deepEqual([moved.status, moved.body.status], [202, "pending_approval"]);
    const made = await decide(keys.alice, { pending_id: moved.body.pending_id, decision: "approve" });
    assert.strictEqual(made.body.status, "scheduled");
    const cancelled = await served.call("POST", `/v1/emails/${sent.id}/cancel`, { key: keys.agent });
    assert.deepEqual([cancelled.status, cancelled.body.status], [200, "cancelled"]);
    const again = await served.call("POST", `${path()}/cancel`, { key: keys.agent });
    assert.deepEqual([again.status, again.body.status], [200, "cancelled"]);
  });

  it.each([
    ["attachments", { attachments: [{ name: "a.txt", content_base64: "aGk=" }] }, "attachments"],
    ["a formatted body", { body: undefined, markdown: "**Hi**" }, "body"],
    ["own headers", { headers: { "X-Ticket": "4821" } }, "headers"],
    ["an encoded name", { to: ["Zoë <zoe@customer.example>"] }, "to"],
  ])("would lose %s, so it must give them again", async (_, content, field) => {
    const made = await submit(content);
    const at = `/v1/mailboxes/${address}/emails/${made.id}`;
    const refused = await served.call("PATCH", at, { key: keys.agent, body: { subject: "New" } });
    assert.deepEqual([refused.status, refused.body.code, refused.body.field], [422, "incomplete_edit", field]);
    const whole = await served.call("PATCH", at, { key: keys.agent, body: letter({ ...content, subject: "New" }) });
    assert.strictEqual(whole.status, 202, whole.text);
  });
});
