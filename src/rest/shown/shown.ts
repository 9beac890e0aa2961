/** What the services know, as it is on the wire: mailboxes, messages, moments. Pure. */
import { approvalsOf, modeOf, type Letter } from "../../correspondence/Letter.ts";
import { pendingId } from "../../model/PendingId.ts";
import { instant } from "../../model/time.ts";
import { changeShown, riskShown } from "./riskShown.ts";
import type { Mailbox } from "../../accounts/Reach.ts";
import { countOf } from "../../model/approvals.ts";

export const mailboxShown = (mailbox: Mailbox) => ({
  id: mailbox.id,
  tenant_id: mailbox.tenant,
  address: mailbox.address,
  agent_id: mailbox.agent,
  agent_ref: mailbox.agentRef,
  display_name: mailbox.displayName,
  oversight_address: mailbox.oversightAddress,
  oversight_mode: mailbox.state.mode,
  policy: {
    quorum: mailbox.state.policy.quorum,
    decision_window: mailbox.state.policy.decisionWindow,
    approval_max_age: mailbox.state.policy.approvalMaxAge,
  },
  agent_identity_key_id: mailbox.kid,
  created_at: mailbox.createdAt * 1000,
  is_active: true,
});

/** A message in a list. */
export const emailListed = (letter: Letter) => {
  const { row, state, content, mailbox } = letter;
  const { summary } = content;
  const risk = riskShown(summary.risk);
  return {
    id: row.id,
    pending_id: pendingId(row.id, state.revision),
    mailbox_id: row.mailbox,
    mailbox: mailbox.address,
    direction: "outbound" as const,
    from: summary.from,
    to: summary.to,
    cc: summary.cc,
    bcc: summary.bcc,
    reply_to: summary.replyTo,
    subject: summary.subject,
    status: state.status,
    thread_id: row.thread,
    message_id: row.messageId,
    agent_id: row.agent,
    submitted_by: state.author,
    oversight_mode: modeOf(letter),
    digest: state.digest,
    revision: state.revision,
    approvals: countOf(approvalsOf(letter)),
    quorum: mailbox.state.policy.quorum,
    domain_risk_score: risk.score,
    domain_flags: risk.flags,
    submitted_at: instant(row.createdAt),
    received_at: instant(row.createdAt),
    send_at: state.sendAt === 0 ? null : instant(state.sendAt),
    decide_by: state.status === "pending_approval" ? instant(state.decideBy) : null,
    has_attachments: summary.attachments.length > 0,
    delivery: {
      attempts: letter.delivery.attempts,
      last_reply: letter.delivery.lastReply,
      last_attempt_at: letter.delivery.lastAt === null ? null : instant(letter.delivery.lastAt),
      next_attempt_at: letter.delivery.nextAttemptAt === null ? null : instant(letter.delivery.nextAttemptAt),
      refused: letter.delivery.refused,
    },
  };
};

/** Of each body in a list of many, at most so many characters; a message asked for by its id has all of it. */
const listedBody = 16_384;

/** A message as a reviewer needs it. `signed`: the agent's statement verifies. */
export const emailPending = (letter: Letter, signed: boolean, bodyLimit = listedBody) => {
  const { summary } = letter.content;
  const body = summary.text.slice(0, bodyLimit).toWellFormed();
  return {
    ...emailListed(letter),
    body,
    body_markdown: body,
    body_truncated: summary.text.length > bodyLimit,
    attachments: summary.attachments.map(({ name, contentType, size }) => ({ name, content_type: contentType, size })),
    domain_signals: riskShown(summary.risk).signals,
    risk_changed: changeShown(letter.returned, summary.risk),
    identity_header: summary.identityHeader,
    identity_signature_valid: signed,
    note: summary.note,
    approved_by: approvalsOf(letter).map(({ reviewer, at }) => ({ reviewer, at: instant(at) })),
  };
};

/** A message with all that was decided on it. `origin`: the log's name. */
export const emailShown = (letter: Letter, signed: boolean, origin: string) => ({
  ...emailPending(letter, signed, Infinity),
  markdown: letter.content.summary.text,
  decisions: letter.decisions.map(({ decision, by, at, revision, reason, index }) => ({
    decision,
    by,
    at: instant(at),
    revision,
    reason,
    audit_ref: `${origin}/${index}`,
  })),
});
