/** What operators do, and what tenants and keys must not see of each other. */
import { Effect, Queue } from "effect";
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { furnish } from "../support/people.ts";
import { isError, startRest, type RestServer } from "../support/rest.ts";
import { operatorKey } from "../support/credentials.ts";

let served: RestServer;
let keys: Awaited<ReturnType<typeof furnish>>;

beforeAll(async () => {
  served = await startRest();
  keys = await furnish(served);
});
afterAll(() => served.close());

const call: RestServer["call"] = (...args) => served.call(...args);
const letter = { mailbox: "support@acme.example", to: "carol@customer.example", subject: "Hello", body: "Hello" };

describe("a mailbox", () => {
  it("is made with what the seeds print, and shown the same way everywhere", async () => {
    const made = await call("POST", "/v1/mailboxes", {
      body: {
        address: "CRM@Acme.example",
        agent_id: "crm-v2",
        agent_ref: "obj-1",
        quorum: 2,
        policy: { decision_window: 3600 },
      },
    });
    assert.strictEqual(made.status, 201, made.text);
    assert.deepInclude(made.body, {
      agent_id: "crm-v2",
      agent_ref: "obj-1",
      oversight_mode: "gated_send",
      policy: { quorum: 2, decision_window: 3600, approval_max_age: 86_400 },
    });
    assert.match(made.body.agent_identity_key_id, /^key_/);
    const { warnings, ...mailbox } = made.body;
    assert.deepEqual(warnings, []);
    const shown = await call("GET", `/v1/mailboxes/${made.body.id}`);
    assert.deepEqual(shown.body, mailbox);
    const all = await call("GET", "/v1/mailboxes", { key: keys.agent });
    assert.deepInclude(all.body.mailboxes, mailbox);
    const taken = await call("POST", "/v1/mailboxes", { body: { address: made.body.address, agent_id: "other" } });
    assert.deepEqual([taken.status, taken.body.code], [409, "conflict"]);
  });

  it("is made by an operator alone", async () => {
    for (const key of [keys.agent, keys.alice]) {
      const refused = await call("POST", "/v1/mailboxes", { key, body: { address: "x@acme.example", agent_id: "a" } });
      assert.strictEqual(refused.status, 403);
      assert.isTrue(isError(refused));
    }
  });

  it("is lowered by its agent and raised by an operator; twice the same is no error", async () => {
    const box = (
      await call("POST", "/v1/mailboxes", {
        body: { address: "m@acme.example", agent_id: "agent-1", oversight_address: "o@acme.example" },
      })
    ).body;
    const patch = (key: string, body: object, path = "") =>
      call("PATCH", `/v1/mailboxes/${box.id}${path}`, { key, body });
    const raise = await patch(keys.agent, { oversight_mode: "autonomous" });
    assert.deepEqual([raise.status, raise.body.code], [403, "mode_raise"]);
    assert.match(raise.body.error, /PATCH \/v1\/mailboxes\/\{id\} with oversight_mode/);
    assert.strictEqual((await patch(keys.agent, { oversight_mode: "gated_all" })).body.oversight_mode, "gated_all");
    const up = await patch(operatorKey, { oversight_mode: "monitored" }, "/configure");
    assert.deepInclude(up.body, { status: "updated", oversight_mode: "monitored" });
    assert.deepInclude((await patch(operatorKey, { oversight_mode: "monitored", mcp_configured: 1 })).body, {
      status: "unchanged",
    });
    assert.deepInclude((await patch(operatorKey, { quorum: 3 })).body.policy, { quorum: 3 });
    assert.deepEqual(
      [(await patch(operatorKey, { quorum: 0 })).status, (await patch(operatorKey, { quorum: 2.5 })).status],
      [422, 400],
    );
    assert.strictEqual((await patch(operatorKey, { quorum: 3, oversight_mode: "gated_send" })).status, 422);
    assert.deepInclude((await patch(operatorKey, { display_name: "New" })).body, {
      code: "unsupported_field",
      field: "display_name",
    });
    assert.strictEqual((await patch(operatorKey, {})).body.status, "unchanged");
  });
});

