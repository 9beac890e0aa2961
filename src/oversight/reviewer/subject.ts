/**
 * What a decision is about: the message, and the digest of the content that was meant.
 *
 * A decision names the content it is about: by digest, by a pending id (which names one revision), or by the id of a
 * message that has only ever had one content. Anything vaguer is refused. @spec OV-22
 */
import { Effect, Schema } from "effect";
import { Reach } from "../../accounts/Reach.ts";
import { noDigest } from "../../bytes/digest.ts";
import { fromStore, invalid } from "../../contracts/errors.ts";
import type { DecisionRequest } from "../../contracts/Oversight.ts";
import { type Credential, reaches } from "../../model/Credential.ts";
import { Digest } from "../../model/Event.ts";
import { parsePendingId } from "../../model/PendingId.ts";
import type { MailboxState } from "../../model/State.ts";
import { MailboxRow } from "../../model/records/account.ts";
import { ContentRow, MessageRow } from "../../model/records/message.ts";
import { Records } from "../../store/Records.ts";
import { RecentContents } from "../handOver/RecentContents.ts";

const isDigest = Schema.is(Digest);

/** What a decision needs to know about its message; `revision` is the one this content is. */
export interface Found {
  readonly row: MessageRow;
  readonly content: Omit<ContentRow, "raw">;
  readonly mailbox: MailboxRow & { readonly state?: MailboxState };
}

export const makeSubjects = Effect.gen(function* () {
  const records = yield* Records;
  const recent = yield* RecentContents;
  const reach = yield* Reach;

  /** The digest the decision is about. */
  const digestSeen = Effect.fnUntraced(function* (
    found: Effect.Success<ReturnType<typeof reach.message>>,
    digest: string | null,
  ) {
    const { state, named } = found;
    if (named !== null && named !== state.revision) {
      const old = yield* records.contentOf(state.id, named).pipe(Effect.catch(fromStore));
      // The id of an earlier content: the machine will refuse it as stale, and the log will show what was meant.
      return old?.digest ?? digest ?? noDigest;
    }
    if (digest !== null) {
      if (!isDigest(digest)) {
        return yield* invalid(
          "digest",
          "The digest is malformed.",
          "Give it as it was shown: sha256: and 64 hex digits.",
        );
      }
      return digest;
    }
    if (named !== null || state.revision === 1) return state.digest;
    return yield* invalid(
      "digest",
      "This message has been edited, so its id alone does not say which content you mean.",
      "Read the message and give the digest, or the pending_id, that you saw.",
    );
  });

  /**
   * The message and the digest meant. When the request names the very content that this process wrote last, nothing needs to
   * be read: the machine decides inside the transaction whether that is still the message's content.
   */
  const located = Effect.fnUntraced(function* (credential: Credential, request: DecisionRequest) {
    const pending = parsePendingId(request.message);
    const known = recent.get(pending?.message ?? request.message);
    if (known !== null && known.row.tenant === credential.tenant && reaches(credential, known.row.mailbox)) {
      const { digest, revision } = known.content;
      const meant = request.digest === null ? pending?.revision === revision : request.digest === digest;
      if (meant && (pending === null || pending.revision === revision)) {
        const mailbox = yield* reach.mailbox(credential, known.row.mailbox);
        return { found: { ...known, mailbox } satisfies Found, digest };
      }
    }
    const found = yield* reach.message(credential, request.message);
    return { found, digest: yield* digestSeen(found, request.digest) };
  });

  return { digestSeen, located };
});
