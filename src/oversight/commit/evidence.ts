/** What a leaf holds of a message beside the event itself: whose it is, which content, who approved it. Ids and hashes only. */
import type { Json } from "../../bytes/canonical.ts";
import type { MessageState } from "../../model/State.ts";
import type { MessageRow, ContentRow } from "../../model/records/message.ts";
import type { Standing } from "../../model/approvals.ts";

export type Evidence = { readonly [name: string]: Json };

/** Fields of `v=1; kid=…; agent=…; ts=…; sig=…`; the statement was made here, so it has them. */
const statementField = (header: string, name: "kid" | "ts" | "sig"): string | null => {
  const start = header.indexOf(` ${name}=`);
  if (start === -1) return null;
  const end = header.indexOf(";", start);
  return header.slice(start + name.length + 2, end === -1 ? undefined : end);
};

/**
 * The message's row, the content it has, and whose approvals of it are live at this moment. The content is named only while `state`
 * still names it: another process may have put a newer one in its place.
 */
export const evidenceOf = (
  row: Pick<MessageRow, "agent" | "messageId">,
  content: Pick<ContentRow, "digest" | "summary">,
  state: Pick<MessageState, "digest">,
  { approvers }: Pick<Standing, "approvers">,
): Evidence => {
  const isCurrent = state.digest === content.digest;
  const header = isCurrent ? content.summary.identityHeader : "";
  const { disclosure } = content.summary;
  return {
    agent: row.agent,
    message_id: row.messageId,
    content_digest: state.digest,
    ...(isCurrent && disclosure !== undefined ? { disclosure } : {}),
    identity_kid: statementField(header, "kid"),
    identity_ts: header === "" ? null : Number(statementField(header, "ts")),
    identity_signature: statementField(header, "sig"),
    approvers,
  };
};

/** What the entries of a hand-over, and of its outcome, record: with the decision it rests on. @spec OV-70 OV-124 */
export const handOverEvidenceOf = (
  row: Parameters<typeof evidenceOf>[0],
  content: Parameters<typeof evidenceOf>[1],
  state: Pick<MessageState, "digest">,
  standing: Standing,
): Evidence => ({ ...evidenceOf(row, content, state, standing), decision: standing.decision });
