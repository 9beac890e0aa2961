/**
 * One outbound message as people and agents are shown it: its state, its latest content, its mailbox and who decided.
 *
 * **Gotchas**: `note` and everything in `summary` that the author wrote is untrusted text.
 */
import { MessageRow, ContentRow, DecisionRow } from "../model/records/message.ts";
import { MessageState, TenantState, isUnsent, Approval } from "../model/State.ts";
import type { Mailbox } from "../accounts/Reach.ts";
import { Mode, effectiveMode } from "../model/Mode.ts";
import { liveApprovals } from "../model/approvals.ts";

/** How far the hand-over of a message has come. */
export interface Delivery {
  /** Tries that were made. */
  readonly attempts: number;
  /** The server's last reply, on one line; `null` = none. */
  readonly lastReply: string | null;
  readonly lastAt: number | null;
  /** When it is tried next, seconds; `null` = it is not waiting for a moment. */
  readonly nextAttemptAt: number | null;
  /** Refused for good. */
  readonly refused: readonly { readonly address: string; readonly reply: string }[];
}

export interface Letter {
  readonly row: MessageRow;
  readonly state: MessageState;
  readonly content: Omit<ContentRow, "raw">;
  readonly decisions: readonly DecisionRow[];
  readonly mailbox: Mailbox;
  readonly tenant: TenantState;
  readonly delivery: Delivery;
  /** When all this was read, seconds. */
  readonly at: number;
  /** Why it came back from the outbox to people: what had changed in its risk (`null`: it had no approval), when, at which entry. */
  readonly returned: { readonly risen: unknown; readonly at: number; readonly index: number } | null;
}

/** The mode that counts for it now. */

export const modeOf = ({ tenant, mailbox, state }: Pick<Letter, "tenant" | "mailbox" | "state">): Mode =>
  effectiveMode(mailbox.state.mode, state.requestedMode, state.verdict.held, tenant.halted);

/** The approvals that count: now while it is unsent, else those that its hand-over rested on. */
export const approvalsOf = ({ tenant, mailbox, state, at }: Letter): readonly Approval[] =>
  isUnsent(state.status)
    ? liveApprovals({ tenant, mailbox: mailbox.state, message: state }, state.digest, at)
    : state.approvals.filter(({ digest }) => digest === state.digest);
