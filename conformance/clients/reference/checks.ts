/**
 * The verification report of the core under the names that the protocol gives its questions.
 */
import type { VerificationReport } from "../../../src/index.ts";

type Check = "pass" | "fail" | "unchecked";
type Key = VerificationReport["agent"]["key"];

const presence = (how: VerificationReport["agent"]["presence"]): Check => (how === "present" ? "pass" : "fail");

const keyStatus = ({ status }: Key): Check =>
  status === "active" || status === "retired" ? "pass" : status === "unchecked" ? "unchecked" : "fail";

export const checksOf = ({
  agent,
  operator,
  content,
  agreement,
}: VerificationReport): Readonly<Record<string, Check>> => ({
  "agent.present": presence(agent.presence),
  "agent.statement": agent.statementSignature,
  "agent.binding": agent.bindingSignature,
  "agent.key": keyStatus(agent.key),
  "agent.kind": agent.key.kind,
  "agent.time": agent.key.inTime,
  "agent.domain": agent.key.fromDomain,
  "agent.name": agent.agentMatchesKey,
  "operator.present": presence(operator.presence),
  "operator.signature": operator.signature,
  "operator.key": keyStatus(operator.key),
  "operator.kind": operator.key.kind,
  "operator.time": operator.key.inTime,
  "operator.domain": operator.key.fromDomain,
  "operator.name": operator.operatorMatchesKey,
  "content.body": content.bodyHash,
  "content.fields": content.signedFields,
  "content.message_id": content.messageId,
  "content.author": content.author,
  "content.recipients": content.recipients,
  "content.subject": content.subject,
  "agreement.agent": agreement.agent,
  "agreement.mailbox": agreement.mailbox,
  "agreement.operator": agreement.operator,
});
