/** The replies to one transaction: the facts from which `Outcome.ts` concludes. */
import type { Reply } from "./Reply.ts";
import type { SmtpFault } from "./SmtpFault.ts";

/** `null` for a reply: it did not come, or was not asked for. */
export interface Heard {
  readonly mail: Reply | null;
  /** To each RCPT in order; shorter where replies are missing. */
  readonly recipients: readonly Reply[];
  readonly data: Reply | null;
  readonly content: Reply | null;
  /** The end of the content may have been read. */
  readonly endGiven: boolean;
  /** The reply to the content came before its end was with the operating system. */
  readonly early: boolean;
  /** Why the session ended, `null` while it can be used. */
  readonly fault: SmtpFault | null;
}
