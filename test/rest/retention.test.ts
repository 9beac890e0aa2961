/** Retention, legal holds and erasure, as an operator meets them. */
import { Effect } from "effect";
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

const person = "carol@customer.example";

/** A message that was rejected with a reason, so that it has ended and holds what is personal. */
const ended = async (to = person): Promise<any> => {
  const sent = (
    await served.call("POST", "/v1/send", {
      key: keys.agent,
      body: { mailbox: "support@acme.example", to, subject: "Private subject", body: "Private body" },
    })
  ).body;
  const decided = await served.call("POST", "/v1/oversight/decide", {
    key: keys.alice,
    body: { pending_id: sent.pending_id, decision: "reject", reason: "Private reason" },
  });
  assert.strictEqual(decided.status, 200, decided.text);
  return sent;
};

const shown = (id: string) => served.call("GET", `/v1/emails/${id}`, { key: keys.alice });
const verified = () => Effect.runPromise(served.oversight.verifyLog);

describe("retention", () => {
  it("OV-83 retention-floor: is 183 days at least, null until it is set, and an entry of the log", async () => {
    assert.deepEqual((await served.call("GET", "/v1/retention")).body, { days: null, floor_days: 183 });
    for (const days of [182, 0, -1, 1.5, 40_000]) {
      const refused = await served.call("PATCH", "/v1/retention", { body: { days } });
      assert.include([400, 422], refused.status, String(days));
      assert.isTrue(isError(refused));
    }
    assert.deepEqual((await served.call("PATCH", "/v1/retention", { body: { days: 183 } })).body, {
      days: 183,
      floor_days: 183,
    });
    const refused = await served.call("PATCH", "/v1/retention", { key: keys.alice, body: { days: 400 } });
    assert.strictEqual(refused.status, 403);
    const log = await served.call("GET", "/v1/audit-log?limit=100");
    const entries = log.body.entries.filter(({ action }: any) => action === "set_retention");
    assert.deepEqual(
      entries.map(({ outcome, refusal, metadata }: any) => [outcome, refusal, metadata.days]),
      [
        ["accepted", null, 183],
        ["refused", "not_permitted", 400],
      ],
    );
    await verified();
  });
});

describe("erasure", () => {
  it("OV-81 erasure-keeps-the-tree: takes content, recipients and reasons, and the log replays as before", async () => {
    const sent = await ended();
    const before = await served.call("GET", "/v1/audit-log/export");
    const done = await served.call("POST", "/v1/erasures", { body: { message_id: sent.id } });
    assert.deepInclude(done.body, { erased: [sent.id], held: [], unfinished: [] });
    assert.lengthOf(done.body.audit_refs, 1);
    const after = await shown(sent.id);
    assert.notInclude(after.text, "Private");
    assert.notInclude(after.text, person);
    assert.strictEqual(after.body.status, "rejected");
    await verified();
    // Every line that was exported before is exported still.
    const exported = await served.call("GET", "/v1/audit-log/export");
    for (const line of before.text.split("\n").slice(1)) assert.include(exported.text, line);
    const receipt = await served.call("GET", `/v1/audit-log/${encodeURIComponent(done.body.audit_refs[0])}/receipt`);
    assert.match(receipt.text, /^c2sp\.org\/tlog-proof@v1\n/);
  });

  it("by a person's address takes every ended message to them, and no other", async () => {
    const dora = "dora@customer.example";
    const [one, two, other] = [await ended(dora), await ended(dora), await ended("dora@customer.example.org")];
    const open = (
      await served.call("POST", "/v1/send", {
        key: keys.agent,
        body: { mailbox: "support@acme.example", to: dora, subject: "Open", body: "Still to be decided" },
      })
    ).body;
    const done = (await served.call("POST", "/v1/erasures", { body: { person: "Dora@customer.example" } })).body;
    assert.deepEqual(done.erased.toSorted(), [one.id, two.id].toSorted());
    assert.deepEqual(done.unfinished, [open.id]);
    assert.include((await shown(other.id)).text, "Private subject");
    assert.include((await shown(open.id)).text, "Still to be decided");
    await verified();
  });

  it("OV-84 held-is-kept: what a hold covers stays until it is released", async () => {
    const sent = await ended();
    const hold = await served.call("POST", "/v1/legal-holds", { body: { message_id: sent.id, reason: "Case 17" } });
    assert.strictEqual(hold.status, 201, hold.text);
    const tried = (await served.call("POST", "/v1/erasures", { body: { message_id: sent.id } })).body;
    assert.deepInclude(tried, { erased: [], held: [sent.id] });
    assert.include((await shown(sent.id)).text, "Private subject");
    const listed = (await served.call("GET", "/v1/legal-holds", { key: keys.alice })).body.legal_holds;
    assert.deepInclude(listed, hold.body);
    const released = await served.call("DELETE", `/v1/legal-holds/${hold.body.id}`);
    assert.isString(released.body.released_at);
    assert.strictEqual((await served.call("DELETE", `/v1/legal-holds/${hold.body.id}`)).status, 404);
    const done = (await served.call("POST", "/v1/erasures", { body: { message_id: sent.id } })).body;
    assert.deepEqual(done.erased, [sent.id]);
    await verified();
    const log = await served.call("GET", "/v1/audit-log/export");
    assert.notInclude(log.text, "Case 17");
  });

  it("leaves a message that can be read, decided on in vain, and erased again", async () => {
    const sent = await ended();
    const erase = () => served.call("POST", "/v1/erasures", { body: { message_id: sent.id } });
    await erase();
    const late = await served.call("POST", "/v1/oversight/decide", {
      key: keys.bob,
      body: { email_id: sent.id, decision: "approve", digest: sent.digest, reason: "Private afterthought" },
    });
    assert.strictEqual(late.status, 409, late.text);
    assert.deepEqual((await erase()).body.erased, [sent.id]);
    const raw = await served.call("GET", `/v1/mailboxes/${sent.mailbox_id}/emails/${sent.id}/raw`, { key: keys.bob });
    assert.strictEqual(raw.text, "");
    assert.strictEqual((await served.call("GET", "/v1/mailboxes/support@acme.example/emails?limit=50")).status, 200);
    await verified();
  });

  it("is for operators, and says what it lacks", async () => {
    const sent = await ended();
    const by = (body: unknown, key?: string) =>
      served.call("POST", "/v1/erasures", key === undefined ? { body } : { key, body });
    for (const key of [keys.agent, keys.alice])
      assert.strictEqual((await by({ message_id: sent.id }, key)).status, 403);
    assert.strictEqual((await by({ message_id: "msg_none" })).status, 404);
    for (const body of [{}, { message_id: sent.id, person }, { person: "nobody" }]) {
      const refused = await by(body);
      assert.strictEqual(refused.status, 422, refused.text);
      assert.isTrue(isError(refused));
    }
    assert.include((await shown(sent.id)).text, "Private subject");
  });
});
