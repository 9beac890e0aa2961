/** What a leaf says about a message beside the event itself: whose it is, which content, who stands behind it. Ids and hashes only. */
import type { Json } from "../audit/canonical.ts";
import type { MessageState } from "../model/State.ts";
import type { ContentRow, MessageRow } from "../store/Journal.ts";

export type Evidence = { readonly [name: string]: Json };

/** Fields of `v=1; kid=…; agent=…; ts=…; sig=…`; the statement was made here, so it has them. */
const statementField = (header: string, name: string): string | null =>
  new RegExp(`(?:^|; )${name}=([^;]+)`).exec(header)?.[1] ?? null;

/** The message's row, the content it has now, and who approves it at this moment. */
export const evidenceOf = (
  row: Pick<MessageRow, "agent" | "messageId">,
  content: Pick<ContentRow, "digest" | "summary">,
  state: Pick<MessageState, "approvals">,
): Evidence => ({
  agent: row.agent,
  message_id: row.messageId,
  content_digest: content.digest,
  identity_kid: statementField(content.summary.identityHeader, "kid"),
  identity_signature: statementField(content.summary.identityHeader, "sig"),
  approvers: [...new Set(state.approvals.map((approval) => approval.reviewer))].sort(),
});
