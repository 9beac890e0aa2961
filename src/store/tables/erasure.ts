/**
 * What erasing a message leaves of it, in SQL: the same words for the statements that erase, for the triggers that let nothing else
 * change, and for the reads that look for what is due.
 *
 * - Gone: the content's bytes, sender, recipients and summary; what stood beside the message's entries; reasons of decisions.
 * - Kept: leaves, digests, who decided what and when. The rows stay, so the log still explains every state.
 */

/** What people are shown of a content that was erased. */
const erasedSummary = JSON.stringify({
  subject: "[erased]",
  from: "",
  to: [],
  cc: [],
  bcc: [],
  replyTo: null,
  text: "",
  attachments: [],
  risk: { score: 0, flags: ["erased"], signals: [] },
  identityHeader: "",
  note: null,
});

/** Text columns of a content that was erased, with their values as SQL. Its `raw` is empty. */
export const erasedContent = { sender: "''", recipients: "'[]'", summary: `'${erasedSummary}'` } as const;

/** A message that nothing can happen to any more, by its status. */
export const endedStatus = "IN ('refused', 'rejected', 'cancelled', 'expired', 'delivered', 'failed')";

/** Whether a hold stands on the message in `row`, the name of a row of `messages`. */
export const heldMessage = (row: string): string =>
  `EXISTS (SELECT 1 FROM legal_holds AS h WHERE h.tenant = ${row}.tenant AND h.released_at IS NULL
    AND (h.mailbox IS NULL OR h.mailbox = ${row}.mailbox) AND (h.message IS NULL OR h.message = ${row}.id))`;

/** Whether nothing forbids to erase the message in `row`: it has ended, nothing of it is still to be handed over, nobody holds it. */
export const erasable = (row: string): string =>
  `${row}.status ${endedStatus} AND NOT EXISTS (SELECT 1 FROM outbox AS o WHERE o.message = ${row}.id)
    AND NOT ${heldMessage(row)}`;
