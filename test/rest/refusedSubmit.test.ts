/** A message that was refused at its submit says why, once and for all: then, and whenever the same request is made again. */
import { afterAll, assert, beforeAll, describe, it } from "vitest";
import { operatorKey } from "../support/credentials.ts";
import { startRest, type RestServer } from "../support/rest.ts";

let served: RestServer;
let agent: string;
beforeAll(async () => {
  served = await startRest();
  const box = { address: "sales@acme.example", agent_id: "sales", oversight_mode: "autonomous" };
  assert.strictEqual((await served.call("POST", "/v1/mailboxes", { body: box })).status, 201);
  const made = await served.call("POST", "/v1/api-keys", {
    body: { name: "sales", scopes: ["read", "send"], principal: { kind: "agent", id: "sales" } },
  });
  agent = made.body.key;
});
afterAll(() => served.close());

const send = (to: string, key: string) =>
  served.call("POST", "/v1/send", {
    key: agent,
    headers: { "idempotency-key": key },
    body: { mailbox: "sales@acme.example", to, subject: "Hello", body: "Hello." },
  });
const operate = async (method: string, path: string, body?: unknown) => {
  const { status } = await served.call(method, path, { key: operatorKey, ...(body === undefined ? {} : { body }) });
  assert.isBelow(status, 300, `${method} ${path}`);
};
const mode = (oversight_mode: string) => operate("PATCH", "/v1/mailboxes/sales@acme.example", { oversight_mode });

describe("a message refused at its submit", () => {
  it("OV-121 refused-says-why: gives the reason of its entry, also when another one applies by now", async () => {
    await operate("POST", "/v1/halt");
    const halted = await send("ann@customer.example", "one");
    assert.deepEqual([halted.status, halted.body.code, halted.body.status], [403, "halted", "refused"]);
    assert.match(halted.body.error, /All sending is halted/);
    await operate("POST", "/v1/resume");

    await mode("read_only");
    const closed = await send("ann@customer.example", "two");
    assert.deepEqual([closed.status, closed.body.code], [403, "read_only"]);

    // What stopped the first is over, and something else would stop it now.
    const again = await send("ann@customer.example", "one");
    assert.deepEqual([again.status, again.body.code, again.body.id], [403, "halted", halted.body.id]);
    assert.match(again.body.error, /was refused when it was submitted: all sending was halted/);
    assert.match(again.body.hint, /another Idempotency-Key/);

    await mode("autonomous");
    const over = await send("ann@customer.example", "two");
    assert.deepEqual([over.status, over.body.code, over.body.id], [403, "read_only", closed.body.id]);
    assert.match(over.body.error, /was refused when it was submitted: the mailbox was read_only/);
  });

  it("OV-121 refused-says-why: gives the first that applies", async () => {
    await operate("POST", "/v1/lists/send/block", { entry: "blocked.example" });
    const blocked = await send("x@blocked.example", "three");
    assert.deepEqual([blocked.status, blocked.body.code], [403, "recipient_blocked"]);
    await operate("POST", "/v1/halt");
    assert.strictEqual((await send("x@blocked.example", "four")).body.code, "halted");
    await operate("POST", "/v1/resume");
    assert.strictEqual((await send("x@blocked.example", "three")).body.code, "recipient_blocked");
    assert.strictEqual((await send("x@blocked.example", "four")).body.code, "halted");
    const { text } = await served.call("GET", "/v1/audit-log/export?format=jsonl", {});
    const reasons = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .filter(({ type, to_status: to }) => type === "submit" && to === "refused")
      .map(({ refusal }) => refusal);
    assert.deepEqual(reasons.toSorted(), ["halted", "halted", "read_only", "recipient_blocked"]);
  });
});
