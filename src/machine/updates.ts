/**
 * What the machine's named updates do to a message's record. Pure; each gives the fields that change. They run in the order
 * in which a transition names them, each on the result of the one before.
 */
import type { MessageEvent } from "../model/Event.ts";
import type { Approval, MessageState } from "../model/State.ts";
import { isTakenBy, liveApprovals, type Situation } from "../model/approvals.ts";

type Update = (situation: Situation, event: MessageEvent) => Partial<MessageState>;

const windowFrom = ({ mailbox }: Situation, at: number): number => at + mailbox.policy.decisionWindow;

/** The actor's word on the content as it is now. */
const approvalBy = (situation: Situation, event: MessageEvent): Approval => ({
  reviewer: event.actor.principal,
  digest: situation.message.digest,
  at: event.at,
  ...(event.actor.credential === null ? {} : { credential: event.actor.credential }),
});

const live = (situation: Situation, event: MessageEvent): readonly Approval[] =>
  liveApprovals(situation, situation.message.digest, event.at);

export const updates = {
  /** New content comes with no approval on it, and a new window. @spec OV-15 */
  take_content: (situation, event) =>
    event.type === "submit" || event.type === "revise"
      ? {
          digest: event.digest,
          revision: situation.message.revision + 1,
          requestedMode: event.requestedMode,
          sendAt: event.sendAt,
          verdict: event.verdict,
          approvals: [],
          decideBy: windowFrom(situation, event.at),
          ...(event.type === "submit" ? { author: event.actor.principal, owner: event.owner } : {}),
        }
      : {},
  take_verdict: ({ message }, event) => ({ verdict: "verdict" in event ? event.verdict : message.verdict }),
  add_approval: (situation, event) => ({
    approvals: [...live(situation, event), approvalBy(situation, event)],
  }),
  /** What was approved before an uncertain hand-over is spent. @spec OV-34 */
  only_approval: (situation, event) => ({ approvals: [approvalBy(situation, event)] }),
  drop_approval: ({ message }, event) => ({
    approvals: message.approvals.filter((approval) => event.type !== "revoke" || !isTakenBy(approval, event)),
  }),
  keep_live_approvals: (situation, event) => ({ approvals: live(situation, event) }),
  void_approvals: () => ({ approvals: [] }),
  open_window: (situation, event) => ({ decideBy: windowFrom(situation, event.at) }),
  begin_attempt: ({ message }) => ({ attempt: message.attempt + 1 }),
} satisfies Record<string, Update>;

export type UpdateName = keyof typeof updates;

export const isUpdate = (name: string): name is UpdateName => Object.hasOwn(updates, name);
