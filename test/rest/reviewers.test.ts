/** Reviewers that are revoked and reinstated, and keys that are deleted: whose approvals they take along, and what the answer says. */
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { letter } from "../support/letter.ts";
import { furnish } from "../support/people.ts";
import { startRest, type RestServer } from "../support/rest.ts";

let served: RestServer;
let keys: Awaited<ReturnType<typeof furnish>>;
beforeAll(async () => {
  served = await startRest();
  keys = await furnish(served);
  await served.call("PATCH", `/v1/mailboxes/${keys.mailbox.id}`, { body: { quorum: 2 } });
});
afterAll(() => served.close());

const submit = async () => {
  const sent = await served.call("POST", "/v1/send", { key: keys.agent, body: letter() });
  assert.strictEqual(sent.status, 202, sent.text);
  return sent.body.id as string;
};
const approve = async (key: string, id: string) => {
  const answer = await served.call("POST", "/v1/oversight/decide", {
    key,
    body: { email_id: id, decision: "approve" },
  });
  assert.strictEqual(answer.status, 200, answer.text);
};
const revoke = (id: string) => served.call("POST", `/v1/reviewers/${encodeURIComponent(id)}/revoke`);
const entries = async () => {
  const { text } = await served.call("GET", "/v1/audit-log/export?format=jsonl", {});
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
};

describe("deleting a key", () => {
  it("OV-126 deleted-key-voids: takes the unsent approvals given with it, and no other, and says how many", async () => {
    await served.call("PATCH", `/v1/mailboxes/${keys.mailbox.id}`, { body: { quorum: 1 } });
    const [lost, kept] = await Promise.all(
      ["dan's phone", "dan's desk"].map((name) =>
        served.create("/v1/api-keys", {
          name,
          scopes: ["read", "oversight"],
          principal: { kind: "person", id: "dan" },
        }),
      ),
    );
    const [gone, stays, other] = [await submit(), await submit(), await submit()];
    await approve(lost.key, gone);
    await approve(kept.key, stays);
    await approve(keys.bob, other);
    const deleted = await served.call("DELETE", `/v1/api-keys/${lost.id}`);
    assert.deepEqual(deleted.body, { id: lost.id, status: "revoked", voided: 1, messages: [gone] });
    const statuses = [];
    for (const id of [gone, stays, other])
      statuses.push((await served.call("GET", `/v1/emails/${id}`, { key: keys.bob })).body.status);
    assert.deepEqual(statuses, ["pending_approval", "queued", "queued"]);

    const all = (await entries()).slice(1).map(({ leaf }) => JSON.parse(leaf));
    const at = all.findLastIndex(({ type }) => type === "revoke_key");
    // In one transaction, one after the other, at one moment.
    const [cause, share] = all.slice(at, at + 2);
    assert.deepInclude(share, { type: "revoke", message: gone, outcome: "accepted", from: "queued", at: cause.at });
    assert.deepInclude(share.event, { reviewer: "dan", key: lost.id });

    // The person is a reviewer all the same.
    await approve(kept.key, gone);
    const none = await served.call(
      "DELETE",
      `/v1/api-keys/${(await served.create("/v1/api-keys", { name: "x", scopes: ["read", "oversight"], principal: { kind: "person", id: "dan" } })).id}`,
    );
    assert.deepInclude(none.body, { voided: 0, messages: [] });
    await served.call("PATCH", `/v1/mailboxes/${keys.mailbox.id}`, { body: { quorum: 2 } });
  });
});

describe("revoking a reviewer", () => {
  it("who does not exist is 404 with the nearest names, and no entry", async () => {
    const before = (await entries()).length;
    for (const [name, meant] of [
      ["alcie", /Did you mean alice\?/],
      ["Bob", /Did you mean bob\?/],
      ["nobody-like-that", /a key with the scope oversight/],
      // The agent's key decides nothing.
      ["agent-1", /a key with the scope oversight/],
    ] as const) {
      const answer = await revoke(name);
      assert.deepEqual([answer.status, answer.body.code], [404, "not_found"], name);
      assert.match(answer.body.error, new RegExp(`There is no reviewer ${name}\\.`));
      assert.match(answer.body.hint, meant);
    }
    assert.lengthOf(await entries(), before);
    const state = await served.call("POST", "/v1/resume");
    assert.deepEqual(state.body.revoked_reviewers, []);
  });

  it("whose key is gone is possible, and again it answers what it did", async () => {
    const made = await served.create("/v1/api-keys", {
      name: "cat",
      scopes: ["read", "oversight"],
      principal: { kind: "person", id: "cat" },
    });
    const [one, two] = [await submit(), await submit()];
    await approve(keys.alice, one);
    await approve(keys.alice, two);
    const done = await revoke("alice");
    assert.deepInclude(done.body, { status: "revoked", revoked_reviewers: ["alice"] });
    assert.sameMembers(done.body.messages, [one, two]);
    // What was approved after it is not part of it, and there is none.
    assert.deepEqual((await revoke("alice")).body, done.body);
    await served.call("POST", "/v1/reviewers/alice/reinstate");
    await approve(keys.alice, two);
    const later = await revoke("alice");
    assert.deepEqual(later.body.messages, [two]);
    assert.deepEqual((await revoke("alice")).body, later.body);
    await served.call("POST", "/v1/reviewers/alice/reinstate");

    assert.strictEqual((await served.call("DELETE", `/v1/api-keys/${made.id}`)).status, 200);
    assert.strictEqual((await revoke("cat")).status, 200);
    assert.deepInclude((await revoke("cat")).body, { revoked_reviewers: ["cat"], messages: [] });
  });

  it("is refused to who is no operator, on the log, whether there is such a reviewer or not", async () => {
    const before = (await entries()).length;
    for (const name of ["alice", "nobody-like-that"]) {
      const answer = await served.call("POST", `/v1/reviewers/${name}/revoke`, { key: keys.bob });
      assert.deepEqual([answer.status, answer.body.code], [403, "forbidden"], name);
    }
    assert.lengthOf(await entries(), before + 2);
  });
});
