/** Who cancels what, and in which role: by HTTP, with the actor in the entry. */
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { furnish } from "../support/people.ts";
import { startRest, type RestServer } from "../support/rest.ts";

let served: RestServer;
let keys: Awaited<ReturnType<typeof furnish>>;
beforeAll(async () => {
  served = await startRest();
  keys = await furnish(served);
});
afterAll(() => served.close());

const keyOf = async (scopes: readonly string[], id: string, kind = "person", owner: string | null = null) => {
  const made = await served.call("POST", "/v1/api-keys", {
    body: { name: id, scopes, principal: { kind, id }, owner },
  });
  assert.strictEqual(made.status, 201, made.text);
  return made.body.api_key as string;
};
const submit = async (key: string) => {
  const sent = await served.call("POST", "/v1/send", {
    key,
    body: { mailbox: "support@acme.example", to: "carol@customer.example", subject: "Hello", body: "Hello." },
  });
  assert.strictEqual(sent.status, 202, sent.text);
  return sent.body.id as string;
};
const cancel = (key: string, id: string) => served.call("POST", `/v1/emails/${id}/cancel`, { key });
const actorOf = async (id: string) => {
  const { text } = await served.call("GET", "/v1/audit-log/export?format=jsonl", {});
  const entries = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const { role, principal } = entries.findLast((entry) => entry.message_id === id && entry.type === "cancel").actor;
  return [role, principal];
};

describe("cancel", () => {
  it("OV-125 role-that-permits: a key for send and admin cancels another's message as the operator, its own as the agent", async () => {
    const pat = await keyOf(["read", "send", "admin"], "pat");
    const theirs = await submit(keys.agent);
    assert.strictEqual((await cancel(pat, theirs)).status, 200);
    assert.deepEqual(await actorOf(theirs), ["operator", "pat"]);

    const own = await submit(pat);
    assert.strictEqual((await cancel(pat, own)).status, 200);
    assert.deepEqual(await actorOf(own), ["agent", "pat"]);

    const owned = await submit(await keyOf(["read", "send"], "agent-1", "agent", "pat"));
    assert.strictEqual((await cancel(pat, owned)).status, 200);
    assert.deepEqual(await actorOf(owned), ["agent", "pat"]);
  });

  it("OV-51 agent-touches-only-its-own: a key for send alone cancels its own, and no other", async () => {
    const quinn = await keyOf(["read", "send"], "quinn");
    const theirs = await submit(keys.agent);
    const refused = await cancel(quinn, theirs);
    assert.deepEqual([refused.status, refused.body.code], [403, "forbidden"]);
    assert.deepEqual(await actorOf(theirs), ["agent", "quinn"]);
    const own = await submit(quinn);
    assert.strictEqual((await cancel(quinn, own)).status, 200);
  });
});
