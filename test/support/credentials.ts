/** Who asks, as the door knows them: an operator, an agent, and reviewers of the tenant `default`. */
import type { Credential } from "../../src/model/Credential.ts";

/** The key of the installation's operator. */
export const operatorKey = `mm_live_${"o".repeat(43)}`;

const credential = (id: string, fields: Partial<Credential>): Credential => ({
  id,
  tenant: "default",
  scopes: ["read"],
  principalKind: "person",
  principal: id,
  owner: null,
  mailboxes: null,
  ...fields,
});

export const operator = credential("ak_operator", { scopes: ["read", "admin"], principal: "operator" });
export const agent = credential("ak_agent", { scopes: ["read", "send"], principalKind: "agent", principal: "agent-1" });
export const reviewer = (name: string): Credential =>
  credential(`ak_${name}`, { scopes: ["read", "oversight"], principal: name });
export const alice = reviewer("alice");
export const bob = reviewer("bob");
