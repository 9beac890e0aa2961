/** Who may edit what waits, and under whose name: by HTTP, with the entry each try leaves in the log. */
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { furnish } from "../support/people.ts";
import { isError, startRest, type RestServer } from "../support/rest.ts";

let served: RestServer;
let keys: Awaited<ReturnType<typeof furnish>>;
beforeAll(async () => {
  served = await startRest();
  keys = await furnish(served);
});
afterAll(() => served.close());

const agentKey = async (owner: string | null) => {
  const made = await served.call("POST", "/v1/api-keys", {
    body: { name: "agent", scopes: ["read", "send"], principal: { kind: "agent", id: "agent-1" }, owner },
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
  return sent.body as { readonly id: string; readonly digest: string };
};
const edit = (key: string, id: string, body: object = { body: "Goodbye." }) =>
  served.call("PATCH", `/v1/mailboxes/${keys.mailbox.id}/emails/${id}`, { key, body });
const entriesOf = async (id: string) => {
  const { text } = await served.call("GET", "/v1/audit-log/export?format=jsonl", {});
  const lines = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return lines.filter(({ message_id: message }) => message === id).map(({ leaf }) => JSON.parse(leaf));
};

describe("an agent's edit", () => {
  it("OV-123 edited-under-its-owner: with a key of another owner is refused, changes nothing, and is an entry", async () => {
    const [anns, zoes, nobodys] = [await agentKey("ann"), await agentKey("zoe"), await agentKey(null)];
    const sent = await submit(anns);
    for (const [key, owner] of [
      [zoes, "zoe"],
      [nobodys, null],
    ] as const) {
      const refused = await edit(key, sent.id);
      assert.deepEqual([refused.status, refused.body.code], [403, "forbidden"], refused.text);
      assert.isTrue(isError(refused));
      assert.match(refused.body.error, /Another person answers for this message than for this key/);
      const entry = (await entriesOf(sent.id)).at(-1);
      assert.deepInclude(entry, { type: "revise", outcome: "refused", refusal: "not_permitted" });
      assert.strictEqual(entry.event.owner, owner);
    }
    const shown = await served.call("GET", `/v1/emails/${sent.id}`, { key: anns });
    assert.deepEqual([shown.body.digest, shown.body.status], [sent.digest, "pending_approval"]);
  });

  it("OV-123 edited-under-its-owner: with another key of the same owner, or of none where none was named, is taken", async () => {
    const sent = await submit(await agentKey("ann"));
    assert.strictEqual((await edit(await agentKey("ann"), sent.id)).status, 202);
    const bare = await submit(await agentKey(null));
    assert.strictEqual((await edit(await agentKey(null), bare.id)).status, 202);
    assert.strictEqual((await edit(await agentKey("ann"), bare.id)).status, 403);
  });

  it("OV-123 edited-under-its-owner: a reviewer's edit is nobody's but their own, whoever owns the message", async () => {
    const sent = await submit(await agentKey("ann"));
    const edited = await edit(keys.bob, sent.id);
    assert.strictEqual(edited.status, 202, edited.text);
    assert.strictEqual((await entriesOf(sent.id)).at(-1).event.owner, "bob");
  });
});