describe("an API key", () => {
  it("is shown whole once, listed without its hash, and dead once revoked", async () => {
    const made = await call("POST", "/v1/api-keys", { body: { name: "temp", scopes: ["read", "send"] } });
    assert.strictEqual(made.status, 201, made.text);
    assert.match(made.body.api_key, /^mm_live_[A-Za-z0-9_-]{43}$/);
    assert.deepEqual(made.body.principal, { kind: "agent", id: "temp" });
    const list = await call("GET", "/v1/api-keys");
    assert.notInclude(list.text, made.body.api_key);
    assert.notInclude(list.text, "hash");
    assert.deepInclude(
      list.body.api_keys.find(({ id }: any) => id === made.body.id),
      { prefix: made.body.prefix, is_active: true },
    );
    assert.strictEqual((await call("GET", "/v1/mailboxes", { key: made.body.api_key })).status, 200);
    assert.strictEqual((await call("DELETE", `/v1/api-keys/${made.body.id}`)).body.status, "revoked");
    assert.strictEqual((await call("GET", "/v1/mailboxes", { key: made.body.api_key })).status, 401);
    assert.strictEqual((await call("GET", "/v1/api-keys", { key: keys.agent })).status, 403);
  });

  it.each([
    [{ scopes: ["send", "oversight"], principal: { kind: "person", id: "p" } }, 422, "scopes"],
    [{ scopes: ["oversight"], principal: { kind: "agent", id: "a" } }, 422, "scopes"],
    [{ scopes: ["admin"], principal: { kind: "agent", id: "a" } }, 422, "scopes"],
    [{ scopes: [], principal: { kind: "person", id: "p" } }, 422, "scopes"],
    [{ scopes: ["oversight"] }, 422, "principal"],
    [{ scopes: ["root"] }, 400, "scopes[0]"],
    [{ scopes: ["read"], principal: { kind: "robot", id: "p" } }, 400, "principal.kind"],
    [{ scopes: ["read"], name: "a b" }, 422, null],
    [{ scopes: ["read"], mailboxes: [] }, 422, "mailboxes"],
  ])("is not made of %j", async (body, status, field) => {
    const refused = await call("POST", "/v1/api-keys", { body: { name: "k", ...body } });
    assert.strictEqual(refused.status, status, refused.text);
    assert.isTrue(isError(refused));
    if (field !== null) assert.strictEqual(refused.body.field, field);
  });

  it("that is confined to a mailbox sees no other", async () => {
    const other = (
      await call("POST", "/v1/mailboxes", { body: { address: "other@acme.example", agent_id: "agent-2" } })
    ).body;
    const made = await call("POST", "/v1/api-keys", {
      body: { name: "confined", scopes: ["read", "send"], mailboxes: [other.address] },
    });
    const key = made.body.api_key as string;
    const sent = (await call("POST", "/v1/send", { key: keys.agent, body: letter })).body;
    assert.deepEqual(
      (await call("GET", "/v1/mailboxes", { key })).body.mailboxes.map(({ id }: any) => id),
      [other.id],
    );
    for (const path of [
      `/v1/mailboxes/${keys.mailbox.id}`,
      `/v1/emails/${sent.id}`,
      `/v1/mailboxes/${other.id}/emails/${sent.id}`,
      `/v1/mailboxes/${keys.mailbox.id}/emails/${sent.id}/raw`,
    ]) {
      assert.strictEqual((await call("GET", path, { key })).status, 404, path);
    }
    assert.deepEqual((await call("GET", "/v1/oversight/pending", { key })).body.emails, []);
    assert.strictEqual((await call("POST", "/v1/send", { key, body: letter })).status, 404);
  });
});

describe("another tenant", () => {
  it("finds nothing of ours, and cannot tell what there is", async () => {
    const tenant = await call("POST", "/v1/tenants", { body: { name: "Other" } });
    assert.strictEqual(tenant.status, 201, tenant.text);
    const key = tenant.body.api_key as string;
    const sent = (await call("POST", "/v1/send", { key: keys.agent, body: letter })).body;
    const missing = sent.id.slice(0, -4) + "0000";
    const reviewer = (
      await call("POST", "/v1/api-keys", {
        key,
        body: { name: "eve", scopes: ["read", "oversight"], principal: { kind: "person", id: "eve" } },
      })
    ).body.api_key;
    for (const [method, path, body] of [
      ["GET", `/v1/emails/ID`, undefined],
      ["POST", `/v1/emails/ID/cancel`, undefined],
      ["POST", `/v1/oversight/decide`, { email_id: "ID", decision: "approve" }],
      ["POST", `/v1/emails/ID/resolve`, { outcome: "delivered" }],
    ] as const) {
      const of = (id: string) =>
        call(method, path.replace("ID", id), {
          key: reviewer,
          ...(body === undefined ? {} : { body: JSON.parse(JSON.stringify(body).replace("ID", id)) as object }),
        });
      const [theirs, nobodys] = [await of(sent.id), await of(missing)];
      assert.strictEqual(theirs.status, 404, theirs.text);
      assert.strictEqual(theirs.text, nobodys.text);
    }
    for (const path of [`/v1/mailboxes/${keys.mailbox.id}`, "/v1/mailboxes/support@acme.example"]) {
      assert.strictEqual((await call("GET", path, { key })).status, 404);
    }
    assert.strictEqual(
      (await call("PATCH", `/v1/mailboxes/${keys.mailbox.id}`, { key, body: { oversight_mode: "autonomous" } })).status,
      404,
    );
    assert.deepEqual((await call("GET", "/v1/mailboxes", { key })).body.mailboxes, []);
    assert.strictEqual((await call("POST", "/v1/tenants", { key, body: { name: "Third" } })).status, 403);
    const log = await call("GET", "/v1/audit-log/export", { key });
    assert.notInclude(log.text, sent.id);
  });
});

