/** Which approvals of a message count, and whether they are enough. */
import type { Policy, Revocation } from "./Event.ts";
import type { Approval, MailboxState, MessageState, TenantState } from "./State.ts";

/** One message with what surrounds it. */
export interface Situation {
  readonly tenant: TenantState;
  readonly mailbox: MailboxState;
  readonly message: MessageState;
}

/** Not past its age: an approval permits no hand-over from its `at` plus the age on. @spec OV-19 */
export const isFresh = ({ at }: Approval, { approvalMaxAge }: Policy, now: number): boolean =>
  now < at + approvalMaxAge;

/** Whether a `revoke` takes this approval: the reviewer's, and given with the key that it names, if it names one. @spec OV-24 OV-126 */
export const isTakenBy = (approval: Approval, { reviewer, key }: Pick<Revocation, "reviewer" | "key">): boolean =>
  approval.reviewer === reviewer && (key === undefined || approval.credential === key);

/** Approvals that still count: for this digest, by an unrevoked reviewer, not past their age. @spec OV-23 */
export const liveApprovals = (situation: Situation, digest: string, at: number): readonly Approval[] => {
  const { message, tenant, mailbox } = situation;
  return message.approvals.filter(
    (approval) =>
      approval.digest === digest &&
      !tenant.revoked.includes(approval.reviewer) &&
      isFresh(approval, mailbox.policy, at) &&
      approval.reviewer !== message.author &&
      approval.reviewer !== message.owner,
  );
};

/** The people the approvals are of, each once, sorted. */
export const approvers = (approvals: readonly Approval[]): readonly string[] =>
  [...new Set(approvals.map(({ reviewer }) => reviewer))].sort();

/** How many people the approvals are of: each once, however many credentials they use. @spec OV-23 */
export const countOf = (approvals: readonly Approval[]): number => approvers(approvals).length;

/** Who stands behind a message's content at a moment, and whether they are enough. @spec OV-70 OV-124 */
export interface Standing {
  readonly approvers: readonly string[];
  readonly decision: "human" | "policy";
}

/** What a hand-over at this moment rests on: exactly the live approvals, and people's decision if they meet the quorum. */
export const standingOf = (situation: Situation, at: number): Standing => {
  const live = liveApprovals(situation, situation.message.digest, at);
  return { approvers: approvers(live), decision: meets(live, situation.mailbox.policy) ? "human" : "policy" };
};

/** Whether the approvals are of as many people as the policy asks for. */
export const meets = (approvals: readonly Approval[], policy: Policy): boolean => countOf(approvals) >= policy.quorum;
