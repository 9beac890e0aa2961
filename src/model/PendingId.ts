/**
 * `pend_…`: the name of one content of one message, so that a decision that gives it can hit no other content.
 *
 * - `pend_<ULID of the message>` is revision 1, `pend_<ULID>_r<n>` revision n ≥ 2. Each content has exactly one such name.
 */

const PENDING = /^pend_([0-7][0-9A-HJKMNP-TV-Z]{25})(?:_r([1-9][0-9]{0,8}))?$/;

/** The name of revision `revision` (≥ 1) of the message `msg_<ULID>`. */
export const pendingId = (message: string, revision: number): string =>
  `pend_${message.slice("msg_".length)}${revision === 1 ? "" : `_r${revision}`}`;

/** The message and revision a pending id names; `null` for anything that is not exactly one. */
export const parsePendingId = (id: string): { readonly message: string; readonly revision: number } | null => {
  const match = PENDING.exec(id);
  // `_r1` would be a second name for the first content.
  if (match === null || match[2] === "1") return null;
  return { message: `msg_${match[1]!}`, revision: match[2] === undefined ? 1 : Number(match[2]) };
};
