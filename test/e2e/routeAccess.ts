/** Every route of the REST face, and who may use it. */
import { letter } from "../support/letter.ts";
import { type Scope, unique } from "../support/tenant.ts";

/** `open`: nobody needs a key. `any`: every key. Else the scopes of which a key must have one. */
export type Access = "open" | "any" | readonly Scope[];

export interface Route {
  readonly access: Access;
  /** A body that is good enough to get as far as the question who asks. */
  readonly body?: () => unknown;
}

const readers: Access = ["read", "oversight", "admin"];

export const routes: Readonly<Record<string, Route>> = {
  "POST /v1/mailboxes": {
    access: ["admin"],
    body: () => ({ address: `${unique("made")}@acme.example`, agent_id: "agent-1" }),
  },
  "GET /v1/mailboxes": { access: "any" },
  "GET /v1/mailboxes/{id}": { access: "any" },
  // The same mode again: who may not change it is refused all the same.
  "PATCH /v1/mailboxes/{id}": { access: ["send", "admin"], body: () => ({ oversight_mode: "gated_send" }) },
  "PATCH /v1/mailboxes/{id}/configure": { access: ["send", "admin"], body: () => ({ oversight_mode: "gated_send" }) },
  "POST /v1/send": { access: ["send"], body: () => letter({ mailbox: undefined, mailbox_id: "{id}" }) },
  "POST /v1/mailboxes/{id}/send": { access: ["send"], body: () => letter({ mailbox: undefined }) },
  "GET /v1/mailboxes/{id}/inbox": { access: readers },
  "GET /v1/mailboxes/{id}/emails": { access: readers },
  "GET /v1/mailboxes/{id}/emails/{emailId}": { access: readers },
  "GET /v1/mailboxes/{id}/emails/{emailId}/raw": { access: readers },
  "GET /v1/mailboxes/{id}/threads/{threadId}": { access: readers },
  "GET /v1/emails/{emailId}": { access: readers },
  // The author edits and cancels: of these keys, the agent's. An edit needs to read what it leaves out.
  "PATCH /v1/mailboxes/{id}/emails/{emailId}": { access: ["oversight"], body: () => ({ subject: "Edited" }) },
  "PATCH /v1/mailboxes/{id}/emails/{emailId}/schedule": { access: ["oversight"], body: () => ({ subject: "Edited" }) },
  "POST /v1/mailboxes/{id}/emails/{emailId}/cancel": { access: ["admin"] },
  "POST /v1/emails/{emailId}/cancel": { access: ["admin"] },
  "POST /v1/emails/{emailId}/retry": { access: ["send", "oversight", "admin"] },
  "GET /v1/oversight/pending": { access: readers },
  "POST /v1/oversight/decide": { access: ["oversight"], body: () => ({ pending_id: "{emailId}", decision: "reject" }) },
  "POST /v1/emails/{emailId}/resolve": { access: ["oversight", "admin"], body: () => ({ outcome: "failed" }) },
  "GET /v1/audit-log": { access: ["oversight", "admin"] },
  "GET /v1/audit-log/export": { access: ["oversight", "admin"] },
  "GET /v1/audit-log/{ref}/receipt": { access: ["oversight", "admin"] },
  "GET /v1/retention": { access: ["oversight", "admin"] },
  "PATCH /v1/retention": { access: ["admin"], body: () => ({ days: 400 }) },
  "GET /v1/legal-holds": { access: ["oversight", "admin"] },
  "POST /v1/legal-holds": { access: ["admin"], body: () => ({ message_id: "{emailId}", reason: "Case 17" }) },
  "DELETE /v1/legal-holds/{id}": { access: ["admin"] },
  "POST /v1/erasures": { access: ["admin"], body: () => ({ message_id: "{emailId}" }) },
  "POST /v1/api-keys": {
    access: ["admin"],
    body: () => ({ name: "more", scopes: ["read"], principal: { kind: "person", id: unique("p") } }),
  },
  "GET /v1/api-keys": { access: ["admin"] },
  "DELETE /v1/api-keys/{id}": { access: ["admin"] },
  "POST /v1/halt": { access: ["admin"] },
  "POST /v1/resume": { access: ["admin"] },
  "POST /v1/reviewers/{id}/revoke": { access: ["admin"] },
  "POST /v1/reviewers/{id}/reinstate": { access: ["admin"] },
  // The installation's operator only: not even a tenant's.
  "POST /v1/tenants": { access: [], body: () => ({ name: "mine" }) },
  "GET /v1/lists/send/{kind}": { access: "any" },
  "POST /v1/lists/send/{kind}": { access: ["admin"], body: () => ({ entry: `${unique("e")}.example` }) },
  "DELETE /v1/lists/send/{kind}/{entry}": { access: ["admin"] },
  "GET /v1/domains/{domain}/risk": { access: readers },
  "GET /v1/risk-policy": { access: readers },
  "PATCH /v1/risk-policy": { access: ["admin"], body: () => ({ hold_above: 0.7 }) },
  "GET /v1/mailboxes/{id}/risk-policy": { access: readers },
  "PATCH /v1/mailboxes/{id}/risk-policy": { access: ["admin"], body: () => ({ hold_above: 0.7 }) },
  "GET /v1/identity/keys/{kid}": { access: "open" },
  "GET /.well-known/multimail-signing-key": { access: "open" },
  "GET /.well-known/jwks.json": { access: "open" },
  "GET /health": { access: "open" },
  "GET /v1/log/checkpoint": { access: "open" },
  "GET /v1/log/keys": { access: "open" },
  "GET /v1/proofs": { access: "open" },
  "GET /v1/proofs/{ref}": { access: "open" },
};