describe("people", () => {
  it("are counted, once each, and no longer when revoked", async () => {
    await call("PATCH", `/v1/mailboxes/${keys.mailbox.id}`, { body: { quorum: 2 } });
    const sent = (await call("POST", "/v1/send", { key: keys.agent, body: letter })).body;
    const approve = (key: string) =>
      call("POST", "/v1/oversight/decide", { key, body: { pending_id: sent.pending_id, decision: "approve" } });
    assert.deepInclude((await approve(keys.alice)).body, { status: "pending_approval", approvals: 1, quorum: 2 });
    assert.deepEqual([(await approve(keys.alice)).body.code], ["already_approved"]);
    const revoked = await call("POST", "/v1/reviewers/alice/revoke");
    assert.deepInclude(revoked.body, { status: "revoked", revoked_reviewers: ["alice"] });
    assert.deepEqual(revoked.body.messages, [sent.id]);
    assert.strictEqual((await call("POST", "/v1/reviewers/alice/revoke")).status, 200);
    const refused = await approve(keys.alice);
    assert.deepEqual([refused.status, refused.body.code], [403, "reviewer_revoked"]);
    assert.deepInclude((await approve(keys.bob)).body, { status: "pending_approval", approvals: 1 });
    assert.deepInclude((await call("POST", "/v1/reviewers/alice/reinstate")).body, {
      status: "reinstated",
      revoked_reviewers: [],
    });
    assert.deepInclude((await approve(keys.alice)).body, { status: "queued", approvals: 2 });
    await call("PATCH", `/v1/mailboxes/${keys.mailbox.id}`, { body: { quorum: 1 } });
    await Effect.runPromise(Queue.take(served.oversight.enqueued));
  });

  it("find out what became of a hand-over nobody answered for", async () => {
    const sent = (await call("POST", "/v1/send", { key: keys.agent, body: letter })).body;
    await call("POST", "/v1/oversight/decide", {
      key: keys.alice,
      body: { pending_id: sent.pending_id, decision: "approve" },
    });
    await Effect.runPromise(
      Effect.gen(function* () {
        const row = yield* Queue.take(served.oversight.enqueued);
        for (const permit of yield* served.oversight.dispatch([row])) {
          yield* served.oversight.settle(permit, {
            type: "lost",
            reply: "",
            remaining: permit.content.recipients,
            refused: [],
            partly: false,
          });
        }
      }),
    );
    const waiting = await call("GET", "/v1/oversight/pending", { key: keys.bob });
    assert.include(
      waiting.body.emails.filter(({ status }: any) => status === "uncertain").map(({ id }: any) => id),
      sent.id,
    );
    const own = await call("POST", `/v1/emails/${sent.id}/resolve`, { key: keys.agent, body: { outcome: "retry" } });
    assert.strictEqual(own.status, 403);
    const unknown = await call("POST", `/v1/emails/${sent.id}/resolve`, {
      key: keys.bob,
      body: { outcome: "perhaps" },
    });
    assert.deepEqual([unknown.status, unknown.body.field], [400, "outcome"]);
    const resolved = await call("POST", `/v1/emails/${sent.id}/resolve`, {
      key: keys.bob,
      body: { outcome: "delivered", digest: sent.digest },
    });
    assert.deepEqual([resolved.status, resolved.body.status], [200, "delivered"]);
  });
});

describe("lists of messages", () => {
  it("come newest first, filtered by status, from after an id", async () => {
    const made: string[] = [];
    for (let i = 0; i < 3; i += 1)
      made.push((await call("POST", "/v1/send", { key: keys.agent, body: letter })).body.id);
    const at = `/v1/mailboxes/${keys.mailbox.id}`;
    const all = await call("GET", `${at}/inbox?limit=2`, { key: keys.agent });
    assert.deepEqual(
      all.body.emails.map(({ id }: any) => id),
      [made[2], made[1]],
    );
    assert.strictEqual(all.body.cursor, made[1]);
    const since = await call("GET", `${at}/emails?since_id=${made[0]}&status=pending_approval`, { key: keys.agent });
    assert.deepEqual(
      since.body.emails.map(({ id }: any) => id),
      [made[2], made[1]],
    );
    assert.strictEqual(since.body.cursor, null);
    for (const query of ["status=unread", "direction=inbound", "status=scheduled"]) {
      assert.deepEqual((await call("GET", `${at}/emails?${query}`, { key: keys.agent })).body.emails, [], query);
    }
    const thread = await call("GET", `${at}/threads/${all.body.emails[0].thread_id}`, { key: keys.agent });
    assert.deepInclude(thread.body, {
      message_count: 1,
      participants: ["support@acme.example", "carol@customer.example"],
    });
    assert.strictEqual((await call("GET", `${at}/threads/thr_nothing`, { key: keys.agent })).status, 404);
  });
});
