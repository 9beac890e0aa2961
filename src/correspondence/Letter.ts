/**
 * One outbound message as people and agents are shown it: its state, its latest content, its mailbox and who decided.
 *
 * **Gotchas**: `note` and everything in `summary` that the author wrote is untrusted text.
 */
import { isLooser, modeOrStrictest, strictest, type Mode } from "../model/Mode.ts";
import type { MailboxState, MessageState } from "../model/State.ts";
import type { MailboxRow } from "../model/records/account.ts";
import type { ContentRow, DecisionRow, MessageRow } from "../model/records/message.ts";

export interface Letter {
  readonly row: MessageRow;
  readonly state: MessageState;
  readonly content: Omit<ContentRow, "raw">;
  readonly decisions: readonly DecisionRow[];
  readonly mailbox: MailboxRow & { readonly state: MailboxState };
  /** Why it came back from the outbox to people: what had changed in its risk (`null`: it had no approval), when, at which entry. */
  readonly returned: { readonly risen: unknown; readonly at: number; readonly index: number } | null;
}

/** The mode that counts for a message: the strictest of its mailbox's, the one asked for, and what its risk demands. @spec OV-2 */
export const modeOf = (mailbox: Mode, requested: Mode | null, held: boolean): Mode => {
  const mode = strictest(modeOrStrictest(mailbox), requested === null ? "autonomous" : modeOrStrictest(requested));
  return held && isLooser(mode, "gated_send") ? "gated_send" : mode;
};

/** How many people approve the content as it is now. */
export const approvalsOf = (state: MessageState): number =>
  new Set(state.approvals.filter(({ digest }) => digest === state.digest).map(({ reviewer }) => reviewer)).size;
