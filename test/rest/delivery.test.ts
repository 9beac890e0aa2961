/** Delivery in the open: what every view of a message says of its hand-over, and the button that tries again now. */
import { Effect, Queue } from "effect";
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import type { DeliveryPermit } from "../../src/contracts/DeliveryPermit.ts";
import type { HandOver } from "../../src/contracts/Oversight.ts";
import { furnish } from "../support/people.ts";
import { startRest, type RestServer } from "../support/rest.ts";

let served: RestServer;
let keys: Awaited<ReturnType<typeof furnish>>;
beforeAll(async () => {
  served = await startRest();
  keys = await furnish(served);
});
afterAll(() => served.close());

const approved = async () => {
  const { body } = await served.call("POST", "/v1/send", {
    key: keys.agent,
    body: {
      mailbox: "support@acme.example",
      to: ["ann@a.example", "ben@a.example", "cat@a.example"],
      subject: "Ticket",
      body: "Resolved.",
    },
  });
  await served.call("POST", "/v1/oversight/decide", {
    key: keys.alice,
    body: { email_id: body.id, decision: "approve" },
  });
  return body.id as string;
};
/** Hands over what is enqueued, or claimed anew, with this outcome. */
const handOver = (outcome: (permit: DeliveryPermit) => HandOver, row = Queue.take(served.oversight.enqueued)) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const [permit] = yield* served.oversight.dispatch([yield* row]);
      assert.isDefined(permit);
      yield* served.oversight.settle(permit!, outcome(permit!));
      return permit!;
    }),
  );
const shown = async (id: string) => (await served.call("GET", `/v1/emails/${id}`, { key: keys.bob })).body;
const later = 2 ** 33;

describe("delivery", () => {
  it("says nothing before there was a try", async () => {
    const id = await approved();
    assert.deepEqual((await shown(id)).delivery, {
      attempts: 0,
      last_reply: null,
      last_attempt_at: null,
      next_attempt_at: (await shown(id)).delivery.next_attempt_at,
      refused: [],
    });
    await handOver(() => ({ type: "delivered", reply: "250 2.0.0 taken", refused: [] }));
    assert.deepInclude((await shown(id)).delivery, {
      attempts: 1,
      last_reply: "250 2.0.0 taken",
      next_attempt_at: null,
    });
  });

  it("accounts for each recipient over several tries, and keeps a refusal after the retry", async () => {
    const id = await approved();
    const refused = [{ address: "ben@a.example", reply: "550 5.1.1 no such user" }];
    await handOver(() => ({
      type: "deferred",
      reply: "450 4.2.1 later",
      retryAt: later,
      remaining: ["cat@a.example"],
      refused,
      partly: true,
    }));
    const waiting = await shown(id);
    assert.strictEqual(waiting.status, "queued");
    assert.deepInclude(waiting.delivery, {
      attempts: 1,
      last_reply: "450 4.2.1 later",
      next_attempt_at: new Date(later * 1000).toISOString(),
      refused,
    });
    const { emails } = (await served.call("GET", `/v1/mailboxes/${keys.mailbox.id}/emails`, { key: keys.agent })).body;
    assert.deepEqual(emails.find((one: { id: string }) => one.id === id).delivery, waiting.delivery);

    const retried = await served.call("POST", `/v1/emails/${id}/retry`, { key: keys.agent });
    assert.strictEqual(retried.status, 200, retried.text);
    assert.isAtMost(Date.parse(retried.body.delivery.next_attempt_at), Date.now() + 1000);
    const again = await served.call("POST", `/v1/emails/${id}/retry`, { key: keys.agent });
    assert.deepInclude([again.status, again.body.code], 409);

    const row = { message: id, kind: "message", dueAt: 0, leaseOwner: null, leaseUntil: 0, tries: 1 } as const;
    const permit = await handOver(
      ({ content }) => ({ type: "delivered", reply: "250 2.0.0 taken", refused: content.refused }),
      Effect.succeed({ ...row, remaining: ["cat@a.example"] }),
    );
    assert.deepInclude(permit.content, { recipients: ["cat@a.example"], partly: true, refused });
    assert.deepInclude((await shown(id)).delivery, { attempts: 2, last_reply: "250 2.0.0 taken", refused });
  });

  it("gives the reason of a failed one, and tries nothing again that has ended", async () => {
    const id = await approved();
    const refused = ["ann", "ben", "cat"].map((name) => ({ address: `${name}@a.example`, reply: "550 5.7.1 no" }));
    await handOver(() => ({ type: "failed", reply: "550 5.7.1 no", refused }));
    const failed = await shown(id);
    assert.strictEqual(failed.status, "failed");
    assert.deepInclude(failed.delivery, { last_reply: "550 5.7.1 no", refused });
    assert.strictEqual((await served.call("POST", `/v1/emails/${id}/retry`, { key: keys.agent })).status, 409);
  });

  it("is retried by nobody outside of its mailbox's reach, nor by a key that only reads", async () => {
    const id = await approved();
    const reader = await served.call("POST", "/v1/api-keys", {
      body: { name: "reader", scopes: ["read"], principal: { kind: "agent", id: "reader" } },
    });
    assert.strictEqual((await served.call("POST", `/v1/emails/${id}/retry`, { key: reader.body.api_key })).status, 403);
    assert.strictEqual((await served.call("POST", "/v1/emails/msg_01J00000000000000000000000/retry")).status, 404);
  });
});
