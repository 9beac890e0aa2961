/** The demo's first act: a mailbox and two credentials, a message that waits, and the person who approves exactly what she saw. */
import type { Call } from "./demoServer.ts";
import type { Narrator } from "./narrator.ts";
import { expect } from "./StoryError.ts";

export const playApproval = async ({ step, detail, good }: Narrator, call: Call, operatorKey: string) => {
  step("The operator makes a mailbox for an agent, in mode gated_send: every message waits for a person");
  const mailbox = await call("POST", "/v1/mailboxes", operatorKey, {
    address: "support@acme.example",
    agent_id: "agent-crm-support-v2",
    display_name: "CRM Support Agent",
    oversight_mode: "gated_send",
  });
  expect(mailbox.status === 201, `the mailbox was not made: ${mailbox.text}`);
  detail("mailbox", `${mailbox.body["address"]} (${mailbox.body["id"]})`);
  detail("identity key", mailbox.body["agent_identity_key_id"]);

  const emails = `/v1/mailboxes/${mailbox.body["id"]}/emails`;

  step("… and two credentials: the agent may send, Alice may decide. No key may do both");
  const agent = await call("POST", "/v1/api-keys", operatorKey, {
    name: "support agent",
    scopes: ["read", "send"],
    principal: { kind: "agent", id: "agent-crm-support-v2" },
  });
  const alice = await call("POST", "/v1/api-keys", operatorKey, {
    name: "Alice",
    scopes: ["read", "oversight"],
    principal: { kind: "person", id: "alice" },
  });
  const both = await call("POST", "/v1/api-keys", operatorKey, {
    name: "both",
    scopes: ["send", "oversight"],
    principal: { kind: "person", id: "mallory" },
  });
  expect(agent.status === 201 && alice.status === 201, `a key was not made: ${agent.text} ${alice.text}`);
  expect(both.status >= 400, "a key with send and oversight was made");
  const [agentKey, aliceKey] = [agent.body["key"] as string, alice.body["key"] as string];
  good(`a key with both scopes is refused (${both.status}): ${both.body["error"]}`);

  step("The agent sends. The answer says what is known about the recipient, and that it waits");
  const draft = {
    mailbox: "support@acme.example",
    to: "carol@example.org",
    subject: "Your support ticket has been resolved",
    body: "Hi, we've resolved ticket #4821. Let us know if you have questions.",
  };
  const sent = await call("POST", "/v1/send", agentKey, draft);
  expect(sent.status === 202 && sent.body["status"] === "pending_approval", `unexpected: ${sent.text}`);
  for (const name of ["status", "pending_id", "domain_risk_score", "domain_flags", "identity_header", "message"]) {
    detail(name, sent.body[name]);
  }

  step("The agent tries to approve its own mail");
  const self = await call("POST", "/v1/oversight/decide", agentKey, {
    pending_id: sent.body["pending_id"],
    decision: "approve",
    reviewer_id: "alice",
  });
  expect(self.status === 403, `the agent's decision was answered ${self.status}: ${self.text}`);
  good(`${self.status} ${self.body["error"]}`);

  step("Alice looks at what waits");
  const pending = await call("GET", "/v1/oversight/pending", aliceKey);
  const shown = (pending.body["pending"] as Record<string, any>[])[0];
  expect(shown !== undefined, `nothing is pending: ${pending.text}`);
  detail("to", shown!["to"]);
  detail("subject", shown!["subject"]);
  detail("digest", shown!["digest"]);

  step("Before she decides, the agent edits the message. What she saw is no longer what would be sent");
  const revised = await call("PATCH", `${emails}/${sent.body["id"]}`, agentKey, {
    ...draft,
    body: "Hi, we've resolved ticket #4821. Reply to this message if you have questions.",
  });
  expect(revised.status < 300, `the edit was refused: ${revised.text}`);
  const stale = await call("POST", "/v1/oversight/decide", aliceKey, {
    pending_id: shown!["pending_id"],
    decision: "approve",
    digest: shown!["digest"],
  });
  expect(stale.status === 409, `the stale approval was answered ${stale.status}: ${stale.text}`);
  good(`her approval of the old content: ${stale.status} ${stale.body["error"]}`);

  step("Alice reads the new content and approves exactly that");
  const again = await call("GET", "/v1/oversight/pending", aliceKey);
  const fresh = (again.body["pending"] as Record<string, any>[])[0];
  expect(fresh !== undefined, "the edited message is not pending");
  const approvedBytes = await call("GET", `${emails}/${sent.body["id"]}/raw`, aliceKey);
  const approved = await call("POST", "/v1/oversight/decide", aliceKey, {
    pending_id: fresh!["pending_id"],
    decision: "approve",
    digest: fresh!["digest"],
    reason: "Answers the customer; nothing sensitive.",
  });
  expect(approved.status === 200, `the approval was answered ${approved.status}: ${approved.text}`);
  detail("status", approved.body["status"]);
  detail("audit_ref", approved.body["audit_ref"]);

  return { aliceKey, auditRef: approved.body["audit_ref"] as string, approvedText: approvedBytes.text };
};
