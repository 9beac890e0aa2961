/** What is shown of a message is what the machine would count now: its mode, and the approvals it has. */
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

const submit = async () => {
  const sent = await served.call("POST", "/v1/send", {
    key: keys.agent,
    body: { mailbox: "support@acme.example", to: "carol@customer.example", subject: "Ticket", body: "Resolved." },
  });
  assert.strictEqual(sent.status, 202, sent.text);
  return sent.body.id as string;
};
const shown = async (id: string) => (await served.call("GET", `/v1/emails/${id}`, { key: keys.bob })).body;

describe("a message as it is shown", () => {
  it("OV-2 effective-mode-is-strictest: is read_only while its tenant is halted, and in its mailbox's mode again after", async () => {
    const id = await submit();
    assert.strictEqual((await shown(id)).oversight_mode, "gated_send");
    await served.call("POST", "/v1/halt");
    assert.strictEqual((await shown(id)).oversight_mode, "read_only");
    const { emails } = (await served.call("GET", "/v1/oversight/pending", { key: keys.bob })).body;
    assert.strictEqual(emails[0].oversight_mode, "read_only");
    await served.call("POST", "/v1/resume");
    assert.strictEqual((await shown(id)).oversight_mode, "gated_send");
  });

  it("OV-23 quorum-counts-people: has no approval by a reviewer who was revoked", async () => {
    const patch = (body: object) => served.call("PATCH", `/v1/mailboxes/${keys.mailbox.id}`, { body });
    await patch({ quorum: 2 });
    const id = await submit();
    const approve = (key: string) =>
      served.call("POST", "/v1/oversight/decide", { key, body: { email_id: id, decision: "approve" } });
    assert.deepInclude((await approve(keys.alice)).body, { status: "pending_approval", approvals: 1 });
    assert.deepInclude(await shown(id), { approvals: 1, quorum: 2 });
    assert.deepEqual(
      (await shown(id)).approved_by.map(({ reviewer }: { reviewer: string }) => reviewer),
      ["alice"],
    );

    await served.call("POST", "/v1/reviewers/alice/revoke");
    assert.deepInclude(await shown(id), { approvals: 0, approved_by: [] });
  });
});
